/**
 * What pictures cost that are too large for a result and get a preview: processor time, pictures a
 * second, waiting, memory. Each beside what the runtime alone needs to decode the same picture and
 * make a JPEG of it.
 */

import { closeImageWorkers } from "../../src/images/workers.ts";
import { encodeImage } from "../support/encode_image.ts";
import { temporaryFolder } from "../support/folder.ts";
import { randomNumbers } from "../support/random.ts";
import { median, megabytes, milliseconds, report, residentMemory } from "./figures.ts";
import { startBenchServer, startBenchVendor } from "./http_server.ts";
import { openSession } from "./raw_session.ts";

const ROUNDS = 12;
const CALLERS = 16;
const RATE_SECONDS = 8;
const SESSIONS = 300;
const VENDOR_DELAY = 2_000;
const PROMPT = { prompt: "a harbour in the morning" };

interface Case {
  readonly name: string;
  readonly picture: Uint8Array<ArrayBuffer>;
  readonly goal?: string;
}

export async function measurePreviews(): Promise<void> {
  const usual = await photograph(1024, false);
  const cases: readonly Case[] = [
    { name: "64x64, no preview needed", picture: await photograph(64, false) },
    { name: "1024x1024", picture: usual, goal: "80 ms above 64x64" },
    {
      name: "1024x1024 with alpha",
      picture: await photograph(1024, true),
      goal: "80 ms above 64x64",
    },
    { name: "2048x2048", picture: await photograph(2048, false), goal: "250 ms" },
    { name: "2048x2048 with alpha", picture: await photograph(2048, true), goal: "300 ms" },
  ];
  for (const each of cases) await measureCost(each);
  await measureRate(usual);
  await measureCrowd(usual);
  await measureTenAgain(cases[3]!.picture);
}

/** One call after the other, as the server's processor sees them. */
async function measureCost({ name, picture, goal }: Case): Promise<void> {
  await using setup = await startSetup(picture, 0);
  const session = await openSession(setup.url);
  for (let call = 0; call < 4; call++) await session.call("generate_image", PROMPT);
  const before = await processorTime(setup.pid);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await session.call("generate_image", PROMPT);
    times.push(performance.now() - began);
  }
  const cost = (await processorTime(setup.pid) - before) / ROUNDS;
  report(
    `${name}, ${(picture.length / 1e6).toFixed(1)} MB: processor time`,
    `${milliseconds(cost)}, floor ${milliseconds(await floorOf(picture))}`,
    goal,
  );
  report(`${name}: from call to result`, milliseconds(median(times)));
}

async function measureRate(picture: Uint8Array<ArrayBuffer>): Promise<void> {
  await using setup = await startSetup(picture, 0);
  const sessions = await Promise.all(
    Array.from({ length: CALLERS }, () => openSession(setup.url)),
  );
  const ping = await openSession(setup.url);
  await sessions[0]!.call("generate_image", PROMPT);
  const end = performance.now() + RATE_SECONDS * 1000;
  let made = 0;
  const pings: number[] = [];
  await Promise.all([
    ...sessions.map(async (session) => {
      while (performance.now() < end) {
        await session.call("generate_image", PROMPT);
        made++;
      }
    }),
    (async () => {
      while (performance.now() < end) {
        const began = performance.now();
        await ping.request("ping");
        pings.push(performance.now() - began);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })(),
  ]);
  report(
    `1024x1024 by ${CALLERS} callers, vendor at once: a second`,
    (made / RATE_SECONDS).toFixed(1),
    "20",
  );
  report("ping meanwhile, median", milliseconds(median(pings)), "50 ms");
}

async function measureCrowd(picture: Uint8Array<ArrayBuffer>): Promise<void> {
  await using setup = await startSetup(picture, VENDOR_DELAY);
  const sessions = await Promise.all(
    Array.from({ length: SESSIONS }, () => openSession(setup.url)),
  );
  const began = performance.now();
  const answers = await Promise.all(
    sessions.map((session) => session.call("generate_image", { ...PROMPT, wait_seconds: 600 })),
  );
  const shown = answers.filter((answer) => answer.includes('"type":"image"')).length;
  report(
    `${SESSIONS} at once, 1024x1024, vendor 2 s: the last served after`,
    milliseconds(performance.now() - began),
    "2 s + 300 / (pictures a second)",
  );
  report("  of them shown", `${shown}`, `${SESSIONS}`);
}

async function measureTenAgain(picture: Uint8Array<ArrayBuffer>): Promise<void> {
  await using setup = await startSetup(picture, 0);
  const session = await openSession(setup.url);
  const answer = await session.call("generate_image", { ...PROMPT, n: 10, wait_seconds: 0.001 });
  const [job] = /job_[\w-]+/.exec(answer) ?? [];
  if (!job) throw new Error(`No job in the answer: ${answer.slice(0, 300)}`);
  const ask = { job_id: job, wait_seconds: 600 };
  const asked = performance.now();
  await session.call("get_job", ask);
  const made = performance.now() - asked;
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    await session.call("get_job", ask);
    times.push(performance.now() - began);
  }
  report("ten 2048x2048, until they are made and shown", milliseconds(made));
  report("get_job of ten finished 2048x2048", milliseconds(median(times)), "100 ms");
}

/** A vendor that answers after `delay` milliseconds, and a server that asks it. */
async function startSetup(picture: Uint8Array<ArrayBuffer>, delay: number) {
  const folder = await temporaryFolder();
  const vendor = startBenchVendor(picture, delay);
  const server = await startBenchServer(folder.path, {
    ...vendor.env,
    MCP_MAX_CONCURRENT: `${SESSIONS}`,
    MCP_MAX_QUEUE: `${SESSIONS}`,
  });
  return {
    url: server.url,
    pid: server.pid,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await vendor[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Milliseconds of a processor that a process and its threads have used. */
async function processorTime(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  if (stat === undefined) return NaN; // only Linux tells
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** What the runtime's own decoder and JPEG encoder take for the same picture, without resizing. */
async function floorOf(picture: Uint8Array<ArrayBuffer>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round++) {
    const before = await processorTime(Deno.pid);
    const bitmap = await createImageBitmap(new Blob([picture]));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
    await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 });
    times.push(await processorTime(Deno.pid) - before);
  }
  return median(times);
}

/** Soft shapes and a little grain, as photographs have, packed as most encoders do. */
async function photograph(side: number, hasAlpha: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const random = randomNumbers(side);
  const pixels = new Uint8ClampedArray(side * side * 4);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 4) {
      const [across, down] = [x / side, y / side];
      const light = 128 + 60 * Math.sin(across * 9) * Math.cos(down * 7) + random() * 3;
      pixels[at] = light + 30 * Math.sin(down * 23);
      pixels[at + 1] = light;
      pixels[at + 2] = 200 - light / 2;
      const edge = (0.45 - Math.hypot(across - 0.5, down - 0.5)) * side;
      pixels[at + 3] = hasAlpha ? edge : 255;
    }
  }
  const raster = { width: side, height: side, pixels, isOpaque: !hasAlpha };
  const encoded = await encodeImage(raster, { format: "png" });
  closeImageWorkers();
  return encoded!.bytes;
}

/** Sixteen callers for `minutes`; memory at rest after it against that of the first minute. */
export async function measureSoak(minutes: number): Promise<void> {
  await using setup = await startSetup(await photograph(1024, false), 0);
  const sessions = await Promise.all(
    Array.from({ length: CALLERS }, () => openSession(setup.url)),
  );
  let made = 0;
  const run = async (milliseconds: number) => {
    const end = performance.now() + milliseconds;
    await Promise.all(sessions.map(async (session) => {
      for (; performance.now() < end; made++) await session.call("generate_image", PROMPT);
    }));
  };
  await run(60_000);
  const first = await residentMemory(setup.pid);
  await run((minutes - 1) * 60_000);
  const busy = await residentMemory(setup.pid);
  await new Promise((resolve) => setTimeout(resolve, REST));
  const rest = await residentMemory(setup.pid);
  report(`soak of ${minutes} minutes, ${CALLERS} callers: pictures`, `${made}`);
  report("  memory after a minute, at the end", `${megabytes(first)}, ${megabytes(busy)}`);
  report(
    "  memory at rest against the first minute's",
    `${megabytes(rest)} = ${(rest / first).toFixed(2)} x`,
    "within 1.3 x",
  );
}

/** Longer than a worker rests before it is ended. */
const REST = 75_000;
