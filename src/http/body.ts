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
  if (Number(request.headers.get("content-length")) > maxBytes) return tooLarge(maxBytes);
  const text = await readText(request, maxBytes, timeout);
  if (text === "too large") return tooLarge(maxBytes);
  if (text === "too slow") {
    const message = `The request body did not arrive within ${timeout / 1000} seconds`;
    return { refused: refusal(408, message, { headers: CLOSE }) };
  }
  try {
    return { value: JSON.parse(text.whole) };
  } catch {
    return { refused: refusal(400, "The request body is not valid JSON", { code: -32700 }) };
  }
}

async function readText(
  request: Request,
  maxBytes: number,
  timeout: number,
): Promise<{ whole: string } | "too large" | "too slow"> {
  if (request.body === null) return { whole: "" };
  const reader = request.body.getReader();
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), timeout);
  const decoder = new TextDecoder();
  let length = 0;
  let whole = "";
  try {
    while (true) {
      const chunk = await Promise.race([reader.read(), late]);
      if (chunk === "late") return "too slow";
      if (chunk.done) return { whole: whole + decoder.decode() };
      length += chunk.value.length;
      if (length > maxBytes) return "too large";
      whole += decoder.decode(chunk.value, { stream: true });
    }
  } catch {
    return { whole: "" }; // The client broke off: nobody waits for the answer.
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => {});
  }
}

function tooLarge(maxBytes: number): Body {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return { refused: refusal(413, message, { headers: CLOSE }) };
}

/** The rest of such a body is not waited for. */
const CLOSE = { Connection: "close" };
