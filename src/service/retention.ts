/** The use case: pictures go when they are old or too many, where somebody has said so; favourites stay. */

import type { ImageRepository } from "../storage/image_repository.ts";
import type { SparePicture } from "../storage/records/records.ts";
import type { Library } from "./library.ts";

/** What is kept. */
export interface Bounds {
  /** A picture older than that goes into the trash; 0: none does. */
  readonly days: number;
  /** What all pictures may take, those in the trash too; undefined: any amount. */
  readonly bytes: number | undefined;
}

export interface Surplus {
  readonly pictures: readonly SparePicture[];
  /** Whether there may be more that were not looked at. */
  readonly isCut: boolean;
}

export interface RetentionOptions {
  readonly images: ImageRepository;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Whether anything ever goes. */
export function isBounded({ days, bytes }: Bounds): boolean {
  return days > 0 || bytes !== undefined;
}

/** Pictures that are too old, at most `limit`, the oldest first. */
export async function tooOld(
  { days }: Bounds,
  limit: number,
  { images, now = Date.now }: RetentionOptions,
): Promise<Surplus> {
  if (days === 0) return NONE;
  const pictures = await images.madeBefore(now() - days * DAY, limit);
  return { pictures, isCut: pictures.length === limit };
}

/** Pictures whose going brings all that is left within the bytes, in the order in which they go. */
export async function tooMuch(
  { bytes }: Bounds,
  limit: number,
  { images }: Pick<RetentionOptions, "images">,
): Promise<Surplus> {
  if (bytes === undefined) return NONE;
  const { totalBytes, pictures } = await images.spare(limit);
  let left = totalBytes;
  const end = pictures.findIndex(({ sizeBytes }) => {
    if (left <= bytes) return true;
    left -= sizeBytes;
    return false;
  });
  return end < 0
    ? { pictures, isCut: pictures.length === limit && left > bytes }
    : { pictures: pictures.slice(0, end), isCut: false };
}

/**
 * Puts what is too old into the trash, and removes for good what is too much: the trash takes
 * bytes as well. Tells how many pictures went each way.
 */
export async function letGo(
  bounds: Bounds,
  library: Library,
  options: RetentionOptions,
  signal: AbortSignal,
): Promise<{ readonly trashed: number; readonly removed: number }> {
  const trash = (id: string, owner: string) => library.trash([id], owner);
  const remove = (id: string, owner: string) => library.remove([id], owner);
  return {
    trashed: await each(() => tooOld(bounds, AT_ONCE, options), trash, signal),
    removed: await each(() => tooMuch(bounds, AT_ONCE, options), remove, signal),
  };
}

/** Until nothing is left of it, or nothing can be done. */
async function each(
  find: () => Promise<Surplus>,
  work: (id: string, owner: string) => ReturnType<Library["trash"]>,
  signal: AbortSignal,
): Promise<number> {
  let all = 0;
  while (true) {
    const { pictures, isCut } = await find();
    let done = 0;
    for (const { id, owner } of pictures) {
      if (signal.aborted) return all + done;
      done += (await work(id, owner ?? "")).done.length;
    }
    all += done;
    if (!isCut || done === 0) return all;
  }
}

const NONE: Surplus = { pictures: [], isCut: false };
const AT_ONCE = 100;
/** In milliseconds. */
const DAY = 86_400_000;
