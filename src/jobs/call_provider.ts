/** Paid calls to vendors: each under its time limit, asked for until it is fetched, stored before it is told. */

import { type ErrorCode, ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { sleep } from "../providers/http.ts";
import type {
  CallContext,
  GeneratedImage,
  ImageProvider,
  ImageResult,
} from "../providers/provider.ts";
import { checkImage } from "../images/check.ts";
import { isWorthAnotherProvider, type ProviderHealth } from "./provider_health.ts";
import type { JobRun } from "./job.ts";
import type { JobOutcome, ProviderCall } from "../storage/job_records.ts";
import { type Library, newImageId } from "../storage/image_store.ts";
import { TimeLimit } from "./time_limit.ts";
import type { UnsavedImages } from "../storage/unsaved_images.ts";

/** One generation as it ended, for metrics. */
export interface GenerationEvent {
  readonly provider: string;
  /** "ok", or the error's code. */
  readonly outcome: string;
  readonly seconds: number;
  readonly bytes: number;
}

export interface VendorCallsOptions {
  readonly library: Library;
  readonly unsaved: UnsavedImages;
  readonly health: ProviderHealth;
  readonly log: Logger;
  readonly now: () => number;
  readonly onGeneration: (event: GenerationEvent) => void;
  /** In milliseconds, until a vendor has accepted the call. */
  readonly timeLimit: () => number;
}

/** Asks a vendor: its `generate` or, for a job it has accepted, its `resume`. */
export type Asking = (context: CallContext) => Promise<ImageResult>;

/** Vendors keep an accepted job's picture about this long, in milliseconds. */
const ACCEPTED_LIMIT = 3_600_000;
/** Between tries to reach a vendor that has accepted a job, in milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

export class VendorCalls {
  readonly #options: VendorCallsOptions;

  constructor(options: VendorCallsOptions) {
    this.#options = options;
  }

  /**
   * Makes one call for `part` of a job; what comes back is stored before anything is
   * said of it. `parameters` are what the pictures' records keep.
   * @throws {ImageError} when no picture came.
   */
  async make(
    run: JobRun,
    provider: ImageProvider,
    part: ProviderCall,
    parameters: object,
    ask: Asking,
  ): Promise<JobOutcome> {
    const { name } = provider;
    const { health, onGeneration, timeLimit } = this.#options;
    const started = performance.now();
    using limit = new TimeLimit(name, timeLimit());
    if (part.ticket !== undefined) limit.extend(ACCEPTED_LIMIT);
    let bytes = 0;
    let outcome = "ok";
    health.begins(name);
    try {
      const result = await this.#untilFetched(run, provider, part, ask, {
        signal: AbortSignal.any([run.signal, limit.signal]),
        wantsProgress: run.hasListeners,
        onProgress: ({ message }) => run.report(message),
        onAccepted: (ticket) => {
          part.ticket = ticket;
          part.state = "accepted";
          run.report(`${name} has accepted the request`);
          void run.persist();
          limit.extend(ACCEPTED_LIMIT);
        },
      });
      const { imageIds, warnings } = await this.#keep(run, provider, part, parameters, result);
      part.state = "stored";
      bytes = result.images.reduce((sum, image) => sum + image.bytes.length, 0);
      health.succeeded(name);
      return { imageIds, warnings: [...result.warnings, ...warnings] };
    } catch (error) {
      if (!run.signal.aborted && isEndAtVendor(error)) part.state = "failed";
      outcome = error instanceof ImageError ? error.code : "internal_error";
      if (error instanceof ImageError && isWorthAnotherProvider(error)) health.failed(name);
      throw error;
    } finally {
      const seconds = (performance.now() - started) / 1000;
      onGeneration({ provider: name, outcome, seconds, bytes });
    }
  }

  /** What a vendor has accepted is paid for, so no network that fails for a while ends it. */
  async #untilFetched(
    run: JobRun,
    provider: ImageProvider,
    part: ProviderCall,
    ask: Asking,
    context: CallContext,
  ): Promise<ImageResult> {
    for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await ask(context);
      } catch (error) {
        const { ticket } = part;
        const mayAskAgain = ticket !== undefined && provider.resume && mayStillCome(error);
        if (!mayAskAgain || context.signal.aborted) throw error;
        const reason = messageOf(error);
        this.#options.log.warning("An accepted job is asked for again", { job: run.id, reason });
        run.report(`${provider.name} has it and cannot be asked now; trying again: ${reason}`);
        await sleep(pause, context.signal);
        ask = (context) => provider.resume!(ticket, context);
      }
    }
  }

  async #keep(
    run: JobRun,
    provider: ImageProvider,
    part: ProviderCall,
    parameters: object,
    result: ImageResult,
  ): Promise<JobOutcome> {
    const imageIds: string[] = [];
    const failures: unknown[] = [];
    const damages: string[] = [];
    for (const [index, image] of result.images.entries()) {
      const id = part.imageIds[index] ?? newImageId(provider.name, this.#options.now());
      try {
        await this.#keepOne(id, image, run, provider, parameters, result);
        imageIds.push(id);
        const damage = checkImage(image.bytes);
        if (damage) damages.push(`Picture ${id} came from ${provider.name} ${damage}`);
      } catch (error) {
        failures.push(error);
      }
    }
    if (imageIds.length === 0) throw failures[0];
    return { imageIds, warnings: [...failures.map(messageOf), ...damages] };
  }

  async #keepOne(
    id: string,
    image: GeneratedImage,
    run: JobRun,
    provider: ImageProvider,
    parameters: object,
    { model, usage }: ImageResult,
  ): Promise<void> {
    const picture = await this.#options.library.save(image, {
      id,
      provider: provider.name,
      model,
      prompt: run.wish.prompt,
      filePrefix: run.wish.file_prefix,
      parameters: { ...parameters, job: run.id },
      usage,
    });
    if (picture.saveError !== null) this.#options.unsaved.add(picture, image.bytes);
  }
}

/** Whether an accepted job's picture may still be fetched in spite of this error. */
function mayStillCome(error: unknown): boolean {
  if (!(error instanceof ImageError)) return false;
  const { code, details } = error;
  if (code !== "provider_error") return PASSING_TROUBLES.has(code);
  return details.passing === true || Number(details.http_status ?? 0) >= 500;
}

/** A key is refused while this computer's clock is wrong, too. */
const PASSING_TROUBLES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "network_error",
  "rate_limited",
  "provider_busy",
  "authentication_failed",
]);

/** Whether nothing goes on at the vendor any more; after silence nobody knows. */
function isEndAtVendor(error: unknown): boolean {
  if (!(error instanceof ImageError)) return false;
  const { code, details } = error;
  return code === "network_error" ? details.connected === false : code !== "timeout";
}
