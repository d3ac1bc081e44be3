/** Pictures with what is known of them: stored before anything is said of them, found by their owner. */

import { ImageError } from "../errors.ts";
import { identifyImage } from "../images/media_type.ts";
import type { Logger } from "../log.ts";
import type { GeneratedImage } from "../providers/provider.ts";
import { noPicture, unreadable } from "./image_errors.ts";
import type { StoredFile } from "./image_store.ts";
import { isInPlace, openOriginal, readOriginal } from "./original_file.ts";
import { fileNameOf, type NewImage, withSourceType } from "./new_image.ts";
import { RecentBytes } from "./recent_bytes.ts";
import type {
  ImageFilter,
  ImageNotes,
  ImageRecord,
  ImageRecords,
  ImageSource,
  ImageSummary,
  Page,
} from "./records/records.ts";
import type { Embedding } from "./embedded_provenance.ts";
import type { PictureChanges } from "./picture_changes.ts";
import type { Storage } from "./storage.ts";
import { RecordsLook } from "./records_look.ts";
import { reasonOf } from "./storage_away.ts";
import { UnsavedImages } from "./unsaved_images.ts";

export { type NewImage, newImageId } from "./new_image.ts";

export interface ImageRepositoryOptions {
  readonly storage: Storage;
  readonly log: Logger;
  /** Told of every picture that comes, changes or goes. */
  readonly changes?: Pick<PictureChanges, "tell">;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** What is written into pictures when they are stored; nothing where absent. */
  readonly embedding?: () => Embedding;
}

type Located = Pick<ImageRecord, "fileName" | "originalPath">;

export class ImageRepository {
  readonly #storage: Storage;
  readonly #log: Logger;
  readonly #changes: ImageRepositoryOptions["changes"];
  readonly #now: () => number;
  readonly #embedding: ImageRepositoryOptions["embedding"];
  readonly #recent = new RecentBytes();
  readonly #unsaved = new UnsavedImages();
  readonly #recordsLook: RecordsLook;

  constructor({ storage, log, changes, now = Date.now, embedding }: ImageRepositoryOptions) {
    this.#storage = storage;
    this.#recordsLook = new RecordsLook(storage);
    this.#log = log;
    this.#changes = changes;
    this.#now = now;
    this.#embedding = embedding;
  }

  /** Where pictures are kept, for people. */
  get place(): string {
    return this.#storage.images.place;
  }

  /** Whether a picture may stay where it lies: other machines would not find it there. */
  get knowsPlaces(): boolean {
    return !this.#storage.isShared;
  }

  /**
   * Stores a picture with what made it written into its file: file first, then record. Saving the same id again replaces both. What
   * cannot be stored is told in `saveError` and stays in memory for a while.
   * @throws {ImageError} `decode_failed` when the bytes are no picture.
   */
  async save(image: GeneratedImage, about: NewImage): Promise<ImageRecord> {
    const { id, owner, parents } = about;
    const record = await this.#store(image, about);
    this.#changes?.tell({ id, owner, kind: "picture", parents });
    return record;
  }

  async #store(image: GeneratedImage, about: NewImage): Promise<ImageRecord> {
    const kind = identifyImage(image.bytes);
    if (!kind) throw noPicture(about.provider, image.bytes.length);
    const bytes = await this.#embedded(image, about);
    const fileName = fileNameOf(about, kind.extension);
    const record = {
      id: about.id,
      owner: about.owner,
      provider: about.provider,
      model: about.model,
      mediaType: kind.mediaType,
      sizeBytes: bytes.length,
      width: kind.width ?? null,
      height: kind.height ?? null,
      seed: image.seed ?? null,
      revisedPrompt: image.revisedPrompt ?? null,
      fileName,
      ...isInPlace(about) && { originalPath: about.originalPath },
      saveError: null,
    };
    const source = withSourceType(about, image);
    const loss = await this.#keep(record, bytes, source);
    if (loss === undefined) return record;
    this.#log.error("A picture could not be kept", { id: record.id, reason: loss.saveError });
    const unsaved = { ...record, ...loss };
    const keep = async () => await this.#keep(record, bytes, source) === undefined;
    const onKept = () => {
      this.#log.info("A picture is kept by now", { id: record.id });
      this.#changes?.tell({ id: about.id, owner: about.owner, kind: "picture" });
    };
    this.#unsaved.add({ image: unsaved, bytes, at: this.#now(), keep, onKept });
    return unsaved;
  }

  /** Writes the file, then its record; tells what could not be kept. */
  async #keep(
    record: ImageRecord & { readonly fileName: string },
    bytes: Uint8Array<ArrayBuffer>,
    source: ImageSource,
  ): Promise<Partial<ImageRecord> | undefined> {
    try {
      if (!isInPlace(record)) await this.#storage.images.put(record.fileName, bytes);
    } catch (error) {
      return { fileName: null, saveError: `Not saved: ${reasonOf(error)}` };
    }
    try {
      await (await this.#records()).save(record, source);
    } catch (error) {
      return { saveError: `Saved, but not recorded: ${reasonOf(error)}` };
    }
    if (!isInPlace(record)) this.#recent.add(record.id, bytes);
  }

  /** Resolves when none of these pictures is in memory alone any more: kept, or given up. */
  async whenKept(images: readonly Pick<ImageRecord, "id">[]): Promise<void> {
    await Promise.all(images.map(({ id }) => this.#unsaved.whenGone(id)));
  }

  /** Loaded with the first picture, so that what files tell costs the start of the server nothing. */
  async #embedded(image: GeneratedImage, about: NewImage): Promise<Uint8Array<ArrayBuffer>> {
    if (!this.#embedding || about.keepsBytes) return image.bytes;
    const { embedded } = await import("./embedded_provenance.ts");
    return embedded(image, about, this.#embedding());
  }

  /** The picture of that id, where `owner` may see it and its record lives (`ttlSeconds` after it was made). */
  async find(id: string, owner: string, ttlSeconds = Infinity): Promise<ImageRecord | undefined> {
    const unsaved = this.#unsaved.get(id)?.image;
    if (unsaved) return unsaved.owner === owner ? unsaved : undefined;
    const since = Math.max(0, this.#now() - ttlSeconds * 1000);
    return await (await this.#records()).find(id, owner, since);
  }

  /** The id of the picture that was made last of those that `owner` may see. */
  async newestId(owner: string): Promise<string | undefined> {
    const unsaved = this.#unsaved.newest(owner);
    const [saved] = await (await this.#records()).list(owner, { limit: 1 });
    return saved && saved.createdAt >= (unsaved?.at ?? 0) ? saved.id : unsaved?.image.id;
  }

  /** What was asked for when a picture was made; undefined where that is not recorded. */
  async sourceOf({ id }: Pick<ImageRecord, "id">, owner: string): Promise<ImageSource | undefined> {
    return await (await this.#records()).findSource(id, owner);
  }

  /** The recorded pictures that a filter lets through; see `ImageRecords`, as for the next eight. */
  async search(filter: ImageFilter, owner: string, page: Page): Promise<readonly ImageSummary[]> {
    return await (await this.#records()).search(filter, owner, page);
  }

  async summaries(ids: readonly string[], owner: string): Promise<readonly ImageSummary[]> {
    return await (await this.#records()).summaries(ids, owner);
  }

  async annotate(id: string, owner: string, notes: Partial<ImageNotes>): Promise<boolean> {
    const isNoted = await (await this.#records()).annotate(id, owner, notes);
    if (isNoted) this.#changes?.tell({ id, owner, kind: "notes" });
    return isNoted;
  }

  async trash(id: string, owner: string, at: number | null): Promise<boolean> {
    const isMoved = await (await this.#records()).trash(id, owner, at);
    if (isMoved) this.#changes?.tell({ id, owner, kind: "picture" });
    return isMoved;
  }

  async trashedBefore(time: number, limit: number) {
    return await (await this.#records()).trashedBefore(time, limit);
  }

  async madeBefore(time: number, limit: number) {
    return await (await this.#records()).madeBefore(time, limit);
  }

  async spare(limit: number) {
    return await (await this.#records()).spare(limit);
  }

  async tidy(signal: AbortSignal): Promise<void> {
    await (await this.#records()).tidy(signal);
  }

  async tags(owner: string, limit: number): Promise<readonly string[]> {
    return await (await this.#records()).tags(owner, limit);
  }

  /** Removes a picture's record, then its file, but never one that lies outside the library; false where `owner` has no such picture. */
  async remove(id: string, owner: string): Promise<boolean> {
    const fileName = await (await this.#records()).remove(id, owner);
    if (fileName === undefined) return false;
    this.#recent.remove(id);
    await this.#storage.images.remove(fileName);
    this.#changes?.tell({ id, owner, kind: "picture" });
    return true;
  }

  /** A recorded file, to be read in pieces; `owner` undefined stands for anybody who knows its name. */
  async openFile(
    fileName: string,
    owner: string | undefined,
  ): Promise<StoredFile & { readonly mediaType: string } | undefined> {
    const record = await (await this.#records()).findFile(fileName, owner);
    if (!record) return undefined;
    const file = isInPlace(record)
      ? await openOriginal(record)
      : await this.#storage.images.open(fileName);
    return file && { ...file, mediaType: record.mediaType };
  }

  /** Where a saved picture lies on this machine, as an absolute path; null where it does not. */
  pathOf({ fileName, originalPath }: Located): string | null {
    if (originalPath !== undefined) return originalPath;
    return fileName === null ? null : this.#storage.images.addressOf(fileName).path;
  }

  /** Where people find a saved picture: its path, or its address in a store elsewhere. */
  placeOf({ fileName, originalPath }: Located): string | null {
    if (originalPath !== undefined) return originalPath;
    const address = fileName === null ? undefined : this.#storage.images.addressOf(fileName);
    return address?.path ?? address?.url ?? null;
  }

  /**
   * A picture's bytes, from the store or, when it could not be saved, from memory.
   * @throws {ImageError} `missing_local_path`, `path_outside_save_dir`, `file_not_found`, `read_failed`.
   */
  async read(image: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    const { id, fileName } = image;
    const unsaved = this.#unsaved.get(id);
    if (unsaved) return unsaved.bytes;
    if (isInPlace(image)) return await readOriginal(image);
    if (fileName === null) {
      throw new ImageError("missing_local_path", `Picture '${id}' was never saved to disk`, {
        image_id: id,
      });
    }
    const details = { image_id: id, local_path: this.pathOf(image) };
    const bytes = await this.#storage.images.get(fileName).catch((error) => {
      throw unreadable(error, id, details);
    });
    if (bytes) return bytes;
    throw new ImageError(
      "file_not_found",
      `The file of picture '${id}' is gone from disk`,
      details,
    );
  }

  /** The same for a picture just saved, whose bytes memory may still hold. */
  async readRecent(image: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    return this.#recent.get(image.id) ?? await this.read(image);
  }

  /** Why files cannot be kept now, as a sentence; see `ImageStore`. */
  async storeTrouble(within?: number): Promise<string | undefined> {
    return await this.#storage.images.trouble(within);
  }

  /** Why pictures cannot be stored now, as a sentence; undefined when they can. */
  async trouble(): Promise<string | undefined> {
    return await this.storeTrouble() ?? await this.recordsTrouble();
  }

  /** Why records cannot be used now, as a sentence. */
  recordsTrouble(): Promise<string | undefined> {
    return this.#recordsLook.trouble();
  }

  async #records(): Promise<ImageRecords> {
    return (await this.#storage.records()).images;
  }

  /** Lets go of what only memory holds. */
  close(): void {
    this.#unsaved.clear();
  }
}
