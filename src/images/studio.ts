/** The use case: choose a provider, check the request, generate, keep the pictures. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  ImageResult,
} from "../providers/provider.ts";
import {
  type Candidates,
  type Choice,
  choose,
  type GenerateArguments,
  translate,
} from "./choice.ts";
import { isWorthAnotherProvider, ProviderHealth } from "./health.ts";
import { type Caller, type JobRun, Jobs, type JobView, type Waited, type Work } from "./jobs.ts";
import type { JobOutcome, JobPart, JobRecord } from "./job_store.ts";
import { type Library, newPictureId, type Picture } from "./library.ts";
import { FairQueue } from "./queue.ts";

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
  | { readonly done: false; readonly job: JobView };

/** How long a picture that could not be saved stays in memory, in milliseconds. */
const KEEP_UNSAVED = 600_000;
/** Vendors keep an accepted job's picture about this long, in milliseconds. */
const ACCEPTED_LIMIT = 3_600_000;

export class Studio {
  readonly jobs: Jobs;
  readonly #library: Library;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #queue: FairQueue;
  readonly #health = new ProviderHealth();
  readonly #unsaved = new Map<string, { picture: Picture; bytes: Uint8Array<ArrayBuffer> }>();
  readonly #onGeneration: (event: GenerationEvent) => void;
  #settings: StudioSettings;

  constructor({ library, log, settings, now = Date.now, ...options }: StudioOptions) {
    this.#library = library;
    this.#log = log;
    this.#now = now;
    this.#settings = settings;
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
    const { candidates, dedupe, failover } = this.#settings;
    const adopted = await this.jobs.adopt(wish, caller, { abandonedToo: dedupe });
    if (adopted) return await this.#answer(adopted);
    const choice = choose(wish, this.#rested(candidates));
    const work: Work = (run) => this.#draw(run, choice, candidates, failover);
    return await this.#answer(await this.jobs.start(wish, choice.provider.name, caller, work));
  }

  /** Waits for a job as `generate` would have. */
  async waitFor(id: string, caller: Caller): Promise<Answer> {
    return await this.#answer(await this.jobs.wait(id, caller));
  }

  /** Takes over what dead servers on this folder left; returns how many jobs go on here. */
  async inherit(): Promise<number> {
    return await this.jobs.inherit((record) => this.#resumption(record));
  }

  /** A picture's bytes, from disk or, when it could not be saved, from memory. */
  async bytesOf(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
    return this.#unsaved.get(picture.id)?.bytes ?? await this.#library.read(picture);
  }

  /** A picture by its id, while its record lives. */
  async find(id: string, ttlSeconds: number): Promise<Picture | undefined> {
    return this.#unsaved.get(id)?.picture ?? await this.#library.find(id, ttlSeconds);
  }

  async #answer(waited: Waited): Promise<Answer> {
    if (!waited.done) return { done: false, job: waited.job };
    const { imageIds, warnings, error } = waited.outcome;
    if (error) throw new ImageError(error.code, error.message, error.details);
    const found = await Promise.all(imageIds.map((id) => this.find(id, Infinity)));
    const pictures = found.filter((picture) => picture !== undefined);
    const adoption = waited.job.adopted
      ? [`The same request was already running as ${waited.job.id}, so it was not paid for twice`]
      : [];
    return { done: true, pictures, warnings: [...warnings, ...adoption] };
  }

  /** Resting providers come last, so that `auto` passes them by and a name still reaches them. */
  #rested(candidates: Candidates): Candidates {
    const entries = [...candidates.on];
    const isResting = ([name]: [string, ImageProvider]) => this.#health.isResting(name);
    const on = [...entries.filter((entry) => !isResting(entry)), ...entries.filter(isResting)];
    return { ...candidates, on: new Map(on) };
  }

  /** Draws with the chosen provider, or with the next one when it is down and none was named. */
  async #draw(
    run: JobRun,
    choice: Choice,
    candidates: Candidates,
    failover: boolean,
  ): Promise<JobOutcome> {
    const tried = new Set<string>();
    const detours: string[] = [];
    for (let current = choice;;) {
      const { name } = current.provider;
      tried.add(name);
      try {
        const outcome = await this.#drawWith(run, current);
        return { ...outcome, warnings: [...detours, ...outcome.warnings] };
      } catch (error) {
        const mayMoveOn = failover && !choice.named && error instanceof ImageError &&
          isWorthAnotherProvider(error);
        const next = mayMoveOn ? this.#next(candidates, tried) : undefined;
        if (!next) throw error;
        detours.push(`${name} could not draw it (${messageOf(error)}), so ${next.name} did`);
        this.#log.warning("Trying another provider", { job: run.id, from: name, to: next.name });
        current = translate(choice, run.wish, next);
      }
    }
  }

  #next(candidates: Candidates, tried: ReadonlySet<string>): ImageProvider | undefined {
    return [...candidates.on.values()]
      .find(({ name }) => !tried.has(name) && !this.#health.isResting(name));
  }

  /** As many calls as the provider needs for `count` pictures; some failing still gives the others. */
  async #drawWith(run: JobRun, choice: Choice): Promise<JobOutcome> {
    const { provider, request } = choice;
    const { maxCount } = provider.capabilities(request.model);
    const calls = splitCount(request, maxCount).map((call) => ({
      call,
      part: this.#newPart(provider, call),
    }));
    run.parts.push(...calls.map(({ part }) => part));
    run.report("Waiting for its turn", "queued", provider.name);
    const results = await Promise.allSettled(
      calls.map(({ call, part }) => this.#drawPart(run, provider, call, part)),
    );
    const outcome = outcomeOf(results, request.count);
    return { ...outcome, warnings: [...choice.warnings, ...outcome.warnings] };
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
    const release = await this.#enterQueue(run, provider);
    try {
      part.state = "sent";
      run.report(`Asking ${provider.name}`, "running");
      await run.persist();
      run.signal.throwIfAborted();
      const work = (context: CallContext) => provider.generate(request, context);
      return await this.#callVendor(run, provider, part, request, work);
    } finally {
      release();
    }
  }

  async #resumePart(run: JobRun, provider: ImageProvider, part: JobPart): Promise<JobOutcome> {
    const release = await this.#enterQueue(run, provider);
    try {
      run.report(`Asking ${provider.name} for what it drew`, "accepted");
      const work = (context: CallContext) => provider.resume!(part.ticket!, context);
      return await this.#callVendor(run, provider, part, run.wish, work);
    } finally {
      release();
    }
  }

  #enterQueue(run: JobRun, provider: ImageProvider): Promise<() => void> {
    return this.#queue.enter({
      caller: run.callerKey,
      key: provider.name,
      keyLimit: provider.concurrency,
      signal: AbortSignal.any([run.signal, run.abandoned]),
      onPosition: (position) => run.report(`Number ${position} in the queue for ${provider.name}`),
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
    const started = performance.now();
    using limit = new TimeLimit(provider.name, this.#settings.providerTimeoutSeconds * 1000);
    if (part.ticket !== undefined) limit.extend(ACCEPTED_LIMIT);
    let bytes = 0;
    let outcome = "ok";
    try {
      const result = await work({
        signal: AbortSignal.any([run.signal, limit.signal]),
        wantsProgress: run.wantsProgress,
        onProgress: ({ message }) => run.report(message),
        onAccepted: (ticket) => {
          part.ticket = ticket;
          part.state = "accepted";
          run.report(`${provider.name} has accepted the request`, "accepted");
          run.persistNow();
          limit.extend(ACCEPTED_LIMIT);
        },
      });
      const imageIds = await this.#keep(run, provider, part, parameters, result);
      part.state = "stored";
      bytes = result.images.reduce((sum, image) => sum + image.bytes.length, 0);
      this.#health.succeeded(provider.name);
      return { imageIds, warnings: result.warnings };
    } catch (error) {
      part.state = "failed";
      outcome = error instanceof ImageError ? error.code : "internal_error";
      if (error instanceof ImageError && isWorthAnotherProvider(error)) {
        this.#health.failed(provider.name);
      }
      throw error;
    } finally {
      const seconds = (performance.now() - started) / 1000;
      this.#onGeneration({ provider: provider.name, outcome, seconds, bytes });
    }
  }

  async #keep(
    run: JobRun,
    provider: ImageProvider,
    part: JobPart,
    parameters: object,
    result: ImageResult,
  ): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const [index, image] of result.images.entries()) {
      const picture = await this.#library.save(image, {
        id: part.imageIds[index] ?? newPictureId(provider.name, this.#now()),
        provider: provider.name,
        model: result.model,
        prompt: run.wish.prompt,
        filePrefix: run.wish.file_prefix,
        parameters: { ...parameters, job: run.id },
        usage: result.usage,
      });
      if (picture.saveError !== null) this.#keepInMemory(picture, image.bytes);
      ids.push(picture.id);
    }
    return ids;
  }

  #keepInMemory(picture: Picture, bytes: Uint8Array<ArrayBuffer>): void {
    this.#unsaved.set(picture.id, { picture, bytes });
    const timer = setTimeout(() => this.#unsaved.delete(picture.id), KEEP_UNSAVED);
    Deno.unrefTimer(timer);
  }

  /** The work that finishes a dead server's job; undefined where its provider is not on here. */
  #resumption(record: JobRecord): Work | undefined {
    const provider = this.#settings.candidates.on.get(record.provider);
    const isAccepted = record.parts.some((part) => part.state === "accepted");
    if (isAccepted && !provider?.resume) return undefined;
    return async (run) => {
      const stored = run.parts.filter((part) => part.state === "stored");
      const accepted = run.parts.filter((part) => part.state === "accepted");
      const lost = run.parts.filter((part) => part.state === "sent" || part.state === "waiting");
      if (stored.length === 0 && accepted.length === 0) throw interrupted(record, lost);
      const results = await Promise.allSettled([
        ...stored.map(({ imageIds }) => Promise.resolve({ imageIds, warnings: [] })),
        ...accepted.map((part) => this.#resumePart(run, provider!, part)),
        ...lost.map((part) => Promise.reject<JobOutcome>(interrupted(record, [part]))),
      ]);
      return outcomeOf(results, run.parts.flatMap((part) => part.imageIds).length);
    };
  }
}

/** Aborts a call that takes too long, with the ImageError that says so. */
class TimeLimit implements Disposable {
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

/** `count` pictures as calls of at most `maxCount`, each with its own seeds. */
function splitCount(request: ImageRequest, maxCount: number): readonly ImageRequest[] {
  const calls: ImageRequest[] = [];
  for (let done = 0; done < request.count; done += maxCount) {
    const count = Math.min(maxCount, request.count - done);
    const seed = request.seed === undefined ? {} : { seed: request.seed + done };
    calls.push({ ...request, count, ...seed });
  }
  return calls;
}

function outcomeOf(
  results: readonly PromiseSettledResult<JobOutcome>[],
  wanted: number,
): JobOutcome {
  const good = results.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  const bad = results.filter((result) => result.status === "rejected").map(({ reason }) => reason);
  const imageIds = good.flatMap((outcome) => outcome.imageIds);
  if (imageIds.length === 0) throw bad[0];
  const reasons = new Set(bad.map(messageOf));
  const missing = [...reasons].map((reason) =>
    `${imageIds.length} of ${wanted} pictures were made; the others failed: ${reason}`
  );
  return { imageIds, warnings: [...new Set(good.flatMap(({ warnings }) => warnings)), ...missing] };
}

function interrupted(record: JobRecord, lost: readonly JobPart[]): ImageError {
  const wasSent = lost.some((part) => part.state === "sent");
  return new ImageError(
    "interrupted",
    wasSent
      ? `The server stopped while ${record.provider} was drawing; the picture cannot be fetched ` +
        "any more and may have been charged. It is not asked for again by itself"
      : "The server stopped before anything was sent to a vendor; nothing was charged. Ask again",
    { job: record.id, provider: record.provider, may_be_charged: wasSent },
  );
}
