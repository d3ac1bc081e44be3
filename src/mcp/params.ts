/** The `params` of a request, and the refusal of those that are not what they should be. */

import { ProtocolError } from "../dependencies/mcp_server.ts";
import { isRecord } from "../json.ts";
import type { RequestContext } from "./context.ts";
import type { ArgumentsOf, ArgumentTable } from "./declarations/argument.ts";
import { shown } from "./arguments/argument_words.ts";
import { readMembers } from "./arguments/read_arguments.ts";

export type Params = Readonly<Record<string, unknown>>;

/** The refusal of a request whose `params` are not what they should be. */
export function invalidParams(message: string, data?: Params): ProtocolError {
  return new ProtocolError(INVALID_PARAMS, message, data);
}

export const INVALID_PARAMS = -32602;

/**
 * The members of `params` that `table` names.
 * @throws {ProtocolError} -32602 with one sentence per wrong member.
 */
export function membersOf<Table extends ArgumentTable>(
  table: Table,
  params: Params,
  method: string,
): ArgumentsOf<Table> {
  const read = readMembers(table, params);
  if ("args" in read) return read.args;
  throw invalidParams(`Cannot answer ${method}: ${read.mistakes.join("; ")}`);
}

/** A member that is an object; absence and null stand for one without members, unless it is required. */
export function objectIn(
  params: Params,
  name: string,
  method: string,
  { isRequired = false }: { readonly isRequired?: boolean } = {},
): Params {
  const value = params[name] ?? undefined;
  if (value === undefined && !isRequired) return {};
  if (isRecord(value)) return value;
  const found = value === undefined ? "and is missing" : `, current value is ${shown(value)}`;
  throw invalidParams(
    `Cannot answer ${method}: '${name}' must be an object ${found}`.replace(" ,", ","),
  );
}

/** @throws {ProtocolError} where `_meta` holds what nobody could use. */
export function checkMeta({ mcpReq: { _meta: meta, method } }: RequestContext): void {
  const token: unknown = isRecord(meta) ? meta.progressToken : undefined;
  const isToken = token === undefined || typeof token === "string" || Number.isSafeInteger(token);
  if ((meta === undefined || isRecord(meta)) && isToken) return;
  throw invalidParams(
    `Cannot answer ${method}: '_meta' must be an object, and its 'progressToken' a text or a whole number`,
  );
}
