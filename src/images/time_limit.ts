import { ImageError } from "../errors.ts";

/** Aborts a call to a vendor that takes too long, with the ImageError that says so. */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #provider: string;
  #milliseconds = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(provider: string, milliseconds: number) {
    this.#provider = provider;
    this.extend(milliseconds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Starts the clock anew, when that gives more time. */
  extend(milliseconds: number): void {
    if (milliseconds < this.#milliseconds) return;
    clearTimeout(this.#timer);
    this.#milliseconds = milliseconds;
    this.#timer = setTimeout(() => this.#controller.abort(this.#error()), milliseconds);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #error(): ImageError {
    const seconds = Math.round(this.#milliseconds / 1000);
    return new ImageError(
      "timeout",
      `${this.#provider} sent no picture within ${seconds} s; it may still charge for it. ` +
        "MCP_PROVIDER_TIMEOUT sets the limit",
      { provider: this.#provider, seconds },
    );
  }
}
