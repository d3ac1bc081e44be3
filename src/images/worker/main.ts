/** The worker's entry: does one piece of work after the other. */

import type { Codecs } from "./decode.ts";
import { createJpegCodec } from "./jpeg.ts";
import { OPERATIONS } from "./operations.ts";
import { release, UndecodableError } from "./raster.ts";
import type { CodecModules } from "./wasm.ts";
import { createWebpCodec } from "./webp.ts";

/** The first message holds the codecs; each other asks for one operation. */
export type Message =
  | { readonly modules: CodecModules }
  | { readonly operation: string; readonly input: unknown };

export type Reply =
  | { readonly result: unknown }
  | {
    readonly error: { readonly kind: "undecodable" | "range" | "bug"; readonly message: string };
  };

interface WorkerScope {
  onmessage: ((event: MessageEvent<Message>) => void) | null;
  postMessage(reply: Reply, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
let modules: CodecModules | undefined;
const codecs: Codecs = {
  jpeg: createJpegCodec(() => modules!),
  webp: createWebpCodec(() => modules!),
};

scope.onmessage = async ({ data }) => {
  if ("modules" in data) {
    modules = data.modules;
    return;
  }
  const run = OPERATIONS[data.operation as keyof typeof OPERATIONS] as (
    input: unknown,
    codecs: Codecs,
  ) => Promise<unknown>;
  try {
    const result = await run(data.input, codecs);
    scope.postMessage({ result }, buffersOf(result));
  } catch (error) {
    scope.postMessage({ error: { kind: kindOf(error), message: messageOf(error) } }, []);
  } finally {
    for (const value of valuesOf(data.input)) if (ArrayBuffer.isView(value)) release(value);
  }
};

/** Bounded, since a codec's message may quote its whole program. */
function messageOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error).slice(0, 200);
}

function kindOf(error: unknown): "undecodable" | "range" | "bug" {
  if (error instanceof UndecodableError) return "undecodable";
  // A size that is too much for a buffer is the file's fault, too.
  return error instanceof RangeError ? "range" : "bug";
}

/** The memory that goes with a result instead of being copied. */
function buffersOf(result: unknown): Transferable[] {
  return valuesOf(result)
    .flatMap((value) => ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []);
}

function valuesOf(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}
