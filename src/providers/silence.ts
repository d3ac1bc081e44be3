/** A clock for connections that bring nothing. */

import { ImageError } from "../errors.ts";

/** Aborts an attempt that brings nothing for too long, so that a dead connection is left for a new one. */
export class Silence implements Disposable {
  readonly #controller = new AbortController();
  readonly #longest: number;
  readonly #title: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `longest` is in milliseconds; Infinity for no limit. */
  constructor(longest: number, title: string) {
    this.#longest = longest;
    this.#title = title;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something came, so the clock starts anew. */
  restart(): void {
    clearTimeout(this.#timer);
    if (this.#longest === Infinity) return;
    this.#timer = setTimeout(() => this.#controller.abort(this.#error()), this.#longest);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #error(): ImageError {
    const seconds = this.#longest / 1000;
    return new ImageError(
      "network_error",
      `${this.#title} has sent nothing for ${seconds} s. Check the network`,
      { connected: true, seconds },
    );
  }
}
