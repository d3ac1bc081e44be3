import { ImageError } from "../errors.ts";

/** Aborts a call to a vendor that takes too long, with the ImageError that says so. */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #provider: string;
  #milliseconds: number;
  #advice = "MCP_PROVIDER_TIMEOUT sets the limit";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(provider: string, milliseconds: number) {
    this.#provider = provider;
    this.#milliseconds = milliseconds;
    this.#start();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives what the vendor has accepted at least this time from now on. */
  extend(milliseconds: number): void {
    this.#milliseconds = Math.max(milliseconds, this.#milliseconds);
    this.#advice = "It had accepted the job; ask its support if it stays so";
    this.#start();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(this.#error()), this.#milliseconds);
  }

  #error(): ImageError {
    const seconds = Math.round(this.#milliseconds / 1000);
    return new ImageError(
      "timeout",
      `${this.#provider} sent nothing within ${seconds} s; it may still charge for it. ` +
        this.#advice,
      { provider: this.#provider, seconds },
    );
  }
}
