/**
 * How far a web UI is. It tells so of whatever it draws, for whomever: what it was drawing when a
 * request came is another's, and is neither shown nor stopped.
 */

import * as z from "../../dependencies/zod.ts";
import { sleep } from "../../sleep.ts";
import type { CallContext } from "../provider.ts";
import type { Ask } from "./engine.ts";

/** In milliseconds. */
const INTERVAL = 1_000;
/** How long a web UI may take to tell how far it is, in milliseconds. */
const STATUS_TIME = 5_000;
/** How long a web UI may take to stop, in milliseconds: whoever cancelled waits for it. */
const INTERRUPT_TIME = 800;

export class Watch implements AsyncDisposable {
  readonly #ask: Ask;
  readonly #context: CallContext;
  /** Of the drawing that was under way when the request came; undefined where there was none. */
  readonly #foreignJob: string | undefined;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  #isOurs: boolean;
  #shown = "";

  private constructor(ask: Ask, context: CallContext, before: Status | undefined) {
    this.#ask = ask;
    this.#context = context;
    this.#isOurs = before !== undefined && !isAtWork(before);
    this.#foreignJob = before && isAtWork(before) ? jobOf(before) : undefined;
    this.#watching = before ? this.#follow() : Promise.resolve();
  }

  /** Begins before the request is sent, so that it knows what is not its own. */
  static async begin(ask: Ask, context: CallContext): Promise<Watch> {
    return new Watch(ask, context, await statusOf(ask, context.signal, false));
  }

  /** Stops the drawing, if it is this request's. */
  async interrupt(): Promise<void> {
    if (!this.#isOurs) return;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(INTERRUPT_TIME)]);
    await this.#ask("interrupt", { signal, body: {} }).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #follow(): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, this.#context.signal]);
    try {
      while (true) {
        await sleep(INTERVAL, signal);
        const status = await statusOf(
          this.#ask,
          signal,
          this.#context.onPartialImage !== undefined,
        );
        if (!signal.aborted && status) this.#tell(status);
      }
    } catch {
      // It is over.
    }
  }

  #tell(status: Status): void {
    if (!isAtWork(status)) return;
    if (!this.#isOurs && jobOf(status) === this.#foreignJob) {
      return this.#context.onProgress({ message: "The web UI is drawing for somebody else first" });
    }
    this.#isOurs = true;
    this.#context.onProgress({ message: messageFor(status) });
    this.#show(status.current_image);
  }

  #show(picture: string | null | undefined): void {
    if (!picture || picture === this.#shown) return;
    this.#shown = picture;
    try {
      const bytes = Uint8Array.fromBase64(picture.slice(picture.indexOf(",") + 1));
      this.#context.onPartialImage?.(bytes);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
}

/** Undefined where the web UI does not tell, which keeps no picture from being drawn. */
async function statusOf(
  ask: Ask,
  signal: AbortSignal,
  withPicture: boolean,
): Promise<Status | undefined> {
  try {
    const path = `progress?skip_current_image=${!withPicture}`;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(STATUS_TIME)]);
    return STATUS.safeParse((await ask(path, { signal: inTime, pictures: 1 })).json).data;
  } catch {
    return undefined;
  }
}

function isAtWork({ progress, state }: Status): boolean {
  return progress > 0 || state.job_count > 0;
}

/** The time at which a drawing began, and SD.Next's id of it. */
function jobOf({ state, id }: Status): string {
  return `${state.job_timestamp ?? ""} ${id ?? ""}`;
}

function messageFor({ progress, eta_relative: seconds, state }: Status): string {
  const { sampling_step: step = 0, sampling_steps: steps = 0 } = state;
  const share = `${Math.round(Math.min(progress, 1) * 100)} %`;
  const left = seconds && seconds >= 1 ? `, about ${Math.round(seconds)} s left` : "";
  const where = steps > 0 ? `step ${Math.min(step + 1, steps)} of ${steps}, ` : "";
  return `The web UI is drawing: ${where}${share}${left}`;
}

const number = z.number().optional().catch(undefined);

const STATUS = z.object({
  progress: z.number(),
  eta_relative: number,
  id: z.union([z.string(), z.number()]).nullish().catch(undefined),
  current_image: z.string().nullish().catch(undefined),
  state: z.object({
    job_count: z.number().catch(0),
    job_timestamp: z.string().optional().catch(undefined),
    sampling_step: number,
    sampling_steps: number,
  }),
});

type Status = z.infer<typeof STATUS>;
