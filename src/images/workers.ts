/** The one pool of workers that decodes and encodes pictures, and how they are asked. */

import { decodingCost } from "./limits.ts";
import type { Message, Reply } from "./worker/main.ts";
import type { OperationName, Operations } from "./worker/operations.ts";
import type { CodecModules } from "./worker/wasm.ts";
import { type Task, WorkerPool, type WorkerPoolOptions } from "./worker_pool.ts";

export { WorkerLostError } from "./worker_pool.ts";

/** The picture's bytes are damaged, or of a kind that nothing here decodes. */
export class UndecodableImageError extends Error {
  override readonly name = "UndecodableImageError";
}

/** How many workers run at once from now on; 0 for as many as the processor has cores. */
export function limitImageWorkers(count: number): void {
  limit = count;
}

let limit = 0;

/** Lets workers that have nothing to do rest for so long from now on, or for ever: Infinity milliseconds. */
export function restImageWorkers(milliseconds: number): void {
  rest = milliseconds;
}

let rest = 60_000;

/** Keeps workers until it is disposed of: they end with the last that holds them. */
export function holdImageWorkers(): Disposable {
  const hold = {
    [Symbol.dispose]() {
      if (holds.delete(hold) && holds.size === 0) closeImageWorkers();
    },
  };
  holds.add(hold);
  return hold;
}

const holds = new Set<Disposable>();

/** Ends all workers at once; the next picture starts new ones. */
export function closeImageWorkers(): void {
  for (const each of pools) each.close();
}

/** A pool of workers for another kind of work on pictures, which `closeImageWorkers` closes too. */
export function openImagePool(options: Omit<WorkerPoolOptions, "rest">): WorkerPool {
  const opened = new WorkerPool({ ...options, rest: () => rest });
  pools.push(opened);
  return opened;
}

const pools: WorkerPool[] = [];

/** Pictures that are being worked on, that wait, and workers that rest. */
export function imageWorkersLoad(): WorkerPool["load"] {
  return pool.load;
}

export interface ImageWork<Name extends OperationName> {
  readonly operation: Name;
  /** Called when the turn has come; its bytes are handed over, so they must be a copy. */
  readonly input: () => Promise<Operations[Name]["input"]>;
  /** Pixels, where they are known before: short work goes first. */
  readonly cost?: number;
  readonly signal?: AbortSignal;
}

/**
 * The result of an operation on pixels, done by a worker. The bounds of `limits.ts` must have been
 * looked at. @throws {UndecodableImageError} @throws {WorkerLostError} @throws {RangeError} for
 * steps that the picture is too small for.
 */
export async function runImageWork<Name extends OperationName>(
  { operation, input, cost = USUAL_PIXELS, signal }: ImageWork<Name>,
): Promise<Operations[Name]["result"]> {
  const task: Task = {
    cost,
    signal,
    async prepare() {
      const message = { operation, input: await input() } satisfies Message;
      const load = loadOf(message.input, isWhole(operation, message.input));
      const timeLimit = LEAST_TIME + load.pixels * TIME_A_PIXEL;
      const { memory, isLarge } = load;
      return { message, transfer: buffersOf(message.input), timeLimit, memory, isLarge };
    },
  };
  const reply = await pool.run(task) as Reply;
  if ("result" in reply) return reply.result as Operations[Name]["result"];
  const { kind, message } = reply.error;
  if (kind === "undecodable") throw new UndecodableImageError(message);
  if (kind === "range") throw new RangeError(message);
  throw new Error(`An image worker failed: ${message}`);
}

const USUAL_PIXELS = 1_000_000;
/** Of pictures with more, one is encoded at a time. */
const LARGE_PIXELS = 17_000_000;
/** Bytes of the pictures that are worked on at once, so that many cores do not take memory without end. */
const MOST_MEMORY = 300 * 1024 * 1024;
/** Milliseconds. Ten times what it takes, since a machine may do other things too. */
const LEAST_TIME = 20_000;
const TIME_A_PIXEL = 0.001;

const pool = openImagePool({
  start: startWorker,
  limit: () => limit || navigator.hardwareConcurrency,
  mostMemory: MOST_MEMORY,
});

async function startWorker(): Promise<Worker> {
  assets ??= readAssets();
  const { source, modules } = await assets;
  // A data URL is the one kind of worker that needs no file and no permission, and so works alike
  // from a clone, from a URL, in a bundle and in a compiled binary.
  const worker = new Worker(source, { type: "module" });
  worker.postMessage({ modules } satisfies Message);
  return worker;
}

interface Assets {
  readonly source: string;
  readonly modules: CodecModules;
}

let assets: Promise<Assets> | undefined;

async function readAssets(): Promise<Assets> {
  const { default: asset } = await import("./worker.txt", { with: { type: "text" } });
  const { brotliDecompressSync } = await import("node:zlib");
  const unpack = (name: string) => {
    const [, base64] = new RegExp(`^${name}:(\\S+)$`, "m").exec(asset) ?? [];
    return brotliDecompressSync(Uint8Array.fromBase64(base64!));
  };
  const compile = (name: keyof CodecModules) => WebAssembly.compile(new Uint8Array(unpack(name)));
  const [jpeg, webpDecoder, webpEncoder] = await Promise.all([
    compile("jpeg"),
    compile("webpDecoder"),
    compile("webpEncoder"),
  ]);
  const program = new TextDecoder().decode(unpack("program"));
  const source = `data:text/javascript,${encodeURIComponent(program)}`;
  return { source, modules: { jpeg, webpDecoder, webpEncoder } };
}

/** Previews, and what is reduced while it is read, never hold all of a large picture. */
function isWhole(operation: OperationName, input: AnyInput): boolean {
  const isReduced = "factor" in input && (input.factor ?? 1) > 1;
  return operation !== "preview" && !isReduced;
}

type AnyInput = Operations[OperationName]["input"];

/** The memory that is handed over. */
function buffersOf(input: AnyInput): readonly ArrayBuffer[] {
  return filesIn(input).map(({ buffer }) => buffer as ArrayBuffer);
}

/** Every picture that goes into it. */
function filesIn(input: AnyInput): readonly Uint8Array[] {
  if ("layers" in input) {
    return input.layers.flatMap(({ bytes, mask, tones }) => [bytes, mask, tones?.bytes])
      .filter((file) => file !== undefined);
  }
  return Object.values(input).filter((value) => value instanceof Uint8Array);
}

function loadOf(input: AnyInput, isWhole: boolean): Load {
  const files = filesIn(input);
  const costs = files.map((bytes) => decodingCost(bytes, { isWhole }))
    .filter((cost) => typeof cost !== "string");
  const made = "width" in input && "height" in input ? (input.width ?? 0) * (input.height ?? 0) : 0;
  const pixels = costs.reduce((sum, cost) => sum + cost.pixels, made);
  const memory = costs.reduce((sum, cost) => sum + cost.memory, made * BYTES_A_PIXEL);
  // What is too large to be held whole is read smaller at once, and is large all the same.
  const isLarge = pixels > LARGE_PIXELS || costs.some(({ isLarge }) => isLarge);
  return { pixels, memory, isLarge: isLarge || costs.length < files.length };
}

interface Load {
  readonly pixels: number;
  /** In bytes. */
  readonly memory: number;
  readonly isLarge: boolean;
}

/** Of pixels that are there already: themselves, and what they become. */
const BYTES_A_PIXEL = 8;
