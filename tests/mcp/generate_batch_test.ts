import assert from "node:assert/strict";
import { Client, type Progress, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { fakeOpenAI } from "../fakes/openai.ts";
import { startTencent } from "../fakes/tencent.ts";
import { connectTestClient, openTestApp, type TestClient } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const IDENTITY = { name: "test", version: "1" };
const SMALL = { resolution: "64x64" };
const PAIR = { items: ["a cow", "an owl"], ...SMALL };
/** Batches take half of what may be drawn at once. */
const ONE_BY_ONE = { MCP_MAX_CONCURRENT: "2" };

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`each combination of the variables is drawn, the last one changing fastest (${mode})`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const seen: Progress[] = [];
    const { envelope, isError } = await client.call("generate_batch", {
      prompt: "a {colour} {animal}",
      variables: { colour: ["red", "blue"], animal: ["cat", "fox"] },
      ...SMALL,
      wait_seconds: 60,
    }, { onprogress: (progress) => seen.push(progress) });
    assert.equal(isError, false);
    assert.match(envelope.batch.id, /^batch_\d+_[0-9a-f]{16}$/);
    assert.deepEqual(
      [envelope.batch.state, envelope.batch.total, envelope.batch.drawn, envelope.batch.failed],
      ["finished", 4, 4, 0],
    );
    assert.deepEqual(envelope.pictures.map(({ item }: { item: number }) => item), [1, 2, 3, 4]);
    assert.match(envelope.warnings[0], /^Placeholder, no AI model/);
    const prompts = await promptsOf(client, envelope.pictures);
    assert.deepEqual(prompts, ["a red cat", "a red fox", "a blue cat", "a blue fox"]);
    assert.match(seen.at(-1)!.message!, /^4 of 4 drawn/);
    const values = seen.map(({ progress }) => progress);
    assert.deepEqual(values, values.toSorted((one, other) => one - other));
  });
}

Deno.test("over HTTP the official clients, old and new, see how far a batch is", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  const url = new URL("/mcp", server.url);
  const call = { name: "generate_batch", arguments: { ...PAIR, wait_seconds: 60 } };
  for (const mode of ["legacy", "auto"] as const) {
    const client = new Client(IDENTITY, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(url));
    const seen: Progress[] = [];
    const options = { onprogress: (progress: Progress) => void seen.push(progress) };
    const { structuredContent } = await client.callTool(call, options);
    assert.match(JSON.stringify(structuredContent), /"message":"2 of 2 drawn"/);
    assert.ok(seen.some(({ message }) => message!.startsWith("1 of 2 drawn")), mode);
    await client.close();
  }
  const client = new OldClient(IDENTITY);
  await client.connect(new OldTransport(url));
  const seen: Progress[] = [];
  const options = { onprogress: (progress: Progress) => void seen.push(progress) };
  const { structuredContent } = await client.callTool(call, undefined, options);
  assert.match(JSON.stringify(structuredContent), /"message":"2 of 2 drawn"/);
  assert.ok(seen.some(({ message }) => message!.startsWith("1 of 2 drawn")), "1.x");
  await client.close();
});

Deno.test("without a wait the batch's id comes at once, and get_job waits for all of it", async () => {
  await using vendor = await startTencent({ drawingTime: 50 });
  await using test = await openTestApp({ env: vendor.environment });
  await using client = await connectTestClient(test.app);
  const first = await client.call("generate_batch", { items: ["a cat", "a dog", "a fox"] });
  assert.equal(first.envelope.batch.state, "running");
  assert.match(first.envelope.next, /^get_job with job_id batch_\S+ waits for it/);
  const seen: Progress[] = [];
  const { envelope } = await client.call("get_job", { job_id: first.envelope.batch.id }, {
    onprogress: (progress) => seen.push(progress),
  });
  assert.equal(envelope.batch.message, "3 of 3 drawn");
  assert.deepEqual(envelope.pictures.map(({ item }: { item: number }) => item), [1, 2, 3]);
  assert.ok(seen.some(({ message }) => message!.startsWith("1 of 3 drawn")));
  const again = await client.call("get_job", { job_id: "last", wait_seconds: 0 });
  assert.deepEqual(again.envelope.pictures, envelope.pictures);
});

Deno.test("items say for themselves what differs, and the rest counts for all", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_batch", {
    ...SMALL,
    style: "anime",
    prompt: "a {animal}",
    items: [
      { variables: { animal: "cat" }, seed: 7 },
      { prompt: "a house", style: "sketch", n: 2 },
      { template: "logo", variables: { subject: "Fox & Co" }, prompt: "" },
    ],
    wait_seconds: 60,
  });
  assert.equal(envelope.batch.drawn, 3, JSON.stringify(envelope));
  const [cat, houses, logo] = envelope.pictures;
  assert.equal(houses.image_ids.length, 2);
  const { image } = (await client.call("image_history", { image_id: cat.image_ids[0] })).envelope;
  assert.equal(image.prompt, "a cat");
  assert.deepEqual([image.parameters.style, image.parameters.seed], ["anime", 7]);
  const drawn = await client.call("image_history", { image_id: logo.image_ids[0] });
  assert.match(drawn.envelope.image.prompt, /A flat vector logo for Fox & Co/);
});

const MISTAKES: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
  ["nothing", {}, /There is nothing to draw: pass items, such as/],
  ["no items", { items: [] }, /There is nothing to draw/],
  [
    "a wrong name in an item",
    { items: ["a cat", { promt: "a dog" }] },
    /Nothing was drawn: item 2: Unknown argument 'promt', did you mean 'prompt'\?$/,
  ],
  [
    "an illegal value in an item",
    { items: ["a cat", { prompt: "a dog", n: 11 }] },
    /item 2: 'n' must be a whole number from 1 to 10, current value is 11$/,
  ],
  [
    "what the provider cannot do",
    { items: ["a cat", { prompt: "a dog", style: "nope" }, { prompt: "x", style: "nope" }] },
    /item 2, item 3: .*no style 'nope'/,
  ],
  ["an empty prompt", { items: ["a cat", { seed: 1 }] }, /item 2: The prompt is empty/],
  [
    "a gap that is not filled",
    { prompt: "a {colour} {animal}", variables: { animal: ["cat", "dog"] } },
    /drawn: Cannot fill the template: the variable 'colour' is missing/,
  ],
  [
    "a value for no gap",
    { prompt: "a {animal}", variables: { animal: ["cat"], anmal: ["dog"] } },
    /it has no variable 'anmal', did you mean 'animal'\?/,
  ],
  [
    "too many combinations",
    { prompt: "{a}{b}", variables: { a: numbers(20), b: numbers(11) } },
    /That would be 220 pictures, and a batch has at most 200/,
  ],
  [
    "too many pictures",
    { items: numbers(100), n: 3 },
    /That would be 300 pictures, and a batch has at most 200/,
  ],
  ["too many items", { items: numbers(201) }, /'items' must be a list of at most 200 objects/],
  ["an unknown batch", { repeat_failed: "batch_none" }, /There is no batch 'batch_none'/],
  [
    "a repetition of something else",
    { repeat_failed: "batch_none", prompt: "x" },
    /leave out prompt$/,
  ],
];

Deno.test("a mistake names its item and what is legal, and nothing is drawn", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  for (const [what, args, message] of MISTAKES) {
    const { envelope, isError } = await client.call("generate_batch", args);
    assert.equal(isError, true, what);
    assert.match(envelope.error.message, message, what);
  }
  assert.deepEqual((await client.call("list_jobs")).envelope.jobs, []);
  assert.deepEqual((await client.call("search_images")).envelope.images, []);
});

Deno.test("what failed is told with its reason, and repeated alone when it is asked for", async () => {
  await using vendor = fakeOpenAI();
  await using test = await openTestApp({ env: { ...vendor.environment, ...ONE_BY_ONE } });
  await using client = await connectTestClient(test.app);
  vendor.misbehave("refused by moderation", 1);
  const { envelope } = await client.call("generate_batch", {
    items: ["a cat", "a dog", "a fox"],
    wait_seconds: 60,
  });
  assert.equal(envelope.batch.message, "2 of 3 drawn, 1 failed");
  assert.deepEqual(
    envelope.failed.map(({ item, label, code }: Record<string, unknown>) => [item, label, code]),
    [[1, "a cat", "content_refused"]],
  );
  assert.match(
    envelope.next,
    new RegExp(`repeat_failed ${envelope.batch.id} draws what is missing`),
  );
  const sent = vendor.requests.length;
  const again = await client.call("generate_batch", {
    repeat_failed: envelope.batch.id,
    wait_seconds: 60,
  });
  assert.equal(again.envelope.batch.id, envelope.batch.id);
  assert.equal(again.envelope.batch.message, "3 of 3 drawn");
  assert.equal(vendor.requests.length, sent + 1);
  assert.deepEqual(again.envelope.pictures.slice(1), envelope.pictures);
  const more = await client.call("generate_batch", { repeat_failed: envelope.batch.id });
  assert.match(more.envelope.error.message, /Nothing of batch '\S+' failed: 3 of 3 drawn/);
});

Deno.test("a batch that is cancelled begins nothing more, and says what may be charged", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using test = await openTestApp({ env: { ...vendor.environment, ...ONE_BY_ONE } });
  await using client = await connectTestClient(test.app);
  const { envelope: { batch } } = await client.call("generate_batch", {
    items: ["a cat", "a dog"],
  });
  await until("the vendor has the first", () => vendor.requests.length === 1);
  const { envelope } = await client.call("cancel_job", { job_id: batch.id });
  assert.deepEqual([envelope.cancelled, envelope.may_be_charged], [true, true]);
  assert.match(envelope.message, /^0 of 2 drawn, 2 cancelled\. What was being drawn may have been/);
  const again = await client.call("cancel_job", { job_id: batch.id });
  assert.deepEqual(
    [again.envelope.cancelled, again.envelope.message],
    [false, "It was already cancelled"],
  );
  assert.equal(vendor.requests.length, 1);
  const rest = { repeat_failed: "last", wait_seconds: 60 };
  const { envelope: repeated } = await client.call("generate_batch", rest);
  assert.equal(repeated.batch.message, "2 of 2 drawn");
});

Deno.test("lists show a batch as one row, and not its jobs", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await client.call("generate_image", { prompt: "a house", ...SMALL });
  const items = ["a cat", "a dog"];
  const made = await client.call("generate_batch", { items, ...SMALL, wait_seconds: 60 });
  const { envelope: { jobs } } = await client.call("list_jobs");
  assert.deepEqual(
    jobs.map(({ state, prompt }: Record<string, unknown>) => [state, prompt]),
    [["finished", "a cat"], ["finished", "a house"]],
  );
  assert.deepEqual([jobs[0].id, jobs[0].message], [made.envelope.batch.id, "2 of 2 drawn"]);
  assert.match(jobs[1].id, /^job_/);
  const failed = await client.call("list_jobs", { status: "failed" });
  assert.deepEqual(failed.envelope.jobs, []);
  const { contents } = await client.client.readResource({ uri: "jobs://list" });
  assert.match(JSON.stringify(contents), /2 of 2 drawn/);
});

Deno.test("another call is not held up by a batch", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 4);
  await using test = await openTestApp({ env: vendor.environment });
  await using client = await connectTestClient(test.app);
  const { envelope: { batch } } = await client.call("generate_batch", { items: numbers(200) });
  await until("the vendor has as many as may be at once", () => vendor.requests.length === 4);
  const { envelope } = await client.call("generate_image", { prompt: "a cat" });
  assert.equal(envelope.images.length, 1);
  const { envelope: { jobs } } = await client.call("list_jobs", { status: "running" });
  assert.deepEqual(jobs.map(({ id }: { id: string }) => id), [batch.id]);
  assert.equal(test.app.imageService.jobs.active, 4, "the other items are no jobs yet");
  await client.call("cancel_job", { job_id: batch.id });
});

Deno.test("the answer about a large batch stays within what an answer may hold", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("refused by moderation");
  const env = { ...vendor.environment, MCP_MAX_RESULT_BYTES: "20000", MCP_MAX_CONCURRENT: "16" };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app);
  const items = numbers(200).map((number) => ({
    prompt: `${number} ${"a long prompt ".repeat(50)}`,
  }));
  const { envelope, content } = await client.call("generate_batch", { items, wait_seconds: 100 });
  assert.deepEqual([envelope.batch.state, envelope.batch.failed], ["failed", 200]);
  assert.ok(JSON.stringify({ envelope, content }).length < 20_000);
  assert.equal(envelope.failed.length + envelope.left_out, 200);
});

function numbers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${index + 1}`);
}

async function promptsOf(
  client: TestClient,
  pictures: readonly { readonly image_ids: readonly string[] }[],
): Promise<readonly string[]> {
  return await Promise.all(
    pictures.flatMap(({ image_ids }) => image_ids).map(async (image_id) => {
      const { envelope } = await client.call("image_history", { image_id });
      return envelope.image.prompt;
    }),
  );
}
