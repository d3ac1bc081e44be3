import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { hostsOf, resultAddress } from "../../src/providers/fal/addresses.ts";
import { fal } from "../../src/providers/fal/provider.ts";
import { type FakeFal, startFal } from "../fakes/fal.ts";
import { callTool, connectTestClient, openTestApp } from "../support/app.ts";
import { shortPauses, until } from "../support/wait.ts";
import { failureOf, largePicture, listening, picture, request } from "./hosted_requests.ts";
import { openProvider } from "./open_provider.ts";

function open(fake: FakeFal, more: Readonly<Record<string, string>> = {}) {
  return openProvider(fal, { ...fake.environment, ...more });
}

Deno.test("fal's own queue has other hosts beside it, and a gateway stands for them all", () => {
  assert.deepEqual(hostsOf("https://queue.fal.run"), {
    queue: "https://queue.fal.run",
    documents: "https://fal.ai",
    uploads: "https://rest.fal.ai",
  });
  const gateway = "https://gateway.example.com/fal";
  assert.deepEqual(Object.values(hostsOf(gateway)), [gateway, gateway, gateway]);
});

Deno.test("a request is asked about where fal says, if that is a place for the key", () => {
  const queue = "https://queue.fal.run";
  const at = (model: string, given?: string) => resultAddress(queue, model, "r-1", given);
  const said = `${queue}/fal-ai/flux-pro/requests/r-9`;
  assert.equal(at("fal-ai/flux-pro/v1/fill", said), said);
  const usual = `${queue}/fal-ai/flux-pro/requests/r-1`;
  const elsewhere = ["https://evil.example/x", "https://queue.fal.run.evil.example/x", "x", "/x"];
  for (const given of [undefined, ...elsewhere]) {
    assert.equal(at("fal-ai/flux-pro/v1/fill", given), usual);
  }
  assert.equal(at("workflows/ann/lamp/x"), `${queue}/workflows/ann/lamp/requests/r-1`);
});

Deno.test("a request that was given to another queue is asked about nowhere", async () => {
  await using fake = startFal();
  const result = "https://other.example/fal-ai/flux-2-pro/requests/r-1";
  const ticket = JSON.stringify({ result, model: "fal-ai/flux-2-pro", warnings: [] });
  const error = await failureOf(open(fake).resume!(ticket, listening()));
  assert.equal(error.code, "job_not_found");
  assert.match(error.message, /FAL_ENDPOINT/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("what a model takes is listed once it has drawn", async () => {
  await using fake = startFal();
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const described = async () => {
    const { envelope } = await callTool(client.client, "list_providers", {});
    const { providers } = envelope as {
      providers: { name: string; model_options: unknown }[];
    };
    return providers.find(({ name }) => name === "fal")!.model_options;
  };
  assert.deepEqual(await described(), {});
  await callTool(client.client, "generate_image", { prompt: "a lamp", provider: "fal" });
  assert.match(JSON.stringify(await described()), /safety_tolerance/);
});

Deno.test("without pictures, with them and with a mask another endpoint draws", async () => {
  await using fake = startFal();
  const provider = open(fake);
  const inputs = [picture()];
  const mask = { ...picture("a mask"), hash: "m" };
  await provider.generate(request({ size: "1184x888" }), listening());
  await provider.generate(request({ inputs }), listening());
  await provider.generate(request({ inputs, mask }), listening());
  assert.deepEqual(fake.inputs.map(({ endpoint }) => endpoint), [
    "fal-ai/flux-2-pro",
    "fal-ai/flux-2-pro/edit",
    "fal-ai/flux-pro/v1/fill",
  ]);
  assert.deepEqual(fake.inputs[0]?.image_size, { width: 1184, height: 888 });
  assert.equal(fake.inputs[1]?.image_size, "auto");
  assert.deepEqual(fake.edits[1]?.mask, mask.bytes);
});

Deno.test("a LoRA is given as the endpoint wants it", async () => {
  await using fake = startFal();
  const loras = [{ path: "https://example.com/lamp.safetensors", scale: 0.8 }];
  const asked = request({ model: "fal-ai/flux-lora", count: 2, modelOptions: { loras } });
  const { images } = await open(fake).generate(asked, listening());
  assert.equal(images.length, 2);
  assert.deepEqual(fake.inputs[0]?.loras, loras);
});

Deno.test("of several pictures the rest is given where one is lost", async () => {
  await using fake = startFal();
  fake.losePicture(0);
  using _ = shortPauses();
  const asked = request({ model: "fal-ai/flux-lora", count: 2 });
  const { images, warnings } = await open(fake).generate(asked, listening());
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures.slice(1));
  assert.match(warnings.join("\n"), /no longer keeps it/);
});

Deno.test("files are asked to be kept a day, and the store of uploads sees no key", async () => {
  await using fake = startFal();
  const inputs = [picture(), { ...largePicture(), role: "reference" as const }];
  await open(fake).generate(request({ inputs }), listening());
  assert.equal(fake.uploads, 1);
  assert.deepEqual(fake.edits[0]?.images, inputs.map(({ bytes }) => bytes));
  const sent = fake.inputs[0]?.image_urls as string[];
  assert.match(sent[0]!, /^data:image\/png;base64,/);
  assert.match(sent[1]!, /\/files\/0\/f{16}\.png$/);
  const lifetimes = fake.requests.filter(({ method }) => method === "POST").map(({ headers }) =>
    headers["x-fal-object-lifecycle"] ?? headers["x-fal-object-lifecycle-preference"]
  );
  assert.deepEqual(lifetimes, Array(2).fill(`{"expiration_duration_seconds":86400}`));
});

for (const address of ["http://169.254.169.254/put", "http://127.0.0.1:9/put", "file:///etc/x"]) {
  Deno.test(`no file is sent to ${address}, whoever names it`, async () => {
    await using fake = startFal();
    fake.uploadAt(address);
    const asking = open(fake).generate(request({ inputs: [largePicture()] }), listening());
    assert.equal((await failureOf(asking)).code, "missing_content");
    assert.equal(fake.inputs.length, 0);
  });
}

Deno.test("the place in the queue and the per cent of the log are told", async () => {
  await using fake = startFal();
  fake.hold!();
  const context = listening();
  const asking = open(fake).generate(request({ seed: 12 }), context);
  await until("the percentage", () => context.messages.includes("The model has drawn 40 %"));
  fake.finish!();
  const { images, usage } = await asking;
  assert.ok(context.messages.includes("fal works on 3 requests before this one"));
  assert.equal(images[0]?.seed, 12);
  assert.deepEqual(usage, { inference_time: 1.5, billable_units: 1.5 });
});

Deno.test("an accepted request is cancelled by its ticket, also where fal knows it no more", async () => {
  await using fake = startFal();
  fake.hold!();
  const stop = new AbortController();
  const context = listening(stop.signal);
  const asking = open(fake).generate(request(), context);
  const ticket = await until("the ticket", () => context.tickets[0]);
  stop.abort(new ImageError("cancelled", "The request was cancelled"));
  await failureOf(asking);
  const never = new AbortController().signal;
  await open(fake).cancel!(ticket, never);
  assert.ok(JSON.parse(ticket).result.endsWith(`/${fake.cancelled[0]}`));
  fake.forget!();
  await open(fake).cancel!(ticket, never);
});

const detail = (type: string, msg = "words of the model") => ({
  detail: [{ loc: ["body", "prompt"], msg, type }],
});

/** How the result of a request looks that has failed, and what that is here. */
const ENDINGS = [
  [422, detail("content_policy_violation"), "content_refused"],
  [422, detail("no_media_generated"), "content_refused"],
  [422, detail("image_too_small"), "invalid_parameters"],
  [504, detail("generation_timeout"), "generation_failed"],
  [
    500,
    { detail: "Internal Server Error", error_type: "runner_server_error" },
    "generation_failed",
  ],
  [503, { detail: "no runner", error_type: "runner_scheduling_failure" }, "generation_failed"],
  [200, { images: [] }, "missing_content"],
  [200, { video: { url: "https://example.com/a.mp4" } }, "missing_content"],
] as const;

for (const [status, body, code] of ENDINGS) {
  Deno.test(`a result of HTTP ${status} with ${JSON.stringify(body)} is ${code} for good`, async () => {
    await using fake = startFal();
    fake.endNext(body, status);
    const error = await failureOf(open(fake).generate(request(), listening()));
    assert.equal(error.code, code);
    assert.match(error.message, /again|Change|other words/);
    // Else the accepted request would be asked for again for an hour.
    assert.equal(error.details.http_status, undefined);
    assert.equal(fake.requests.filter(({ path }) => !/status/.test(path)).length, 2);
  });
}

Deno.test("what the model's check blacked out is left out, and refused where nothing is left", async () => {
  await using fake = startFal();
  const provider = open(fake);
  const model = "fal-ai/flux-lora";
  const { images } = await provider.generate(request({ model }), listening());
  const [picture] = fake.pictures;
  assert.deepEqual(images[0]?.bytes, picture);
  const address = `${fake.url}/gallery/0.png`;
  const both = [{ url: address }, { url: address }];
  fake.endNext({ images: both, has_nsfw_concepts: [true, false] });
  const result = await provider.generate(request({ model, count: 2 }), listening());
  assert.equal(result.images.length, 1);
  assert.match(result.warnings.join(), /1 of 2 pictures were refused/);
  fake.endNext({ images: both, has_nsfw_concepts: [true, true] });
  const error = await failureOf(provider.generate(request({ model, count: 2 }), listening()));
  assert.equal(error.code, "content_refused");
});

for (const model of ["fal-ai/nothing", "nothing", "a/../b", "a/b?c=d"]) {
  Deno.test(`'${model}' is no model, which costs nothing to learn`, async () => {
    await using fake = startFal();
    const error = await failureOf(open(fake).generate(request({ model }), listening()));
    assert.equal(error.code, "model_unavailable");
    assert.match(error.message, /FAL_MODEL/);
    assert.equal(fake.requests.length, 0);
  });
}
