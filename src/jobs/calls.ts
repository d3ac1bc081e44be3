/** What the calls of a job tell of it. */

import type { JobState, ProviderCall } from "../storage/records/records.ts";

/** The state of a job that is not over, by its calls. */
export function activeStateOf(calls: readonly ProviderCall[]): JobState {
  if (calls.some(({ state }) => state === "accepted")) return "accepted";
  return calls.some(({ state }) => state === "sent" || state === "stored") ? "running" : "queued";
}

/** Whether a vendor may ask money for what it was sent. */
export function mayBeCharged(calls: readonly ProviderCall[]): boolean {
  return providersAtWork(calls).length > 0;
}

/** The providers that may ask money for what they were sent. */
export function providersAtWork(calls: readonly ProviderCall[]): readonly string[] {
  const sent = calls.filter(({ state }) => state !== "waiting" && state !== "failed");
  return [...new Set(sent.map(({ provider }) => provider))];
}
