import type { ImageRecord } from "./records/records.ts";

export interface NewUnsavedImage {
  readonly image: ImageRecord;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Tries once more, and tells whether it is kept. */
  readonly keep: () => Promise<boolean>;
  /** Told when it is kept at last. */
  readonly onKept: () => void;
}

interface UnsavedImage extends NewUnsavedImage {
  readonly timer: ReturnType<typeof setTimeout>;
  readonly gone: PromiseWithResolvers<void>;
}

/**
 * Pictures that no store would take, held in memory for a while so that their callers can still get
 * them, and tried again until they are kept.
 */
export class UnsavedImages {
  readonly #pictures = new Map<string, UnsavedImage>();
  #bytes = 0;
  #isTrying = false;

  add(unsaved: NewUnsavedImage): void {
    const { image: { id }, bytes } = unsaved;
    this.#remove(id);
    const timer = setTimeout(() => this.#remove(id), KEEP);
    Deno.unrefTimer(timer);
    this.#pictures.set(id, { ...unsaved, timer, gone: Promise.withResolvers() });
    this.#bytes += bytes.length;
    for (const other of this.#pictures.keys()) {
      if (this.#bytes <= MAX_BYTES || other === id) break;
      this.#remove(other);
    }
    void this.#tryAgain();
  }

  get(id: string): NewUnsavedImage | undefined {
    return this.#pictures.get(id);
  }

  newest(owner: string): NewUnsavedImage | undefined {
    return [...this.#pictures.values()].findLast(({ image }) => image.owner === owner);
  }

  /** Resolves when a picture is kept, or given up. */
  async whenGone(id: string): Promise<void> {
    await this.#pictures.get(id)?.gone.promise;
  }

  clear(): void {
    for (const id of [...this.#pictures.keys()]) this.#remove(id);
  }

  async #tryAgain(): Promise<void> {
    if (this.#isTrying) return;
    this.#isTrying = true;
    while (this.#pictures.size > 0) {
      await this.#pause();
      for (const picture of [...this.#pictures.values()]) {
        const isKept = this.#pictures.has(picture.image.id) && await picture.keep();
        if (!isKept) continue;
        this.#remove(picture.image.id);
        picture.onKept();
      }
    }
    this.#isTrying = false;
  }

  /** Until it is time to try again, or nothing is left to be tried. */
  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, TRY_AGAIN);
    Deno.unrefTimer(timer);
    const gone = [...this.#pictures.values()].map((picture) => picture.gone.promise);
    await Promise.race([promise, Promise.all(gone)]);
    clearTimeout(timer);
  }

  #remove(id: string): void {
    const unsaved = this.#pictures.get(id);
    if (!unsaved) return;
    clearTimeout(unsaved.timer);
    this.#pictures.delete(id);
    this.#bytes -= unsaved.bytes.length;
    unsaved.gone.resolve();
  }
}

/** In milliseconds. */
const KEEP = 600_000;
const TRY_AGAIN = 3_000;
/** The oldest go first; a single larger picture stays. */
const MAX_BYTES = 100 * 1024 * 1024;
