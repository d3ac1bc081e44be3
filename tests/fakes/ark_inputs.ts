/** The pictures that come in to Ark's fake: each by address or as a data URI, within its model's bounds. */

import { identifyImage } from "../../src/images/media_type.ts";

export interface InputBounds {
  readonly most: number;
  readonly maxBytes: number;
  /** As they stand in a data URI, in small letters. */
  readonly formats: readonly string[];
}

type Input = Uint8Array<ArrayBuffer> | string;

/** Addresses as they are, pictures as bytes. @throws what `refusal` makes of a reason. */
export function inputsOf(
  field: unknown,
  bounds: InputBounds,
  refusal: (why: string) => Error,
): readonly Input[] {
  if (field === undefined) return [];
  const items: readonly unknown[] = Array.isArray(field) ? field : [field];
  if (items.length === 0 || items.length > bounds.most) {
    throw refusal(`the number of images must be in [1, ${bounds.most}]`);
  }
  return items.map((item) => inputOf(item, bounds, refusal));
}

function inputOf(item: unknown, bounds: InputBounds, refusal: (why: string) => Error): Input {
  if (typeof item !== "string") throw refusal("it must be a string");
  if (item.startsWith("https://")) return item;
  const [, format = "", base64 = ""] = item.match(/^data:image\/([a-z]+);base64,(.+)$/) ?? [];
  if (!bounds.formats.includes(format)) throw refusal("it is neither an address nor a data URI");
  const bytes = Uint8Array.fromBase64(base64);
  if (bytes.length > bounds.maxBytes) throw refusal(`it is larger than ${bounds.maxBytes} bytes`);
  const { mediaType, width, height } = identifyImage(bytes) ?? {};
  if (mediaType !== `image/${format}` || !width || !height) throw refusal("it cannot be read");
  const ratio = Math.max(width / height, height / width);
  if (Math.min(width, height) <= 14) throw refusal("a side is of 14 pixels or less");
  if (ratio > 16) throw refusal("the ratio is over 16");
  if (width * height > 36_000_000) throw refusal("it has more than 36 megapixels");
  return bytes;
}
