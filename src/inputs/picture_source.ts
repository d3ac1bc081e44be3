/** What the places where pictures come from have in common. */

import { ImageError } from "../errors.ts";
import { identifyImage, type MediaType } from "../images/media_type.ts";
import type { FoundProvenance } from "../images/provenance/read.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import type { Storage } from "../storage/storage.ts";

/** What callers of one transport may name as a picture; made from the settings. */
export interface InputAccess {
  /** Whether every picture file that this process may read will do, or only those in `folders`. */
  readonly mayReadAnyFile: boolean;
  /** Absolute paths (MCP_INPUT_DIRS); "~" is resolved already. */
  readonly folders: readonly string[];
  /** Lower-case names of hosts (MCP_INPUT_HOSTS) that may be asked over plain http. */
  readonly hosts: readonly string[];
  /** What "~" stands for, where the environment tells. */
  readonly home?: string;
  /** Whether the environment names a proxy, which then looks names up by itself. */
  readonly usesProxy: boolean;
  /** Seconds that the record of a picture made here lives (MCP_IMAGE_RECORD_TTL). */
  readonly recordSeconds: number;
  /** Whether a person can be given a link to upload a picture at. */
  readonly hasUploadLinks: boolean;
}

/** Whose picture it is to be, and until when they wait. */
export interface PictureReader {
  /** As records know them: the name of a token, "" without tokens. */
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly access: InputAccess;
}

/** What sources use of the outside world; the system's own where absent. */
export interface SourceDependencies {
  readonly images: ImageRepository;
  readonly storage: Storage;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Every address of a host name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

/** One kind of text that names a picture. */
export interface PictureSource {
  /** Whether a text, without blanks around it, looks like this kind. */
  matches(text: string): boolean;
  /** @throws {ImageError} in words for whoever wrote the text. */
  read(text: string, reader: PictureReader, dependencies: SourceDependencies): Promise<FoundBytes>;
}

export interface FoundBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What it is called in sentences, such as "The file '/home/ann/cat.png'". */
  readonly name: string;
  /** The id of a picture that was made here. */
  readonly imageId?: string;
  /** What its file told of how it was made before that was taken out of it. */
  readonly told?: FoundProvenance;
}

/** A picture from anywhere, by its bytes. */
export interface FoundPicture extends FoundBytes {
  readonly mediaType: MediaType;
}

/** A picture in memory, for which there was room; its bytes and its room are given back when disposed of. */
export interface HeldPicture extends FoundPicture, Disposable {}

/** Of one picture that comes in. */
export const MAX_INPUT_BYTES = 25 * 1024 * 1024;

/** @throws {ImageError} unless the bytes begin as those of a picture do. */
export function asPicture(found: FoundBytes): FoundPicture {
  const kind = identifyImage(found.bytes);
  if (kind) return { ...found, mediaType: kind.mediaType };
  throw new ImageError(
    "invalid_parameters",
    `${found.name} is no picture: its ${found.bytes.length} bytes are of no known format, or the ` +
      "header is broken. Pass a PNG, JPEG or WebP picture",
    { size_bytes: found.bytes.length },
  );
}

/** What else to do where a picture is on a person's own device, to follow a sentence. */
export function uploadAdvice({ hasUploadLinks }: InputAccess): string {
  return hasUploadLinks ? ". Where the person has it, call create_upload_link" : "";
}

export function tooManyBytes(name: string, bytes?: number): ImageError {
  const has = bytes === undefined ? "is larger" : `has ${bytes} bytes, more`;
  return new ImageError(
    "invalid_parameters",
    `${name} ${has} than the ${MAX_INPUT_BYTES} bytes that may come in: make it smaller first`,
    { ...bytes !== undefined && { size_bytes: bytes }, max_bytes: MAX_INPUT_BYTES },
  );
}
