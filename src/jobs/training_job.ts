/** A job that trains a model: sent to the vendor, waited for through restarts, recorded under its name. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { ImageProvider } from "../providers/provider.ts";
import type { TrainedModel, Trainer } from "../providers/training.ts";
import type { PlannedTraining } from "../requests/request.ts";
import { beginningOf } from "../requests/training.ts";
import type { ProviderSet } from "../requests/route.ts";
import {
  ACTIVE_STATES,
  type JobOutcome,
  type JobRecord,
  type ProviderCall,
} from "../storage/records/records.ts";
import type { Storage } from "../storage/storage.ts";
import { withBytes } from "./input_bytes.ts";
import type { JobRun, Work } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import type { FairQueue } from "./queue.ts";
import { TimeLimit } from "./time_limit.ts";
import {
  cancelAtVendor,
  contextOf,
  isCancelled,
  isEndAtVendor,
  untilFetched,
} from "./vendor_call.ts";

export interface TrainingDependencies {
  readonly storage: Storage;
  /** The turns of those that send pictures, all of which are in memory then. */
  readonly sending: FairQueue;
  readonly log: Logger;
  readonly now: () => number;
}

/** Unfinished jobs of one owner that are looked at. */
const MOST_JOBS = 1_000;
/** In milliseconds, until a vendor has all pictures and has accepted them. */
const SENDING_LIMIT = 900_000;
/** How long an accepted training may take, in milliseconds. */
const TRAINING_LIMIT = 86_400_000;

/** @throws {ImageError} where a job of this owner is training a model of that name already. */
export async function checkIsFree(name: string, owner: string, jobs: Jobs): Promise<void> {
  const active = await jobs.list(owner, MOST_JOBS, ACTIVE_STATES);
  const other = active.find(({ prompt }) => prompt.startsWith(beginningOf(name)));
  if (!other) return;
  throw new ImageError(
    "invalid_parameters",
    `A model '${name}' is being trained already, by job '${other.id}': wait for that one, or choose another name`,
    { job: other.id },
  );
}

/** The work that sends a planned training to its provider and waits for the model. */
export function trainingWork(
  provider: ImageProvider & { readonly trainer: Trainer },
  dependencies: TrainingDependencies,
): Work {
  const { name } = provider;
  return async (run) => {
    const call: ProviderCall = { provider: name, imageIds: [], state: "waiting" };
    run.calls.push(call);
    run.report("Waiting for its turn", name);
    using turn = await dependencies.sending.enter({
      caller: run.callerKey,
      key: name,
      signal: AbortSignal.any([run.signal, run.allCallersGone]),
      onPosition: () => void run.persist(),
    });
    call.state = "sent";
    run.report(`Sending the pictures to ${name}`);
    if (!await run.persist()) throw unrecordable(call);
    run.signal.throwIfAborted();
    return await train(run, provider.trainer, call, dependencies, turn);
  };
}

/** The work that finishes a dead server's training, or why these providers cannot. */
export function continueTraining(
  { id, calls }: JobRecord,
  { on, off }: ProviderSet,
  dependencies: TrainingDependencies,
): Work | ImageError {
  const call = calls.find(({ state }) => state === "accepted");
  if (!call) {
    const wasSent = calls.some(({ state }) => state === "sent");
    return () => Promise.reject(interrupted(id, calls[0]?.provider ?? "the vendor", wasSent));
  }
  const { provider } = call;
  const trainer = on.get(provider)?.trainer;
  if (!trainer) return cannotResume(id, provider, off.get(provider) ?? []);
  return async (run) => {
    const own = run.calls.find(({ state }) => state === "accepted")!;
    run.report(`Asking ${provider} for the model`);
    return await train(run, trainer, own, dependencies);
  };
}

/** `onAccepted` is told when the pictures are needed no more. */
async function train(
  run: JobRun,
  trainer: Trainer,
  call: ProviderCall,
  dependencies: TrainingDependencies,
  onAccepted = () => {},
): Promise<JobOutcome> {
  const { provider } = call;
  const { training, attempts: [{ request, warnings }] } = run.plan;
  const { log, storage } = dependencies;
  using limit = new TimeLimit(provider, SENDING_LIMIT);
  if (call.ticket !== undefined) limit.extend(TRAINING_LIMIT);
  try {
    const signal = AbortSignal.any([run.signal, limit.signal]);
    const context = contextOf(run, provider, call, signal, () => {
      limit.extend(TRAINING_LIMIT);
      onAccepted();
    });
    const trained = await untilFetched({ run, provider, call, signal, log }, true, async () => {
      if (call.ticket !== undefined) return await trainer.resume(call.ticket, context);
      const { inputs: pictures } = await withBytes(request, storage.inputs, signal);
      return await trainer.train({ ...training!, pictures }, context);
    });
    await record(run, training!, trained, provider, dependencies);
    call.state = "stored";
    return { imageIds: [], model: training!.name, warnings: [...warnings, ...trained.warnings] };
  } catch (error) {
    if (isCancelled(run)) await cancelAtVendor(run, call, trainer, log);
    else if (!run.signal.aborted && isEndAtVendor(error)) call.state = "failed";
    throw error;
  }
}

async function record(
  { owner }: JobRun,
  { name, triggerWord }: PlannedTraining,
  { model, options = {} }: TrainedModel,
  provider: string,
  { storage, now }: TrainingDependencies,
): Promise<void> {
  try {
    const { models } = await storage.records();
    await models.save({ name, owner, provider, model, options, triggerWord, createdAt: now() });
  } catch (error) {
    throw new ImageError(
      "internal_error",
      `The model is trained and cannot be recorded as '${name}': ${messageOf(error)}. It can be ` +
        `drawn with as model '${model}' of ${provider}, with '${triggerWord}' in the prompt`,
      { provider, model },
      { cause: error },
    );
  }
}

/** Nobody could wait for it after a crash, and it costs too much for that. */
function unrecordable(call: ProviderCall): ImageError {
  call.state = "waiting";
  return new ImageError(
    "internal_error",
    "Nothing was sent to a vendor, since jobs cannot be recorded now: try again in a moment",
  );
}

function cannotResume(id: string, provider: string, missing: readonly string[]): ImageError {
  const way = missing.length > 0 ? `Set ${missing.join("; ")}` : "Turn it on";
  return new ImageError(
    "provider_unavailable",
    `Job '${id}' trains a model at ${provider}, which is not configured on this server. ${way} ` +
      "and ask for the job again",
    { job: id, provider, missing },
  );
}

function interrupted(id: string, provider: string, wasSent: boolean): ImageError {
  return new ImageError(
    "interrupted",
    wasSent
      ? `The server stopped while the pictures were sent to ${provider}; whether a model is trained ` +
        "there, and may be charged, is to be seen at the provider. It is not begun again by itself"
      : "The server stopped before anything was sent to a vendor; nothing was charged. Ask again",
    { job: id, provider, may_be_charged: wasSent },
  );
}
