/** Draws a job: in as many calls as it needs, by another provider when one is down, or what a dead server left. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Capabilities, ImageProvider, ImageRequest } from "../providers/provider.ts";
import type { Choice, ProviderSet } from "../requests/route.ts";
import { isWorthAnotherProvider, type ProviderHealth } from "./provider_health.ts";
import type { JobRun, Work } from "./job.ts";
import type { JobOutcome, JobRecord, ProviderCall } from "../storage/job_records.ts";
import { type Library, newImageId } from "../storage/image_store.ts";
import type { FairQueue, Release } from "./queue.ts";
import { translate } from "../requests/translate.ts";
import { type Asking, VendorCalls, type VendorCallsOptions } from "./call_provider.ts";

export interface DrawingOptions extends VendorCallsOptions {
  readonly queue: FairQueue;
}

export class Drawing {
  readonly #library: Library;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #queue: FairQueue;
  readonly #health: ProviderHealth;
  readonly #calls: VendorCalls;

  constructor(options: DrawingOptions) {
    this.#library = options.library;
    this.#log = options.log;
    this.#now = options.now;
    this.#queue = options.queue;
    this.#health = options.health;
    this.#calls = new VendorCalls(options);
  }

  /** Draws with the chosen provider, or while that is down with the next of the others. */
  async draw(
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

  /** The work that finishes a dead server's job, or why these candidates cannot. */
  resumption({ id, parts }: JobRecord, { on, off }: ProviderSet): Work | ImageError {
    const missing = parts.filter(({ state }) => state === "accepted")
      .find(({ provider }) => !on.get(provider)?.resume);
    if (missing) return cannotResume(id, missing.provider, off.get(missing.provider) ?? []);
    return async (run) => {
      const open = run.parts.filter(({ state }) => state !== "failed");
      if (open.length === 0) throw interrupted(run.id, "the vendor", "waiting");
      const results = await Promise.allSettled(
        open.map((part) => this.#finishPart(run, part, on.get(part.provider))),
      );
      return outcomeOf(results, run.wish.n ?? 1);
    };
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

  #newPart(provider: ImageProvider, { count }: ImageRequest): ProviderCall {
    const imageIds = Array.from({ length: count }, () => newImageId(provider.name, this.#now()));
    return { provider: provider.name, imageIds, state: "waiting" };
  }

  async #drawPart(
    run: JobRun,
    provider: ImageProvider,
    request: ImageRequest,
    part: ProviderCall,
  ): Promise<JobOutcome> {
    using _slot = await this.#enterQueue(run, provider);
    part.state = "sent";
    run.report(`Asking ${provider.name}`);
    await run.persist();
    run.signal.throwIfAborted();
    const ask: Asking = (context) => provider.generate(request, context);
    return await this.#calls.make(run, provider, part, request, ask);
  }

  async #enterQueue(run: JobRun, provider: ImageProvider): Promise<Release> {
    let isNoted = false;
    return await this.#queue.enter({
      caller: run.callerKey,
      key: provider.name,
      keyLimit: provider.concurrency,
      signal: AbortSignal.any([run.signal, run.allCallersGone]),
      onPosition: (position) => {
        run.report(`Number ${position} in the queue for ${provider.name}`);
        if (!isNoted) void run.persist();
        isNoted = true;
      },
    });
  }

  /** What a dead server left of one call: pictures it had stored, a job at the vendor, or nothing. */
  async #finishPart(
    run: JobRun,
    part: ProviderCall,
    provider: ImageProvider | undefined,
  ): Promise<JobOutcome> {
    const found = await Promise.all(part.imageIds.map((id) => this.#library.find(id, Infinity)));
    const imageIds = found.flatMap((picture) => picture?.id ?? []);
    const isWhole = imageIds.length === part.imageIds.length;
    if (isWhole || (imageIds.length > 0 && part.state !== "accepted")) {
      part.state = "stored";
      return { imageIds, warnings: [] };
    }
    if (part.state !== "accepted" || !provider?.resume) {
      throw interrupted(run.id, part.provider, part.state);
    }
    run.report(`Asking ${provider.name} for what it drew`);
    const ask: Asking = (context) => provider.resume!(part.ticket!, context);
    return await this.#calls.make(run, provider, part, run.wish, ask);
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
function mayMoveOn(error: unknown, provider: string, { parts, isNeeded, signal }: JobRun): boolean {
  const isTaken = parts.some((part) => part.provider === provider && part.ticket !== undefined);
  return isProvidersTrouble(error) && !isTaken && isNeeded && !signal.aborted;
}

/** The error that ended it, with a word about the providers that were tried before. */
function withDetours(error: unknown, detours: readonly string[]): unknown {
  if (!(error instanceof ImageError) || detours.length === 0) return error;
  const { code, message, details } = error;
  return new ImageError(code, `${message}. Before that: ${detours.join("; ")}`, details, {
    cause: error,
  });
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
function interrupted(id: string, provider: string, state: ProviderCall["state"]): ImageError {
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
