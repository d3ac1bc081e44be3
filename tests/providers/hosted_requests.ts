/** Requests to hosts of models, and what they tell meanwhile. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type { CallContext, ImageRequest, InputImage } from "../../src/providers/provider.ts";
import { drawPng } from "../fakes/pictures.ts";
import { png } from "../fakes/png.ts";
import { randomBytes } from "../support/random.ts";

export function request(more: Partial<ImageRequest> = {}): ImageRequest {
  const operation = more.inputs ? "edit" : "generate";
  return { operation, prompt: "a lamp", inputs: [], count: 1, options: {}, ...more };
}

export interface Told {
  readonly messages: string[];
  readonly tickets: string[];
}

/** A context that notes what it is told. */
export function listening(signal = new AbortController().signal): CallContext & Told {
  const messages: string[] = [];
  const tickets: string[] = [];
  return {
    signal,
    messages,
    tickets,
    onProgress: ({ message }) => void messages.push(message),
    onAccepted: (ticket) => void tickets.push(ticket),
  };
}

export function picture(note = "a picture"): InputImage {
  const bytes = drawPng(320, 256, note);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: note, role: "base", bytes, ...info };
}

/** More than goes along in a request: noise, which no format packs. */
export function largePicture(): InputImage {
  const noise = randomBytes(400 * 300 * 3);
  const bytes = png(400, 300, 2, (x, y) => [...noise.subarray((y * 400 + x) * 3).subarray(0, 3)]);
  assert.ok(bytes.length > 256_000);
  const info = { mediaType: "image/png", width: 400, height: 300, sizeBytes: bytes.length };
  return { hash: "f".repeat(64), role: "base", bytes, ...info };
}

export async function failureOf(asking: Promise<unknown>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
