/** Requests in the queue of a strict ComfyUI: followed, fetched, cancelled, and what goes wrong there. */

import assert from "node:assert/strict";
import { type ErrorCode, ImageError } from "../../src/errors.ts";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { drawPng } from "../fakes/pictures.ts";
import { openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shortPauses, until } from "../support/wait.ts";
import { context, draw, input, refusalOf, request } from "./comfyui_requests.ts";
import { IMAGE_TO_IMAGE } from "./comfyui_workflows.ts";
import { openProvider } from "./open_provider.ts";

Deno.test("who waits hears of the queue and the steps, and sees the unfinished picture", async () => {
  await using fake = await startComfyui();
  fake.occupy();
  const said: string[] = [];
  const shown: Uint8Array[] = [];
  const drawing = openProvider(comfyui, fake.environment).generate(request({}), {
    ...context(),
    onProgress: ({ message }) => void said.push(message),
    onPartialImage: (bytes) => void shown.push(bytes),
  });
  await until("the queue is told", () => said.some((each) => /1 to draw before/.test(each)));
  fake.pressStop();
  fake.finish!();
  await drawing;
  assert.deepEqual(fake.extras[0], { preview_method: "auto" });
  assert.ok(said.some((each) => /step 5 of 28 \(KSampler\)/.test(each)), said.join("\n"));
  assert.ok(shown.length > 0);
  for (const bytes of shown) assert.deepEqual(bytes, fake.preview);
});

Deno.test("nobody who watches means no previews, which cost time", async () => {
  await using fake = await startComfyui();
  await draw(fake);
  assert.deepEqual(fake.extras, [{}]);
});

Deno.test("a gateway that lets no socket through costs only the progress", async () => {
  await using fake = await startComfyui({ hasNoSocket: true });
  const { images } = await draw(fake);
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
});

Deno.test("a request that waits is taken out of the queue, one that runs is stopped", async () => {
  await using fake = await startComfyui();
  const provider = openProvider(comfyui, fake.environment);
  fake.hold!();
  const stop = new AbortController();
  const tickets: string[] = [];
  const asking = [1, 2].map(() =>
    provider.generate(request({}), {
      ...context(),
      signal: stop.signal,
      onAccepted: (ticket) => void tickets.push(ticket),
    }).catch((thrown: unknown) => thrown)
  );
  await until("both are accepted", () => tickets.length === 2);
  stop.abort(new ImageError("cancelled", "Nobody wants it any more"));
  await Promise.all(asking);
  const { signal } = new AbortController();
  const ids = tickets.map((ticket) => JSON.parse(ticket).id as string);
  const first = ids.indexOf(fake.running() ?? "");
  for (const index of [1 - first, first]) await provider.cancel!(tickets[index]!, signal);
  assert.deepEqual(fake.stopped, [ids[1 - first], ids[first]]);
  assert.ok(fake.questions.includes("/interrupt"));
});

Deno.test("one that is over is not cancelled, and nobody else's is", async () => {
  await using fake = await startComfyui();
  const provider = openProvider(comfyui, fake.environment);
  let ticket = "";
  await provider.generate(request({}), {
    ...context(),
    onAccepted: (given) => void (ticket = given),
  });
  fake.occupy();
  await provider.cancel!(ticket, new AbortController().signal);
  assert.deepEqual(fake.stopped, []);
});

Deno.test("a request that somebody stops at ComfyUI says so", async () => {
  await using fake = await startComfyui();
  fake.hold!();
  const asking = refusalOf(draw(fake));
  await until("it runs", () => fake.running());
  fake.pressStop();
  const error = await asking;
  assert.equal(error.code, "generation_failed");
  assert.match(error.message, /Stop button/);
});

Deno.test("what goes wrong while it draws is told in words that help", async (test) => {
  for (const [message, code, words, node] of RUN_FAILURES) {
    await test.step(message, async () => {
      await using fake = await startComfyui();
      fake.failRun(message, "Exception", node);
      const error = await refusalOf(draw(fake));
      assert.equal(error.code, code);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /\/home\/somebody|Traceback/);
      assert.equal(fake.requests.filter(({ method }) => method === "POST").length, 1);
    });
  }
});

const OUT_OF_MEMORY = ["generation_failed", /ran out of memory.*smaller.*--lowvram/] as const;

const RUN_FAILURES: readonly (readonly [string, ErrorCode, RegExp, string?])[] = [
  ["Allocation on device 0 would exceed allowed memory. (out of memory)", ...OUT_OF_MEMORY],
  ["CUDA out of memory. Tried to allocate 2.00 GiB.", ...OUT_OF_MEMORY],
  [
    "ERROR: clip input is invalid: None",
    "model_unavailable",
    /no text encoder.*COMFYUI_MODEL/,
    "CLIPTextEncode",
  ],
  [
    "Error while deserializing header: header too small",
    "model_unavailable",
    /could not load.*sd_xl_base.*COMFYUI_MODEL/,
    "CheckpointLoaderSimple",
  ],
  ["Unauthorized: Please login first to use this node.", "authentication_failed", /ACCOUNT_KEY/],
  [
    "cannot read /home/somebody/ComfyUI/models/x.bin",
    "generation_failed",
    /KSampler \(sampler\): "cannot read …\/x\.bin"/,
  ],
];

Deno.test("a picture whose file is gone is told from one that was not drawn", async () => {
  await using fake = await startComfyui();
  using _ = shortPauses();
  fake.expire!();
  const error = await refusalOf(draw(fake));
  assert.equal(error.code, "missing_content");
  assert.match(error.message, /ComfyUI drew the picture.*again/);
  assert.equal(error.details.drawn, true);
});

Deno.test("a name and password go to a gateway as it wants them", async () => {
  await using fake = await startComfyui({
    authorization: `Basic ${btoa("me:a-word")}`,
    environment: { COMFYUI_API_KEY: "me:a-word" },
  });
  const { images } = await draw(fake, { inputs: [input("base")] });
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
});

Deno.test("the key of a Comfy account goes along for nodes of paid services", async () => {
  await using fake = await startComfyui();
  await openProvider(comfyui, { ...fake.environment, COMFYUI_ACCOUNT_KEY: "comfyui-key-1" })
    .generate(request({}), context());
  assert.deepEqual(fake.extras, [{ api_key_comfy_org: "comfyui-key-1" }]);
});

Deno.test("what is no ComfyUI is told from one that is not running", async () => {
  const other = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("<html>Not Found</html>", { status: 404 }),
  );
  const url = `http://127.0.0.1:${other.addr.port}`;
  const provider = openProvider(comfyui, { COMFYUI_URL: url });
  const wrong = await refusalOf(provider.generate(request({}), context()));
  assert.equal(wrong.code, "provider_error");
  assert.match(wrong.message, /not ComfyUI.*COMFYUI_URL/);
  using _ = shortPauses();
  await other.shutdown();
  const silent = openProvider(comfyui, { COMFYUI_URL: url });
  const error = await refusalOf(silent.generate(request({}), context()));
  assert.match(error.message, /Is ComfyUI running.*COMFYUI_URL/);
});

Deno.test("a workflow that is named finds its provider, and its picture outlives a crash", async () => {
  await using fake = await startComfyui({ workflows: { "redraw.json": IMAGE_TO_IMAGE } });
  await using folder = await temporaryFolder();
  const env = { ...fake.environment, MCP_ENABLE_PLACEHOLDER: "true" };
  const caller = { owner: "", key: "somebody", signal: new AbortController().signal };
  const base = drawPng(64, 64, "base");
  let id = "";
  {
    await using first = await openTestApp({ env, folder: folder.path });
    const { imageService } = first.app;
    fake.hold!();
    const images = [{ picture: { bytes: base }, role: "base" as const }];
    const inputs = await imageService.keepInputs({ images });
    const asked = parseRequest({ prompt: "a red sky", model: "redraw" }, "edit", inputs);
    const answer = await imageService.run(asked, { ...caller, waitSeconds: 0.01 });
    assert.ok(!answer.done);
    id = answer.job.id;
    const isAccepted = async () =>
      (await imageService.jobs.find(id, ""))?.state === "accepted" && fake.running();
    await until("it is accepted", isAccepted);
  }
  fake.finish!();
  await using second = await openTestApp({ env, folder: folder.path });
  await second.app.imageService.recover();
  const answer = await second.app.imageService.waitFor(id, caller);
  assert.ok(answer.done);
  assert.deepEqual(await second.app.images.read(answer.images[0]!), fake.pictures[0]);
  assert.equal(answer.images[0]?.model, "redraw");
  assert.deepEqual(fake.edits.map(({ prompt }) => prompt), ["a red sky"]);
});
