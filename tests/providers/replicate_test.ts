import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { replicate } from "../../src/providers/replicate/provider.ts";
import { type FakeReplicate, startReplicate } from "../fakes/replicate.ts";
import { MODELS } from "../fakes/replicate_models.ts";
import { shortPauses, until } from "../support/wait.ts";
import { failureOf, largePicture, listening, picture, request } from "./hosted_requests.ts";
import { openProvider } from "./open_provider.ts";

function open(fake: FakeReplicate, more: Readonly<Record<string, string>> = {}) {
  return openProvider(replicate, { ...fake.environment, ...more });
}

Deno.test("an official model is asked at its own path, any other by its version", async () => {
  await using fake = startReplicate();
  const provider = open(fake);
  await provider.generate(request(), listening());
  const { model } = await provider.generate(
    request({ model: "stability-ai/sdxl", seed: 3 }),
    listening(),
  );
  const pinned = `acme/lamp-style:${MODELS["acme/lamp-style"].version}`;
  await provider.generate(request({ model: pinned }), listening());
  assert.deepEqual(fake.inputs.map(({ path }) => path), [
    "/v1/models/black-forest-labs/flux-2-pro/predictions",
    "/v1/predictions",
    "/v1/predictions",
  ]);
  assert.equal(model, "stability-ai/sdxl");
  assert.match(fake.reads.at(-1)!, /\/v1\/models\/acme\/lamp-style\/versions\/[\da-f]{64}$/);
});

Deno.test("a model's schema is read once an hour, and then says what it can do", async () => {
  await using fake = startReplicate();
  let now = 1_000;
  const env = new Map(
    Object.entries(fake.environment).map(([name, value]) => [name, { value, source: "a test" }]),
  );
  const opened = replicate.open(env, { fetch, now: () => now }, []);
  assert.ok(opened.on);
  const { provider } = opened;
  const model = "stability-ai/sdxl";
  assert.equal(provider.capabilities(model).maxCount, 1);
  for (let time = 0; time < 2; time++) await provider.generate(request({ model }), listening());
  assert.equal(fake.reads.length, 1);
  assert.equal(provider.capabilities(model).maxCount, 4);
  now += 3_600_001;
  await provider.generate(request({ model }), listening());
  assert.equal(fake.reads.length, 2);
});

Deno.test("several pictures of one prediction come together", async () => {
  await using fake = startReplicate();
  const asked = request({ model: "acme/lamp-style", count: 3, size: "1184x888" });
  const { images } = await open(fake).generate(asked, listening());
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
  const { num_outputs, aspect_ratio } = fake.inputs[0]!;
  assert.deepEqual([num_outputs, aspect_ratio], [3, "4:3"]);
});

Deno.test("of several pictures of one prediction the rest is given where one is lost", async () => {
  await using fake = startReplicate();
  fake.losePicture(1);
  using _ = shortPauses();
  const asked = request({ model: "acme/lamp-style", count: 3, size: "1184x888" });
  const { images, warnings } = await open(fake).generate(asked, listening());
  const [first, , third] = fake.pictures;
  assert.deepEqual(images.map(({ bytes }) => bytes), [first, third]);
  assert.match(warnings.join("\n"), /no longer keeps it/);
});

Deno.test("a fine-tuned model and further LoRAs are named by model and options", async () => {
  await using fake = startReplicate();
  const modelOptions = { lora_scale: "0.7", extra_lora: "acme/rain" };
  const asked = request({ model: "acme/lamp-style", modelOptions });
  await open(fake).generate(asked, listening());
  const { lora_scale, extra_lora } = fake.inputs[0]!;
  assert.deepEqual([lora_scale, extra_lora], [0.7, "acme/rain"]);
});

Deno.test("small pictures go along and large ones are uploaded first", async () => {
  await using fake = startReplicate();
  const inputs = [picture(), { ...largePicture(), role: "reference" as const }];
  await open(fake).generate(request({ inputs }), listening());
  assert.equal(fake.uploads, 1);
  assert.deepEqual(fake.edits[0]?.images, inputs.map(({ bytes }) => bytes));
  const sent = fake.inputs[0]?.input_images as string[];
  assert.match(sent[0]!, /^data:image\/png;base64,/);
  assert.match(sent[1]!, /\/v1\/files\//);
});

Deno.test("the queue and the per cent of the model's log are told, and its seed is kept", async () => {
  await using fake = startReplicate();
  fake.hold!();
  const context = listening();
  const asking = open(fake).generate(request(), context);
  await until("the percentage", () => context.messages.includes("The model has drawn 40 %"));
  fake.finish!();
  const { images, usage } = await asking;
  assert.match(context.messages.join("\n"), /Asking Replicate.*\nReplicate has it in its queue/);
  assert.equal(images[0]?.seed, 4711);
  assert.deepEqual(usage, { predict_time: 2.5 });
});

Deno.test("an accepted prediction is cancelled by its ticket", async () => {
  await using fake = startReplicate();
  fake.hold!();
  const stop = new AbortController();
  const context = listening(stop.signal);
  const asking = open(fake).generate(request(), context);
  const ticket = await until("the ticket", () => context.tickets[0]);
  stop.abort(new ImageError("cancelled", "The request was cancelled"));
  await failureOf(asking);
  await open(fake).cancel!(ticket, new AbortController().signal);
  assert.deepEqual(fake.cancelled, [JSON.parse(ticket).id]);
});

const ENDINGS = [
  [{ status: "failed", error: "NSFW content detected. Try another prompt." }, "content_refused"],
  [{ status: "failed", error: "CUDA out of memory" }, "generation_failed"],
  [{ status: "failed", error: "image: value must be a PNG" }, "invalid_parameters"],
  [{ status: "canceled" }, "cancelled"],
  [{ status: "aborted" }, "cancelled"],
  [{ status: "succeeded", output: null }, "missing_content"],
  [{ status: "succeeded", output: "a text" }, "missing_content"],
  [{ status: "succeeded", output: [[[["http://too.deep/"]]]] }, "missing_content"],
  [{ status: "succeeded", output: null, data_removed: true }, "missing_content"],
] as const;

for (const [ending, code] of ENDINGS) {
  Deno.test(`a prediction that ends as ${JSON.stringify(ending)} is ${code}`, async () => {
    await using fake = startReplicate();
    fake.endNext(ending);
    const error = await failureOf(open(fake).generate(request(), listening()));
    assert.equal(error.code, code);
    assert.match(error.message, /again|Change|other words/);
    if ("error" in ending) assert.ok(error.message.includes(ending.error));
    assert.equal(fake.inputs.length, 1);
  });
}

const UNKNOWN = ["acme/nothing", "nothing", `acme/lamp-style:${"0".repeat(64)}`];

for (const model of UNKNOWN) {
  Deno.test(`'${model.slice(0, 20)}' is no model, which costs nothing to learn`, async () => {
    await using fake = startReplicate();
    const error = await failureOf(open(fake).generate(request({ model }), listening()));
    assert.equal(error.code, "model_unavailable");
    assert.match(error.message, /owner\/name/);
    assert.equal(fake.requests.length, 0);
  });
}

Deno.test("a wrong option is refused before anything is asked for", async () => {
  await using fake = startReplicate();
  const asked = request({ model: "acme/lamp-style", modelOptions: { lora_strength: 1 } });
  const error = await failureOf(open(fake).generate(asked, listening()));
  assert.match(error.message, /no option 'lora_strength'.*'lora_scale'/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("with pictures and with a mask the models that are set for that draw", async () => {
  await using fake = startReplicate();
  const provider = open(fake, { REPLICATE_EDIT_MODEL: "stability-ai/sdxl" });
  const inputs = [picture()];
  await provider.generate(request({ inputs, strength: 0.5 }), listening());
  const mask = { ...picture("a mask"), hash: "m" };
  await provider.generate(request({ inputs, mask }), listening());
  assert.equal(fake.inputs[0]?.prompt_strength, 0.5);
  assert.match(fake.inputs[1]!.path, /flux-fill-pro/);
  assert.deepEqual(fake.edits[1]?.mask, mask.bytes);
});
