/** Tells whoever listens that pictures of an owner have come, changed or gone. */

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
  readonly #listeners = new Map<string, Set<PictureListener>>();

  /** Has `listener` called with every change of an owner's pictures, until the answer is called. */
  listen(owner: string, listener: PictureListener): () => void {
    const listeners = this.#listeners.get(owner) ?? new Set();
    this.#listeners.set(owner, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(owner);
    };
  }

  tell(change: PictureChange): void {
    for (const listener of this.#listeners.get(change.owner) ?? []) listener(change);
  }
}
