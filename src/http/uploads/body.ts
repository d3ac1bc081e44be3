/** The picture in a request: its whole body, or the first file of a form. */

import { ImageError } from "../../errors.ts";
import { readBody } from "../../providers/read_body.ts";
import { MAX_UPLOAD_BYTES } from "../../service/uploads.ts";
import { withTimeout } from "../time_limit.ts";
import type { Problem } from "./texts.ts";

/**
 * Its bytes, or why there are none; never more than `MAX_UPLOAD_BYTES` and a form's frame are held.
 * @param timeout milliseconds that all of it may take.
 */
export async function readUpload(
  request: Request,
  timeout: number,
): Promise<Uint8Array<ArrayBuffer> | Problem> {
  const type = request.headers.get("content-type") ?? "";
  const isForm = /^multipart\/form-data\b/i.test(type);
  const limit = MAX_UPLOAD_BYTES + (isForm ? FORM_FRAME : 0);
  if (Number(request.headers.get("content-length") ?? 0) > limit) return "large";
  const body = await withTimeout(timeout, read(request, limit, timeout), "slow" as const);
  if (typeof body === "string") return body;
  const bytes = isForm ? await fileIn(body, type) : body;
  if (bytes === undefined || bytes.length === 0) return "none";
  return bytes.length > MAX_UPLOAD_BYTES ? "large" : bytes;
}

async function read(
  { body, headers }: Request,
  limit: number,
  timeout: number,
): Promise<Uint8Array<ArrayBuffer> | "large" | "slow" | "none"> {
  const until = performance.now() + timeout;
  const onChunk = () => {
    if (performance.now() > until) throw new Error("Nobody waits for the rest");
  };
  try {
    return await readBody(new Response(body, { headers }), { title: "", limit, onChunk });
  } catch (error) {
    if (error instanceof ImageError) return "large";
    return performance.now() > until ? "slow" : "none"; // whoever broke off waits for no answer
  }
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
