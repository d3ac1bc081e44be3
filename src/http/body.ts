/** Request bodies: JSON, of bounded size, within a bounded time. */

import { isJsonContentType } from "../dependencies/mcp_server.ts";
import { parsedJson } from "../json.ts";
import {
  lengthProblem,
  longestMessage,
  memberProblem,
  type MessageProblem,
  namesPictureTool,
  StructureCheck,
  structureProblem,
} from "../mcp/message_bounds.ts";
import { refusal } from "./answers.ts";
import { withTimeout } from "./time_limit.ts";

export interface BodyLimits {
  /** For messages without pictures. */
  readonly maxBytes: number;
  /** Milliseconds the whole body may take to arrive. */
  readonly timeout: number;
}

export type Body =
  | { readonly value: unknown }
  | { readonly refused: Response };

/** The parsed JSON body, or the answer that says why there is none. */
export async function readJsonBody(request: Request, limits: BodyLimits): Promise<Body> {
  const { maxBytes: usual, timeout } = limits;
  const maxBytes = longestMessage(usual);
  if (!isJsonContentType(request.headers.get("content-type"))) {
    return { refused: refusal(415, "Content-Type must be application/json") };
  }
  const length = announcedLength(request);
  if (length > maxBytes) return tooLarge(maxBytes);
  // The connection brings no more than was announced, so that such a body needs no counting.
  const reading = length <= usual ? wholeText(request) : countedText(request, usual, maxBytes);
  // A client that broke off waits for no answer.
  const text = await withTimeout(timeout, reading.text.catch(() => ""), TOO_SLOW);
  if (text === TOO_LARGE) return tooLarge(usual);
  if (text === TOO_SLOW) {
    reading.stop();
    const message = `The request body did not arrive within ${timeout / 1000} seconds`;
    return { refused: refusal(408, message, { headers: CLOSE }) };
  }
  if (typeof text !== "string") {
    return { refused: refusal(400, text.message, { ...text, headers: CLOSE }) };
  }
  const problem = length <= usual ? structureProblem(text) : undefined;
  if (problem) return { refused: refusal(400, problem.message, problem) };
  const value = parsedJson(text);
  if (value === undefined) {
    return { refused: refusal(400, "The request body is not valid JSON", { code: -32700 }) };
  }
  return checked(value, text.length, usual);
}

function checked(value: unknown, length: number, usual: number): Body {
  if (lengthProblem(value, length, usual)) return tooLarge(usual);
  const messages = Array.isArray(value) ? value : [value];
  const [problem] = messages.values().map(memberProblem).filter((each) => each !== undefined);
  return problem ? { refused: refusal(400, problem.message, problem) } : { value };
}

/** In bytes; NaN where none is announced, or it is announced twice. */
function announcedLength({ headers }: Request): number {
  return Number(headers.get("content-length") ?? NaN);
}

interface Reading {
  readonly text: Promise<string | typeof TOO_LARGE | MessageProblem>;
  readonly stop: () => void;
}

/** Deno lets nobody stop this; it ends with the connection. */
function wholeText(request: Request): Reading {
  return { text: request.text(), stop() {} };
}

/**
 * Reads on beyond `usual` only where what has come names a tool that takes pictures. What comes is
 * looked through part by part, so that nobody else waits for it, and nothing is read beyond what
 * is wrong with it.
 */
function countedText({ body }: Request, usual: number, maxBytes: number): Reading {
  const reader = body?.getReader();
  const read = async () => {
    const decoder = new TextDecoder();
    const structure = new StructureCheck();
    let length = 0;
    let limit = usual;
    let whole = "";
    while (reader) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      const part = decoder.decode(value, { stream: true });
      const problem = structure.read(part);
      if (problem) return problem;
      whole += part;
      if (length > limit && namesPictureTool(whole)) limit = maxBytes;
      if (length > limit) return TOO_LARGE;
    }
    return whole + decoder.decode();
  };
  const stop = () => reader?.releaseLock();
  return { text: read().finally(stop), stop };
}

/** Whether a body could go on for longer than this server would read it. */
export function mayBeEndless(request: Request, maxBytes: number): boolean {
  return !(announcedLength(request) <= maxBytes);
}

/**
 * Ends the connection whose body nobody reads on, once the answer has had time to arrive: Deno
 * would take the rest, however long, of a body that was let go before. `answered` is absent where
 * there is no connection.
 */
export function cutOff({ body }: Request, answered: Promise<void> | undefined): void {
  if (!body || body.locked) return;
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  if (!answered) return cancel();
  const linger = () => {
    const timer = setTimeout(cancel, LINGER);
    Deno.unrefTimer(timer);
    const rest = () => clearTimeout(timer);
    reader.closed.then(rest, rest);
  };
  answered.then(linger, cancel);
}

const TOO_LARGE = Symbol();
const TOO_SLOW = Symbol();

function tooLarge(maxBytes: number): Body {
  const message = `The request body is larger than ${maxBytes} bytes`;
  return { refused: refusal(413, message, { headers: CLOSE }) };
}

/** The rest of such a body is not waited for. */
const CLOSE = { Connection: "close" };
/** Milliseconds an answer has to arrive at a client that may still be sending. */
const LINGER = 1_000;
