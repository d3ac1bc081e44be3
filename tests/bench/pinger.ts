/** A worker that pings a server again and again, apart from what its page does meanwhile. */

/// <reference lib="webworker" />

import { openSession } from "./raw_session.ts";

/** Milliseconds between an answer and the next ping. */
const PAUSE = 10;

/** The times of the pings since they were asked for last, in milliseconds. */
let times: number[] = [];

self.onmessage = async ({ data: url }: MessageEvent<string | null>) => {
  if (url === null) {
    self.postMessage(times);
    times = [];
    return;
  }
  const session = await openSession(url);
  self.postMessage([]);
  while (true) {
    const began = performance.now();
    await session.request("ping");
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
};
