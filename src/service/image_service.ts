/** The use case: choose a provider, check the request, generate, keep the pictures. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { type Choice, type ProviderSet, type RequestArguments, route } from "../requests/route.ts";
import { Drawing } from "../jobs/run_plan.ts";
import { ProviderHealth } from "../jobs/provider_health.ts";
import { type Caller, Jobs, type JobView, type Waited, type Work } from "../jobs/jobs.ts";
import type { ImageRecord, Library } from "../storage/image_store.ts";
import { settledOrTired } from "../jobs/job.ts";
import { FairQueue } from "../jobs/queue.ts";
import { UnsavedImages } from "../storage/unsaved_images.ts";
import type { GenerationEvent } from "../jobs/call_provider.ts";

/** What may change while the server runs. */
export interface ImageServiceSettings {
  readonly candidates: ProviderSet;
  readonly failover: boolean;
  readonly dedupe: boolean;
  readonly providerTimeoutSeconds: number;
}

export interface ImageServiceOptions {
  readonly library: Library;
  readonly log: Logger;
  readonly settings: ImageServiceSettings;
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly onGeneration?: (event: GenerationEvent) => void;
  readonly now?: () => number;
}

/** What a caller gets: the pictures, or the job to ask for later. */
export type Answer =
  | {
    readonly done: true;
    readonly pictures: readonly ImageRecord[];
    readonly warnings: readonly string[];
  }
  | { readonly done: false; readonly job: JobView; readonly warnings: readonly string[] };

/** How long the first request waits for the jobs of dead servers to be found, in seconds. */
const FIRST_LOOK_SECONDS = 1;

export class ImageService {
  readonly jobs: Jobs;
  readonly #library: Library;
  readonly #log: Logger;
  readonly #queue: FairQueue;
  readonly #health: ProviderHealth;
  readonly #unsaved = new UnsavedImages();
  readonly #drawing: Drawing;
  #settings: ImageServiceSettings;
  #firstLook: Promise<void> | undefined;

  constructor({ library, log, settings, now = Date.now, ...options }: ImageServiceOptions) {
    this.#library = library;
    this.#log = log;
    this.#settings = settings;
    this.#health = new ProviderHealth(now);
    this.#queue = new FairQueue({ limit: options.maxConcurrent, maxWaiting: options.maxQueue });
    this.#drawing = new Drawing({
      library,
      log,
      now,
      unsaved: this.#unsaved,
      health: this.#health,
      queue: this.#queue,
      onGeneration: options.onGeneration ?? (() => {}),
      timeLimit: () => this.#settings.providerTimeoutSeconds * 1000,
    });
    this.jobs = new Jobs({ library, log, now });
  }

  get settings(): ImageServiceSettings {
    return this.#settings;
  }

  /** Takes new settings for new requests; running ones keep the provider they began with. */
  reconfigure(settings: ImageServiceSettings): void {
    this.#settings = settings;
  }

  /** Generations that run and that wait. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#queue.running, waiting: this.#queue.waiting };
  }

  /**
   * Makes the pictures asked for, or takes over the job that already does.
   * @throws {ImageError} whose message a person can act on.
   */
  async generate(wish: RequestArguments, caller: Caller): Promise<Answer> {
    caller.signal.throwIfAborted();
    await this.#lookForDeadServers(caller.signal);
    const again = await this.jobs.again(wish, caller);
    if (again) return await this.#answer(again);
    const adopted = this.#settings.dedupe ? await this.jobs.adopt(wish, caller) : undefined;
    if (adopted) return await this.#answer(adopted, [adoptionOf(adopted.job)]);
    const { candidates, failover } = this.#settings;
    const choice = this.#route(wish, candidates, failover);
    const others = failover && !choice.named ? [...candidates.on.values()] : [];
    const work: Work = (run) => this.#drawing.draw(run, choice, others);
    return await this.#answer(await this.jobs.start(wish, choice.provider.name, caller, work));
  }

  /** Waits for a job as `generate` would have. @throws {ImageError} as it would have. */
  async waitFor(id: string, caller: Caller): Promise<Answer> {
    return await this.#answer(await this.jobs.wait(id, caller));
  }

  /** Takes over what dead servers on this folder left. */
  async inherit(): Promise<void> {
    await this.jobs.inherit((record) =>
      this.#drawing.resumption(record, this.#settings.candidates)
    );
  }

  /** A picture's bytes, from disk or, when it could not be saved, from memory. */
  async bytesOf(picture: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    return this.#unsaved.get(picture.id)?.bytes ?? await this.#library.read(picture);
  }

  /** The same for an answer's own pictures, which memory mostly still holds. */
  async recentBytesOf(picture: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    return this.#unsaved.get(picture.id)?.bytes ?? await this.#library.readRecent(picture);
  }

  /** A picture by its id, while its record lives. */
  async find(id: string, ttlSeconds: number): Promise<ImageRecord | undefined> {
    return this.#unsaved.get(id)?.picture ?? await this.#library.find(id, ttlSeconds);
  }

  /** Lets go of everything; what a vendor has accepted is left for the next server. */
  async close(): Promise<void> {
    await this.jobs.close();
    this.#unsaved.clear();
  }

  /** A request may come again because the server that drew it died, so its jobs are found first. */
  async #lookForDeadServers(signal: AbortSignal): Promise<void> {
    this.#firstLook ??= this.inherit().catch((error) =>
      this.#log.warning("Cannot look for interrupted jobs", { reason: messageOf(error) })
    );
    await settledOrTired(this.#firstLook, { signal, waitSeconds: FIRST_LOOK_SECONDS });
  }

  async #answer(waited: Waited, more: readonly string[] = []): Promise<Answer> {
    if (!waited.done) return { done: false, job: waited.job, warnings: more };
    const { imageIds, warnings, error } = waited.outcome;
    if (error) throw new ImageError(error.code, error.message, error.details);
    const found = await Promise.all(imageIds.map((id) => this.find(id, Infinity)));
    const pictures = found.filter((picture) => picture !== undefined);
    if (pictures.length === 0) {
      throw new ImageError(
        "image_not_found",
        `The pictures of job '${waited.job.id}' are not recorded any more`,
        { job: waited.job.id, image_ids: imageIds },
      );
    }
    return { done: true, pictures, warnings: [...warnings, ...more] };
  }

  /** Resting providers come last, so that `auto` passes them by and a name still reaches them. */
  #route(wish: RequestArguments, candidates: ProviderSet, failover: boolean): Choice {
    const names = [...candidates.on.keys()];
    const resting = failover ? names.filter((name) => this.#health.isResting(name)) : [];
    const order = [...names.filter((name) => !resting.includes(name)), ...resting];
    const on = new Map(order.map((name) => [name, candidates.on.get(name)!]));
    const choice = route(wish, { ...candidates, on });
    if (choice.named) return choice;
    const passedBy = names.slice(0, names.indexOf(choice.provider.name))
      .filter((name) => resting.includes(name))
      .map((name) =>
        `${name} failed three times in a row and rests for a moment, so it was not asked`
      );
    return { ...choice, warnings: [...passedBy, ...choice.warnings] };
  }
}

function adoptionOf({ id }: JobView): string {
  return `The same request was already running as job ${id}, so it was not paid for twice`;
}
