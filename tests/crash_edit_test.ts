/** Servers that are killed while a picture is edited: what came in outlives them, nothing is paid twice. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeImage } from "../src/images/transform.ts";
import { startBfl } from "./fakes/bfl.ts";
import { startDashScope } from "./fakes/dashscope.ts";
import type { EditingVendor } from "./fakes/editing_vendor.ts";
import { fakeGemini } from "./fakes/gemini.ts";
import { fakeOpenAI } from "./fakes/openai.ts";
import { drawPng, noise } from "./fakes/pictures.ts";
import { encodeImage } from "./support/encode_image.ts";
import { temporaryFolder } from "./support/folder.ts";
import { killed, rowOf, stateOf } from "./support/killed_server.ts";
import { startServer, type StdioServerProcess } from "./support/process.ts";
import { until } from "./support/wait.ts";
import { shareImageWorkers } from "./support/image_workers.ts";

const PROMPT = "a red balloon";
const SIDE = 512;
const MIDDLE = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };

shareImageWorkers();

Deno.test("a masked edit that was accepted is fetched by the next server, and put back outside its mask", async () => {
  await using fake = startBfl();
  fake.hold!();
  await using place = await openPlace();
  const args = { images: [place.base], mask_region: MIDDLE };
  fake.drawNext(await repainted(place.pixels));
  const { id, calls } = await killed(fake, place.folder, {}, async (server) => {
    await edit(server, args);
    return await accepted(place.folder);
  });
  assert.equal(fake.edits.length, 1);
  assert.ok(fake.edits[0]!.mask, "the vendor has the mask");
  await Deno.remove(place.base); // the server keeps what came in
  fake.finish!();

  await using next = startServer({ folder: place.folder, env: fake.environment });
  await next.initialize();
  const { ok, images: [picture] } = await next.call("get_job", { job_id: id });
  assert.equal(ok, true);
  assert.equal(picture.id, calls[0]!.imageIds[0]);
  assert.deepEqual(await changed(await Deno.readFile(picture.local_path), place.pixels), {
    outside: 0,
    isInsideChanged: true,
  });
  assert.ok((await changed(fake.pictures[0]!, place.pixels)).outside > 0, "the vendor touched all");
  assert.equal(submissions(fake).length, 1);
});

Deno.test("an edit of several pictures that was accepted is fetched, and joined by whoever asks for the same", async () => {
  await using fake = startDashScope({ model: "wan2.7-image" });
  fake.hold!();
  await using place = await openPlace();
  const other = join(place.folder, "other.png");
  await Deno.writeFile(other, drawPng(SIDE, SIDE, "other"));
  const images = [place.base, { image: other, role: "reference" }];
  const { id } = await killed(fake, place.folder, {}, async (server) => {
    await edit(server, { images });
    return await accepted(place.folder);
  });

  await using next = startServer({ folder: place.folder, env: fake.environment });
  await next.initialize();
  const again = await edit(next, { images, wait_seconds: 0 });
  const { structuredContent: joined } = (await next.answerTo(again)).result;
  assert.match(joined.warnings.join(), /not paid for twice/);
  assert.equal(joined.job.id, id);
  fake.finish!();
  const { ok, images: [picture] } = await next.call("get_job", { job_id: id });
  assert.equal(ok, true);
  assert.deepEqual(await Deno.readFile(picture.local_path), fake.pictures[0]);
  assert.deepEqual(fake.edits.map((each) => each.images.length), [2]);
  assert.equal(submissions(fake).length, 1);
});

const VENDORS: Readonly<Record<string, () => EditingVendor>> = {
  flux: startBfl,
  qwen: () => startDashScope(),
  openai: fakeOpenAI,
  gemini: () => fakeGemini(),
};

for (const [name, start] of Object.entries(VENDORS)) {
  Deno.test(`an edit that ${name} may have when the server is killed is owned up to, and not sent again`, async () => {
    await using fake = start();
    fake.misbehave("hangs");
    await using place = await openPlace();
    const { id } = await killed(fake, place.folder, {}, async (server) => {
      await edit(server, { images: [place.base] });
      await until("the vendor has it", () => fake.requests.length === 1);
      return rowOf(place.folder, PROMPT)!;
    });

    await using next = startServer({ folder: place.folder, env: fake.environment });
    await next.initialize();
    const { error } = await next.call("get_job", { job_id: id });
    assert.equal(error.code, "interrupted");
    assert.match(error.message, /may have been charged/);
    assert.equal(error.details.may_be_charged, true);
    assert.equal(fake.requests.length, 1);
  });
}

Deno.test("an edit that waits when the server is killed is reported as not charged, and never sent", async () => {
  await using fake = startBfl();
  fake.hold!();
  await using place = await openPlace();
  const { id } = await killed(fake, place.folder, { BFL_CONCURRENCY: "1" }, async (server) => {
    await edit(server, { images: [place.base] });
    await accepted(place.folder);
    await edit(server, { images: [place.base], prompt: "the second" });
    return await until("it waits", () => rowOf(place.folder, "the second"));
  });

  await using next = startServer({ folder: place.folder, env: fake.environment });
  await next.initialize();
  const { error } = await next.call("get_job", { job_id: id });
  assert.equal(error.code, "interrupted");
  assert.match(error.message, /nothing was charged/);
  assert.equal(submissions(fake).length, 1);
});

interface Place extends AsyncDisposable {
  readonly folder: string;
  /** The path of a picture of noise, and its pixels. */
  readonly base: string;
  readonly pixels: Uint8ClampedArray;
}

async function openPlace(): Promise<Place> {
  const temporary = await temporaryFolder();
  const base = join(temporary.path, "base.png");
  const bytes = noise(SIDE, SIDE);
  await Deno.writeFile(base, bytes);
  const { pixels } = await decodeImage(bytes);
  return {
    folder: temporary.path,
    base,
    pixels,
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

function edit(server: StdioServerProcess, args: Record<string, unknown>): Promise<number> {
  return server.begin("tools/call", { name: "edit_image", arguments: { prompt: PROMPT, ...args } });
}

async function accepted(folder: string) {
  await until("it is accepted", () => stateOf(folder, PROMPT) === "accepted");
  return rowOf(folder, PROMPT)!;
}

/** What reached the vendor to be paid for; questions about it are GETs. */
function submissions({ requests }: EditingVendor) {
  return requests.filter(({ method }) => method === "POST");
}

/** Every pixel a little otherwise, as vendors give them back, and those in the middle quite. */
async function repainted(before: Uint8ClampedArray): Promise<Uint8Array<ArrayBuffer>> {
  const pixels = before.map((value, at) => {
    if (at % 4 === 3) return 255;
    return isInMiddle(at) ? 255 - value : value ^ 1;
  }) as Uint8ClampedArray<ArrayBuffer>;
  const raster = { width: SIDE, height: SIDE, pixels, isOpaque: true };
  return (await encodeImage(raster, { format: "png" }))!.bytes;
}

function isInMiddle(at: number): boolean {
  const pixel = Math.floor(at / 4);
  return [pixel % SIDE, Math.floor(pixel / SIDE)]
    .every((each) => each >= SIDE / 4 && each < SIDE * 3 / 4);
}

async function changed(bytes: Uint8Array, before: Uint8ClampedArray) {
  const { width, height, pixels } = await decodeImage(bytes);
  assert.deepEqual([width, height], [SIDE, SIDE]);
  let outside = 0;
  let inside = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const isSame = [0, 1, 2].every((channel) => pixels[at + channel] === before[at + channel]);
    if (isSame) continue;
    if (isInMiddle(at)) inside++;
    else outside++;
  }
  return { outside, isInsideChanged: inside > SIDE * SIDE / 8 };
}
