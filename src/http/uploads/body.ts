/** The picture in a request: its whole body, or the first file of a form. */

import { ImageError } from "../../errors.ts";
import { readBody } from "../../providers/read_body.ts";
import { MAX_UPLOAD_BYTES } from "../../service/uploads.ts";
import { type FormBounds, readForm, UnreadableForm } from "../bodies/form.ts";
import { withTimeout } from "../limits/time_limit.ts";
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
  const read = isForm ? readFile : readWhole;
  const bytes = await withTimeout(timeout, read(request, { limit, timeout }), "slow" as const);
  if (typeof bytes === "string") return bytes;
  if (bytes.length === 0) return "none";
  return bytes.length > MAX_UPLOAD_BYTES ? "large" : bytes;
}

type Read = Uint8Array<ArrayBuffer> | "large" | "slow" | "none";

async function readWhole(
  { body, headers }: Request,
  { limit, timeout }: FormBounds,
): Promise<Read> {
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

async function readFile(request: Request, bounds: FormBounds): Promise<Read> {
  try {
    const parts = await readForm(request, bounds);
    return parts.find(({ isFile, size }) => isFile && size > 0)?.take() ?? "none";
  } catch (error) {
    const isBounds = error instanceof UnreadableForm && error.reason !== "malformed";
    return isBounds ? error.reason as "large" | "slow" : "none";
  }
}

/** Bytes that a form may have around its file. */
const FORM_FRAME = 64 * 1024;
