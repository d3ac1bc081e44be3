/**
 * Node's `util`, loaded when it is asked for: an import would load Node's half of Deno at every start,
 * before the first answer.
 */
export function nodeUtil(): typeof import("node:util") {
  return globalThis.process.getBuiltinModule("node:util");
}
