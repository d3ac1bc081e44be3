/** Which resources have changed, told to those who listen: once a second at most, however much changes. */

import type { PictureChange, PictureChanges } from "../storage/picture_changes.ts";

/** Told the addresses that have changed since the last time; the list has changed, too. */
export type ResourceListener = (addresses: ReadonlySet<string>) => void;

/** Those who listen to one owner's resources. */
interface Audience {
  readonly listeners: Set<ResourceListener>;
  readonly leave: () => void;
  changed: Set<string>;
  timer?: ReturnType<typeof setTimeout>;
  /** When they were told something last, as of `performance.now()`. */
  toldAt: number;
}

export class ResourceChanges {
  readonly #pictures: Pick<PictureChanges, "listen">;
  readonly #audiences = new Map<string, Audience>();

  constructor(pictures: Pick<PictureChanges, "listen">) {
    this.#pictures = pictures;
  }

  /** Has `listener` called after changes of an owner's pictures, until the answer is called. */
  listen(owner: string, listener: ResourceListener): () => void {
    const audience = this.#audiences.get(owner) ?? this.#open(owner);
    audience.listeners.add(listener);
    return () => {
      audience.listeners.delete(listener);
      if (audience.listeners.size === 0) this.#close(owner);
    };
  }

  /** Nobody is told anything after this. */
  close(): void {
    for (const owner of [...this.#audiences.keys()]) this.#close(owner);
  }

  #open(owner: string): Audience {
    const leave = this.#pictures.listen(owner, (change) => this.#note(audience, change));
    const audience: Audience = {
      listeners: new Set(),
      leave,
      changed: new Set(),
      toldAt: -Infinity,
    };
    this.#audiences.set(owner, audience);
    return audience;
  }

  #close(owner: string): void {
    const audience = this.#audiences.get(owner);
    audience?.leave();
    clearTimeout(audience?.timer);
    this.#audiences.delete(owner);
  }

  #note(audience: Audience, change: PictureChange): void {
    for (const address of addressesOf(change)) audience.changed.add(address);
    const wait = audience.toldAt + INTERVAL - performance.now();
    audience.timer ??= setTimeout(() => this.#tell(audience), Math.max(0, wait));
  }

  #tell(audience: Audience): void {
    const { changed } = audience;
    audience.changed = new Set();
    audience.timer = undefined;
    audience.toldAt = performance.now();
    for (const listener of audience.listeners) listener(changed);
  }
}

/** The resources that read otherwise after a change. */
function addressesOf({ id, kind, parents = [] }: PictureChange): readonly string[] {
  const records = [id, ...parents].map((each) => `image://${each}/record`);
  return [
    "images://recent",
    ...records,
    ...kind === "picture" ? [`image://${id}`, "image://last", "image://last/record"] : [],
  ];
}

/** Milliseconds between two messages of changes. */
const INTERVAL = 1000;
