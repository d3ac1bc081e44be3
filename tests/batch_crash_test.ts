/** Batches whose server is killed, and how the next one on the same folder goes on with them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fakeOpenAI } from "./fakes/openai.ts";
import { startTencent } from "./fakes/tencent.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

const ITEMS = Array.from({ length: 12 }, (_, index) => `number ${index + 1}`);

Deno.test("a batch of a killed server goes on, and nothing of it is asked for twice", async () => {
  await using fake = await startTencent({ drawingTime: 30, concurrency: 1_000 });
  await using folder = await temporaryFolder();
  const options = {
    folder: folder.path,
    env: { ...fake.environment, HUNYUAN_CONCURRENCY: "2", MCP_MAX_CONCURRENT: "8" },
  };
  const submitted = () =>
    fake.requests.filter(({ headers }) => headers["x-tc-action"]?.startsWith("Submit"))
      .map(({ json }) => (json as { Prompt: string }).Prompt);

  let id = "";
  {
    await using server = startServer(options);
    await server.initialize();
    const { batch } = await server.call("generate_batch", { items: ITEMS });
    id = batch.id;
    await until("some of it is drawn", () => fake.downloads.length >= 2, { seconds: 30 });
    fake.hold();
    await until("the vendor has accepted two", () => acceptedIn(folder.path) === 2);
  }
  fake.finish();
  assert.ok(submitted().length < ITEMS.length, "it was killed in the middle");

  await using next = startServer(options);
  await next.initialize();
  const view = await until("it is taken over", async () => {
    const { batch } = await next.call("get_job", { job_id: id, wait_seconds: 0 });
    return batch.waiting !== 0 && batch;
  });
  assert.equal(view.total, ITEMS.length);
  const { batch, pictures } = await next.call("get_job", { job_id: id, wait_seconds: 100 }, 120);
  assert.equal(batch.message, `${ITEMS.length} of ${ITEMS.length} drawn`);
  assert.equal(batch.state, "finished");
  const ids = pictures.flatMap(({ image_ids }: { image_ids: string[] }) => image_ids);
  assert.equal(new Set(ids).size, ITEMS.length);
  assert.deepEqual(submitted().toSorted(), ITEMS.toSorted(), "each was asked for once");
  assert.match(next.stderr, /Took over a batch of a server that ended/);
});

Deno.test("what a silent vendor had of a killed server's batch is owned up to, and not paid again", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using folder = await temporaryFolder();
  const options = {
    folder: folder.path,
    env: { ...vendor.environment, MCP_MAX_CONCURRENT: "2" },
  };
  let id = "";
  {
    await using server = startServer(options);
    await server.initialize();
    const { batch } = await server.call("generate_batch", { items: ["a cat", "a dog"] });
    id = batch.id;
    await until("the vendor has the first", () => vendor.requests.length === 1);
  }
  await using next = startServer(options);
  await next.initialize();
  const { batch, failed } = await next.call("get_job", { job_id: id, wait_seconds: 60 });
  assert.equal(batch.message, "1 of 2 drawn, 1 failed");
  const [{ item, code, message }] = failed;
  assert.deepEqual([item, code], [1, "interrupted"]);
  assert.match(message, /may have been charged/);
  const prompts = vendor.requests.map(({ json }) => (json as { prompt: string }).prompt);
  assert.deepEqual(prompts, ["a cat", "a dog"]);
});

Deno.test("a server that stops leaves its batch to the next one", async () => {
  await using fake = await startTencent({ drawingTime: 300, concurrency: 2 });
  await using folder = await temporaryFolder();
  const options = {
    folder: folder.path,
    env: { ...fake.environment, MCP_SHUTDOWN_GRACE: "10" },
  };
  let id = "";
  {
    await using server = startServer(options);
    await server.initialize();
    const { batch } = await server.call("generate_batch", { items: ITEMS.slice(0, 5) });
    id = batch.id;
    await until("the first is drawn", () => fake.downloads.length >= 1, { seconds: 30 });
    assert.equal((await server.end()).code, 0);
  }
  await using next = startServer(options);
  await next.initialize();
  const { batch } = await next.call("get_job", { job_id: id, wait_seconds: 60 });
  assert.equal(batch.message, "5 of 5 drawn");
  const { length } = fake.requests.filter(({ headers }) =>
    headers["x-tc-action"]?.startsWith("Submit")
  );
  assert.equal(length, 5);
});

/** How many jobs of batches a vendor has accepted, by the records of a folder, read past the server. */
function acceptedIn(folder: string): number {
  const path = join(folder, "generated_images", ".mcp-image-server", "records.sqlite");
  using database = new DatabaseSync(path, { timeout: 1_000, readOnly: true });
  const sql = "SELECT count(*) AS count FROM jobs WHERE batch IS NOT NULL AND state = 'accepted'";
  return Number(database.prepare(sql).get()?.count);
}
