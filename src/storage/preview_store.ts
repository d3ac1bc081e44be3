/** Smaller copies of pictures, kept so that each is made once: a few in memory, more on disk. */

import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { checkImage } from "../images/check.ts";
import { identifyImage } from "../images/media_type.ts";
import type { Preview } from "../images/preview.ts";
import type { Logger } from "../log.ts";

export interface PreviewStoreOptions {
  /** A folder of its own; its files may be deleted at any time, and are made again when needed. */
  readonly folder: string;
  readonly log: Logger;
  /** Bytes kept on disk; beyond them the oldest go. */
  readonly maxDiskBytes?: number;
  /** Bytes kept in memory; beyond them what was not asked for longest goes. */
  readonly maxMemoryBytes?: number;
}

export interface WantedPreview {
  readonly format: "jpeg" | "webp";
  readonly maxBytes: number;
  /** Aborts when whoever asks is gone; without one, whoever asks stays. */
  readonly signal?: AbortSignal;
}

/** Makes a preview of at most `maxBytes`; undefined where there can be none. */
export type MakePreview = (maxBytes: number, signal: AbortSignal) => Promise<Preview | undefined>;

/** A preview that is being looked for or made, for all who ask meanwhile. */
interface Making {
  readonly limit: number;
  readonly preview: Promise<Preview | undefined>;
  /** Aborts when all who asked are gone. */
  readonly abandoned: AbortController;
  askers: number;
}

export class PreviewStore {
  readonly #folder: string;
  readonly #log: Logger;
  readonly #maxDiskBytes: number;
  readonly #maxMemoryBytes: number;
  /** By name, what was asked for last at the end. */
  readonly #memory = new Map<string, Preview>();
  #memoryBytes = 0;
  /** One for each picture and format, since the preview for one limit may do for another. */
  readonly #making = new Map<string, Making>();
  /** Undefined until the folder has been looked at. */
  #diskBytes: number | undefined;

  constructor(options: PreviewStoreOptions) {
    this.#folder = options.folder;
    this.#log = options.log;
    this.#maxDiskBytes = options.maxDiskBytes ?? 256 * 1024 * 1024;
    this.#maxMemoryBytes = options.maxMemoryBytes ?? 16 * 1024 * 1024;
  }

  /**
   * The preview of the picture of that id: as it was made before, else as `make` makes it now, once
   * for all who ask at the same time, and given up when all of them are gone.
   * @throws what `make` throws, and the signal's reason.
   */
  async find(
    id: string,
    { format, maxBytes, signal }: WantedPreview,
    make: MakePreview,
  ): Promise<Preview | undefined> {
    const [limit] = limitsFor(maxBytes);
    const key = nameOf(id, format);
    // Nothing may be waited for between a look at what is being made and the decision to make it.
    for (;;) {
      signal?.throwIfAborted();
      const remembered = this.#remembered(id, format, maxBytes);
      if (remembered) return remembered;
      const making = this.#making.get(key) ?? this.#begin(id, format, maxBytes, make);
      if (making.limit === limit && !making.abandoned.signal.aborted) {
        return await this.#join(making, signal);
      }
      await making.preview.catch(() => {});
    }
  }

  /** Removes whatever is kept of the picture of that id. */
  async remove(id: string): Promise<void> {
    const beginning = nameOf(id, "");
    for (const name of this.#memory.keys()) {
      if (name.startsWith(beginning)) this.#forget(name);
    }
    const files = await this.#files().catch(() => []);
    for (const { path, size } of files.filter(({ name }) => name.startsWith(beginning))) {
      await Deno.remove(path).catch(() => {});
      if (this.#diskBytes !== undefined) this.#diskBytes -= size;
    }
  }

  /** Gives up what is being made. */
  async close(): Promise<void> {
    const all = [...this.#making.values()];
    for (const { abandoned } of all) abandoned.abort(new Error("The server stops"));
    await Promise.allSettled(all.map(({ preview }) => preview));
  }

  #begin(
    id: string,
    format: WantedPreview["format"],
    maxBytes: number,
    make: MakePreview,
  ): Making {
    const key = nameOf(id, format);
    const abandoned = new AbortController();
    const preview = this.#findOrMake(id, format, maxBytes, (limit) => make(limit, abandoned.signal))
      .finally(() => this.#making.delete(key));
    const making = { limit: limitsFor(maxBytes)[0], preview, abandoned, askers: 0 };
    this.#making.set(key, making);
    return making;
  }

  async #join(making: Making, signal: AbortSignal | undefined): Promise<Preview | undefined> {
    const gone = Promise.withResolvers<never>();
    const leave = () => {
      gone.reject(signal!.reason);
      making.askers--;
      if (making.askers === 0) making.abandoned.abort(signal!.reason);
    };
    making.askers++;
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([making.preview, gone.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  async #findOrMake(
    id: string,
    format: WantedPreview["format"],
    maxBytes: number,
    make: (maxBytes: number) => Promise<Preview | undefined>,
  ): Promise<Preview | undefined> {
    for (const name of namesFor(id, format, maxBytes)) {
      const kept = await this.#read(name);
      if (kept && kept.bytes.length <= maxBytes) return kept;
    }
    return await this.#make(id, format, limitsFor(maxBytes)[0], make);
  }

  /** One that did not have to be made to fit is right for every larger limit. */
  async #make(
    id: string,
    format: WantedPreview["format"],
    limit: number,
    make: (maxBytes: number) => Promise<Preview | undefined>,
  ): Promise<Preview | undefined> {
    const preview = await make(limit);
    if (!preview) return undefined;
    const name = preview.isReduced ? nameOf(id, format, limit) : nameOf(id, format);
    this.#remember(name, preview);
    await this.#write(name, preview.bytes);
    return preview;
  }

  #remembered(
    id: string,
    format: WantedPreview["format"],
    maxBytes: number,
  ): Preview | undefined {
    for (const name of namesFor(id, format, maxBytes)) {
      const remembered = this.#memory.get(name);
      if (!remembered || remembered.bytes.length > maxBytes) continue;
      this.#memory.delete(name);
      this.#memory.set(name, remembered);
      return remembered;
    }
  }

  async #read(name: string): Promise<Preview | undefined> {
    const path = join(this.#folder, name);
    const found = await Deno.lstat(path).catch(() => undefined);
    if (!found?.isFile || found.size > this.#maxMemoryBytes) return undefined;
    const bytes = await Deno.readFile(path).catch(() => undefined);
    const preview = bytes && asPreview(bytes, name);
    if (preview) this.#remember(name, preview);
    return preview;
  }

  #remember(name: string, preview: Preview): void {
    this.#forget(name);
    this.#memory.set(name, preview);
    this.#memoryBytes += preview.bytes.length;
    for (const oldest of this.#memory.keys()) {
      if (this.#memoryBytes <= this.#maxMemoryBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(name: string): void {
    this.#memoryBytes -= this.#memory.get(name)?.bytes.length ?? 0;
    this.#memory.delete(name);
  }

  /** A disk that takes nothing costs only time. */
  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const unfinished = join(this.#folder, `${crypto.randomUUID()}.unfinished`);
    try {
      this.#diskBytes ??= await this.#measure();
      await Deno.writeFile(unfinished, bytes, { mode: 0o600 });
      await Deno.rename(unfinished, join(this.#folder, name));
      this.#diskBytes += bytes.length;
      if (this.#diskBytes > this.#maxDiskBytes) await this.#removeOldest();
    } catch (error) {
      this.#log.debug("A preview could not be kept", { reason: messageOf(error) });
      await Deno.remove(unfinished).catch(() => {});
    }
  }

  async #measure(): Promise<number> {
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return (await this.#files()).reduce((sum, { size }) => sum + size, 0);
  }

  /** Down to four fifths, so that this is done seldom. Other servers may do the same meanwhile. */
  async #removeOldest(): Promise<void> {
    const files = (await this.#files()).sort((one, other) => one.time - other.time);
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { path, size } of files) {
      if (bytes <= this.#maxDiskBytes * 0.8) break;
      await Deno.remove(path).catch(() => {});
      bytes -= size;
    }
    this.#diskBytes = bytes;
  }

  async #files(): Promise<{ name: string; path: string; size: number; time: number }[]> {
    const files = [];
    for await (const { name } of Deno.readDir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await Deno.stat(path).catch(() => undefined);
      const time = found?.mtime?.getTime() ?? 0;
      if (found?.isFile) files.push({ name, path, size: found.size, time });
    }
    return files;
  }
}

/**
 * Limits that differ little share a preview: the limit down to a step of a quarter, to make one
 * for, and the step below, since one made for that does as well.
 */
function limitsFor(maxBytes: number): readonly [number, number] {
  const step = Math.floor(Math.log(maxBytes) / Math.log(STEP));
  const limit = Math.min(maxBytes, Math.floor(STEP ** step));
  return [limit, Math.min(limit, Math.floor(STEP ** (step - 1)))];
}

const STEP = 1.25;

/** What a preview of at most so many bytes may be kept as: the one for every limit comes first. */
function namesFor(id: string, format: string, maxBytes: number): readonly string[] {
  return [nameOf(id, format), ...limitsFor(maxBytes).map((limit) => nameOf(id, format, limit))];
}

/** Ids are made of letters, digits and low lines; anything else must not get into a path. */
function nameOf(id: string, format: string, limit?: number): string {
  return `${id.replaceAll(/[^\w-]/g, "_")}.${limit === undefined ? "" : `${limit}.`}${format}`;
}

/** The same picture again, or undefined where the file is not whole. */
function asPreview(bytes: Uint8Array<ArrayBuffer>, name: string): Preview | undefined {
  const picture = identifyImage(bytes);
  if (!picture || checkImage(bytes) !== undefined) return undefined;
  const { width = 0, height = 0, mediaType } = picture;
  if (mediaType !== "image/jpeg" && mediaType !== "image/webp") return undefined;
  return { bytes, mediaType, width, height, isReduced: /\.\d+\.\w+$/.test(name) };
}
