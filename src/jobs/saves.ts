/** Saves of one thing: one after another, since the last to be written must be the newest. */

export class Saves {
  #last: Promise<unknown> = Promise.resolve();
  #waiting: Promise<boolean> | undefined;

  /**
   * Has `write` write the thing as it is when its turn comes; saves that wait for the same turn are
   * one. `write` must not reject.
   */
  save(write: () => Promise<boolean>): Promise<boolean> {
    if (this.#waiting) return this.#waiting;
    const begin = () => {
      this.#waiting = undefined;
      return write();
    };
    const saved = this.#last.then(begin);
    this.#waiting = saved;
    this.#last = saved;
    return saved;
  }
}
