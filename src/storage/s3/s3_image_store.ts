/** Files as objects in a bucket. */

import { joinBytes } from "../../bytes.ts";
import { messageOf } from "../../errors.ts";
import { resultWithin } from "../../result_within.ts";
import {
  type FileAddress,
  type ImageStore,
  isPlainName,
  OutsideStore,
  type StoredFile,
} from "../image_store.ts";
import { reasonOf, StorageAway } from "../storage_away.ts";
import type { Bucket, ObjectRequest } from "./bucket.ts";

export interface S3ImageStoreOptions {
  /** For people, such as "s3://bucket/prefix". */
  readonly place: string;
  readonly bucket: Bucket;
  /** Before every key: "" or ending in "/". */
  readonly prefix: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** More bytes of one object are not read at once. */
  readonly mostBytes?: number;
}

export class S3ImageStore implements ImageStore {
  readonly place: string;
  readonly #bucket: Bucket;
  readonly #prefix: string;
  readonly #now: () => number;
  readonly #mostBytes: number;
  /** When something was kept last; a look keeps something too. */
  #wellAt = -Infinity;
  #looking: Promise<string | undefined> | undefined;

  constructor(
    { place, bucket, prefix, now = Date.now, mostBytes = MOST_BYTES }: S3ImageStoreOptions,
  ) {
    this.place = place;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#now = now;
    this.#mostBytes = mostBytes;
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const request = { method: "PUT", key: this.#keyOf(name), body: bytes } as const;
    await (await this.#request(request)).body?.cancel();
    this.#wellAt = this.#now();
  }

  async get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const key = this.#keyOf(name);
    for (let attempt = 1;; attempt++) {
      const response = await this.#request({ method: "GET", key }, [404]);
      if (response.status === 404) return undefined;
      try {
        const bytes = await bytesOf(response, this.#mostBytes);
        if (bytes) return bytes;
      } catch (error) {
        if (attempt === MAX_READS) {
          this.#wellAt = -Infinity;
          throw new StorageAway(
            `${this.place} broke off while it sent '${name}': ${messageOf(error)}`,
            { cause: error },
          );
        }
        continue;
      }
      throw new Error(
        `${this.place} sends more than ${this.#mostBytes} bytes as '${name}', which no picture has: ` +
          "look at that object",
      );
    }
  }

  async open(name: string): Promise<StoredFile | undefined> {
    const key = this.#keyOf(name);
    const head = await this.#request({ method: "HEAD", key }, [404]);
    // It has no words, so that a bucket that is gone looks like a file that is.
    if (head.status === 404) return void await this.get(name);
    await head.body?.cancel();
    const etag = head.headers.get("etag");
    return {
      sizeBytes: Number(head.headers.get("content-length")),
      modifiedAt: new Date(head.headers.get("last-modified") ?? 0),
      read: async (start, end) => {
        // Of the file that was opened, or of none.
        const headers = { range: `bytes=${start}-${end}`, ...etag && { "if-match": etag } };
        const part = await this.#request({ method: "GET", key, headers }, [404, 412, 416]);
        return part.ok ? part.body ?? undefined : undefined;
      },
      temporaryAddress: (seconds, mediaType) =>
        this.#bucket.temporaryAddress(key, seconds, mediaType),
    };
  }

  async remove(name: string): Promise<void> {
    if (!isPlainName(name)) return;
    const request = { method: "DELETE", key: this.#keyOf(name) } as const;
    await (await this.#request(request, [404])).body?.cancel();
  }

  addressOf(name: string): FileAddress {
    return { path: null, url: `${this.place}/${name}` };
  }

  /** Writes and removes a small object where nothing was written lately: requests cost money. */
  async trouble(within = LOOK_EVERY): Promise<string | undefined> {
    if (this.#now() - this.#wellAt < within) return undefined;
    // Everybody who asks meanwhile gets the same answer.
    this.#looking ??= this.#look().finally(() => this.#looking = undefined);
    const seconds = LOOK_TIME / 1000;
    const silence =
      `Pictures cannot be kept in ${this.place}: it has not answered for ${seconds} s`;
    return await resultWithin(LOOK_TIME, this.#looking, silence);
  }

  async #look(): Promise<string | undefined> {
    try {
      const name = `.look-${crypto.randomUUID()}`;
      await this.put(name, new Uint8Array());
      await this.remove(name);
    } catch (error) {
      return `Pictures cannot be kept in ${this.place}: ${reasonOf(error)}`;
    }
  }

  /** A bucket shows only whole objects. */
  removeLeftovers(): Promise<void> {
    return Promise.resolve();
  }

  /** What fails makes the next look a real one. */
  async #request(request: ObjectRequest, expected?: readonly number[]): Promise<Response> {
    try {
      return await this.#bucket.request(request, expected);
    } catch (error) {
      this.#wellAt = -Infinity;
      throw error;
    }
  }

  /** @throws {OutsideStore} */
  #keyOf(name: string): string {
    if (!isPlainName(name)) throw new OutsideStore();
    return `${this.#prefix}${name}`;
  }
}

/** The whole body; undefined where it is longer, of which no more is read. */
async function bytesOf(
  { body }: Response,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > most) return undefined;
    pieces.push(piece);
  }
  return joinBytes(pieces);
}

/** Five times what is taken as a picture; 64 million pixels, unpacked, have as many. */
const MOST_BYTES = 256 * 1024 * 1024;
/** In milliseconds. */
const LOOK_EVERY = 60_000;
/** A look takes no longer than somebody waits; it goes on without them. */
const LOOK_TIME = 8_000;
const MAX_READS = 3;
