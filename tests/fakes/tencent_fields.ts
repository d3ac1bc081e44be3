/** What each action of Tencent's fake takes, and the code it refuses everything else with. */

import { identifyImage } from "../../src/images/media_type.ts";
import type { SeenEdit } from "./editing_vendor.ts";

export type Parameters = Readonly<Record<string, unknown>>;
export type Fields = Readonly<Record<string, Field>>;

/** A business error. */
export class Refusal extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** The pictures of a call, in whichever fields they came. */
export function editOf({ Prompt, Images, InputImage, Mask }: Parameters): SeenEdit {
  const images = [Images ?? [], InputImage ?? []].flat().map(bytesOf);
  const mask = Mask === undefined ? {} : { mask: bytesOf(Mask) };
  return { prompt: String(Prompt ?? ""), images, ...mask };
}

/** @throws {Refusal} unless a mask has one grey channel and the size of the picture. */
export function checkMask({ images: [image], mask }: SeenEdit): void {
  if (!mask) return;
  const GREY = 0;
  const [size, wanted] = [identifyImage(mask), identifyImage(image!)];
  const isSame = size?.width === wanted?.width && size?.height === wanted?.height;
  if (!isSame || mask[25] !== GREY) throw new Refusal(WRONG_VALUE, "The mask is not valid.");
}

function bytesOf(base64: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(String(base64));
}

/** @throws {Refusal} unless every parameter is known and legal, and none that is required is missing. */
export function checkParameters(parameters: Parameters, fields: Fields): void {
  for (const name of Object.keys(parameters)) {
    if (!(name in fields)) {
      throw new Refusal("UnknownParameter", `The parameter \`${name}\` is not recognized.`);
    }
  }
  for (const [name, { isRequired, refuse }] of Object.entries(fields)) {
    const value = parameters[name];
    if (value === undefined && isRequired) {
      throw new Refusal("MissingParameter", `The request is missing the parameter \`${name}\`.`);
    }
    const code = value === undefined ? undefined : refuse(value);
    if (code) throw new Refusal(code, `The value of the parameter \`${name}\` is not valid.`);
  }
}

interface Field {
  readonly isRequired?: true;
  /** The code a value is refused with, or undefined. */
  readonly refuse: (value: unknown) => string | undefined;
}

export function required(field: Field): Field {
  return { ...field, isRequired: true };
}

export function aText(longest: number): Field {
  return {
    refuse(value) {
      if (typeof value !== "string" || value === "") return WRONG_VALUE;
      return value.length > longest ? "InvalidParameterValue.TextLengthExceed" : undefined;
    },
  };
}

function aNumber(least: number, most: number): Field {
  return {
    refuse: (value) =>
      Number.isInteger(value) && Number(value) >= least && Number(value) <= most
        ? undefined
        : WRONG_VALUE,
  };
}

function oneOf(values: readonly string[]): Field {
  return {
    refuse: (value) =>
      typeof value === "string" && values.includes(value) ? undefined : WRONG_VALUE,
  };
}

function aResolution(): Field {
  return {
    refuse(value) {
      const [, width = 0, height = 0] = String(value).match(/^(\d+):(\d+)$/)?.map(Number) ?? [];
      const isLegal = [width, height].every((side) => side >= 512 && side <= 2048) &&
        width * height <= 1024 * 1024;
      return isLegal ? undefined : WRONG_VALUE;
    },
  };
}

/** A picture in bare base64, of less than so many megabytes of it. */
function aPicture(megabytes: number): Field {
  return {
    refuse(value) {
      if (typeof value !== "string") return WRONG_VALUE;
      if (value.length >= megabytes * 1_000_000) return "FailedOperation.ImageSizeExceed";
      if (!/^[A-Za-z0-9+/]+=*$/.test(value)) return "FailedOperation.ImageDecodeFailed";
      const { width = 0, height = 0 } = identifyImage(bytesOf(value)) ?? {};
      if (width === 0) return "FailedOperation.ImageDecodeFailed";
      const isLegal = [width, height].every((side) => side > 50 && side < 5000);
      return isLegal ? undefined : "FailedOperation.ImageResolutionExceed";
    },
  };
}

function aList(most: number, { refuse }: Field): Field {
  return {
    refuse(value) {
      if (!Array.isArray(value) || value.length === 0 || value.length > most) return WRONG_VALUE;
      return value.map(refuse).find((code) => code !== undefined);
    },
  };
}

function anObject(fields: Fields): Field {
  return {
    refuse(value) {
      try {
        checkParameters({ ...value as Parameters }, fields);
      } catch (refusal) {
        return (refusal as Refusal).code;
      }
    },
  };
}

/** Over 0, and 1 at most. */
const aShare: Field = {
  refuse: (value) => typeof value === "number" && value > 0 && value <= 1 ? undefined : WRONG_VALUE,
};

/** Everything else that is wrong with a value. */
const WRONG_VALUE = "InvalidParameterValue.ParameterValueError";

const SHARED_FIELDS: Readonly<Record<string, Field>> = {
  Seed: aNumber(1, 4_294_967_295),
  Revise: aNumber(0, 1),
  LogoAdd: required(aNumber(0, 0)), // Tencent draws a watermark unless told not to; so must we
};

const ANSWER_FIELDS: Fields = {
  LogoAdd: required(aNumber(0, 0)),
  RspImgType: oneOf(["base64", "url"]),
};

const PICTURE_STYLES =
  "104 107 116 201 203 210 120 121 123 124 125 126 127 135 128 129 130 131 132 133 134".split(" ");

interface Api {
  readonly service: string;
  readonly version: string;
  readonly submit: string;
  readonly query: string;
  readonly fields: Fields;
  /** Those that answer with a picture at once, by name. */
  readonly pictureActions: Readonly<Record<string, Fields>>;
}

export const APIS: Readonly<Record<"aiart" | "legacy", Api>> = {
  aiart: {
    service: "aiart",
    version: "2022-12-29",
    submit: "SubmitTextToImageJob",
    query: "QueryTextToImageJob",
    fields: {
      ...SHARED_FIELDS,
      Prompt: required(aText(8192)),
      Images: aList(3, aPicture(6)),
      Resolution: aResolution(),
    },
    pictureActions: {
      ImageToImage: {
        ...ANSWER_FIELDS,
        InputImage: required(aPicture(8)),
        Prompt: aText(256),
        NegativePrompt: aText(256),
        Styles: aList(1, oneOf(PICTURE_STYLES)),
        ResultConfig: anObject({
          Resolution: oneOf(["origin", "768:768", "768:1024", "1024:768"]),
        }),
        Strength: aShare,
      },
      ImageInpaintingRemoval: {
        ...ANSWER_FIELDS,
        InputImage: required(aPicture(6)),
        Mask: required(aPicture(6)),
      },
      ImageOutpainting: {
        ...ANSWER_FIELDS,
        InputImage: required(aPicture(6)),
        Ratio: required(oneOf(["1:1", "4:3", "3:4", "16:9", "9:16"])),
      },
    },
  },
  legacy: {
    service: "hunyuan",
    version: "2023-09-01",
    submit: "SubmitHunyuanImageJob",
    query: "QueryHunyuanImageJob",
    pictureActions: {},
    fields: {
      ...SHARED_FIELDS,
      Prompt: required(aText(1024)),
      NegativePrompt: aText(1024),
      Num: aNumber(1, 4),
      Resolution: oneOf([
        "768:768",
        "768:1024",
        "1024:768",
        "1024:1024",
        "720:1280",
        "1280:720",
        "768:1280",
        "1280:768",
      ]),
      Style: oneOf([
        "riman",
        "shuimo",
        "monai",
        "bianping",
        "xiangsu",
        "ertonghuiben",
        "3dxuanran",
        "manhua",
        "heibaimanhua",
        "xieshi",
        "dongman",
        "bijiasuo",
        "saibopengke",
        "youhua",
        "masaike",
        "qinghuaci",
        "xinnianjianzhi",
        "xinnianhuayi",
      ]),
    },
  },
};
