/** Runs a job's plan: an attempt in as many calls as it needs, and the next attempt where a provider is down. */

import { ImageError, messageOf } from "../errors.ts";
import type { Capabilities, ImageProvider } from "../providers/provider.ts";
import type { Attempt, PlannedRequest } from "../requests/request.ts";
import { newImageId } from "../storage/image_repository.ts";
import type { JobOutcome, ProviderCall } from "../storage/records/records.ts";
import { type CallDependencies, callProvider } from "./call_provider.ts";
import type { JobRun } from "./job.ts";
import { type MarkDependencies, markSent } from "./mark_sent.ts";
import { retryWhileAway } from "./retry_while_away.ts";
import { isWorthAnotherProvider } from "./provider_health.ts";
import type { Queue, Release } from "./queue.ts";

export interface RunDependencies extends CallDependencies, MarkDependencies {
  readonly queue: Queue;
}

/** The providers there are, by name; attempts with others are left out. */
export type Providers = ReadonlyMap<string, ImageProvider>;

/** Makes the attempts of a plan one after another until one gives a picture. @throws what the last one threw. */
export async function runPlan(
  run: JobRun,
  providers: Providers,
  dependencies: RunDependencies,
): Promise<JobOutcome> {
  const { health, log } = dependencies;
  const detours: string[] = [];
  const attempts = run.plan.attempts.filter(({ provider }) => providers.has(provider));
  for (let attempt = attempts.shift()!;;) {
    const name = attempt.provider;
    try {
      const outcome = await makeAttempt(run, attempt, providers.get(name)!, dependencies);
      return { ...outcome, warnings: [...detours, ...outcome.warnings] };
    } catch (error) {
      const isAwake = ({ provider }: Attempt) => !health.isResting(provider);
      const next = mayMoveOn(error, name, run) ? attempts.find(isAwake) : undefined;
      if (!next) throw withDetours(error, detours);
      const reason = messageOf(error);
      detours.push(`${name} could not draw it, so another provider was asked: ${reason}`);
      log.warning("Trying another provider", {
        job: run.id,
        from: name,
        to: next.provider,
        reason,
      });
      attempts.splice(0, attempts.indexOf(next) + 1);
      attempt = next;
    }
  }
}

/** All the pictures that were made, with a word about the others. @throws where none was. */
export function outcomeOf(
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

/** As many calls as the provider needs for `count` pictures; some failing still gives the others. */
async function makeAttempt(
  run: JobRun,
  { request, warnings }: Attempt,
  provider: ImageProvider,
  dependencies: RunDependencies,
): Promise<JobOutcome> {
  const requests = splitCount(request, provider);
  const calls = requests.map(({ count }) => newCall(provider, count, dependencies.now()));
  run.calls.push(...calls);
  run.report("Waiting for its turn", provider.name);
  const results = await Promise.allSettled(
    requests.map((each, index) => callInTurn(run, provider, each, calls[index]!, dependencies)),
  );
  const outcome = outcomeOf(results, request.count);
  return { ...outcome, warnings: [...warnings, ...outcome.warnings] };
}

/** `count` pictures as requests of at most what the provider gives at once, each with its own seeds. */
function splitCount(request: PlannedRequest, provider: ImageProvider): readonly PlannedRequest[] {
  const capabilities = provider.capabilities(request.model);
  const { seed: bounds } = capabilities;
  const most = mostOfOneCall(request, capabilities);
  const requests: PlannedRequest[] = [];
  for (let done = 0; done < request.count; done += most) {
    const count = Math.min(most, request.count - done);
    const seed = request.seed === undefined ? {} : { seed: seedAfter(request.seed, done, bounds) };
    requests.push({ ...request, count, ...seed });
  }
  return requests;
}

function mostOfOneCall({ inputs }: PlannedRequest, { maxCount, inputs: rules }: Capabilities) {
  const { maxTogether = 0 } = inputs.length > 0 && rules ? rules : {};
  return Math.max(maxCount, maxTogether - inputs.length);
}

/** The seed `steps` further on, beginning anew after the largest. */
function seedAfter(seed: number, steps: number, bounds: Capabilities["seed"]): number {
  if (!bounds) return seed;
  const { minimum, maximum } = bounds;
  return minimum + (seed - minimum + steps) % (maximum - minimum + 1);
}

function newCall({ name }: ImageProvider, count: number, now: number): ProviderCall {
  const imageIds = Array.from({ length: count }, () => newImageId(name, now));
  return { provider: name, imageIds, state: "waiting" };
}

async function callInTurn(
  run: JobRun,
  provider: ImageProvider,
  request: PlannedRequest,
  call: ProviderCall,
  dependencies: RunDependencies,
): Promise<JobOutcome> {
  using _slot = await retryWhileAway(run, () => enterQueue(run, provider, dependencies.queue));
  await retryWhileAway(run, () => markSent(run, call, dependencies));
  return await callProvider(run, provider, request, call, dependencies);
}

async function enterQueue(
  run: JobRun,
  provider: ImageProvider,
  queue: Queue,
): Promise<Release> {
  let isNoted = false;
  return await queue.enter({
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

function isProvidersTrouble(error: unknown): error is ImageError {
  return error instanceof ImageError && isWorthAnotherProvider(error);
}

/** Never when the provider has the job, or when nobody is there any more to want it from another. */
function mayMoveOn(error: unknown, provider: string, { calls, isNeeded, signal }: JobRun): boolean {
  const isTaken = calls.some((call) => call.provider === provider && call.ticket !== undefined);
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
