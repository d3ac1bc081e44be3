/** Words to every server of a storage: something has changed, look at it. */

/**
 * What is told may be lost, where a connection breaks, and is heard in no certain order: it saves
 * the time until somebody would look by themselves.
 */
export interface Announcements {
  /**
   * Tells all who listen to `topic`, this process included.
   * @throws where others cannot be reached, or it is longer than they can be told: 7,900 bytes, its
   * topic included.
   */
  tell(topic: string, payload: string): Promise<void>;
  /** Calls `listener` with what is told of `topic` from soon on, until it is disposed of. */
  listen(topic: string, listener: (payload: string) => void): Disposable;
  /** Calls `listener` when something may have been told that was not heard, until it is disposed of. */
  onGap(listener: () => void): Disposable;
}

/** Announcements within one process. */
export class ProcessAnnouncements implements Announcements {
  readonly #listeners = new Map<string, Set<(payload: string) => void>>();
  readonly #gapListeners = new Set<() => void>();

  tell(topic: string, payload: string): Promise<void> {
    for (const listener of [...this.#listeners.get(topic) ?? []]) listener(payload);
    return Promise.resolve();
  }

  listen(topic: string, listener: (payload: string) => void): Disposable {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return {
      [Symbol.dispose]: () => {
        listeners.delete(listener);
        if (listeners.size === 0) this.#listeners.delete(topic);
      },
    };
  }

  onGap(listener: () => void): Disposable {
    this.#gapListeners.add(listener);
    return { [Symbol.dispose]: () => void this.#gapListeners.delete(listener) };
  }

  /** Says that something may not have been heard. */
  tellGap(): void {
    for (const listener of [...this.#gapListeners]) listener();
  }
}
