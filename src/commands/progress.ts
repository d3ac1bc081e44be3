/** Tells whoever waits at a shell how far the work is: only what takes longer than a second. */

import { cut, printableLine } from "../printable.ts";
import type { CommandContext } from "./context.ts";

/** Milliseconds of work that nobody needs to be told of. */
const SHORT = 1_000;
/** Milliseconds between two looks of the line in a terminal. */
const REFRESH = 250;
/** Where there is no terminal, at most one line in so many milliseconds. */
const LINE_INTERVAL = 1_000;
/** In characters. */
const LONGEST_MESSAGE = 200;
const BAR_WIDTH = 20;

/** How many of how many are done. */
export interface Count {
  readonly done: number;
  readonly total: number;
}

/**
 * In a terminal one line that is drawn anew with the seconds, and with a bar where there is
 * something to count; it is gone in the end. Elsewhere, such as in a log, a plain line for each
 * change. All of it goes to stderr, without colours.
 */
export class Progress implements Disposable {
  readonly #output: Pick<CommandContext, "isTerminal" | "say" | "write">;
  readonly #started = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #delay: number;
  #message = "Starting";
  #count: Count | undefined;
  #said = "";
  #isDrawn = false;

  constructor(
    output: Pick<CommandContext, "isTerminal" | "say" | "write">,
    { delay = SHORT, interval = output.isTerminal ? REFRESH : LINE_INTERVAL } = {},
  ) {
    this.#output = output;
    this.#delay = delay;
    this.#timer = setInterval(() => this.#tick(), interval);
  }

  /** What is done now; a vendor's words may be part of it. */
  tell(message: string): void {
    this.#message = cut(printableLine(message), LONGEST_MESSAGE);
  }

  count(count: Count): void {
    this.#count = count;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    if (this.#isDrawn) this.#output.write("\r\x1b[K");
  }

  /** Of what is counted, or of words that begin with a count themselves. */
  #bar(): string {
    if (this.#count) return `${barOf(this.#count)} ${wordsOf(this.#count)}  `;
    const [, done, total] = /^(\d+) of (\d+)\b/.exec(this.#message) ?? [];
    return total === undefined ? "" : `${barOf({ done: Number(done), total: Number(total) })} `;
  }

  #tick(): void {
    const milliseconds = performance.now() - this.#started;
    if (milliseconds < this.#delay) return;
    const seconds = Math.round(milliseconds / 1_000);
    if (this.#output.isTerminal) {
      this.#output.write(`\r\x1b[K${this.#bar()}${this.#message} … ${seconds} s`);
      this.#isDrawn = true;
      return;
    }
    const words = `${this.#count ? `${wordsOf(this.#count)}: ` : ""}${this.#message}`;
    if (words === this.#said) return;
    this.#said = words;
    this.#output.say(`${words} (${seconds} s)`);
  }
}

function barOf(count: Count): string {
  const filled = Math.round(BAR_WIDTH * Math.min(1, count.done / Math.max(1, count.total)));
  return `[${"#".repeat(filled)}${"-".repeat(BAR_WIDTH - filled)}]`;
}

function wordsOf({ done, total }: Count): string {
  return `${done} of ${total}`;
}
