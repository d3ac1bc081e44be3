/** Request bodies: JSON, of bounded size, within a bounded time. */

import { isJsonContentType } from "../deps/mcp_server.ts";
import { refusal } from "./answers.ts";
import { within } from "./within.ts";

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
  const length = announcedLength(request);
  if (length > maxBytes) return tooLarge(maxBytes);
  // The connection brings no more than was announced, so that such a body needs no counting.
  const read = Number.isNaN(length) ? countedText(request, maxBytes) : request.text();
  // A client that broke off waits for no answer.
  const text = await within(timeout, read.catch(() => ""), TOO_SLOW);
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

/** In bytes; NaN where none is announced, or it is announced twice. */
function announcedLength({ headers }: Request): number {
  return Number(headers.get("content-length") ?? NaN);
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

const TOO_LARGE = Symbol();
const TOO_SLOW = Symbol();

function tooLarge(maxBytes: number): Body {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return { refused: refusal(413, message, { headers: CLOSE }) };
}

/** The rest of such a body is not waited for. */
const CLOSE = { Connection: "close" };
