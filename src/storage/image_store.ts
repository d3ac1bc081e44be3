/** Pictures and their records: files on disk, rows in SQLite; save, find, read. */

import { dirname, join, resolve } from "node:path";
import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { GeneratedImage } from "../providers/provider.ts";
import { RecentBytes } from "./recent_bytes.ts";
import { type Database, openDatabase, type Row } from "./database.ts";
import { identifyImage } from "../images/media_type.ts";

/** A picture as results show it; never the bytes. */
export interface ImageRecord {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly seed: number | null;
  readonly revisedPrompt: string | null;
  /** Null when the picture could not be saved. */
  readonly fileName: string | null;
  /** What could not be kept of it, the file or only its record; null when all is well. */
  readonly saveError: string | null;
}

/** What is kept of a request beside its picture. */
export interface Origin {
  readonly id: string;
  readonly provider: string;
  readonly model: string;
  readonly prompt: string;
  readonly filePrefix?: string;
  /** Everything else that was asked for, as it was asked. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly usage?: Readonly<Record<string, unknown>>;
}

export interface LibraryOptions {
  readonly saveDirectory: string;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The folder inside the save directory that holds the database, locks and unfinished files. */
export const HIDDEN_FOLDER = ".mcp-image-server";

/** How the names of files end that are still being written. */
const UNFINISHED = ".unfinished";
/** No write takes this long, in milliseconds. */
const LEFTOVER_AGE = 3_600_000;

/** A fresh id, "img_{provider}_{unixSeconds}_{random}" with 96 random bits. */
export function newImageId(provider: string, now: number): string {
  const random = crypto.getRandomValues(new Uint8Array(12)).toHex();
  return `img_${provider}_${Math.floor(now / 1000)}_${random}`;
}

export class Library {
  readonly saveDirectory: string;
  readonly hiddenDirectory: string;
  /** Where smaller copies are kept, which may be deleted at any time. */
  readonly previewDirectory: string;
  readonly #fresh = new RecentBytes();
  readonly #log: Logger;
  readonly #now: () => number;
  #database: Promise<Database> | undefined;

  constructor({ saveDirectory, log, now = Date.now }: LibraryOptions) {
    this.saveDirectory = resolve(saveDirectory);
    this.hiddenDirectory = join(this.saveDirectory, HIDDEN_FOLDER);
    this.previewDirectory = join(this.hiddenDirectory, "previews");
    this.#log = log;
    this.#now = now;
  }

  /** The records, opened at first use. @throws while another process holds them for over 30 s. */
  database(): Promise<Database> {
    return this.#database ??= this.#openDatabase().catch((error) => {
      this.#database = undefined; // the next use tries again
      throw error;
    });
  }

  /** Whether any server has ever kept records here. */
  async hasRecords(): Promise<boolean> {
    if (this.#database) return true;
    const found = await Deno.stat(this.hiddenDirectory).catch(() => undefined);
    return found !== undefined;
  }

  /**
   * Stores a picture before anything is said of it: file first, then record.
   * Saving the same id again replaces both. A full or read-only disk, or records
   * that cannot be written, are told in `saveError`, and the bytes are the caller's
   * to deliver.
   * @throws {ImageError} `decode_failed` when the bytes are no picture.
   */
  async save(image: GeneratedImage, origin: Origin): Promise<ImageRecord> {
    const kind = identifyImage(image.bytes);
    if (!kind) {
      throw new ImageError(
        "decode_failed",
        `What ${origin.provider} sent is not a picture (${image.bytes.length} bytes of no known format)`,
        { provider: origin.provider, size_bytes: image.bytes.length },
      );
    }
    const picture: ImageRecord = {
      id: origin.id,
      provider: origin.provider,
      model: origin.model,
      mediaType: kind.mediaType,
      sizeBytes: image.bytes.length,
      width: kind.width ?? null,
      height: kind.height ?? null,
      seed: image.seed ?? null,
      revisedPrompt: image.revisedPrompt ?? null,
      fileName: fileNameOf(origin, kind.extension),
      saveError: null,
    };
    try {
      await this.#writeFile(picture.fileName!, image.bytes);
    } catch (error) {
      this.#log.error("A picture could not be saved", { id: picture.id, reason: messageOf(error) });
      return { ...picture, fileName: null, saveError: `Not saved: ${messageOf(error)}` };
    }
    try {
      await this.#writeRecord(picture, origin);
      this.#fresh.add(picture.id, image.bytes);
      return picture;
    } catch (error) {
      const reason = messageOf(error);
      this.#log.error("A picture was saved but not recorded", { id: picture.id, reason });
      return { ...picture, saveError: `Saved, but not recorded: ${reason}` };
    }
  }

  /** The picture of that id, while its record lives (`ttlSeconds` after it was made). */
  async find(id: string, ttlSeconds: number): Promise<ImageRecord | undefined> {
    const database = await this.database();
    const oldest = this.#now() - ttlSeconds * 1000;
    const sql = "SELECT * FROM images WHERE id = ? AND created_at >= ?";
    const row = await database.get(sql, id, oldest);
    return row && pictureOf(row);
  }

  /** The path and type of a recorded file; undefined for any other name. */
  async findFile(fileName: string): Promise<{ path: string; mediaType: string } | undefined> {
    const database = await this.database();
    const row = await database.get("SELECT * FROM images WHERE file_name = ?", fileName);
    return row && { path: this.pathOf(pictureOf(row))!, mediaType: pictureOf(row).mediaType };
  }

  /** Where a saved picture lies, as an absolute path; null when it was not saved. */
  pathOf(picture: ImageRecord): string | null {
    return picture.fileName === null ? null : join(this.saveDirectory, picture.fileName);
  }

  /** The bytes of a picture just saved, where memory still holds them; else as `read`. */
  async readRecent(picture: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    return this.#fresh.get(picture.id) ?? await this.read(picture);
  }

  /**
   * A saved picture's bytes.
   * @throws {ImageError} `missing_local_path`, `path_outside_save_dir`, `file_not_found`, `read_failed`.
   */
  async read(picture: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    const path = this.pathOf(picture);
    if (path === null) {
      throw new ImageError(
        "missing_local_path",
        `ImageRecord '${picture.id}' was never saved to disk`,
        {
          image_id: picture.id,
        },
      );
    }
    await this.#checkInside(path, picture.id);
    try {
      return await Deno.readFile(path);
    } catch (error) {
      throw unreadable(error, picture.id, path);
    }
  }

  /** Why pictures cannot be stored now, as a sentence; undefined when they can. */
  async trouble(): Promise<string | undefined> {
    try {
      await this.#writeFile(`.probe-${crypto.randomUUID()}`, new Uint8Array(0), { keep: false });
      const database = await this.database();
      if (!database.isDurable) return "The records database cannot be opened in the save directory";
      await database.get("SELECT 1");
    } catch (error) {
      return `The save directory '${this.saveDirectory}' is not writable: ${messageOf(error)}`;
    }
  }

  /** Removes what servers that were killed left half written. */
  async removeLeftovers(): Promise<void> {
    const oldest = Date.now() - LEFTOVER_AGE;
    for await (const { name } of Deno.readDir(this.hiddenDirectory)) {
      if (!name.endsWith(UNFINISHED)) continue;
      const path = join(this.hiddenDirectory, name);
      const found = await Deno.stat(path).catch(() => undefined); // it may just have been finished
      if (found?.mtime && found.mtime.getTime() < oldest) await Deno.remove(path).catch(() => {});
    }
  }

  async close(): Promise<void> {
    const opened = this.#database;
    this.#database = undefined;
    (await opened?.catch(() => undefined))?.[Symbol.dispose]();
  }

  async #openDatabase(): Promise<Database> {
    await Deno.mkdir(this.hiddenDirectory, { recursive: true }).catch(() => {});
    return await openDatabase(this.hiddenDirectory, this.#log);
  }

  /** Temporary name, flush, rename: a torn file never has a final name. */
  async #writeFile(
    fileName: string,
    bytes: Uint8Array<ArrayBuffer>,
    { keep = true } = {},
  ): Promise<void> {
    const unfinished = join(this.hiddenDirectory, `${crypto.randomUUID()}${UNFINISHED}`);
    try {
      {
        using file = await this.#create(unfinished);
        for (let written = 0; written < bytes.length;) {
          written += await file.write(bytes.subarray(written));
        }
        await file.sync();
      }
      if (keep) await Deno.rename(unfinished, join(this.saveDirectory, fileName));
      else await Deno.remove(unfinished);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  /** The folder is there but for the first time, or when somebody has removed it. */
  async #create(path: string): Promise<Deno.FsFile> {
    const create = () => Deno.open(path, { write: true, createNew: true });
    try {
      return await create();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await Deno.mkdir(this.hiddenDirectory, { recursive: true });
      return await create();
    }
  }

  async #writeRecord(picture: ImageRecord, origin: Origin): Promise<void> {
    const database = await this.database();
    await database.run(
      `INSERT OR REPLACE INTO images (id, file_name, provider, model, media_type, size_bytes, width,
        height, seed, prompt, revised_prompt, parameters, usage, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      () => [
        picture.id,
        picture.fileName,
        picture.provider,
        picture.model,
        picture.mediaType,
        picture.sizeBytes,
        picture.width,
        picture.height,
        picture.seed,
        origin.prompt,
        picture.revisedPrompt,
        JSON.stringify(origin.parameters),
        origin.usage ? JSON.stringify(origin.usage) : null,
        this.#now(),
      ],
    );
  }

  async #checkInside(path: string, id: string): Promise<void> {
    try {
      const folder = await Deno.realPath(this.saveDirectory);
      if (dirname(await Deno.realPath(path)) === folder) return;
    } catch (error) {
      throw unreadable(error, id, path);
    }
    throw new ImageError(
      "path_outside_save_dir",
      `The file of picture '${id}' lies outside the save directory and is not read`,
      { image_id: id },
    );
  }
}

function unreadable(error: unknown, id: string, path: string): ImageError {
  const details = { image_id: id, local_path: path };
  return error instanceof Deno.errors.NotFound
    ? new ImageError("file_not_found", `The file of picture '${id}' is gone from disk`, details)
    : new ImageError(
      "read_failed",
      `The file of picture '${id}' cannot be read: ${messageOf(error)}`,
      details,
      { cause: error },
    );
}

/** "{prefix|img}_{provider}_{unixSeconds}_{random}.{extension}", from the id's own parts. */
function fileNameOf({ id, filePrefix }: Origin, extension: string): string {
  const prefix = [...(filePrefix ?? "")].slice(0, 64)
    .map((letter) => /[\p{L}\p{N}_]/u.test(letter) ? letter : "_").join("");
  return `${prefix || "img"}${id.slice("img".length)}.${extension}`;
}

function pictureOf(row: Row): ImageRecord {
  return {
    id: String(row.id),
    provider: String(row.provider),
    model: String(row.model),
    mediaType: String(row.media_type),
    sizeBytes: Number(row.size_bytes),
    width: row.width === null ? null : Number(row.width),
    height: row.height === null ? null : Number(row.height),
    seed: row.seed === null ? null : Number(row.seed),
    revisedPrompt: row.revised_prompt === null ? null : String(row.revised_prompt),
    fileName: String(row.file_name),
    saveError: null,
  };
}
