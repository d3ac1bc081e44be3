/** Keeps a vendor's limit of requests per second. */

import { sleep } from "../http.ts";
import type { Outside } from "../provider.ts";

/** The fetch of `outside`, starting at most `perSecond` requests a second; further ones wait their turn. */
export function pacedFetch({ fetch, now }: Outside, perSecond: number): typeof fetch {
  const gap = 1_000 / perSecond;
  let nextStart = 0;
  return async (input, init) => {
    const start = Math.max(now(), nextStart);
    nextStart = start + gap;
    const wait = start - now();
    if (wait > 0) await sleep(wait, init?.signal ?? new AbortController().signal);
    return await fetch(input, init);
  };
}
