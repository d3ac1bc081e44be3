import type { ImageRecord } from "./records.ts";

/** Pictures that no disk would take, kept in memory for a while so that their callers can still get them. */
export class UnsavedImages {
  readonly #pictures = new Map<string, UnsavedImage>();
  #bytes = 0;

  /** `at` in milliseconds since 1970. */
  add(image: ImageRecord, bytes: Uint8Array<ArrayBuffer>, at: number): void {
    this.#remove(image.id);
    const timer = setTimeout(() => this.#remove(image.id), KEEP);
    Deno.unrefTimer(timer);
    this.#pictures.set(image.id, { image, bytes, at, timer });
    this.#bytes += bytes.length;
    for (const id of this.#pictures.keys()) {
      if (this.#bytes <= MAX_BYTES || id === image.id) break;
      this.#remove(id);
    }
  }

  get(id: string): UnsavedImage | undefined {
    return this.#pictures.get(id);
  }

  newest(owner: string): UnsavedImage | undefined {
    return [...this.#pictures.values()].findLast(({ image }) => image.owner === owner);
  }

  clear(): void {
    for (const id of [...this.#pictures.keys()]) this.#remove(id);
  }

  #remove(id: string): void {
    const unsaved = this.#pictures.get(id);
    if (!unsaved) return;
    clearTimeout(unsaved.timer);
    this.#pictures.delete(id);
    this.#bytes -= unsaved.bytes.length;
  }
}

export interface UnsavedImage {
  readonly image: ImageRecord;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly at: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** In milliseconds. */
const KEEP = 600_000;
/** The oldest go first; a single larger picture stays. */
const MAX_BYTES = 100 * 1024 * 1024;
