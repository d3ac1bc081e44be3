/** In stdio mode stdout carries the protocol and nothing else, whatever a dependency prints. */

/**
 * Takes stdout for the protocol: everything else that would have gone there, from
 * `console`, `Deno.stdout` or the global `process.stdout`, goes to stderr from now on.
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
  const { get } = Object.getOwnPropertyDescriptor(globalThis, "process") ?? {};
  Object.defineProperty(globalThis, "process", {
    configurable: true,
    enumerable: true,
    get: () => withoutStdout(get?.call(globalThis)),
  });
  return writable;
}

/** The same for whoever imports `node:process`, before anything is loaded that might. */
export function takeNodeStdout(): void {
  withoutStdout(globalThis.process);
}

/** Done when it is asked for: Deno loads Node's half of itself then, which takes longer than to greet. */
function withoutStdout(process: typeof globalThis.process): typeof globalThis.process {
  Object.defineProperty(process, "stdout", { configurable: true, get: () => process.stderr });
  return process;
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
