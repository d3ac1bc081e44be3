/** Lines, and the JSON-RPC messages on them. */

import { joinBytes } from "../bytes.ts";
import type { JSONRPCMessage, RequestId } from "../dependencies/mcp_server.ts";
import { isRecord } from "../json.ts";
import { longestMessage, namesPictureTool, USUAL_BYTES } from "./message_bounds.ts";

/**
 * The longest line that is read, in bytes, where it begins as a call that takes pictures does; others
 * end at `USUAL_BYTES`. Longer ones are answered with an error and skipped.
 */
const MAX_LINE_BYTES = longestMessage(USUAL_BYTES);

/** The lines of what comes in; undefined stands for one that is too long. */
export async function* lines(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<string | undefined> {
  const decoder = new TextDecoder();
  let chunks: Uint8Array[] = [];
  let length = 0;
  let limit = USUAL_BYTES;
  const take = () => {
    const line = length > limit ? undefined : decoder.decode(joinBytes(chunks));
    chunks = [];
    length = 0;
    limit = USUAL_BYTES;
    return line;
  };
  for await (const chunk of input) {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      keep(rest.subarray(0, end));
      yield take();
      rest = rest.subarray(end + 1);
    }
    keep(rest);
  }
  if (length > 0) yield take();

  function keep(part: Uint8Array) {
    const isAtLimit = length <= limit && length + part.length > limit;
    length += part.length;
    if (isAtLimit && namesPictureTool(decoder.decode(joinBytes([...chunks, part])))) {
      limit = MAX_LINE_BYTES;
    }
    if (length <= limit) chunks.push(part);
    else chunks = [];
  }
}

const NEWLINE = 0x0a;

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
