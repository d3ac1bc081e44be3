/** The use case: choose a provider, check the request, generate, keep the pictures. */

import { type ErrorCode, ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { sleep } from "../providers/http.ts";
import type {
  CallContext,
  Capabilities,
  GeneratedImage,
  ImageProvider,
  ImageRequest,
  ImageResult,
} from "../providers/provider.ts";
import { type Candidates, type Choice, choose, type GenerateArguments } from "./choice.ts";
import { translate } from "./translate.ts";
import { isWorthAnotherProvider, ProviderHealth } from "./health.ts";
import { type Caller, type JobRun, Jobs, type JobView, type Waited, type Work } from "./jobs.ts";
import type { JobOutcome, JobPart, JobRecord } from "./job_store.ts";
import { type Library, newPictureId, type Picture } from "./library.ts";
import { settledOrTired } from "./live_job.ts";
import { FairQueue, type Release } from "./queue.ts";
import { TimeLimit } from "./time_limit.ts";
import { UnsavedPictures } from "./unsaved.ts";

/** What may change while the server runs. */
export interface StudioSettings {
  readonly candidates: Candidates;
  readonly failover: boolean;
  readonly dedupe: boolean;
  readonly providerTimeoutSeconds: number;
}

/** One generation as it ended, for metrics. */
export interface GenerationEvent {
  readonly provider: string;
  /** "ok", or the error's code. */
  readonly outcome: string;
  readonly seconds: number;
  readonly bytes: number;
}

export interface StudioOptions {
  readonly library: Library;
  readonly log: Logger;
  readonly settings: StudioSettings;
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly onGeneration?: (event: GenerationEvent) => void;
  readonly now?: () => number;
}

/** What a caller gets: the pictures, or the job to ask for later. */
export type Answer =
  | {
    readonly done: true;
    readonly pictures: readonly Picture[];
    readonly warnings: readonly string[];
  }
  | { readonly done: false; readonly job: JobView; readonly warnings: readonly string[] };

/** Vendors keep an accepted job's picture about this long, in milliseconds. */
const ACCEPTED_LIMIT = 3_600_000;
/** Between tries to reach a vendor that has accepted a job, in milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** How long the first request waits for the jobs of dead servers to be found, in seconds. */
const FIRST_LOOK_SECONDS = 1;

export class Studio {
  readonly jobs: Jobs;
  readonly #library: Library;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #queue: FairQueue;
  readonly #health: ProviderHealth;
  readonly #unsaved = new UnsavedPictures();
  readonly #onGeneration: (event: GenerationEvent) => void;
  #settings: StudioSettings;
  #firstLook: Promise<void> | undefined;

  constructor({ library, log, settings, now = Date.now, ...options }: StudioOptions) {
    this.#library = library;
    this.#log = log;
    this.#now = now;
    this.#settings = settings;
    this.#health = new ProviderHealth(now);
    this.#queue = new FairQueue({ limit: options.maxConcurrent, maxWaiting: options.maxQueue });
    this.#onGeneration = options.onGeneration ?? (() => {});
    this.jobs = new Jobs({ library, log, now });
  }

  get settings(): StudioSettings {
    return this.#settings;
  }

  /** Takes new settings for new requests; running ones keep the provider they began with. */
  reconfigure(settings: StudioSettings): void {
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
  async generate(wish: GenerateArguments, caller: Caller): Promise<Answer> {
    caller.signal.throwIfAborted();
    await this.#lookForDeadServers(caller.signal);
    const again = await this.jobs.again(wish, caller);
    if (again) return await this.#answer(again);
    const adopted = this.#settings.dedupe ? await this.jobs.adopt(wish, caller) : undefined;
    if (adopted) return await this.#answer(adopted, [adoptionOf(adopted.job)]);
    const { candidates, failover } = this.#settings;
    const choice = this.#choose(wish, candidates, failover);
    const others = failover && !choice.named ? [...candidates.on.values()] : [];
    const work: Work = (run) => this.#draw(run, choice, others);
    return await this.#answer(await this.jobs.start(wish, choice.provider.name, caller, work));
  }

  /** Waits for a job as `generate` would have. @throws {ImageError} as it would have. */
  async waitFor(id: string, caller: Caller): Promise<Answer> {
    return await this.#answer(await this.jobs.wait(id, caller));
  }

  /** Takes over what dead servers on this folder left. */
  async inherit(): Promise<void> {
    await this.jobs.inherit((record) => this.#resumption(record));
  }

  /** A picture's bytes, from disk or, when it could not be saved, from memory. */
  async bytesOf(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
    return this.#unsaved.get(picture.id)?.bytes ?? await this.#library.read(picture);
  }

  /** A picture by its id, while its record lives. */
  async find(id: string, ttlSeconds: number): Promise<Picture | undefined> {
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
  #choose(wish: GenerateArguments, candidates: Candidates, failover: boolean): Choice {
    const names = [...candidates.on.keys()];
    const resting = failover ? names.filter((name) => this.#health.isResting(name)) : [];
    const order = [...names.filter((name) => !resting.includes(name)), ...resting];
    const on = new Map(order.map((name) => [name, candidates.on.get(name)!]));
    const choice = choose(wish, { ...candidates, on });
    if (choice.named) return choice;
    const passedBy = names.slice(0, names.indexOf(choice.provider.name))
      .filter((name) => resting.includes(name))
      .map((name) =>
        `${name} failed three times in a row and rests for a moment, so it was not asked`
      );
    return { ...choice, warnings: [...passedBy, ...choice.warnings] };
  }

  /** Draws with the chosen provider, or while that is down with the next of the others. */
  async #draw(
    run: JobRun,
    choice: Choice,
    others: readonly ImageProvider[],
  ): Promise<JobOutcome> {
    const tried = new Set<ImageProvider>();
    const detours: string[] = [];
    for (let current = choice;;) {
      const { name } = current.provider;
      tried.add(current.provider);
      try {
        const outcome = await this.#drawWith(run, current);
        return { ...outcome, warnings: [...detours, ...outcome.warnings] };
      } catch (error) {
        const next = mayMoveOn(error, name, run) && this.#nextChoice(choice, run, others, tried);
        if (!next) throw withDetours(error, detours);
        detours.push(
          `${name} could not draw it, so another provider was asked: ${messageOf(error)}`,
        );
        this.#log.warning("Trying another provider", {
          job: run.id,
          from: name,
          to: next.provider.name,
          reason: messageOf(error),
        });
        current = next;
      }
    }
  }

  /** The request in the words of the next provider that can take it. */
  #nextChoice(
    choice: Choice,
    { wish }: JobRun,
    others: readonly ImageProvider[],
    tried: Set<ImageProvider>,
  ): Choice | undefined {
    for (const provider of others) {
      if (tried.has(provider) || this.#health.isResting(provider.name)) continue;
      try {
        return translate(choice, wish, provider);
      } catch (error) {
        if (!(error instanceof ImageError)) throw error;
        tried.add(provider); // the request is too much for it
      }
    }
  }

  /** As many calls as the provider needs for `count` pictures; some failing still gives the others. */
  async #drawWith(run: JobRun, { provider, request, warnings }: Choice): Promise<JobOutcome> {
    const calls = splitCount(request, provider).map((call) => ({
      call,
      part: this.#newPart(provider, call),
    }));
    run.parts.push(...calls.map(({ part }) => part));
    run.report("Waiting for its turn", provider.name);
    const results = await Promise.allSettled(
      calls.map(({ call, part }) => this.#drawPart(run, provider, call, part)),
    );
    const outcome = outcomeOf(results, request.count);
    return { ...outcome, warnings: [...warnings, ...outcome.warnings] };
  }

  #newPart(provider: ImageProvider, { count }: ImageRequest): JobPart {
    const imageIds = Array.from({ length: count }, () => newPictureId(provider.name, this.#now()));
    return { provider: provider.name, imageIds, state: "waiting" };
  }

  async #drawPart(
    run: JobRun,
    provider: ImageProvider,
    request: ImageRequest,
    part: JobPart,
  ): Promise<JobOutcome> {
    using _slot = await this.#enterQueue(run, provider);
    part.state = "sent";
    run.report(`Asking ${provider.name}`);
    await run.persist();
    run.signal.throwIfAborted();
    const work = (context: CallContext) => provider.generate(request, context);
    return await this.#callVendor(run, provider, part, request, work);
  }

  async #enterQueue(run: JobRun, provider: ImageProvider): Promise<Release> {
    let isNoted = false;
    return await this.#queue.enter({
      caller: run.callerKey,
      key: provider.name,
      keyLimit: provider.concurrency,
      signal: AbortSignal.any([run.signal, run.abandoned]),
      onPosition: (position) => {
        run.report(`Number ${position} in the queue for ${provider.name}`);
        if (!isNoted) void run.persist();
        isNoted = true;
      },
    });
  }

  /** One paid call under its time limit: what comes back is stored before anything is said of it. */
  async #callVendor(
    run: JobRun,
    provider: ImageProvider,
    part: JobPart,
    parameters: object,
    work: (context: CallContext) => Promise<ImageResult>,
  ): Promise<JobOutcome> {
    const { name } = provider;
    const started = performance.now();
    using limit = new TimeLimit(name, this.#settings.providerTimeoutSeconds * 1000);
    if (part.ticket !== undefined) limit.extend(ACCEPTED_LIMIT);
    let bytes = 0;
    let outcome = "ok";
    this.#health.begins(name);
    try {
      const result = await this.#untilFetched(run, provider, part, work, {
        signal: AbortSignal.any([run.signal, limit.signal]),
        wantsProgress: run.isWatched,
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
      this.#health.succeeded(name);
      return { imageIds, warnings: [...result.warnings, ...warnings] };
    } catch (error) {
      if (!run.signal.aborted && isEndAtVendor(error)) part.state = "failed";
      outcome = error instanceof ImageError ? error.code : "internal_error";
      if (error instanceof ImageError && isWorthAnotherProvider(error)) this.#health.failed(name);
      throw error;
    } finally {
      const seconds = (performance.now() - started) / 1000;
      this.#onGeneration({ provider: name, outcome, seconds, bytes });
    }
  }

  /** What a vendor has accepted is paid for, so no network that fails for a while ends it. */
  async #untilFetched(
    run: JobRun,
    provider: ImageProvider,
    part: JobPart,
    work: (context: CallContext) => Promise<ImageResult>,
    context: CallContext,
  ): Promise<ImageResult> {
    for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        return await work(context);
      } catch (error) {
        const { ticket } = part;
        const mayAskAgain = ticket !== undefined && provider.resume && mayStillCome(error);
        if (!mayAskAgain || context.signal.aborted) throw error;
        const reason = messageOf(error);
        this.#log.warning("An accepted job is asked for again", { job: run.id, reason });
        run.report(`${provider.name} has it and cannot be asked now; trying again: ${reason}`);
        await sleep(pause, context.signal);
        work = (context) => provider.resume!(ticket, context);
      }
    }
  }

  async #keep(
    run: JobRun,
    provider: ImageProvider,
    part: JobPart,
    parameters: object,
    result: ImageResult,
  ): Promise<JobOutcome> {
    const imageIds: string[] = [];
    const failures: unknown[] = [];
    for (const [index, image] of result.images.entries()) {
      const id = part.imageIds[index] ?? newPictureId(provider.name, this.#now());
      try {
        await this.#keepOne(id, image, run, provider, parameters, result);
        imageIds.push(id);
      } catch (error) {
        failures.push(error);
      }
    }
    if (imageIds.length === 0) throw failures[0];
    return { imageIds, warnings: failures.map(messageOf) };
  }

  async #keepOne(
    id: string,
    image: GeneratedImage,
    run: JobRun,
    provider: ImageProvider,
    parameters: object,
    { model, usage }: ImageResult,
  ): Promise<void> {
    const picture = await this.#library.save(image, {
      id,
      provider: provider.name,
      model,
      prompt: run.wish.prompt,
      filePrefix: run.wish.file_prefix,
      parameters: { ...parameters, job: run.id },
      usage,
    });
    if (picture.saveError !== null) this.#unsaved.add(picture, image.bytes);
  }

  /** The work that finishes a dead server's job, or why this server cannot. */
  #resumption({ id, parts }: JobRecord): Work | ImageError {
    const { on, off } = this.#settings.candidates;
    const missing = parts.filter(({ state }) => state === "accepted")
      .find(({ provider }) => !on.get(provider)?.resume);
    if (missing) return cannotResume(id, missing.provider, off.get(missing.provider) ?? []);
    return async (run) => {
      const open = run.parts.filter(({ state }) => state !== "failed");
      if (open.length === 0) throw interrupted(run.id, "the vendor", "waiting");
      const results = await Promise.allSettled(open.map((part) => this.#finishPart(run, part)));
      return outcomeOf(results, run.wish.n ?? 1);
    };
  }

  /** What a dead server left of one call: pictures it had stored, a job at the vendor, or nothing. */
  async #finishPart(run: JobRun, part: JobPart): Promise<JobOutcome> {
    const found = await Promise.all(part.imageIds.map((id) => this.#library.find(id, Infinity)));
    const imageIds = found.flatMap((picture) => picture?.id ?? []);
    const isWhole = imageIds.length === part.imageIds.length;
    if (isWhole || (imageIds.length > 0 && part.state !== "accepted")) {
      part.state = "stored";
      return { imageIds, warnings: [] };
    }
    const provider = this.#settings.candidates.on.get(part.provider);
    if (part.state !== "accepted" || !provider?.resume) {
      throw interrupted(run.id, part.provider, part.state);
    }
    run.report(`Asking ${provider.name} for what it drew`);
    const work = (context: CallContext) => provider.resume!(part.ticket!, context);
    return await this.#callVendor(run, provider, part, run.wish, work);
  }
}

/** `count` pictures as calls of at most what the provider gives at once, each with its own seeds. */
function splitCount(request: ImageRequest, provider: ImageProvider): readonly ImageRequest[] {
  const { maxCount, seed: bounds } = provider.capabilities(request.model);
  const calls: ImageRequest[] = [];
  for (let done = 0; done < request.count; done += maxCount) {
    const count = Math.min(maxCount, request.count - done);
    const seed = request.seed === undefined ? {} : { seed: seedAfter(request.seed, done, bounds) };
    calls.push({ ...request, count, ...seed });
  }
  return calls;
}

/** The seed `steps` further on, beginning anew after the largest. */
function seedAfter(seed: number, steps: number, bounds: Capabilities["seed"]): number {
  if (!bounds) return seed;
  const { minimum, maximum } = bounds;
  return minimum + (seed - minimum + steps) % (maximum - minimum + 1);
}

/** All the pictures that were made, with a word about the others. @throws where none was. */
function outcomeOf(
  results: readonly PromiseSettledResult<JobOutcome>[],
  wanted: number,
): JobOutcome {
  const good = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const bad = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
  const imageIds = good.flatMap((outcome) => outcome.imageIds);
  // One refusal is reason enough not to ask another provider.
  if (imageIds.length === 0) throw bad.find((error) => !isProvidersTrouble(error)) ?? bad[0];
  const reasons = new Set(bad.map(messageOf));
  const missing = [...reasons].map((reason) =>
    `${imageIds.length} of ${wanted} pictures were made; the others failed: ${reason}`
  );
  return { imageIds, warnings: [...new Set(good.flatMap(({ warnings }) => warnings)), ...missing] };
}

function isProvidersTrouble(error: unknown): error is ImageError {
  return error instanceof ImageError && isWorthAnotherProvider(error);
}

/** Never when the provider has the job, or when nobody is there any more to want it from another. */
function mayMoveOn(error: unknown, provider: string, { parts, isWanted, signal }: JobRun): boolean {
  const isTaken = parts.some((part) => part.provider === provider && part.ticket !== undefined);
  return isProvidersTrouble(error) && !isTaken && isWanted && !signal.aborted;
}

/** The error that ended it, with a word about the providers that were tried before. */
function withDetours(error: unknown, detours: readonly string[]): unknown {
  if (!(error instanceof ImageError) || detours.length === 0) return error;
  const { code, message, details } = error;
  return new ImageError(code, `${message}. Before that: ${detours.join("; ")}`, details, {
    cause: error,
  });
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

function adoptionOf({ id }: JobView): string {
  return `The same request was already running as job ${id}, so it was not paid for twice`;
}

function cannotResume(id: string, provider: string, missing: readonly string[]): ImageError {
  const way = missing.length > 0 ? `Set ${missing.join("; ")}` : "Turn it on";
  return new ImageError(
    "provider_unavailable",
    `Job '${id}' was accepted by ${provider}, which is not configured on this server. ${way} and ` +
      "ask for the job again soon: vendors keep pictures for about a day",
    { job: id, provider, missing },
  );
}

/** Why a call of a dead server gives no picture. */
function interrupted(id: string, provider: string, state: JobPart["state"]): ImageError {
  const wasSent = state !== "waiting";
  return new ImageError(
    "interrupted",
    wasSent
      ? `The server stopped while ${provider} was drawing; the picture cannot be fetched any more ` +
        "and may have been charged. It is not asked for again by itself"
      : "The server stopped before this was sent to a vendor; nothing was charged for it. Ask again",
    { job: id, provider, may_be_charged: wasSent },
  );
}
