/** Requests a second next to the barest server that could answer them, in one run. */

import { basename, join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { median, ratio, report } from "./figures.ts";
import { drawJpeg } from "../fakes/pictures.ts";
import { startBareProgram, startBenchServer, startBenchVendor } from "./http_server.ts";
import { callStateless, openSession } from "./raw_session.ts";

const CONNECTIONS = 16;
/** In milliseconds. */
const WARM_UP = 2_000;
const ROUND = 1_500;
const ROUNDS = 5;

export async function measureHttpSpeed(): Promise<void> {
  await using folder = await temporaryFolder();
  await using vendor = startBenchVendor(oneMebibyte(), 0);
  await using server = await startBenchServer(folder.path, vendor.env);
  const picture = await pictureOn(server.url);
  const path = join(folder.path, "pictures", basename(new URL(picture).pathname));
  await using bare = await startBareProgram("bare_server.ts", path);

  const session = await openSession(server.url);
  const tool = ["list_providers", {}] as const; // it asks no disk, which would be measured with it
  const body = JSON.stringify({ name: tool[0], arguments: tool[1] });
  const calls = await perSecond({
    inSession: () => session.call(...tool),
    stateless: () => callStateless(server.url, ...tool),
    echo: async () => await (await fetch(bare.url, { method: "POST", body })).text(),
  });
  const pictures = await perSecond({
    ours: () => drain(fetch(picture)),
    bare: () => drain(fetch(bare.url)),
  });
  const against = (figure: number, base: number) =>
    `${figure.toFixed(0)}/s, ${base.toFixed(0)}/s = ${ratio(figure / base)}`;
  report(
    "small tool call in a session, against a bare echo",
    against(calls.inSession, calls.echo),
    "at least 0.5 x",
  );
  report(
    "small stateless tool call, against a bare echo",
    against(calls.stateless, calls.echo),
    "at least 0.4 x",
  );
  report(
    "a 1 MiB picture, against a bare file stream",
    against(pictures.ours, pictures.bare),
    "at least 0.95 x",
  );
}

/** A real picture; what follows its end is no part of it and does no harm. */
function oneMebibyte(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1024 * 1024);
  bytes.set(drawJpeg(1024, 1024, "bench"));
  return bytes;
}

/** Requests a second of each, measured in turns, since a machine's speed drifts; the medians. */
async function perSecond<Name extends string>(
  asks: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const entries = Object.entries<() => Promise<unknown>>(asks);
  for (const [, ask] of entries) await run(ask, WARM_UP);
  const figures = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, ask] of entries) figures.get(name)!.push(await run(ask, ROUND));
  }
  const medians = [...figures].map(([name, values]) => [name, median(values)]);
  return Object.fromEntries(medians);
}

async function run(ask: () => Promise<unknown>, duration: number): Promise<number> {
  const began = performance.now();
  let answered = 0;
  const worker = async () => {
    while (performance.now() - began < duration) {
      await ask();
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return answered / (performance.now() - began) * 1000;
}

/** Keeping a mebibyte would cost the client more than sending it costs the server. */
async function drain(asked: Promise<Response>): Promise<void> {
  const response = await asked;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  for await (const _chunk of response.body ?? []);
}

async function pictureOn(url: string): Promise<string> {
  const answer = await callStateless(url, "generate_image", { prompt: "a harbour in the morning" });
  const address = answer.match(/http:\/\/[^"\\]*\/images\/[^"\\]+/)?.[0];
  if (!address) throw new Error(`No picture in the answer: ${answer.slice(0, 500)}`);
  return address;
}
