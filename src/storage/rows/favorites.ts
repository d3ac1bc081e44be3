import type { ImageFilter } from "../records/records.ts";

/** Whether a search is for all favourites that are not in the trash, which have an index of their own. */
export function isForFavorites({ isFavorite, isTrashed, ...others }: ImageFilter): boolean {
  return isFavorite === true && !isTrashed &&
    Object.values(others).every((value) => value === undefined);
}
