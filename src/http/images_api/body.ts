/** The body of a request for pictures: JSON, or a form with files, of bounded size and time. */

import { ImageError } from "../../errors.ts";
import { isRecord } from "../../json.ts";
import type { SentPicture } from "../../service/image_service.ts";
import { type KeptPicture, MAX_UPLOAD_BYTES } from "../../service/uploads.ts";
import { boundedChunks, readForm, UnreadableForm } from "../bodies/form.ts";
import { readJsonWithPictures } from "../../mcp/json_with_pictures.ts";
import { withTimeout } from "../limits/time_limit.ts";
import { ApiError } from "./errors.ts";

/** What was sent, by name; a form's texts are texts, and each name may come several times. */
export interface SentFields {
  /** In JSON a SentPicture stands where a long data URI was. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly name: string; readonly picture: SentPicture }[];
}

export interface BodyBounds {
  /** In bytes. */
  readonly limit: number;
  /** Of all that is no picture, in bytes. */
  readonly textLimit: number;
  /** Milliseconds that all of it may take. */
  readonly timeout: number;
}

/** Keeps a picture as soon as it has come, so that one is held at a time; `bytes` is empty afterwards. */
export type KeepPicture = (bytes: Uint8Array<ArrayBuffer>) => Promise<KeptPicture>;

/** Bytes of all pictures of a request together, with what is around them. */
export const MAX_FORM_BYTES = 4 * MAX_UPLOAD_BYTES;

/** @throws {ApiError} that says what is wrong with it. */
export async function readFields(
  request: Request,
  bounds: BodyBounds,
  keep: KeepPicture,
): Promise<SentFields> {
  const type = request.headers.get("content-type") ?? "";
  if (Number(request.headers.get("content-length") ?? 0) > bounds.limit) throw tooLarge(bounds);
  const [, read] = READERS.find(([pattern]) => pattern.test(type)) ?? [];
  if (!read) {
    throw new ApiError(415, "Content-Type must be application/json or multipart/form-data");
  }
  const reading = read(request, bounds, keepingFew(keep)).catch((error) => {
    if (error instanceof ApiError || error instanceof ImageError) throw error;
    throw error instanceof UnreadableForm
      ? REFUSALS[error.reason](bounds, error.message)
      : brokenOff();
  });
  const fields = await withTimeout(bounds.timeout, reading, undefined);
  if (fields === undefined) throw tooSlow(bounds);
  return fields;
}

type TakeSent = (read: () => Uint8Array<ArrayBuffer>) => Promise<SentPicture>;
type Read = (request: Request, bounds: BodyBounds, take: TakeSent) => Promise<SentFields>;

const READERS: readonly (readonly [type: RegExp, read: Read])[] = [
  [/^multipart\/form-data\b/i, readFormFields],
  [/^application\/json\b/i, readJsonFields],
];

async function readFormFields(
  request: Request,
  bounds: BodyBounds,
  take: TakeSent,
): Promise<SentFields> {
  const texts: [name: string, text: string][] = [];
  const files: SentFields["files"][number][] = [];
  const decoder = new TextDecoder();
  const count = countText(bounds);
  await readForm(request, { ...bounds, partLimit: MAX_UPLOAD_BYTES }, async (part) => {
    if (!part.isFile) {
      count(part.size);
      return void texts.push([part.name, decoder.decode(part.take())]);
    }
    const name = part.name.replace(/\[\d*\]$/, "");
    if (part.size > MAX_UPLOAD_BYTES) throw tooLargePicture(name);
    files.push({ name, picture: await take(() => part.take()) });
  });
  return { values: Object.fromEntries(texts), files };
}

async function readJsonFields(
  { body }: Request,
  bounds: BodyBounds,
  take: TakeSent,
): Promise<SentFields> {
  const count = countText(bounds);
  const chunks = boundedChunks(body ?? ReadableStream.from([]), bounds);
  const onText = ({ length }: string) => count(length);
  const values = await readJsonWithPictures(chunks, {
    onText,
    take: (picture) => take(() => picture.take()),
  });
  if (!isRecord(values)) throw new ApiError(400, "The request body is no JSON object");
  return { values, files: [] };
}

/** What cannot be used is told when its turn comes, with its place among the others. */
function keepingFew(keep: KeepPicture): TakeSent {
  let count = 0;
  return async (read) => {
    try {
      if (++count > MOST_KEPT) throw new ImageError("invalid_parameters", "Too many pictures came");
      const kept = await keep(read());
      return () => Promise.resolve(kept);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return () => Promise.reject(error);
    }
  };
}

/** @throws {ApiError} once there is more than the bounds allow. */
function countText(bounds: BodyBounds): (length: number) => void {
  let sum = 0;
  return (length) => {
    sum += length;
    if (sum > bounds.textLimit) throw tooLarge({ limit: bounds.textLimit });
  };
}

function tooLargePicture(name: string): ApiError {
  const most = MAX_UPLOAD_BYTES / 1024 / 1024;
  return new ApiError(413, `A picture may have at most ${most} MB: make it smaller`, name);
}

function tooLarge({ limit }: Pick<BodyBounds, "limit">): ApiError {
  return new ApiError(413, `The request body is larger than ${limit} bytes`, null, null, CLOSE);
}

function tooSlow({ timeout }: BodyBounds): ApiError {
  const message = `The request body did not arrive within ${timeout / 1000} seconds`;
  return new ApiError(408, message, null, null, { ...CLOSE, "X-Should-Retry": "false" });
}

function brokenOff(): ApiError {
  return new ApiError(400, "The request body broke off");
}

const REFUSALS: Readonly<
  Record<UnreadableForm["reason"], (bounds: BodyBounds, message: string) => ApiError>
> = {
  malformed: (_bounds, message) =>
    new ApiError(400, `The request body is no form that can be read: ${message}`),
  large: tooLarge,
  slow: tooSlow,
};

const CLOSE = { Connection: "close" };
/** Sixteen and a mask are fewer. */
const MOST_KEPT = 20;
