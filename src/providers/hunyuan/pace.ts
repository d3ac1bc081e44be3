/** Keeps a vendor's limit of requests per second. */

import { sleep } from "../../sleep.ts";
import type { ProviderDependencies } from "../provider.ts";

/** The fetch of `outside`, starting at most `perSecond` requests in any second; others wait in order. */
export function pacedFetch({ fetch, now }: ProviderDependencies, perSecond: number): typeof fetch {
  const latestStarts: number[] = [];
  return async (input, init) => {
    const isFree = latestStarts.length < perSecond;
    const earliest = isFree ? -Infinity : latestStarts.shift()! + 1_000;
    const start = Math.max(now(), earliest);
    latestStarts.push(start);
    const wait = start - now();
    if (wait > 0) await sleep(wait, init?.signal ?? new AbortController().signal);
    return await fetch(input, init);
  };
}
