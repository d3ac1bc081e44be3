/**
 * stdin and stdout of a server over stdio, without Deno's streams: their code, which is loaded at the
 * first use, takes a tenth of the time until the first answer.
 */

/** What comes in, until the client closes it. */
export async function* readStdin(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const buffer = new Uint8Array(65_536);
  for (let count; (count = await Deno.stdin.read(buffer)) !== null;) yield buffer.slice(0, count);
}

/**
 * Takes stdout for the protocol, which it carries alone, whatever a dependency prints: everything else
 * that would have gone there, from `console`, `Deno.stdout` or the global `process.stdout`, goes to
 * stderr from now on.
 * @returns what writes to the real stdout, one text whole after the other. It rejects where nobody
 * reads any more, and ever after.
 */
export function takeStdout(): (bytes: Uint8Array) => Promise<void> {
  const writeSome = Deno.stdout.write.bind(Deno.stdout);
  const writeAll = async (bytes: Uint8Array) => {
    while (bytes.length > 0) bytes = bytes.subarray(await writeSome(bytes));
  };
  let last = Promise.resolve();
  const methods = console as unknown as Record<string, unknown>;
  for (const [name, method] of Object.entries(methods)) {
    const isQuiet = typeof method !== "function" || KEPT.has(name);
    if (!isQuiet) methods[name] = console.error;
  }
  Deno.stdout.write = (bytes) => Deno.stderr.write(bytes);
  Deno.stdout.writeSync = (bytes) => Deno.stderr.writeSync(bytes);
  Object.defineProperty(Deno.stdout, "writable", { get: () => Deno.stderr.writable });
  const { get } = Object.getOwnPropertyDescriptor(globalThis, "process") ?? {};
  Object.defineProperty(globalThis, "process", {
    configurable: true,
    enumerable: true,
    get: () => withoutStdout(get?.call(globalThis)),
  });
  return (bytes) => last = last.then(() => writeAll(bytes));
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
