/** Smaller copies of stored pictures, for whoever shows one: found, or made of the picture. */

import type { Preview } from "../images/preview.ts";
import type { ImageRepository } from "./image_repository.ts";
import type { PreviewStore, WantedPreview } from "./preview_store.ts";
import type { ImageRecord } from "./records/records.ts";

export interface PreviewsOptions {
  readonly images: Pick<ImageRepository, "readRecent">;
  readonly store: PreviewStore;
}

export class Previews {
  readonly #images: PreviewsOptions["images"];
  readonly #store: PreviewStore;

  constructor({ images, store }: PreviewsOptions) {
    this.#images = images;
    this.#store = store;
  }

  /**
   * A copy of a picture, at most 1568 pixels long and `maxBytes` large: in `format`, or as WebP where
   * something can be seen through it. Made once and shared by all who ask, now or later; when all
   * who wait for it are gone (`signal`), it is not made. Undefined where the picture cannot be
   * decoded or no copy is small enough. @throws {ImageError} where it cannot be read.
   */
  async previewOf(picture: ImageRecord, wanted: WantedPreview): Promise<Preview | undefined> {
    const pixels = pixelsOf(picture);
    const read = () => this.#images.readRecent(picture);
    return await this.#store.find(picture.id, wanted, async (maxBytes, signal) => {
      const { makePreview } = await import("../images/preview.ts");
      return await makePreview(read, { format: wanted.format, pixels, maxBytes, signal });
    });
  }

  /**
   * A copy to be seen among many others, a WebP of at most 384 pixels a side; made, shared and given
   * up as a preview is. @throws {ImageError} where the picture cannot be read.
   */
  async thumbnailOf(picture: ImageRecord, signal?: AbortSignal): Promise<Preview | undefined> {
    const wanted = { format: "webp", maxBytes: LARGEST_THUMBNAIL, signal } as const;
    const read = () => this.#images.readRecent(picture);
    return await this.#store.find(thumbnailId(picture.id), wanted, async (_, signal) => {
      const { makeThumbnail } = await import("../images/preview.ts");
      return await makeThumbnail(read, { pixels: pixelsOf(picture), signal });
    });
  }

  /** Removes every copy of the picture of that id. */
  async forget(id: string): Promise<void> {
    await this.#store.remove(id);
    await this.#store.remove(thumbnailId(id));
  }

  /** Gives up what is being made. */
  async close(): Promise<void> {
    await this.#store.close();
  }
}

/** What is not known is taken for usual. */
function pixelsOf({ width, height }: ImageRecord): number {
  return (width ?? USUAL_SIDE) * (height ?? USUAL_SIDE);
}

function thumbnailId(id: string): string {
  return `${id}_thumbnail`;
}

const USUAL_SIDE = 1024;
/** In bytes: noise of 384 pixels a side has less. */
const LARGEST_THUMBNAIL = 256 * 1024;
