/** Lines, and the JSON-RPC messages on them. */

import { joinBytes } from "../bytes.ts";
import type { JSONRPCMessage, RequestId } from "../dependencies/mcp_server.ts";
import { isRecord } from "../json.ts";
import { namesPictureTool, USUAL_BYTES } from "./message_bounds.ts";

/** A line too long to be one text, of a call that takes pictures. */
export interface LongLine {
  /** The line in parts, each alone in its memory; what is left of it is skipped with the next line. */
  readonly parts: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/**
 * The lines of what comes in; undefined stands for one that is longer than `USUAL_BYTES` and does
 * not begin as a call that takes pictures does.
 */
export async function* lines(
  input: AsyncIterable<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string | LongLine | undefined> {
  const source = input[Symbol.asyncIterator]();
  let rest = NOTHING;
  let isLineOver = false;
  let isOver = false;
  try {
    while (!isOver) {
      isLineOver = false;
      const chunks: Uint8Array<ArrayBuffer>[] = [];
      let length = 0;
      for await (const part of parts()) {
        chunks.push(part);
        length += part.length;
        if (length > USUAL_BYTES) break;
      }
      const text = new TextDecoder().decode(joinBytes(chunks));
      const isUsual = length <= USUAL_BYTES;
      if (isUsual && !(isOver && length === 0)) yield text;
      else if (!isUsual && namesPictureTool(text)) yield { parts: parts(chunks) };
      for await (const _ of parts()); // skipped
      if (!isUsual && !namesPictureTool(text)) yield undefined;
    }
  } finally {
    await source.return?.();
  }

  /** What is left of the line, after what has been read of it. */
  async function* parts(read: Uint8Array<ArrayBuffer>[] = []) {
    for (let part = read.shift(); part; part = read.shift()) yield part;
    while (!isLineOver) {
      if (rest.length === 0) {
        const next = await source.next();
        if (next.done) {
          isOver = true;
          return;
        }
        rest = next.value;
      }
      const end = rest.indexOf(NEWLINE);
      isLineOver = end >= 0;
      const part = isLineOver ? rest.slice(0, end) : rest;
      rest = isLineOver ? rest.subarray(end + 1) : NOTHING;
      yield part;
    }
  }
}

const NOTHING = new Uint8Array();
const NEWLINE = 0x0a;

/** A message as a line of its own. */
export function lineOf(message: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message) + "\n");
}

/** What is answered in place of an answer of so many bytes that would wait behind others. */
export function unreadError(message: object, bytes: number): object {
  const id = "id" in message ? message.id : null;
  const words = `The answer of ${bytes} bytes is not sent: earlier answers wait to be read`;
  return { jsonrpc: "2.0", id, error: { code: -32000, message: words } };
}

/** The message in `value` with the members the SDK knows, or undefined where it would ignore it in silence. */
export function asMessage(value: unknown): JSONRPCMessage | undefined {
  if (!isRecord(value) || value.jsonrpc !== "2.0") return undefined;
  const { id, method, params, result, error } = value;
  if (typeof method === "string") {
    if (!isParams(params)) return undefined;
    if (id === undefined) return { jsonrpc: "2.0", method, params };
    return isId(id) ? { jsonrpc: "2.0", id, method, params } : undefined;
  }
  if (!isId(id)) return undefined;
  if (isRecord(result)) return { jsonrpc: "2.0", id, result };
  return isError(error) ? { jsonrpc: "2.0", id, error } : undefined;
}

/** Nothing is ever answered to an answer, or two programs could go on for ever. */
export function isAnswer(value: unknown): boolean {
  return isRecord(value) && value.method === undefined && ("result" in value || "error" in value);
}

export function idOf(value: unknown): RequestId | null {
  return isRecord(value) && isId(value.id) ? value.id : null;
}

function isParams(value: unknown): value is Record<string, unknown> | undefined {
  if (value === undefined) return true;
  if (!isRecord(value)) return false;
  const { _meta: meta } = value;
  if (meta === undefined) return true;
  return isRecord(meta) && (meta.progressToken === undefined || isId(meta.progressToken));
}

function isError(value: unknown): value is { code: number; message: string } {
  return isRecord(value) && Number.isInteger(value.code) && typeof value.message === "string";
}

export function isId(value: unknown): value is RequestId {
  return typeof value === "string" || Number.isSafeInteger(value);
}
