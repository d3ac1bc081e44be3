/** The picture in a request: its whole body, or the first file of a form. */

import { MAX_UPLOAD_BYTES } from "../../service/uploads.ts";
import { withTimeout } from "../time_limit.ts";
import type { Problem } from "./texts.ts";

/** Its bytes, or why there are none. Never more than `MAX_UPLOAD_BYTES` and a form's frame are held. */
export async function readUpload(
  request: Request,
  timeout: number,
): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const type = request.headers.get("content-type") ?? "";
  const isForm = /^multipart\/form-data\b/i.test(type);
  const limit = MAX_UPLOAD_BYTES + (isForm ? FORM_FRAME : 0);
  if (Number(request.headers.get("content-length") ?? 0) > limit) return "large";
  const reader = request.body?.getReader();
  const body = await withTimeout(timeout, read(reader, limit), "slow" as const);
  if (typeof body === "string") {
    // A read that still waits ends with the connection.
    if (body === "slow") reader?.releaseLock();
    return body;
  }
  const bytes = isForm ? await fileIn(body, type) : body;
  if (bytes === undefined || bytes.length === 0) return "none";
  return bytes.length > MAX_UPLOAD_BYTES ? "large" : bytes;
}

async function read(
  reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "large" | "none"> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > limit) return "large";
      chunks.push(value);
    }
    return joined(chunks, length);
  } catch {
    return "none"; // whoever broke off waits for no answer
  } finally {
    reader?.releaseLock();
  }
}

/** Each chunk is let go of as soon as it stands in the whole. */
function joined(chunks: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = length;
  for (let chunk = chunks.pop(); chunk; chunk = chunks.pop()) whole.set(chunk, at -= chunk.length);
  return whole;
}

async function fileIn(
  body: Uint8Array<ArrayBuffer>,
  type: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    const form = await new Response(body, { headers: { "content-type": type } }).formData();
    const file = [...form.values()].find((value) => value instanceof File && value.size > 0);
    return file instanceof File ? await file.bytes() : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes that a form may have around its file. */
const FORM_FRAME = 64 * 1024;
