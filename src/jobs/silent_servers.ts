/** Servers that show no life, and since when they were found so. */

/** Milliseconds in which one that lives has surely shown itself, once the records are back. */
const SECOND_LOOK = 5_000;

export class SilentServers {
  readonly #since = new Map<string, number>();

  /** Of those that are silent now, the ones that have been for long. */
  deadOf(silent: readonly string[]): readonly string[] {
    const now = performance.now();
    const before = new Map(this.#since);
    this.#since.clear();
    for (const server of silent) this.#since.set(server, before.get(server) ?? now);
    return silent.filter((server) => now - this.#since.get(server)! >= SECOND_LOOK);
  }

  /** Forgets all: nobody could be seen. */
  clear(): void {
    this.#since.clear();
  }
}
