/** The use case: pictures put where a person wants them, with speaking names and a manifest. */

import { dirname, join } from "node:path";
import { ImageError, messageOf, shown } from "../errors.ts";
import type { CopyPlace } from "../requests/request.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import type { ImageSummary } from "../storage/records/records.ts";
import type { Library } from "./library.ts";

export interface Exporter {
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (message: string) => void;
  readonly images: ImageRepository;
  readonly library: Library;
}

export interface Exported {
  /** The folder, or the ZIP. */
  readonly path: string;
  /** The manifest's name in it. */
  readonly manifest: string;
  readonly count: number;
  /** Pictures whose files could not be read, each with the reason. */
  readonly left: readonly { readonly id: string; readonly reason: string }[];
}

/** Pictures that one export takes at most. */
export const MOST_EXPORTED = 1_000;

/**
 * Writes pictures and `manifest.json` into a folder, or into a new ZIP where the place ends in .zip.
 * Nothing that is there is written over: in a folder another name is taken.
 * @throws {ImageError} `invalid_parameters` where there is such a ZIP; `read_failed` where nothing can be written.
 */
export async function exportPictures(
  pictures: readonly ImageSummary[],
  place: CopyPlace,
  exporter: Exporter,
): Promise<Exported> {
  const isZip = /\.zip$/i.test(place.path);
  try {
    await using target = await (isZip ? openZip(place.path) : openFolder(place.path));
    const entries: object[] = [];
    const left: { id: string; reason: string }[] = [];
    for (const [index, picture] of pictures.entries()) {
      exporter.signal.throwIfAborted();
      exporter.onProgress?.(`${index} of ${pictures.length} pictures`);
      const bytes = await bytesOf(picture, exporter).catch((error) => {
        left.push({ id: picture.id, reason: messageOf(error) });
      });
      if (!bytes) continue;
      const file = await target.add(speakingName(picture), bytes);
      entries.push({ file, ...await manifestEntry(picture, exporter) });
    }
    const text = JSON.stringify({ version: 1, pictures: entries }, null, 2) + "\n";
    const manifest = await target.add("manifest.json", new TextEncoder().encode(text));
    await target.finish();
    return { path: place.path, manifest, count: entries.length, left };
  } catch (error) {
    if (error instanceof ImageError || exporter.signal.aborted) throw error;
    throw new ImageError("read_failed", `No export to '${place.path}': ${messageOf(error)}`, {}, {
      cause: error,
    });
  }
}

async function bytesOf({ id }: ImageSummary, { images, owner }: Exporter) {
  const picture = await images.find(id, owner);
  if (!picture) throw new Error("it is not among your pictures any more");
  return await images.read(picture);
}

/** What is known of a picture, without whose it is and where it lies. */
async function manifestEntry(picture: ImageSummary, { images, owner }: Exporter) {
  const { id, provider, model, width, height, createdAt, notes } = picture;
  const source = await images.sourceOf(picture, owner);
  return {
    id,
    ...notes.title !== null && { title: notes.title },
    tags: notes.tags,
    favorite: notes.isFavorite,
    made_at: new Date(createdAt).toISOString(),
    provider,
    model,
    width,
    height,
    ...source && {
      operation: source.operation,
      prompt: source.prompt,
      parents: source.parents,
      parameters: source.parameters,
    },
  };
}

/** "2026-11-25 a blue logo of a fox 1f3c.png": by day, then by what it is of. */
function speakingName({ id, fileName, prompt, createdAt, notes }: ImageSummary): string {
  const words = (notes.title ?? prompt).replaceAll(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim();
  const day = new Date(createdAt).toISOString().slice(0, 10);
  const ending = fileName.slice(fileName.lastIndexOf("."));
  const what = [...words].slice(0, LONGEST_WORDS).join("").trim();
  return `${[day, what, id.slice(-6)].filter((part) => part !== "").join(" ")}${ending}`;
}

/** Where an export goes. */
interface Target extends AsyncDisposable {
  /** Adds a file under that name, or one like it where it is taken; tells which. */
  add(name: string, bytes: Uint8Array): Promise<string>;
  finish(): Promise<void>;
}

async function openFolder(path: string): Promise<Target> {
  await Deno.mkdir(path, { recursive: true });
  return {
    async add(name, bytes) {
      for (let number = 1;; number++) {
        const free = number === 1 ? name : name.replace(/(\.\w+)$/, `-${number}$1`);
        try {
          await Deno.writeFile(join(path, free), bytes, { createNew: true });
          return free;
        } catch (error) {
          const isTaken = error instanceof Deno.errors.AlreadyExists;
          if (!isTaken || number === MOST_NAMES) throw error;
        }
      }
    },
    finish: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Pictures are packed already, so that the ZIP only holds them; it is written as it grows. */
async function openZip(path: string): Promise<Target> {
  const { Zip, ZipPassThrough } = await import("../dependencies/fflate.ts");
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { write: true, createNew: true }).catch((error) => {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new ImageError(
      "invalid_parameters",
      `There is a file at ${shown(path)} already: give another name, or a folder`,
    );
  });
  const pieces: Uint8Array[] = [];
  let trouble: Error | null = null;
  const zip = new Zip((error, piece) => {
    trouble ??= error;
    if (!error) pieces.push(piece);
  });
  const names = new Set<string>();
  const flush = async () => {
    if (trouble) throw trouble;
    for (const piece of pieces.splice(0)) {
      for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
    }
  };
  let isFinished = false;
  return {
    async add(name, bytes) {
      let free = name;
      for (let number = 2; names.has(free); number++) {
        free = name.replace(/(\.\w+)$/, `-${number}$1`);
      }
      names.add(free);
      const entry = new ZipPassThrough(free);
      zip.add(entry);
      entry.push(bytes, true);
      await flush();
      return free;
    },
    async finish() {
      zip.end();
      await flush();
      isFinished = true;
    },
    async [Symbol.asyncDispose]() {
      file.close();
      if (!isFinished) await Deno.remove(path).catch(() => {});
    },
  };
}

const MOST_NAMES = 1_000;
/** In characters. */
const LONGEST_WORDS = 60;
