/** Pictures that come in: read to their end, made fit to be sent, and kept by their hash before anything is asked of a provider. */

import { hashOf, releaseBytes } from "../bytes.ts";
import { ImageError } from "../errors.ts";
import { identifyImage } from "../images/media_type.ts";
import { adviceAbout, receiveImage } from "../images/receive.ts";
import { UndecodableImageError } from "../images/workers.ts";
import type { InputImageInfo, InputRole } from "../providers/provider.ts";
import type { RequestInputs } from "../requests/parse.ts";
import type { ImageStore } from "../storage/image_store.ts";
import type { Storage } from "../storage/storage.ts";
import { MAX_INPUT_BYTES, tooManyBytes } from "./picture_source.ts";

/** A picture as it came in, from wherever. */
export interface NewInput {
  readonly role: InputRole;
  /** What it is called in sentences; "Picture 1" and so on where absent. */
  readonly name?: string;
  /** Its bytes, or how to get them, or what is kept of it already, when its turn has come. */
  readonly picture: NewPicture | (() => Promise<NewPicture | KeptPicture>);
}

/** A picture that is kept; what became of it on its way in follows its name: "was turned upright". */
export type KeptPicture = Omit<InputImageInfo, "role" | "imageId">;

/** Disposed of, where it can be, when it is kept. */
export interface NewPicture extends Partial<Disposable> {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The id of a picture that was made here. */
  readonly imageId?: string;
}

export interface NewInputs {
  readonly images: readonly NewInput[];
  readonly mask?: Uint8Array<ArrayBuffer>;
}

export interface KeepOptions {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal?: AbortSignal;
}

const MAX_INPUT_PIXELS = 64_000_000;

/**
 * Keeps pictures for as long as a job may ask for them, each once however often it comes, as
 * `receiveImage` makes them.
 * @throws {ImageError} `invalid_parameters` for what is no picture, is damaged, or is too large.
 */
export async function keepInputs(
  { images, mask }: NewInputs,
  storage: Storage,
  { now, signal }: KeepOptions,
): Promise<RequestInputs> {
  const kept = [];
  // One after another, so that sixteen large pictures are never in memory at once.
  for (const [index, { role, picture, name = `Picture ${index + 1}` }] of images.entries()) {
    signal?.throwIfAborted();
    const isRead = typeof picture === "function";
    const given = isRead ? await picture() : picture;
    using _held = heldOf(given);
    if ("hash" in given) {
      kept.push(asInput(given, role, name));
      continue;
    }
    const { bytes, imageId } = given;
    // Those of a picture made here may be held by others, too.
    const isOwn = isRead && imageId === undefined;
    const info = asInput(await keep(bytes, name, storage, { isOwn, signal }), role, name);
    kept.push(imageId === undefined ? info : { ...info, imageId });
  }
  const keptMask = mask &&
    asInput(await keep(mask, "The mask", storage, { signal }), "base", "The mask");
  const all = keptMask ? [...kept, keptMask] : kept;
  if (all.length > 0) await (await storage.records()).inputs.note(all, now);
  return keptMask ? { images: kept, mask: keptMask } : { images: kept };
}

/** What gives the memory of a picture back. */
export function heldOf(given: NewPicture | KeptPicture): Disposable {
  return { [Symbol.dispose]: () => "bytes" in given ? given[Symbol.dispose]?.() : undefined };
}

/**
 * Keeps one picture before the request is all there that it came with, so that several need not be
 * held at once. `bytes` is empty afterwards.
 * @throws {ImageError} as `keepInputs` does, about `name`.
 */
export async function keepEarly(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  storage: Storage,
  { now, signal }: KeepOptions,
): Promise<KeptPicture> {
  const kept = await keep(bytes, name, storage, { isOwn: true, signal });
  await (await storage.records()).inputs.note([{ ...kept, role: "base" }], now);
  return kept;
}

async function keep(
  given: Uint8Array<ArrayBuffer>,
  name: string,
  { inputs }: Storage,
  options: { readonly isOwn?: boolean; readonly signal?: AbortSignal },
): Promise<KeptPicture> {
  checkBounds(given, name);
  const { bytes, changes, ...info } = await receive(given, name, options);
  const sizeBytes = bytes.length;
  const hash = await store(bytes, inputs);
  releaseBytes(bytes);
  return { hash, sizeBytes, ...info, ...changes.length > 0 && { changes } };
}

function asInput(
  { changes = [], ...kept }: KeptPicture,
  role: InputRole,
  name: string,
): InputImageInfo {
  const told = changes.map((change) => `${name} ${change}`);
  return { ...kept, role, ...told.length > 0 && { changes: told } };
}

/** Keeps a mask in the one form, of the size of its base. */
export async function keepMask(
  bytes: Uint8Array<ArrayBuffer>,
  { width, height }: { readonly width: number; readonly height: number },
  storage: Storage,
  now: number,
): Promise<InputImageInfo> {
  const hash = await store(bytes, storage.inputs);
  const info: InputImageInfo = {
    hash,
    role: "base",
    mediaType: "image/png",
    width,
    height,
    sizeBytes: bytes.length,
  };
  await (await storage.records()).inputs.note([info], now);
  return info;
}

async function store(bytes: Uint8Array<ArrayBuffer>, inputs: ImageStore): Promise<string> {
  const hash = await hashOf(bytes);
  if (await inputs.open(hash) === undefined) await inputs.put(hash, bytes);
  return hash;
}

function checkBounds(bytes: Uint8Array, name: string): void {
  if (bytes.length > MAX_INPUT_BYTES) throw tooManyBytes(name, bytes.length);
  const kind = identifyImage(bytes);
  if (!kind) {
    throw new ImageError(
      "invalid_parameters",
      `${name} is not a picture that can be read: ${adviceAbout(bytes)}`,
      { size_bytes: bytes.length },
    );
  }
  const { width = 0, height = 0 } = kind;
  if (width * height > MAX_INPUT_PIXELS) {
    throw new ImageError(
      "invalid_parameters",
      `${name} is ${width}x${height}, more than the ${MAX_INPUT_PIXELS} pixels that may come in: ` +
        "make it smaller first",
      { width, height, max_pixels: MAX_INPUT_PIXELS },
    );
  }
}

async function receive(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  options: { readonly isOwn?: boolean; readonly signal?: AbortSignal },
) {
  const [advice, sizeBytes] = [adviceAbout(bytes), bytes.length];
  try {
    return await receiveImage(bytes, options);
  } catch (error) {
    if (!(error instanceof UndecodableImageError)) throw error;
    throw new ImageError(
      "invalid_parameters",
      `${name} ${error.message}. Instead, ${advice}`,
      { size_bytes: sizeBytes },
      { cause: error },
    );
  }
}
