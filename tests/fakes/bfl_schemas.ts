/** The fields of every model of the small Black Forest Labs, as its schemas have them. */

import { Buffer } from "node:buffer";
import { identifyImage } from "../../src/images/media_type.ts";

/** What is wrong with a value, if anything is. */
export type Rule = (value: unknown) => string | undefined;

export interface Schema {
  readonly fields: Readonly<Record<string, Rule>>;
  readonly format: "jpeg" | "png";
  /** A field without which nothing is drawn. */
  readonly needs?: string;
  readonly maxPixels?: number;
}

function integer(minimum: number, maximum: number, step = 1): Rule {
  return (value) =>
    Number.isInteger(value) && Number(value) >= minimum && Number(value) <= maximum &&
      Number(value) % step === 0
      ? undefined
      : `Input should be an integer from ${minimum} to ${maximum} in steps of ${step}`;
}

const oneOf = (...legal: readonly string[]): Rule => (value) =>
  legal.includes(String(value)) ? undefined : `Input should be ${legal.join(" or ")}`;

const text: Rule = (value) => typeof value === "string" ? undefined : "Input should be a string";

const picture: Rule = (value) => {
  const kind = typeof value === "string" ? identifyImage(bytesOf(value)) : undefined;
  return kind && /png|jpeg|webp/.test(kind.mediaType) ? undefined : "Not a picture in base64";
};

const pictures: Rule = (value) =>
  Array.isArray(value) && value.length >= 1 && value.length <= 10
    ? value.map(picture).find((mistake) => mistake)
    : "Input should have 1 to 10 items";

/** No reminder of a whole number's size: the real one takes 64 bits. */
const SEED = integer(0, Number.MAX_SAFE_INTEGER);
const FORMAT = oneOf("jpeg", "png");
const RATIO = oneOf(
  ...["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5", "21:9", "9:21"],
);
const COMMON = { prompt: text, seed: SEED, output_format: FORMAT };

function inputImages(count: number): Record<string, Rule> {
  const names = Array.from({ length: count }, (_, index) => index === 0 ? "" : `_${index + 1}`);
  return Object.fromEntries(names.map((suffix) => [`input_image${suffix}`, picture]));
}

function flux2(count: number): Schema {
  const side = integer(256, 16_384, 16);
  return {
    fields: {
      ...COMMON,
      ...inputImages(count),
      width: side,
      height: side,
      safety_tolerance: integer(0, 5),
    },
    format: "jpeg",
    maxPixels: 2048 * 2048,
  };
}

const KONTEXT: Schema = {
  fields: {
    ...COMMON,
    ...inputImages(4),
    aspect_ratio: RATIO,
    safety_tolerance: integer(0, 6),
  },
  format: "png",
};

/** What is not here was retired or never was. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  "flux-2-pro": flux2(8),
  "flux-2-max": flux2(8),
  "flux-2-flex": flux2(8),
  "flux-2-klein-9b": flux2(4),
  "flux-2-klein-4b": flux2(4),
  "flux-kontext-pro": KONTEXT,
  "flux-kontext-max": KONTEXT,
  "flux-3-image": {
    fields: {
      prompt: text,
      images: pictures,
      aspect_ratio: (value) =>
        ["2:1", "1:2", "7:5", "5:7"].includes(String(value)) ? undefined : RATIO(value),
      resolution: oneOf("1k", "1.5k", "2k", "4k"),
      safety_tolerance: integer(0, 4),
    },
    format: "png",
  },
  "flux-pro-1.0-fill": {
    fields: { ...COMMON, image: picture, mask: picture, safety_tolerance: integer(0, 6) },
    format: "jpeg",
    needs: "image",
  },
};

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64, "base64"));
}
