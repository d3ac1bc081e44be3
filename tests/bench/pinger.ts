/** A worker that pings a server again and again, apart from what its page does meanwhile. */

import { openSession } from "./raw_session.ts";

/** The page's end, of which the usual types know nothing. */
const page = globalThis as unknown as Pick<Worker, "onmessage" | "postMessage">;

/** Milliseconds between an answer and the next ping. */
const PAUSE = 10;

/** The times of the pings since they were asked for last, in milliseconds. */
let times: number[] = [];

page.onmessage = async ({ data: url }: MessageEvent<string | null>) => {
  if (url === null) {
    page.postMessage(times);
    times = [];
    return;
  }
  const session = await openSession(url);
  page.postMessage([]);
  while (true) {
    const began = performance.now();
    await session.request("ping");
    times.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
};
