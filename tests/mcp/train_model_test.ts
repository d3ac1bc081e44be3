/** Models trained on a person's pictures: from the first question what it costs to the first picture. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { identifyImage } from "../../src/images/media_type.ts";
import { startFal } from "../fakes/fal.ts";
import { drawPlainPng } from "../fakes/pictures.ts";
import { SMALL_PICTURES } from "../fakes/small_pictures.ts";
import { startReplicate } from "../fakes/replicate.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd, startServer } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const TRAINERS = {
  fal: { start: startFal, draws: "fal-ai/flux-lora" },
  replicate: { start: startReplicate, draws: /^ann\/my-dog-[0-9a-f]{8}:[0-9a-f]{64}$/ },
} as const;

const WANTED = { name: "my-dog", trigger_word: "ZXDOG" };

for (const [name, { start, draws }] of Object.entries(TRAINERS)) {
  Deno.test(`${name} trains a model on a folder, and draws with it by its name`, async () => {
    await using fake = start();
    await using photos = await folderOf(5);
    await using test = await openTestApp({ env: fake.environment });
    await using client = await connectTestClient(test.app);
    const { envelope } = await client.call("train_model", {
      ...WANTED,
      folder: photos.path,
      confirm: true,
    });
    assert.equal(envelope.error, null);
    assert.deepEqual(envelope.model, { name: "my-dog", provider: name, trigger_word: "ZXDOG" });
    assert.equal(fake.trained.length, 1);
    assert.deepEqual(fake.trained[0]!.map((bytes) => bytes.length > 0), new Array(5).fill(true));

    const drawn = await client.call("generate_image", { prompt: "a red hat", model: "my-dog" });
    assert.equal(drawn.envelope.error, null);
    const [image] = drawn.envelope.images;
    if (typeof draws === "string") assert.equal(image.model, draws);
    else assert.match(image.model, draws);
    const input = fake.inputs.at(-1)!;
    assert.equal(input.prompt, "ZXDOG, a red hat");
    if (name === "fal") {
      assert.deepEqual(input.loras, [{ path: `${fake.url}/files/lora.safetensors`, scale: 1 }]);
    }
    const { envelope: listed } = await client.call("list_providers");
    assert.match(listed.trained_models, /my-dog \(\w+, trigger word ZXDOG\)/);

    // Where nobody is on who draws with it, it is not offered either.
    const env = { MCP_ENABLE_PLACEHOLDER: "true" };
    await using other = await openTestApp({ env, folder: test.folder });
    await using later = await connectTestClient(other.app);
    const { envelope: listedLater } = await later.call("list_providers");
    assert.equal(listedLater.trained_models, undefined);
    assert.equal((await other.app.imageService.models.find("my-dog", ""))?.provider, name);
  });

  Deno.test(`${name} is sent nothing before somebody agrees to the cost`, async () => {
    await using fake = start();
    await using photos = await folderOf(6);
    await using test = await openTestApp({ env: fake.environment });
    await using client = await connectTestClient(test.app);
    const { envelope, isError } = await client.call("train_model", {
      ...WANTED,
      folder: photos.path,
      steps: 500,
    });
    assert.equal(isError, false);
    const { provider, pictures, steps, estimated_cost } = envelope.training;
    assert.deepEqual([provider, pictures, steps], [name, 6, 500]);
    assert.deepEqual(estimated_cost, { amount: 1, unit: "USD" });
    assert.match(envelope.next, /Nothing was sent yet.*6 pictures.*1 USD.*confirm: true/s);
    assert.equal(fake.requests.length, 0);
    const { envelope: jobs } = await client.call("list_jobs");
    assert.deepEqual(jobs.jobs, []);
  });

  Deno.test(`${name} is told to stop a training that is cancelled`, async () => {
    await using fake = start();
    fake.hold!();
    await using photos = await folderOf(4);
    await using test = await openTestApp({ env: fake.environment });
    await using client = await connectTestClient(test.app);
    const { envelope: { job } } = await client.call("train_model", {
      ...WANTED,
      folder: photos.path,
      confirm: true,
      wait_seconds: 0,
    });
    await until(
      "it is accepted",
      async () => (await test.app.imageService.jobs.find(job.id, ""))?.state === "accepted",
    );
    const { envelope } = await client.call("cancel_job", { job_id: job.id });
    assert.equal(envelope.cancelled, true);
    assert.equal(fake.cancelled.length, 1);
    assert.equal(await test.app.imageService.models.find("my-dog", ""), undefined);
  });

  Deno.test(`a training at ${name} that the server was killed in is waited for by the next`, async () => {
    await using fake = start();
    fake.hold!();
    await using photos = await folderOf(4);
    await using folder = await temporaryFolder();
    const begin = async () => {
      await using server = startServer({ folder: folder.path, env: { ...fake.environment } });
      await server.initialize();
      const args = { ...WANTED, folder: photos.path, confirm: true, wait_seconds: 0 };
      const { job } = await server.call("train_model", args);
      await until(
        "it is accepted",
        async () => (await server.call("list_jobs", {})).jobs[0].state === "accepted",
      );
      return job.id; // leaving kills it
    };
    const job_id = await begin();
    fake.finish!();
    await using next = startServer({ folder: folder.path, env: { ...fake.environment } });
    await next.initialize();
    const { model, error } = await next.call("get_job", { job_id });
    assert.equal(error, null);
    assert.equal(model.name, "my-dog");
    assert.equal(fake.trained.length, 1);
  });
}

Deno.test("fal keeps what was learned for good, and pictures for a day", async () => {
  await using fake = startFal();
  await using photos = await folderOf(4);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const kind = "style";
  await client.call("train_model", { ...WANTED, kind, folder: photos.path, confirm: true });
  await client.call("generate_image", { prompt: "a red hat", model: "my-dog" });
  const days = fake.lifetimes.map((text) => JSON.parse(text).expiration_duration_seconds);
  assert.deepEqual(days, [null, 86_400]);
  const { is_style, steps, trigger_word } = fake.inputs[0]!;
  assert.deepEqual([is_style, steps, trigger_word], [true, 1000, "ZXDOG"]);
});

Deno.test("large pictures, and those of other formats, come in as the trainer takes them", async () => {
  await using fake = startFal();
  await using photos = await folderOf(3);
  await Deno.writeFile(join(photos.path, "large.png"), drawPlainPng(3000, 1500, "large"));
  const webp = Uint8Array.fromBase64(SMALL_PICTURES["lossy WebP"]);
  await Deno.writeFile(join(photos.path, "small.webp"), webp);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("train_model", {
    ...WANTED,
    folder: photos.path,
    confirm: true,
  });
  assert.equal(envelope.error, null);
  const kinds = fake.trained[0]!.map((bytes) => identifyImage(bytes)!);
  assert.deepEqual(kinds.map(({ width, height }) => `${width}x${height}`), [
    "2048x1024",
    "64x64",
    "64x64",
    "64x64",
    "32x24",
  ]);
  assert.ok(kinds.every(({ mediaType }) => ["image/png", "image/jpeg"].includes(mediaType)));
});

Deno.test("the tool is listed where it is wished for and somebody trains", async () => {
  await using fake = startFal();
  const toolsets = { MCP_TOOLSETS: "essential,training" };
  for (
    const [env, isListed] of [
      [{ ...fake.environment, ...toolsets }, true],
      [fake.environment, false],
      [toolsets, false],
    ] as const
  ) {
    await using test = await openTestApp({ env });
    await using client = await connectTestClient(test.app);
    const { tools } = await client.client.listTools();
    assert.equal(tools.some(({ name }) => name === "train_model"), isListed);
  }
});

Deno.test("the first list of a server is the one that comes later, too", async () => {
  await using fake = startFal();
  await using folder = await temporaryFolder();
  const env = { ...fake.environment, MCP_TOOLSETS: "essential,training" };
  await using server = startServer({ folder: folder.path, env });
  const clientInfo = { name: "test", version: "1" };
  const protocolVersion = "2025-11-25";
  await server.request("initialize", { protocolVersion, capabilities: {}, clientInfo });
  const { tools } = await server.request("tools/list") as unknown as { tools: { name: string }[] };
  assert.ok(tools.some(({ name }) => name === "train_model"));
});

Deno.test("what cannot be trained is refused with what can, before anything is sent", async () => {
  await using fake = startFal();
  await using photos = await folderOf(4);
  await using few = await folderOf(3);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const folder = photos.path;
  for (
    const [args, words] of [
      [{ folder: few.path }, /learns from 4 to 100 pictures, and there are 3/],
      [{}, /there are 0: pass them in 'images' or a 'folder'/],
      [{ folder, name: "My Dog!" }, /2 to 50 small letters/],
      [{ folder, name: "fal" }, /means a model or provider already/],
      [{ folder, trigger_word: "two words" }, /a trigger word has 2 to 40/],
      [{ folder, steps: 5 }, /from 100 to 10000, not 5/],
      [{ folder, provider: "openai" }, /trains no models here. Those that train are 'fal'/],
    ] as const
  ) {
    const { envelope } = await client.call("train_model", { ...WANTED, confirm: true, ...args });
    assert.match(envelope.error?.message ?? "", words);
  }
  assert.equal(fake.requests.length, 0);
});

Deno.test("a trainer that is gone is named with the variable that names another", async () => {
  await using fake = startReplicate();
  await using photos = await folderOf(2);
  const env = { ...fake.environment, REPLICATE_TRAINER: "acme/gone" };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app);
  const args = { ...WANTED, folder: photos.path, confirm: true };
  const { envelope } = await client.call("train_model", args);
  assert.equal(envelope.error.code, "model_unavailable");
  assert.match(envelope.error.message, /no trainer 'acme\/gone'.*Set REPLICATE_TRAINER/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("a model is its owner's, and its name is taken once", async () => {
  await using fake = startFal();
  await using photos = await folderOf(4);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const args = { ...WANTED, folder: photos.path, confirm: true };
  await client.call("train_model", args);
  const { imageService } = test.app;
  assert.equal((await imageService.models.find("my-dog", ""))?.provider, "fal");
  assert.equal(await imageService.models.find("my-dog", "bob"), undefined);
  assert.deepEqual(await imageService.models.list("bob", 10), []);
  const { envelope } = await client.call("train_model", args);
  assert.match(envelope.error.message, /have a model 'my-dog' already/);
  assert.equal(fake.trained.length, 1);
});

Deno.test("a trained model is renamed and forgotten, by its owner alone", async () => {
  await using fake = startFal();
  await using photos = await folderOf(4);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const { models } = test.app.imageService;
  const train = (args: Record<string, unknown>) => client.call("train_model", args);
  const photosAnd = { folder: photos.path, confirm: true };
  await train({ ...WANTED, ...photosAnd });
  await train({ ...WANTED, ...photosAnd, name: "my-cat" });
  const [{ id }] = (await client.call("list_jobs")).envelope.jobs;
  for (
    const [args, words] of [
      [{ name: "my-dog", rename_to: "my-cat" }, /You have a model 'my-cat' already/],
      [{ name: "my-dog", rename_to: "fal" }, /means a model or provider already/],
      [{ name: "my-dog", rename_to: "My Dog" }, /2 to 50 small letters/],
      [{ name: "my-dog", rename_to: "my-hound", forget: true }, /one of the two/],
      [{ name: "my-dgo", forget: true }, /no model 'my-dgo': yours are 'my-cat' or 'my-dog'/],
      [{ name: "my-dgo", rename_to: "my-hound" }, /no model 'my-dgo': yours are/],
    ] as const
  ) {
    const { envelope } = await train(args);
    assert.match(envelope.error?.message ?? "", words);
  }
  const renamed = await train({ name: "my-dog", rename_to: "my-hound" });
  const model = { name: "my-hound", provider: "fal", trigger_word: "ZXDOG" };
  assert.deepEqual(renamed.envelope.model, model);
  const drawn = await client.call("generate_image", { prompt: "a hat", model: "my-hound" });
  assert.equal(drawn.envelope.error, null);
  assert.equal(await models.find("my-dog", ""), undefined);

  await assert.rejects(models.forget("my-hound", "bob"), /no model 'my-hound': you have none/);
  const forgotten = await train({ name: "my-cat", forget: true });
  assert.match(forgotten.envelope.next, /Forgotten here; what fal keeps of it/);
  assert.deepEqual((await models.list("", 10)).map(({ name }) => name), ["my-hound"]);
  const { envelope } = await client.call("get_job", { job_id: id });
  assert.match(envelope.error.message, /model 'my-cat', which job '.+' trained, was forgotten/);
  assert.equal(fake.trained.length, 2);
});

Deno.test("two calls that ask the same train and pay once", async () => {
  await using fake = startReplicate();
  fake.hold!();
  await using photos = await folderOf(4);
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const args = { ...WANTED, folder: photos.path, confirm: true, wait_seconds: 0 };
  const { envelope: first } = await client.call("train_model", args);
  const { envelope: second } = await client.call("train_model", args);
  assert.equal(second.job.id, first.job.id);
  await Deno.remove(join(photos.path, "photo-3.png"));
  const { envelope: fewer } = await client.call("train_model", args);
  assert.ok(
    fewer.error.message.includes(
      `being trained already, by job '${first.job.id}': wait for that one`,
    ),
  );
  fake.finish!();
  const { envelope } = await client.call("get_job", { job_id: first.job.id });
  assert.equal(envelope.model.name, "my-dog");
  assert.equal(fake.trained.length, 1);
});

Deno.test("a vendor without a trainer, or nobody, is named with what to do", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("train_model", { ...WANTED, images: ["last"] });
  assert.match(envelope.error.message, /No provider that trains models is configured/);
});

Deno.test("a shell trains a model on a folder, and prints its name", async () => {
  await using fake = startFal();
  await using photos = await folderOf(4);
  await using folder = await temporaryFolder();
  const named = (name: string, ...words: string[]) => {
    const args = ["train", name, ...words];
    return runToEnd({ folder: folder.path, args, env: { ...fake.environment } });
  };
  const run = (...words: string[]) => named("my-dog", photos.path, ...words);
  const missing = await run();
  assert.deepEqual([missing.code, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /--trigger must be a text/);
  const offered = await run("--trigger", "ZXDOG");
  assert.deepEqual([offered.code, offered.stdout], [0, ""]);
  assert.match(offered.stderr, /Nothing was sent yet.*4 pictures.*2 USD.*--confirm/);
  assert.equal(fake.requests.length, 0);
  const trained = await run("--trigger", "ZXDOG", "--confirm");
  assert.deepEqual([trained.code, trained.stdout], [0, "my-dog\n"]);
  assert.equal(fake.trained.length, 1);
  const renamed = await named("my-dog", "--rename", "my-hound");
  assert.deepEqual([renamed.code, renamed.stdout], [0, "my-hound\n"]);
  const forgotten = await named("my-hound", "--forget");
  assert.deepEqual([forgotten.code, forgotten.stdout], [0, ""]);
  assert.match(forgotten.stderr, /Forgotten here; what fal keeps/);
});

/** A folder with so many pictures, no two alike. */
async function folderOf(count: number) {
  const folder = await temporaryFolder();
  for (let index = 0; index < count; index++) {
    const bytes = drawPlainPng(64, 64, `picture ${index}`);
    await Deno.writeFile(join(folder.path, `photo-${index}.png`), bytes);
  }
  return folder;
}
