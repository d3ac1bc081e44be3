/** What all calls to vendors have in common, whatever is made: progress, tickets, time limits and cancels. */

import { type ErrorCode, ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { CallContext } from "../providers/provider.ts";
import { sleep } from "../sleep.ts";
import type { ProviderCall } from "../storage/records/records.ts";
import type { JobRun } from "./job.ts";

/** Who is asked for what, and until when. */
export interface Asked {
  readonly run: JobRun;
  readonly provider: string;
  readonly call: ProviderCall;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Between tries to reach a vendor that has accepted a job, in milliseconds. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** How long a vendor may take to cancel a job, in milliseconds. */
const CANCEL_TIME = 10_000;

/** What a provider gets beside the request; what it accepts is recorded, and `onAccepted` told. */
export function contextOf(
  run: JobRun,
  provider: string,
  call: ProviderCall,
  signal: AbortSignal,
  onAccepted: () => void,
): CallContext {
  return {
    signal,
    wantsProgress: run.hasListeners,
    onProgress: ({ message }) => run.report(message),
    onPartialImage: run.showPartialImage,
    onAccepted(ticket) {
      call.ticket = ticket;
      call.state = "accepted";
      run.report(`${provider} has accepted the request`);
      void run.persist();
      onAccepted();
    },
  };
}

/**
 * What `ask` comes to: what a vendor has accepted is paid for, so no network that fails for a while
 * ends it where it can be asked for again.
 */
export async function untilFetched<Result>(
  { run, provider, call, signal, log }: Asked,
  canResume: boolean,
  ask: () => Promise<Result>,
): Promise<Result> {
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    try {
      return await ask();
    } catch (error) {
      const mayAskAgain = call.ticket !== undefined && canResume && mayStillCome(error);
      if (!mayAskAgain || signal.aborted) throw error;
      const reason = messageOf(error);
      log.warning("An accepted job is asked for again", { job: run.id, reason });
      run.report(`${provider} has it and cannot be asked now; trying again: ${reason}`);
      await sleep(pause, signal);
    }
  }
}

/** Tells the vendor that nobody wants what it has accepted, where it can be told. */
export async function cancelAtVendor(
  run: JobRun,
  { ticket, provider }: ProviderCall,
  vendor: { cancel?(ticket: string, signal: AbortSignal): Promise<void> },
  log: Logger,
): Promise<void> {
  if (ticket === undefined || !vendor.cancel) return;
  try {
    await vendor.cancel(ticket, AbortSignal.timeout(CANCEL_TIME));
  } catch (error) {
    log.warning("A vendor did not take the cancel of a job", {
      job: run.id,
      provider,
      reason: messageOf(error),
    });
  }
}

/** Whether somebody stopped the job; a server that stops leaves what a vendor has to the next one. */
export function isCancelled({ signal }: JobRun): boolean {
  return signal.aborted && signal.reason instanceof ImageError &&
    signal.reason.code === "cancelled";
}

/** Whether an accepted job's result may still be fetched in spite of this error. */
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
export function isEndAtVendor(error: unknown): boolean {
  if (!(error instanceof ImageError)) return false;
  const { code, details } = error;
  return code === "network_error" ? details.connected === false : code !== "timeout";
}
