/** The use case: pictures that are there are found again, kept in order, and let go. */

import type { ImageRepository } from "../storage/image_repository.ts";
import type { Previews } from "../storage/previews.ts";
import type {
  ImageFilter,
  ImageNotes,
  ImageSource,
  ImageSummary,
  Page,
} from "../storage/records/records.ts";

export type { ImageFilter, ImageSummary } from "../storage/records/records.ts";

export interface LibraryOptions {
  readonly images: ImageRepository;
  readonly previews: Pick<Previews, "forget">;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** What became of the pictures of a list. */
export interface ListOutcome {
  readonly done: readonly string[];
  /** Those that the owner has not, or that are nobody's. */
  readonly unknown: readonly string[];
}

/** What to note of pictures; what is absent stays as it is. */
export interface NoteChanges {
  /** "" takes the title away. */
  readonly title?: string;
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  readonly isFavorite?: boolean;
}

export interface FoundImages {
  /** The newest first. */
  readonly images: readonly ImageSummary[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: number;
}

/** A picture with what was asked for; nothing where that is not recorded. */
export interface HistoryEntry extends ImageSummary {
  readonly source: ImageSource | undefined;
}

export interface History {
  readonly image: HistoryEntry;
  /** What it was made from, then what those were made from, the nearest first; at most 20. */
  readonly parents: readonly HistoryEntry[];
  /** What was made from it, the newest first; at most 20. */
  readonly children: readonly HistoryEntry[];
}

export class Library {
  readonly #images: ImageRepository;
  readonly #previews: LibraryOptions["previews"];
  readonly #now: () => number;

  constructor({ images, previews, now = Date.now }: LibraryOptions) {
    this.#images = images;
    this.#previews = previews;
    this.#now = now;
  }

  /** The pictures of `owner` that a filter lets through, a page of them. */
  async search(filter: ImageFilter, owner: string, page: Page): Promise<FoundImages> {
    const found = await this.#images.search(filter, owner, { ...page, limit: page.limit + 1 });
    const images = found.slice(0, page.limit);
    return found.length > images.length ? { images, next: images.at(-1)!.position } : { images };
  }

  /** The same of what any of several filters lets through; no picture is let through by two. */
  async searchAny(
    filters: readonly ImageFilter[],
    owner: string,
    page: Page,
  ): Promise<FoundImages> {
    if (filters.length === 1) return await this.search(filters[0]!, owner, page);
    const found = await Promise.all(filters.map((each) => this.search(each, owner, page)));
    const all = found.flatMap(({ images }) => images).sort((a, b) => b.position - a.position);
    const images = all.slice(0, page.limit);
    const isMore = all.length > images.length || found.some(({ next }) => next !== undefined);
    return isMore ? { images, next: images.at(-1)!.position } : { images };
  }

  /** Where a picture came from and what came of it; undefined where `owner` has no such picture. */
  async history(id: string, owner: string): Promise<History | undefined> {
    const [image] = await this.#entries([id], owner);
    if (!image) return undefined;
    const children = await this.#images.search({ parent: id }, owner, { limit: MOST_RELATIVES });
    return {
      image,
      parents: await this.#ancestors(image, owner),
      children: await this.#withSources(children, owner),
    };
  }

  async update(
    ids: readonly string[],
    owner: string,
    { title, isFavorite, addTags = [], removeTags = [] }: NoteChanges,
  ): Promise<ListOutcome> {
    const known = new Map(
      (await this.#images.summaries(ids, owner)).map((image) => [image.id, image]),
    );
    return await forEach(ids, async (id) => {
      const image = known.get(id);
      if (!image) return false;
      const notes: Partial<ImageNotes> = {
        ...title !== undefined && { title: title.trim() || null },
        ...isFavorite !== undefined && { isFavorite },
        ...addTags.length + removeTags.length > 0 && {
          tags: changedTags(image.notes.tags, addTags, removeTags),
        },
      };
      return await this.#images.annotate(id, owner, notes);
    });
  }

  /** Puts pictures into the trash, where nothing finds them but a search of the trash. */
  async trash(ids: readonly string[], owner: string): Promise<ListOutcome> {
    return await forEach(ids, (id) => this.#images.trash(id, owner, this.#now()));
  }

  /** Takes pictures out of the trash. */
  async restore(ids: readonly string[], owner: string): Promise<ListOutcome> {
    return await forEach(ids, (id) => this.#images.trash(id, owner, null));
  }

  /** Removes pictures for good: their records, their files and what was made to look at. */
  async remove(ids: readonly string[], owner: string): Promise<ListOutcome> {
    return await forEach(ids, async (id) => {
      const isRemoved = await this.#images.remove(id, owner);
      if (isRemoved) await this.#previews.forget(id);
      return isRemoved;
    });
  }

  /** Removes what has lain in the trash for more than so many days; tells how many pictures. */
  async emptyTrash(days: number): Promise<number> {
    const time = this.#now() - days * DAY;
    let removed = 0;
    while (true) {
      const old = await this.#images.trashedBefore(time, AT_ONCE);
      for (const { id, owner } of old) {
        removed += (await this.remove([id], owner ?? "")).done.length;
      }
      if (old.length < AT_ONCE) return removed;
    }
  }

  /** The tags that `owner` has given, the most used first. */
  async tags(owner: string, limit: number): Promise<readonly string[]> {
    return await this.#images.tags(owner, limit);
  }

  async #ancestors(image: HistoryEntry, owner: string): Promise<readonly HistoryEntry[]> {
    const seen = new Set([image.id]);
    const ancestors: HistoryEntry[] = [];
    let generation: readonly HistoryEntry[] = [image];
    while (generation.length > 0 && ancestors.length < MOST_RELATIVES) {
      const ids = generation.flatMap(({ source }) => source?.parents ?? [])
        .filter((id) => !seen.has(id));
      ids.forEach((id) => seen.add(id));
      const room = MOST_RELATIVES - ancestors.length;
      generation = await this.#entries([...new Set(ids)].slice(0, room), owner);
      ancestors.push(...generation);
    }
    return ancestors;
  }

  async #entries(ids: readonly string[], owner: string): Promise<readonly HistoryEntry[]> {
    return await this.#withSources(await this.#images.summaries(ids, owner), owner);
  }

  async #withSources(images: readonly ImageSummary[], owner: string) {
    return await Promise.all(
      images.map(async (image) => ({
        ...image,
        source: await this.#images.sourceOf(image, owner),
      })),
    );
  }
}

/** Once for each id, one after the other; what fails does not keep the rest from being done. */
async function forEach(
  ids: readonly string[],
  work: (id: string) => Promise<boolean>,
): Promise<ListOutcome> {
  const done: string[] = [];
  const unknown: string[] = [];
  for (const id of new Set(ids)) (await work(id) ? done : unknown).push(id);
  return { done, unknown };
}

/** A tag stands once, in whichever letters it was given first. */
function changedTags(
  tags: readonly string[],
  added: readonly string[],
  removed: readonly string[],
): readonly string[] {
  const gone = new Set(removed.map(plain));
  const all = [...tags.filter((tag) => !gone.has(plain(tag))), ...added.map((tag) => tag.trim())];
  return [...new Map(all.toReversed().map((tag) => [plain(tag), tag])).values()].toReversed()
    .filter((tag) => tag !== "").slice(0, MOST_TAGS);
}

function plain(tag: string): string {
  return tag.trim().toLowerCase();
}

/** Tags that one picture may have. */
const MOST_TAGS = 50;
const MOST_RELATIVES = 20;
/** Pictures of the trash that are looked at together. */
const AT_ONCE = 100;
/** In milliseconds. */
const DAY = 86_400_000;
