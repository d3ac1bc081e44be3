/** The body of a request for pictures: JSON, or a form with files, of bounded size and time. */

import { ImageError } from "../../errors.ts";
import { parsedJson } from "../../json.ts";
import { readBody } from "../../providers/read_body.ts";
import { MAX_UPLOAD_BYTES } from "../../service/uploads.ts";
import { type FormPart, readForm, UnreadableForm } from "../form.ts";
import { withTimeout } from "../time_limit.ts";
import { ApiError } from "./errors.ts";

/** What was sent, by name; a form's texts are texts, and each name may come several times. */
export interface SentFields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: readonly FormPart[];
}

export interface BodyBounds {
  /** In bytes. */
  readonly limit: number;
  /** Milliseconds that all of it may take. */
  readonly timeout: number;
}

/** Bytes of all pictures of a form together, with what is around them. */
export const MAX_FORM_BYTES = 4 * MAX_UPLOAD_BYTES;

/** @throws {ApiError} that says what is wrong with it. */
export async function readFields(request: Request, bounds: BodyBounds): Promise<SentFields> {
  const type = request.headers.get("content-type") ?? "";
  if (Number(request.headers.get("content-length") ?? 0) > bounds.limit) throw tooLarge(bounds);
  if (/^multipart\/form-data\b/i.test(type)) {
    const fields = await withTimeout(bounds.timeout, fieldsOfForm(request, bounds), undefined);
    if (fields === undefined) throw tooSlow(bounds);
    return fields;
  }
  const bytes = await withTimeout(bounds.timeout, readBounded(request, bounds), undefined);
  if (bytes === undefined) throw tooSlow(bounds);
  if (!/^application\/json\b/i.test(type)) {
    throw new ApiError(415, "Content-Type must be application/json or multipart/form-data");
  }
  const value = parsedJson(new TextDecoder().decode(bytes));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ApiError(400, "The request body is no JSON object");
  }
  return { values: value as Record<string, unknown>, files: [] };
}

async function readBounded(request: Request, bounds: BodyBounds) {
  const { body, headers } = request;
  const until = performance.now() + bounds.timeout;
  const onChunk = () => {
    if (performance.now() > until) throw tooSlow(bounds);
  };
  try {
    const { limit } = bounds;
    return await readBody(new Response(body, { headers }), { title: "", limit, onChunk });
  } catch (error) {
    if (error instanceof ImageError) throw tooLarge(bounds);
    if (error instanceof ApiError) throw error;
    throw brokenOff();
  }
}

async function fieldsOfForm(request: Request, bounds: BodyBounds): Promise<SentFields> {
  const parts = await readForm(request, bounds).catch((error) => {
    throw error instanceof UnreadableForm
      ? REFUSALS[error.reason](bounds, error.message)
      : brokenOff();
  });
  const files = parts.filter(({ isFile }) => isFile)
    .map((part): FormPart => ({
      name: part.name.replace(/\[\d*\]$/, ""),
      isFile: true,
      size: part.size,
      take: () => part.take(),
    }));
  const large = files.find(({ size }) => size > MAX_UPLOAD_BYTES);
  if (large) {
    const most = MAX_UPLOAD_BYTES / 1024 / 1024;
    throw new ApiError(413, `A picture may have at most ${most} MB: make it smaller`, large.name);
  }
  const decoder = new TextDecoder();
  const texts = parts.filter(({ isFile }) => !isFile)
    .map((part) => [part.name, decoder.decode(part.take())]);
  return { values: Object.fromEntries(texts), files };
}

function tooLarge({ limit }: BodyBounds): ApiError {
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
