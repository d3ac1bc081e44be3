/** Black Forest Labs' FLUX against a strict stand-in. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { LIVE_MODELS } from "../../src/providers/flux/models.ts";
import { flux } from "../../src/providers/flux/provider.ts";
import type {
  ImageProvider,
  ImageRequest,
  InputImage,
  InputRole,
  Size,
} from "../../src/providers/provider.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import { type FakeBfl, startBfl } from "../fakes/bfl.ts";
import { drawPlainPng, drawPng } from "../fakes/pictures.ts";
import { openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";
import { openProvider } from "./open_provider.ts";

Deno.test("FLUX.2 is asked for the size in pixels, and for none where the vendor may choose", async () => {
  await using fake = startBfl();
  await draw(fake, { size: "1360x768" });
  await draw(fake, { size: "auto" });
  await draw(fake);
  assert.deepEqual(bodies(fake), [
    { prompt: "a cat", width: 1360, height: 768 },
    { prompt: "a cat" },
    { prompt: "a cat" },
  ]);
});

Deno.test("Kontext is asked for a shape, FLUX.3 for a shape in a tier", async () => {
  await using fake = startBfl();
  const provider = providerOf(fake);
  for (const [model, ratio, tier] of SIZES) {
    const { listed } = provider.capabilities(model).sizes;
    const size = Object.keys(listed).filter((name) => listed[name] === ratio)[tier]!;
    await draw(fake, { model, size: size as Size });
  }
  assert.deepEqual(bodies(fake).map(({ prompt: _, ...rest }) => rest), [
    { aspect_ratio: "21:9" },
    { aspect_ratio: "2:1", resolution: "1k" },
    { aspect_ratio: "1:1", resolution: "4k" },
  ]);
});

const SIZES = [
  ["flux-kontext-max", "21:9", 0],
  ["flux-3-image", "2:1", 0],
  ["flux-3-image", "1:1", 3],
] as const;

Deno.test("every listed size of every FLUX model has the shape it is listed with, to 1 %", () => {
  const provider = openProvider(flux, { BFL_API_KEY: "a-key" });
  for (const model of [...LIVE_MODELS, "flux-pro-1.1", "flux-pro-1.1-ultra"]) {
    for (const [size, note] of Object.entries(provider.capabilities(model).sizes.listed)) {
      if (size === "auto") continue;
      const [width = 0, height = 0] = size.split("x").map(Number);
      const [across = 0, down = 0] = note.match(/\d+/g)!.map(Number);
      assert.ok(Math.abs(Math.log(width / height * down / across)) < 0.01, `${model} ${size}`);
    }
  }
});

Deno.test("FLUX is told in words of a style, of an example's style and of what to leave out", async () => {
  await using fake = startBfl();
  await draw(fake, {
    style: "pixel_art",
    negativePrompt: "people",
    inputs: [input("reference"), input("style"), input("base", "base")],
  });
  const { prompt, ...images } = bodies(fake)[0]!;
  assert.match(prompt, /^a cat\n\nStyle: pixel art, .*\.\n\nUse the style of image 3, .*people$/s);
  assert.deepEqual(Object.keys(images), ["input_image", "input_image_2", "input_image_3"]);
  assert.deepEqual(fake.edits[0]?.images[0], input("base", "base").bytes, "what changes is first");
});

Deno.test("moderation 'low' is the laxest tolerance that the model has for such a request", async () => {
  await using fake = startBfl();
  const inputs = [input("base")];
  const low = { options: { moderation: "low" } };
  await draw(fake, low);
  await draw(fake, { ...low, model: "flux-3-image" });
  await draw(fake, { ...low, model: "flux-kontext-pro" });
  await draw(fake, { ...low, model: "flux-kontext-pro", inputs });
  await draw(fake, { options: { moderation: "auto" } });
  assert.deepEqual(
    bodies(fake).map(({ safety_tolerance }) => safety_tolerance),
    [5, 4, 6, 2, undefined],
  );
});

Deno.test("FLUX.3 is sent its pictures as a list, and nothing that it does not know", async () => {
  await using fake = startBfl();
  const inputs = [input("base"), input("reference", "other")];
  const { seed, options } = providerOf(fake).capabilities("flux-3-image");
  assert.equal(seed, undefined);
  assert.deepEqual(options.output_format, { values: ["png"] });
  await draw(fake, { model: "flux-3-image", inputs, options: { output_format: "png" } });
  assert.deepEqual(Object.keys(bodies(fake)[0]!), ["prompt", "images"]);
});

Deno.test("a mask is filled by the model for it, in the size of the picture", async () => {
  await using fake = startBfl();
  const masked = { inputs: [input("base")], mask: input("base", "mask") };
  const { warnings, model } = await draw(fake, { ...masked, size: "2048x2048", seed: 7 });
  assert.equal(model, "flux-pro-1.0-fill");
  assert.deepEqual(fake.requests[0]?.path, "/v1/flux-pro-1.0-fill");
  assert.deepEqual(Object.keys(bodies(fake)[0]!), ["prompt", "image", "mask", "seed"]);
  assert.match(warnings.join(), /keeps the size of the picture.*2048x2048 was left out/);
});

Deno.test("a model of FLUX that was named and fills nothing takes no mask", () => {
  const { capabilities } = openProvider(flux, { BFL_API_KEY: "a-key" });
  assert.equal(capabilities().mask, "white");
  assert.equal(capabilities().inputs?.maxImagesWithMask, 1);
  assert.equal(capabilities("flux-2-pro").mask, undefined);
  assert.equal(capabilities("flux-pro-1.0-fill").mask, "white");
  assert.equal(capabilities("flux-4-unheard-of").inputs?.maxImages, 8);
});

Deno.test("a filling model without a picture is refused before anything is asked", async () => {
  await using fake = startBfl();
  const error = await failure(fake, { model: "flux-pro-1.0-fill" });
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /Pass a picture and a mask/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("FLUX's result has the seed, what was charged and the megapixels of it", async () => {
  await using fake = startBfl();
  const drawn = await draw(fake, { seed: 4_294_967_296, inputs: [input("base")] });
  assert.equal(drawn.images[0]?.seed, 4_294_967_296);
  assert.deepEqual(drawn.cost, { amount: 3, unit: "credits" });
  assert.deepEqual(drawn.usage, { input_mp: 1, output_mp: 1.05 });
  const [image] = (await draw(fake)).images;
  assert.equal(image?.seed, undefined, "a seed that a number cannot hold is not told wrongly");
});

Deno.test("a task is asked about where the vendor says", async () => {
  await using fake = startBfl();
  await draw(fake);
  assert.match(fake.requests[1]!.path, /^\/region-7\/v1\/get_result\?id=/);
  assert.equal(fake.requests[1]!.method, "GET");
});

Deno.test("the key goes to no other host that an answer names", async () => {
  await using fake = startBfl();
  for (const address of ["https://example.com/v1/get_result?id=1", "http://api.bfl.ai/", "x"]) {
    fake.pollAt(address);
    await draw(fake);
    assert.match(fake.requests.at(-1)!.path, /^\/v1\/get_result\?id=/);
  }
});

Deno.test("a region of the vendor is asked with the key, its download host without", async () => {
  const asked: string[] = [];
  const picture = drawPng(64, 64, "drawn");
  const answers: Readonly<Record<string, unknown>> = {
    "https://api.bfl.ai/v1/flux-2-pro": {
      id: "1",
      polling_url: "https://api.us3.bfl.ai/v1/get_result?id=1",
    },
    "https://api.us3.bfl.ai/v1/get_result?id=1": {
      id: "1",
      status: "Ready",
      result: { sample: "https://delivery-us3.bfl.ai/results/1.png?sig=1" },
    },
  };
  const network = (url: string, { headers = {} }: RequestInit = {}) => {
    asked.push(`${url}${"x-key" in headers ? " with the key" : ""}`);
    return Promise.resolve(answers[url] ? Response.json(answers[url]) : new Response(picture));
  };
  const opened = flux.open(
    new Map([["BFL_API_KEY", { value: "a-key", source: "a test" }]]),
    { fetch: network as typeof fetch, now: Date.now },
    [],
  );
  assert.ok(opened.on);
  const { images } = await opened.provider.generate(REQUEST, CONTEXT);
  assert.deepEqual(images[0]?.bytes, picture);
  assert.deepEqual(asked, [
    "https://api.bfl.ai/v1/flux-2-pro with the key",
    "https://api.us3.bfl.ai/v1/get_result?id=1 with the key",
    "https://delivery-us3.bfl.ai/results/1.png?sig=1",
  ]);
});

Deno.test("a task given to another address is not asked for with this one's key", async () => {
  await using first = startBfl();
  await using second = startBfl();
  let ticket = "";
  await providerOf(first).generate(REQUEST, { ...CONTEXT, onAccepted: (t) => void (ticket = t) });
  const error = await providerOf(second).resume!(ticket, CONTEXT).catch((thrown) => thrown);
  assert.equal(error.code, "job_not_found");
  assert.match(error.message, /BFL_ENDPOINT, now http:.*set it back/);
  assert.equal(second.requests.length, 0);
});

Deno.test("a task goes on through a fault of the network and a status nobody knows yet", async () => {
  await using fake = startBfl();
  const said: string[] = [];
  fake.answerNextPoll({ detail: "over capacity" }, 503);
  fake.answerNextPoll({ id: "1", status: "Dreaming", progress: null, result: null });
  fake.answerNextPoll({ id: "1", status: "Generating", progress: 0.4, result: null });
  const context = {
    ...CONTEXT,
    onProgress: ({ message }: { message: string }) => said.push(message),
  };
  const { images } = await providerOf(fake).generate(REQUEST, context);
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
  assert.ok(said.includes("FLUX is drawing"));
  assert.ok(said.includes("FLUX has drawn 40 %"));
});

for (
  const [status, code, says] of [
    ["Request Moderated", "content_refused", /refused the prompt or a picture.*"Youth, Public"/],
    ["Content Moderated", "content_refused", /refused the picture that was drawn/],
    ["Error", "generation_failed", /could not draw it/],
    ["Failed", "generation_failed", /could not draw it/],
    ["Task not found", "job_not_found", /no longer knows the task/],
  ] as const
) {
  Deno.test(`a task that ended as '${status}' is asked about once, whatever its HTTP status`, async () => {
    await using fake = startBfl();
    const details = { "Moderation Reasons": ["Youth", "Public"] };
    fake.answerNextPoll({ id: "1", status, result: null, details }, 503);
    const error = await failure(fake);
    assert.equal(error.code, code);
    assert.match(error.message, says);
    assert.equal(fake.requests.length, 2);
  });
}

Deno.test("a task that is ready without a picture is told as such", async () => {
  await using fake = startBfl();
  fake.answerNextPoll({ id: "1", status: "Ready", result: {} });
  assert.equal((await failure(fake)).code, "missing_content");
});

Deno.test("the vendor's words about a wrong field reach the person", async () => {
  await using fake = startBfl();
  const error = await failure(fake, { size: "100x100" });
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /"width: Input should be an integer from 256/);
});

Deno.test("an endpoint with its version is the same as without", async () => {
  await using fake = startBfl();
  const provider = openProvider(flux, { ...fake.environment, BFL_ENDPOINT: `${fake.url}/v1` });
  await provider.generate(REQUEST, CONTEXT);
  assert.equal(fake.requests[0]?.path, "/v1/flux-2-pro");
});

Deno.test("a filling model as the usual one deserves a word at start", () => {
  const env = new Map([
    ["BFL_API_KEY", { value: "a-key", source: "a test" }],
    ["BFL_MODEL", { value: "flux-pro-1.0-fill", source: "a test" }],
  ]);
  const opened = flux.open(env, { fetch, now: Date.now }, []);
  assert.ok(opened.on);
  assert.match(opened.warnings.join(), /only fills parts of pictures: set BFL_MODEL/);
});

Deno.test("an edit outlives the server that asked for it, and is paid once", async () => {
  await using fake = startBfl();
  await using folder = await temporaryFolder();
  const caller = { owner: "", key: "test", signal: new AbortController().signal };
  const env = { ...fake.environment };
  const [base, mask] = ["base", "mask"].map((note) => drawPlainPng(320, 256, note));
  fake.hold!();
  let id: string;
  {
    await using first = await openTestApp({ env, folder: folder.path });
    const { imageService } = first.app;
    const images = [{ picture: { bytes: base! }, role: "base" as const }];
    const inputs = await imageService.keepInputs({ images, mask: mask! });
    const request = parseRequest(
      { prompt: "a red sky", seed: 5, preserve_outside: false },
      "edit",
      inputs,
    );
    const answer = await imageService.run(request, { ...caller, waitSeconds: 0.01 });
    assert.ok(!answer.done);
    id = answer.job.id;
    await until(
      "it is accepted",
      async () => (await imageService.jobs.find(id, ""))?.state === "accepted",
    );
  }
  fake.finish!();
  await using second = await openTestApp({ env, folder: folder.path });
  await second.app.imageService.recover();
  const answer = await second.app.imageService.waitFor(id, caller);
  assert.ok(answer.done);
  assert.deepEqual(await second.app.images.read(answer.images[0]!), fake.pictures[0]);
  assert.equal(answer.images[0]?.model, "flux-pro-1.0-fill");
  assert.deepEqual(fake.edits, [{ prompt: "a red sky", images: [base!], mask: mask! }]);
});

const REQUEST: ImageRequest = {
  operation: "generate",
  prompt: "a cat",
  inputs: [],
  count: 1,
  options: {},
};

const CONTEXT = { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };

function draw(fake: FakeBfl, changes: Partial<ImageRequest> = {}) {
  return providerOf(fake).generate({ ...REQUEST, ...changes }, CONTEXT);
}

async function failure(fake: FakeBfl, changes: Partial<ImageRequest> = {}): Promise<ImageError> {
  const outcome = await draw(fake, changes).catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}

function providerOf({ environment }: FakeBfl): ImageProvider {
  return openProvider(flux, environment);
}

/** What was submitted, oldest first. */
// deno-lint-ignore no-explicit-any
function bodies({ requests }: FakeBfl): readonly any[] {
  return requests.filter(({ method }) => method === "POST").map(({ json }) => json);
}

function input(role: InputRole, note = "a picture"): InputImage {
  const bytes = drawPng(320, 256, note);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: note, role, bytes, ...info };
}
