/** A picture before it is stored: its id, its file's name, and what it was made of. */

import type { GeneratedImage } from "../providers/provider.ts";
import type { ImageSource } from "./records/records.ts";

/** A picture's name and origin, fixed before a provider is asked for it. */
export interface NewImage extends ImageSource {
  readonly id: string;
  readonly owner: string;
  readonly provider: string;
  readonly model: string;
  readonly filePrefix?: string;
  /** Where its file lies and stays, an absolute path without links; absent where it is kept here. */
  readonly originalPath?: string;
  /** Whether nothing may be written into its file. */
  readonly keepsBytes?: boolean;
  /** The IPTC's code of the kind of media, where neither vendor nor operation tells. */
  readonly sourceType?: string;
  /** Of the file with what is written into it, which is left out where it would be more. */
  readonly maxBytes?: number;
}

/** A new id, "img_{provider}_{unixSeconds}_{random}" with 96 random bits. */
export function newImageId(provider: string, now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(12)).toHex();
  return `img_${provider}_${Math.floor(now / 1000)}_${random}`;
}

/** A kind of media that its operation does not tell is kept in the record, whatever the file holds. */
export function withSourceType(about: NewImage, image: GeneratedImage): NewImage {
  const sourceType = about.sourceType ?? image.sourceType;
  return sourceType ? { ...about, parameters: { ...about.parameters, sourceType } } : about;
}

/** "{prefix|img}_{provider}_{unixSeconds}_{random}.{extension}", from the id's own parts. */
export function fileNameOf({ id, filePrefix }: NewImage, extension: string): string {
  const prefix = [...(filePrefix ?? "")].slice(0, 64)
    .map((letter) => /[\p{L}\p{N}_]/u.test(letter) ? letter : "_").join("");
  return `${prefix || "img"}${id.slice("img".length)}.${extension}`;
}
