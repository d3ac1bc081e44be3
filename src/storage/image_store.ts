/** Files by name, on whatever holds them: bytes without a meaning, whole or not there at all. */

export interface ImageStore {
  /** Where it is, for people: a folder, a bucket. */
  readonly place: string;
  /**
   * Keeps bytes under a name, in place of what had it. A reader sees the old or the new file,
   * never a part of one, and once this resolves a crash loses neither.
   * @throws {OutsideStore}, or where nothing more can be kept.
   */
  put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** All the bytes of a name, or undefined where there are none. @throws {OutsideStore} */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A file to be read in pieces, or undefined where there is none. @throws {OutsideStore} */
  open(name: string): Promise<StoredFile | undefined>;
  /** Lets go of a name; nothing happens where it has no file in the store. */
  remove(name: string): Promise<void>;
  /** Where people and programs find the file by themselves. */
  addressOf(name: string): FileAddress;
  /**
   * Why files cannot be kept now, as a sentence; undefined when they can, or could so many
   * milliseconds ago.
   */
  trouble(within?: number): Promise<string | undefined>;
  /** Removes what writers that were killed left half written more than an hour ago. */
  removeLeftovers(): Promise<void>;
}

export interface StoredFile {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** The bytes from `start` to `end`, both counted from 0 and included; undefined when it is gone. */
  read(start: number, end: number): Promise<ReadableStream<Uint8Array<ArrayBuffer>> | undefined>;
  /**
   * An address of the store's own at which anybody may read the file as `mediaType` for `seconds`;
   * absent where the store has none.
   */
  temporaryAddress?(seconds: number, mediaType: string): Promise<string>;
}

export interface FileAddress {
  /** An absolute path on this machine; null where the store is elsewhere. */
  readonly path: string | null;
  /** An address of the store's own; null where this server hands the file out. */
  readonly url: string | null;
}

/** A name whose file lies outside the store: a link that somebody put there, or a way out of its folder. */
export class OutsideStore extends Error {}

/** Whether records that anybody may have written name a file in the store itself, and no way out of it. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[\\/:\0]/.test(name);
}
