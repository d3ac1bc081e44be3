/** Files in a folder of this machine. */

import { dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import {
  type FileAddress,
  type ImageStore,
  isPlainName,
  OutsideStore,
  type StoredFile,
} from "../image_store.ts";
import { readPart } from "../read_part.ts";

/** How the names of files end that are still being written. */
const UNFINISHED = ".unfinished";
const PRIVATE_FILE = { mode: 0o600 };
const PRIVATE_FOLDER = 0o700;
/** No write takes this long, in milliseconds. */
const LEFTOVER_AGE = 3_600_000;

export class DiskImageStore implements ImageStore {
  readonly #directory: string;
  readonly #workDirectory: string;

  readonly #isShared: boolean;

  /**
   * Both absolute and on one disk; what is being written lies in `workDirectory`. Made at first use,
   * for this user alone unless the files are shared with others of the machine.
   */
  constructor(directory: string, workDirectory: string, { isShared = false } = {}) {
    this.#directory = directory;
    this.#workDirectory = workDirectory;
    this.#isShared = isShared;
  }

  get place(): string {
    return this.#directory;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#write(bytes, (path) => this.#moveTo(name, path));
  }

  async get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = this.#pathOf(name);
    try {
      const folder = await Deno.realPath(this.#directory);
      if (dirname(await Deno.realPath(path)) !== folder) throw new OutsideStore();
      return await Deno.readFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  async open(name: string): Promise<StoredFile | undefined> {
    const path = this.#pathOf(name);
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info?.isFile) return undefined;
    const { size } = info;
    return {
      sizeBytes: size,
      modifiedAt: info.mtime ?? new Date(0),
      read: (start, end) => readPart(path, start, end, size),
    };
  }

  async remove(name: string): Promise<void> {
    if (!isPlainName(name)) return;
    await Deno.remove(this.#pathOf(name)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  addressOf(name: string): FileAddress {
    return { path: isPlainName(name) ? this.#pathOf(name) : null, url: null };
  }

  async trouble(): Promise<string | undefined> {
    try {
      await this.#write(new Uint8Array(0), (path) => Deno.remove(path));
    } catch (error) {
      return `The save directory '${this.#directory}' is not writable: ${messageOf(error)}`;
    }
  }

  async removeLeftovers(): Promise<void> {
    const oldest = Date.now() - LEFTOVER_AGE;
    if (!await Deno.stat(this.#workDirectory).catch(() => false)) return; // nothing was written here yet
    for await (const { name } of Deno.readDir(this.#workDirectory)) {
      if (!name.endsWith(UNFINISHED)) continue;
      const path = join(this.#workDirectory, name);
      const found = await Deno.stat(path).catch(() => undefined); // it may just have been finished
      if (found?.mtime && found.mtime.getTime() < oldest) await Deno.remove(path).catch(() => {});
    }
  }

  /** @throws {OutsideStore} */
  #pathOf(name: string): string {
    if (!isPlainName(name)) throw new OutsideStore();
    return join(this.#directory, name);
  }

  /** Temporary name, flush, rename: a torn file never has a final name. */
  async #write(
    bytes: Uint8Array<ArrayBuffer>,
    finish: (path: string) => Promise<void>,
  ): Promise<void> {
    const unfinished = join(this.#workDirectory, `${crypto.randomUUID()}${UNFINISHED}`);
    try {
      {
        using file = await this.#create(unfinished);
        for (let written = 0; written < bytes.length;) {
          written += await file.write(bytes.subarray(written));
        }
        await file.sync();
      }
      await finish(unfinished);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  async #moveTo(name: string, path: string): Promise<void> {
    await withFolder(this.#directory, () => Deno.rename(path, this.#pathOf(name)));
  }

  async #create(path: string): Promise<Deno.FsFile> {
    return await withFolder(
      this.#workDirectory,
      () =>
        Deno.open(path, { write: true, createNew: true, ...this.#isShared ? {} : PRIVATE_FILE }),
      PRIVATE_FOLDER,
    );
  }
}

/** The folder is there but for the first time, or when somebody has removed it. */
async function withFolder<T>(
  folder: string,
  work: () => Promise<T>,
  mode?: number,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(folder, { recursive: true, mode });
    return await work();
  }
}
