/** Finishes what a dead server left of a job: what it had stored, what a vendor had accepted, and what no vendor has seen. */

import { ImageError } from "../errors.ts";
import type { ImageProvider } from "../providers/provider.ts";
import type { PlannedRequest } from "../requests/request.ts";
import type { ProviderSet } from "../requests/route.ts";
import type { JobOutcome, JobRecord, ProviderCall } from "../storage/records/records.ts";
import { type CallDependencies, callProvider } from "./call_provider.ts";
import type { JobRun, Work } from "./job.ts";
import { retryWhileAway } from "./retry_while_away.ts";
import { outcomeOf, type RunDependencies, runPlan } from "./run_plan.ts";

/** The work that finishes a dead server's job, or why these providers cannot. */
export function continueJob(
  { id, calls, plan: { attempts } }: JobRecord,
  { on, off }: ProviderSet,
  dependencies: RunDependencies,
): Work | ImageError {
  // Where every call is recorded before it is sent, what waits in the records was sent to nobody.
  if (dependencies.mustBeRecorded && calls.every(({ state }) => state === "waiting")) {
    return attempts.some(({ provider }) => on.has(provider))
      ? (run) => runAnew(run, on, dependencies)
      : cannotDraw(id, attempts[0].provider, off.get(attempts[0].provider) ?? []);
  }
  const missing = calls.filter(({ state }) => state === "accepted")
    .find(({ provider }) => !on.get(provider)?.resume);
  if (missing) return cannotResume(id, missing.provider, off.get(missing.provider) ?? []);
  return async (run) => {
    const open = run.calls.filter(({ state }) => state !== "failed");
    if (open.length === 0) throw interrupted(run.id, "the vendor", "waiting");
    const results = await Promise.allSettled(
      open.map((call) => finishCall(run, call, on.get(call.provider), dependencies)),
    );
    return outcomeOf(results, run.plan.request.count);
  };
}

function runAnew(
  run: JobRun,
  providers: ProviderSet["on"],
  dependencies: RunDependencies,
): Promise<JobOutcome> {
  run.calls.length = 0;
  return runPlan(run, providers, dependencies);
}

/** What a dead server left of one call: pictures it had stored, a job at the vendor, or nothing. */
async function finishCall(
  run: JobRun,
  call: ProviderCall,
  provider: ImageProvider | undefined,
  dependencies: CallDependencies,
): Promise<JobOutcome> {
  const { images } = dependencies;
  const found = await retryWhileAway(
    run,
    () => Promise.all(call.imageIds.map((id) => images.find(id, run.owner))),
  );
  const imageIds = found.flatMap((image) => image?.id ?? []);
  const isWhole = imageIds.length === call.imageIds.length;
  if (isWhole || (imageIds.length > 0 && call.state !== "accepted")) {
    call.state = "stored";
    return { imageIds, warnings: [] };
  }
  if (call.state !== "accepted" || !provider?.resume) {
    throw interrupted(run.id, call.provider, call.state);
  }
  run.report(`Asking ${provider.name} for what it drew`);
  return await callProvider(run, provider, requestOf(run, call), call, dependencies);
}

/** What the vendor was asked, as the plan has it. */
function requestOf(
  { plan: { attempts } }: JobRun,
  { provider, imageIds }: ProviderCall,
): PlannedRequest {
  const attempt = attempts.find((each) => each.provider === provider) ?? attempts[0];
  return { ...attempt.request, count: imageIds.length };
}

function cannotResume(id: string, provider: string, missing: readonly string[]): ImageError {
  return new ImageError(
    "provider_unavailable",
    `Job '${id}' was accepted by ${provider}, which is not configured on this server. ` +
      `${wayOn(missing)} and ask for the job again soon: vendors keep pictures for about a day`,
    { job: id, provider, missing },
  );
}

function cannotDraw(id: string, provider: string, missing: readonly string[]): ImageError {
  return new ImageError(
    "provider_unavailable",
    `Job '${id}' waits for ${provider}, which is not configured on this server. ` +
      `${wayOn(missing)} and ask for the job again`,
    { job: id, provider, missing },
  );
}

function wayOn(missing: readonly string[]): string {
  return missing.length > 0 ? `Set ${missing.join("; ")}` : "Turn it on";
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
