/** The use case: pictures of people whose client cannot pass a file, by a link or from a program. */

import { ImageError } from "../errors.ts";
import { keepEarly, keepInputs, type KeptPicture } from "../inputs/keep_inputs.ts";
import { unknownUpload } from "../inputs/sources/upload.ts";
import { sleep } from "../sleep.ts";
import type { NewUpload, UploadedPicture, UploadRecord } from "../storage/records/records.ts";
import type { Storage } from "../storage/storage.ts";

export type { KeptPicture } from "../inputs/keep_inputs.ts";
export { isPictureText, PictureText } from "../inputs/picture_text.ts";
export { MAX_INPUT_BYTES as MAX_UPLOAD_BYTES } from "../inputs/picture_source.ts";
export type { UploadRecord } from "../storage/records/records.ts";

export interface UploadsOptions {
  readonly storage: Storage;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export interface ReceivedUpload extends UploadRecord {
  readonly picture: UploadedPicture;
}

/** A link, told once: only its hash is kept. */
export interface UploadLink {
  readonly upload: NewUpload;
  /** 256 random bits in the alphabet of addresses. */
  readonly token: string;
}

/** What a link leads to. */
export type LinkState =
  | { readonly state: "open" | "used" | "expired"; readonly upload: UploadRecord }
  | { readonly state: "unknown" };

/** Who waits for a picture, and for how long. */
export interface UploadWaiter {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** By `performance.now()`; Infinity: until the link expires. */
  readonly until: number;
}

export const LINK_MINUTES = 15;

export class Uploads {
  readonly #storage: Storage;
  readonly #now: () => number;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ storage, now = Date.now }: UploadsOptions) {
    this.#storage = storage;
    this.#now = now;
  }

  /** Opens a link for one picture of `owner`'s. @throws {ImageError} `busy` where there are too many. */
  async openLink(owner: string): Promise<UploadLink> {
    const token = crypto.getRandomValues(new Uint8Array(32))
      .toBase64({ alphabet: "base64url", omitPadding: true });
    const upload = { ...this.#newUpload(owner), linkHash: await hashOf(token) };
    await this.#add(upload);
    return { upload, token };
  }

  /** What the link of that token leads to now. */
  async lookUp(token: string): Promise<LinkState> {
    const upload = TOKEN.test(token)
      ? await (await this.#records()).findLink(await hashOf(token))
      : undefined;
    if (!upload) return { state: "unknown" };
    if (upload.picture) return { state: "used", upload };
    return { state: upload.expiresAt > this.#now() ? "open" : "expired", upload };
  }

  /**
   * Takes the picture of an open link. Of several that come at once the first that is whole wins.
   * @throws {ImageError} `invalid_parameters` where it cannot be used, and the link stays open;
   * `not_allowed` where another was faster or the link expired meanwhile.
   */
  async take(upload: UploadRecord, bytes: Uint8Array<ArrayBuffer>): Promise<ReceivedUpload> {
    const picture = await this.#keep(bytes);
    if (await (await this.#records()).receive(upload.id, picture)) return { ...upload, picture };
    throw new ImageError("not_allowed", "The link took another picture meanwhile, or has expired");
  }

  /** Takes a picture of a program that has the owner's token. @throws {ImageError} */
  async takeOf(owner: string, bytes: Uint8Array<ArrayBuffer>): Promise<ReceivedUpload> {
    const picture = await this.#keep(bytes);
    const upload = this.#newUpload(owner);
    await this.#add(upload);
    await (await this.#records()).receive(upload.id, picture);
    return { ...upload, picture };
  }

  /** Keeps a picture of a request that is still coming; `bytes` is empty afterwards. @throws {ImageError} */
  async keepEarly(bytes: Uint8Array<ArrayBuffer>): Promise<KeptPicture> {
    return await this.#inTurn(() =>
      keepEarly(bytes, "The picture", this.#storage, { now: this.#now() })
    );
  }

  /**
   * The upload as it is once its picture has come, its link has expired, or the wait is over.
   * @throws {ImageError} `image_not_found`; the signal's reason.
   */
  async wait(id: string, { owner, signal, until }: UploadWaiter): Promise<UploadRecord> {
    while (true) {
      signal.throwIfAborted();
      const upload = await (await this.#records()).find(id, owner);
      if (!upload) throw unknownUpload(id);
      const isOver = upload.picture !== undefined || upload.expiresAt <= this.#now() ||
        performance.now() >= until;
      if (isOver) return upload;
      // The picture may come to another process, so that only the records tell.
      const left = Math.min(LOOK_AGAIN, Math.max(0, until - performance.now()));
      await sleep(left);
    }
  }

  /** The bytes of a picture that came, or undefined where they are gone. */
  async read({ hash }: UploadedPicture): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return await this.#storage.inputs.get(hash);
  }

  #keep(bytes: Uint8Array<ArrayBuffer>): Promise<UploadedPicture> {
    return this.#inTurn(() => this.#keepNow(bytes));
  }

  /** One after another, so that large pictures are not decoded all at once. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  async #keepNow(bytes: Uint8Array<ArrayBuffer>): Promise<UploadedPicture> {
    const receivedAt = this.#now();
    const { keptProvenance } = await import("../images/provenance/kept.ts");
    const told = keptProvenance(bytes); // keeping the picture takes it out
    const image = { role: "base" as const, name: "The picture", picture: { bytes } };
    const kept = await keepInputs({ images: [image] }, this.#storage, { now: receivedAt });
    const { hash, mediaType, width, height, sizeBytes, changes = [] } = kept.images[0]!;
    return { hash, mediaType, width, height, sizeBytes, changes, receivedAt, ...told && { told } };
  }

  #newUpload(owner: string): NewUpload {
    const createdAt = this.#now();
    const random = crypto.getRandomValues(new Uint8Array(12)).toHex();
    const id = `upload_${Math.floor(createdAt / 1000)}_${random}`;
    return { id, owner, createdAt, expiresAt: createdAt + LINK_MINUTES * 60_000 };
  }

  async #add(upload: NewUpload): Promise<void> {
    if (await (await this.#records()).add(upload, MOST_UNUSED)) return;
    throw new ImageError(
      "busy",
      `There are ${MOST_UNUSED} uploads that nothing was made from yet: use one of them, or wait ` +
        "until the oldest is deleted, a day after it was asked for",
      { max_unused: MOST_UNUSED },
    );
  }

  async #records() {
    return (await this.#storage.records()).uploads;
  }
}

async function hashOf(token: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return new Uint8Array(digest).toHex();
}

const TOKEN = /^[\w-]{43}$/;
/** Of one owner, so that 25 MB each do not fill the disk. */
const MOST_UNUSED = 100;
/** In milliseconds. */
const LOOK_AGAIN = 400;
