/** Requests, pictures and refusals for the tests of ComfyUI. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import type {
  CallContext,
  ImageRequest,
  ImageResult,
  InputImage,
  InputRole,
} from "../../src/providers/provider.ts";
import type { FakeComfyui } from "../fakes/comfyui.ts";
import type { FakeGraph } from "../fakes/comfyui_graph.ts";
import { drawPng } from "../fakes/pictures.ts";
import { openProvider } from "./open_provider.ts";

export function input(
  role: InputRole,
  note = "a picture",
  width = 320,
  height = 256,
): InputImage {
  const bytes = drawPng(width, height, note);
  return {
    hash: note,
    role,
    bytes,
    mediaType: "image/png",
    width,
    height,
    sizeBytes: bytes.length,
  };
}

export function context(): CallContext {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };
}

export async function refusalOf(asking: Promise<ImageResult>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}

export function draw(fake: FakeComfyui, asked: Partial<ImageRequest> = {}) {
  return openProvider(comfyui, fake.environment).generate(request(asked), context());
}

export function request(asked: Partial<ImageRequest>): ImageRequest {
  const operation = asked.inputs ? "edit" : "generate";
  return { operation, prompt: "a cat", inputs: [], count: 1, options: {}, ...asked };
}

export function nodeOf(graph: FakeGraph, kind: string): Readonly<Record<string, unknown>> {
  const node = Object.values(graph).find(({ class_type }) => class_type === kind);
  assert.ok(node, `no ${kind} in ${Object.values(graph).map(({ class_type }) => class_type)}`);
  return node.inputs;
}
