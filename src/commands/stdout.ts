/** In stdio mode stdout carries the protocol and nothing else, whatever a dependency prints. */

/**
 * Takes stdout for the protocol: everything else that would have gone there, from
 * `console`, `Deno.stdout` or `process.stdout`, goes to stderr from now on.
 * @returns the real stdout.
 */
export function takeStdout(): WritableStream<Uint8Array> {
  const { writable } = Deno.stdout;
  const methods = console as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(methods)) {
    const isQuiet = typeof method !== "function" || KEPT.has(name);
    if (!isQuiet) methods[name] = console.error;
  }
  Deno.stdout.write = (bytes) => Deno.stderr.write(bytes);
  Deno.stdout.writeSync = (bytes) => Deno.stderr.writeSync(bytes);
  Object.defineProperty(globalThis.process, "stdout", { get: () => globalThis.process.stderr });
  return writable;
}

/** Console methods that print nothing, or already print on stderr. */
const KEPT: ReadonlySet<string> = new Set([
  "error",
  "warn",
  "assert",
  "trace",
  "time",
  "countReset",
  "profile",
  "profileEnd",
  "timeStamp",
  "createTask",
  "context",
]);
