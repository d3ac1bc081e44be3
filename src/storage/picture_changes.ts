/** Tells whoever listens that pictures of an owner have come, changed or gone, here or at another server. */

import { parsedJson } from "../json.ts";
import { type Announcements, ProcessAnnouncements } from "./announcements.ts";

export interface PictureChange {
  readonly id: string;
  /** Whose it is: the name of a token, "" without tokens. */
  readonly owner: string;
  /** Of the picture itself, or only of what is noted of it. */
  readonly kind: "picture" | "notes";
  /** The ids of the pictures it was made from, where it is new. */
  readonly parents?: readonly string[];
}

export type PictureListener = (change: PictureChange) => void;

export class PictureChanges {
  readonly #announcements: Announcements;
  readonly #listeners = new Map<string, Set<PictureListener>>();
  /** Tells this server's own words, which are heard at once, from those of others. */
  readonly #self = crypto.randomUUID();
  #listening: Disposable | undefined;

  constructor(announcements: Announcements = new ProcessAnnouncements()) {
    this.#announcements = announcements;
  }

  /** Has `listener` called with every change of an owner's pictures, until the answer is called. */
  listen(owner: string, listener: PictureListener): () => void {
    this.#listening ??= this.#announcements.listen(TOPIC, (text) => this.#receive(text));
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(owner);
      if (this.#listeners.size > 0) return;
      this.#listening?.[Symbol.dispose]();
      this.#listening = undefined;
    };
  }

  /** At once to those who listen here, soon to those elsewhere; what cannot be told is found by looking. */
  tell(change: PictureChange): void {
    this.#tellHere(change);
    const told: ToldChange = { ...change, from: this.#self };
    this.#announcements.tell(TOPIC, JSON.stringify(told)).catch(() => {});
  }

  #tellHere(change: PictureChange): void {
    for (const listener of this.#listeners.get(change.owner) ?? []) listener(change);
  }

  #receive(text: string): void {
    const told = parsedJson(text) as ToldChange | undefined;
    if (told && told.from !== this.#self) this.#tellHere(told);
  }
}

interface ToldChange extends PictureChange {
  /** Which server tells. */
  readonly from: string;
}

const TOPIC = "pictures";
