/** Request bodies: JSON, of bounded size, within a bounded time. */

import { isJsonContentType } from "../deps/mcp_server.ts";
import { refusal } from "./answers.ts";

export interface BodyLimits {
  readonly maxBytes: number;
  /** Milliseconds the whole body may take to arrive. */
  readonly timeout: number;
}

export type Body =
  | { readonly value: unknown }
  | { readonly refused: Response };

/** The parsed JSON body, or the answer that says why there is none. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<Body> {
  const { maxBytes, timeout } = limits;
  if (!isJsonContentType(request.headers.get("content-type"))) {
    return { refused: refusal(415, "Content-Type must be application/json") };
  }
  const announced = request.headers.get("content-length");
  if (Number(announced) > maxBytes) return tooLarge(maxBytes);
  // The connection brings no more than it announced, so that such a body needs no counting.
  const read = announced === null ? countedText(request, maxBytes) : request.text();
  const text = await within(timeout, read);
  if (text === TOO_LARGE) return tooLarge(maxBytes);
  if (text === TOO_SLOW) {
    const message = `The request body did not arrive within ${timeout / 1000} seconds`;
    return { refused: refusal(408, message, { headers: CLOSE }) };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { refused: refusal(400, "The request body is not valid JSON", { code: -32700 }) };
  }
}

/** What was read, or that it took too long; a client that broke off, for whom nobody answers, sent "". */
async function within<Text>(
  timeout: number,
  read: Promise<Text>,
): Promise<Text | "" | typeof TOO_SLOW> {
  const { promise: late, resolve } = Promise.withResolvers<typeof TOO_SLOW>();
  const timer = setTimeout(resolve, timeout, TOO_SLOW);
  try {
    return await Promise.race([read.catch(() => "" as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function countedText(
  { body }: Request,
  maxBytes: number,
): Promise<string | typeof TOO_LARGE> {
  const decoder = new TextDecoder();
  let length = 0;
  let whole = "";
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return TOO_LARGE;
    whole += decoder.decode(chunk, { stream: true });
  }
  return whole + decoder.decode();
}

const TOO_LARGE = Symbol("too large");
const TOO_SLOW = Symbol("too slow");

function tooLarge(maxBytes: number): Body {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return { refused: refusal(413, message, { headers: CLOSE }) };
}

/** The rest of such a body is not waited for. */
const CLOSE = { Connection: "close" };
