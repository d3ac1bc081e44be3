/** How far an access token must reach for a message of the protocol. */

import { allows, type Scope, SCOPES } from "../authorization/access_token.ts";
import { TOOL_DECLARATIONS } from "../mcp/declarations/tools.ts";

/** What concerns everybody; else a tool that only reads needs less than one that makes or changes. */
const FOR_EVERYBODY: ReadonlySet<string> = new Set(["reload_config"]);

const SCOPE_OF: ReadonlyMap<unknown, Scope> = new Map(
  TOOL_DECLARATIONS.map(({ name, annotations }) => [
    name,
    FOR_EVERYBODY.has(name)
      ? "images:admin"
      : annotations.readOnlyHint
      ? "images:read"
      : "images:write",
  ]),
);

/** What the body of a POST needs, be it one message or several; a tool that is not there needs nothing more. */
function scopeNeeded(body: unknown): Scope {
  const messages = Array.isArray(body) ? body : [body];
  const needed = messages.map((message) => {
    const { method, params } = Object(message);
    return method === "tools/call" ? SCOPE_OF.get(Object(params).name) : undefined;
  });
  return SCOPES.findLast((scope) => needed.includes(scope)) ?? "images:read";
}

/** The scope that is lacking, where one is; `scopes` undefined stands for everything. */
export function scopeLacking(
  scopes: readonly Scope[] | undefined,
  body: unknown,
): Scope | undefined {
  if (scopes === undefined) return undefined;
  const needed = scopeNeeded(body);
  return allows(scopes, needed) ? undefined : needed;
}
