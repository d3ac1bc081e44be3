/** 300 sessions that each want one picture at once from a vendor that takes two seconds. */

import { temporaryFolder } from "../support/folder.ts";
import { median, megabytes, milliseconds, ratio, report, residentMemory } from "./figures.ts";
import { onePicture, startBenchServer, startBenchVendor } from "./http_server.ts";
import { openSession, type RawSession } from "./raw_session.ts";

const SESSIONS = 300;
const VENDOR_DELAY = 2_000;
/** Pictures made before anything is measured, so that the code is warm. */
const WARM_UP = 20;
/** Milliseconds until memory is looked at again: V8 gives back what it holds in reserve after about 20 s. */
const REST = 30_000;

export async function measureLoad(): Promise<void> {
  await using folder = await temporaryFolder();
  await using vendor = startBenchVendor(await onePicture(), VENDOR_DELAY);
  await using server = await startBenchServer(folder.path, {
    ...vendor.env,
    MCP_MAX_CONCURRENT: String(SESSIONS),
    MCP_MAX_QUEUE: String(SESSIONS),
  });
  const sessions = await Promise.all(
    Array.from({ length: SESSIONS }, () => openSession(server.url)),
  );
  await Promise.all(sessions.slice(0, WARM_UP).map(draw));
  const own = median(await Promise.all(sessions.map(() => askVendor(vendor.env.OPENAI_BASE_URL))));
  const before = await residentMemory(server.pid);
  const times = await Promise.allSettled(sessions.map(draw));
  const good = times.filter((time) => time.status === "fulfilled").map(({ value }) => value);
  const middle = median(good);
  await new Promise((resolve) => setTimeout(resolve, REST));
  const after = await residentMemory(server.pid);

  report(`${SESSIONS} sessions at once: pictures made`, `${good.length}`, `${SESSIONS}`);
  report(`the vendor alone, asked by ${SESSIONS} at once, median`, milliseconds(own));
  report(
    "through the server, median, beyond the vendor's own",
    `${milliseconds(middle)} = +${((middle / own - 1) * 100).toFixed(0)} %`,
    "under +20 %",
  );
  report("slowest", milliseconds(Math.max(...good)));
  report(
    "memory after it, against before",
    `${megabytes(before)} → ${megabytes(after)} = ${ratio(after / before)}`,
    "within 1.5 x",
  );
}

/** What the vendor and this process themselves need, under the same load. */
async function askVendor(url: string): Promise<number> {
  const began = performance.now();
  const response = await fetch(`${url}/images/generations`, { method: "POST", body: "{}" });
  await response.text();
  return performance.now() - began;
}

async function draw(session: RawSession): Promise<number> {
  const began = performance.now();
  const answer = await session.call("generate_image", { prompt: "a harbour in the morning" });
  const time = performance.now() - began;
  if (!answer.includes('"type":"image"')) throw new Error(answer.slice(0, 500));
  return time;
}
