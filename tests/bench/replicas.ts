/** Pictures a second of one, two and three servers that share a database and a bucket. */

import { startReplicas } from "../support/replicas.ts";
import { HAS_NGINX } from "../support/nginx.ts";
import { POSTGRES } from "../support/postgres.ts";
import { median, milliseconds, ratio, report } from "./figures.ts";
import { onePicture, startBenchVendor } from "./http_server.ts";
import { callStateless } from "./raw_session.ts";

/** Milliseconds that the vendor takes. */
const VENDOR_DELAY = 2_000;
/** Pictures asked for at once; twice as many make no more of them a second. */
const AT_ONCE = 200;
/** Milliseconds for which it is measured, and before it. */
const ROUND = 20_000;
const WARM_UP = 4_000;

export async function measureReplicas(): Promise<void> {
  if (POSTGRES === undefined || !HAS_NGINX) return report("several servers", "not installed");
  await using vendor = startBenchVendor(await onePicture(), VENDOR_DELAY);
  const figures: number[] = [];
  for (const count of [1, 2, 3]) {
    await using replicas = await startReplicas(count, {
      ...vendor.env,
      OPENAI_CONCURRENCY: "1000",
      MCP_MAX_CONCURRENT: "1000",
      MCP_MAX_QUEUE: "10000",
    });
    const { perSecond, middle } = await draw(replicas.nginx.url);
    figures.push(perSecond);
    report(
      `${count} server${count > 1 ? "s" : ""}, ${AT_ONCE} at once at a vendor of 2 s: pictures`,
      `${perSecond.toFixed(1)}/s = ${ratio(perSecond / figures[0]!)}, ${milliseconds(middle)} each`,
    );
  }
}

/** Asks for pictures without a pause, so many at once. */
async function draw(url: string) {
  const end = performance.now() + WARM_UP + ROUND;
  const from = end - ROUND;
  const times: number[] = [];
  const worker = async () => {
    while (performance.now() < end) {
      const began = performance.now();
      const prompt = `a harbour in the morning, ${crypto.randomUUID()}`;
      const answer = await callStateless(url, "generate_image", { prompt });
      if (!answer.includes('"ok":true')) throw new Error(answer.slice(0, 500));
      const now = performance.now();
      if (now >= from && now < end) times.push(now - began);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { perSecond: times.length / (ROUND / 1000), middle: median(times) };
}
