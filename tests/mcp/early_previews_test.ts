/** Previews that are made while other pictures are drawn, and shared by all who show them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { GeneratedImage } from "../../src/providers/provider.ts";
import { imageWorkersLoad } from "../../src/images/workers.ts";
import { picturesResult } from "../../src/mcp/results/result.ts";
import { connectTestClient, openTestApp, type TestApp } from "../support/app.ts";
import { png } from "../fakes/png.ts";
import { until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

/** Larger than an answer of 200,000 bytes with two of them. */
const LARGE = noise(300);
const ENV = { MCP_MAX_RESULT_BYTES: "200000" };

Deno.test("a picture's preview is there before the next picture is drawn, and is the one that is shown", async () => {
  await using test = await openTestApp({ env: ENV });
  drawWith(test, async (number) => {
    if (number === 2) await until("the first preview is kept", async () => (await kept(test))[0]);
    return { bytes: LARGE };
  });
  await using client = await connectTestClient(test.app);
  const { content, isError } = await client.call("generate_image", { prompt: "a cat", n: 2 });
  assert.equal(isError, false);
  const shown = content.filter(({ type }) => type === "image").map(({ data }) => data);
  const files = await kept(test);
  const bytes = await Promise.all(files.map((name) => Deno.readFile(join(folderOf(test), name))));
  assert.equal(shown.length, 2);
  assert.deepEqual(bytes.map((each) => each.toBase64()).sort(), shown.sort());
});

Deno.test("previews are made for a caller who got the id of the job, and who comes back for it", async () => {
  await using test = await openTestApp({ env: ENV });
  const drawing = Promise.withResolvers<void>();
  drawWith(test, async () => {
    await drawing.promise;
    return { bytes: LARGE };
  });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", { prompt: "a cat", wait_seconds: 0 });
  drawing.resolve();
  const [name] = await until("a preview is kept", async () => {
    const names = await kept(test);
    return names.length > 0 && names;
  });
  const { content } = await client.call("get_job", { job_id: envelope.job.id });
  const image = content.find(({ type }) => type === "image");
  assert.equal(image?.data, (await Deno.readFile(join(folderOf(test), name!))).toBase64());
  assert.equal((await kept(test)).length, 1);
});

for (
  const [what, env, bytes] of [
    ["that fits", {}, LARGE],
    ["where none are shown", { ...ENV, MCP_INLINE_IMAGE: "never" }, LARGE],
    ["where all of them is shown", { ...ENV, MCP_INLINE_IMAGE: "always" }, LARGE],
    ["that cannot be decoded", ENV, LARGE.slice(0, -50)],
  ] as const
) {
  Deno.test(`no preview is made of a picture ${what}`, async () => {
    await using test = await openTestApp({ env });
    drawWith(test, () => Promise.resolve({ bytes }));
    await using client = await connectTestClient(test.app);
    assert.equal((await client.call("generate_image", { prompt: "a cat" })).isError, false);
    assert.deepEqual(await kept(test), []);
  });
}

Deno.test("no preview is made for a caller who has gone", async () => {
  await using test = await openTestApp({ env: { MCP_MAX_RESULT_BYTES: "60000" } });
  const dependencies = test.app.serverDependencies({ transport: "stdio" });
  const show = async (id: string, signal?: AbortSignal) =>
    await picturesResult({ images: [await saveLarge(test, id)], warnings: [] }, dependencies, {
      signal,
    });
  const leaving = new AbortController();
  const gone = assert.rejects(show("img_vendor_1_gone", leaving.signal), /has left/);
  setTimeout(() => leaving.abort(new Error("The caller has left")), 20);
  await gone;
  await show("img_vendor_1_here");
  assert.deepEqual((await kept(test)).map((name) => name.split(".")[0]), ["img_vendor_1_here"]);
  assert.deepEqual(test.log.filter((line) => line.includes("cannot be shown")), []);
});

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`what nobody waits for is not made of a picture that is read as a resource (${mode})`, async () => {
    await using test = await openTestApp({
      env: { MCP_MAX_RESULT_BYTES: "60000", MCP_IMAGE_WORKERS: "1" },
    });
    await using client = await connectTestClient(test.app, { mode });
    const [blocker, gone, here] = ["blocker", "gone", "here"].map((each) => `img_vendor_1_${each}`);
    await saveLarge(test, blocker!, noise(500));
    for (const id of [gone!, here!]) await saveLarge(test, id);
    for (const address of [`image://${gone}`, `image://${gone}?width=299&format=webp`]) {
      const before = client.client.readResource({ uri: `image://${blocker}?width=499` });
      await until("the worker is busy", () => imageWorkersLoad().running === 1);
      const leaving = new AbortController();
      const { signal } = leaving;
      const left = assert.rejects(client.client.readResource({ uri: address }, { signal }));
      await until("it waits for the worker", () => imageWorkersLoad().waiting === 1);
      leaving.abort();
      await left;
      await until("it is given up", () => imageWorkersLoad().waiting === 0);
      await before;
    }
    await client.client.readResource({ uri: `image://${here}` });
    assert.deepEqual((await kept(test)).map((name) => name.split(".")[0]), [here]);
    assert.deepEqual(test.log.filter((line) => / error /.test(line)), []);
  });
}

function saveLarge(test: TestApp, id: string, bytes = LARGE) {
  return test.app.images.save({ bytes }, {
    id,
    owner: "",
    provider: "vendor",
    model: "model",
    operation: "generate",
    prompt: "a cat",
    parents: [],
    parameters: {},
  });
}

/** The app's only provider from now on gives one picture for each call. */
function drawWith(
  { app: { imageService } }: TestApp,
  draw: (number: number) => Promise<GeneratedImage>,
): void {
  let calls = 0;
  const vendor = {
    name: "vendor",
    models: ["model"],
    concurrency: 1,
    capabilities: () => ({
      styles: {},
      sizes: { listed: { "64x64": "1:1" }, default: "64x64" },
      maxCount: 1,
      maxPromptLength: 1_000,
      negativePrompt: "words" as const,
      options: {},
    }),
    generate: async () => ({ images: [await draw(++calls)], warnings: [], model: "model" }),
  };
  const providers = { on: new Map([["vendor", vendor]]), off: new Map() };
  imageService.reconfigure({ ...imageService.settings, providers });
}

function folderOf({ folder }: TestApp): string {
  return join(folder, ".mcp-image-server", "previews");
}

async function kept(test: TestApp): Promise<string[]> {
  const names: string[] = [];
  if (!await Deno.stat(folderOf(test)).catch(() => undefined)) return names;
  for await (const { name } of Deno.readDir(folderOf(test))) {
    if (!name.endsWith(".unfinished")) names.push(name);
  }
  return names.sort();
}

/** Nothing that could be packed. */
function noise(side: number): Uint8Array<ArrayBuffer> {
  return png(side, side, 2, () => [...crypto.getRandomValues(new Uint8Array(3))]);
}
