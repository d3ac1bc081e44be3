/** What every kind of records keeps to about batches: owners, items, and what several servers do at once. */

import assert from "node:assert/strict";
import type {
  BatchItem,
  NewBatch,
  RequestedItem,
} from "../../../src/storage/records/batch_records.ts";
import type { Records } from "../../../src/storage/records/records.ts";
import type { OpenedRecords } from "./records.ts";

/** Registers the tests, each on records of its own. */
export function testBatchRecords(
  test: (what: string, work: (opened: OpenedRecords) => Promise<void>) => void,
): void {
  test("a batch is found as it was saved, with its items in their order", async ({ records }) => {
    const { batches } = records;
    const items = [item(1), item(2, { label: "a fox" }), item(10)];
    await batches.save(batch("batch_1"), items.toReversed(), "server-1");
    assert.deepEqual(await batches.find("batch_1", ""), {
      ...batch("batch_1"),
      state: "running",
      server: "server-1",
      counts: { waiting: 3, running: 0, drawn: 0, failed: 0, cancelled: 0 },
    });
    assert.deepEqual(await batches.items("batch_1"), items.map(withoutRequest));
    assert.deepEqual(await batches.request("batch_1", 10), items[2]!.request);
    assert.equal(await batches.request("batch_1", 3), undefined);
    assert.deepEqual(await batches.items("batch_2"), []);
  });

  test("saving a batch again replaces it and its items", async ({ records: { batches } }) => {
    await batches.save(batch("batch_1"), [item(1), item(2)], "server-1");
    await batches.end("batch_1", "interrupted", "server-1");
    const [changed] = [item(1, { state: "drawn", imageIds: ["img_1"] })];
    await batches.save(batch("batch_1", { title: "anew" }), [changed], "server-2");
    const { title, state, server, counts } = (await batches.find("batch_1", ""))!;
    assert.deepEqual([title, state, server], ["anew", "running", "server-2"]);
    assert.deepEqual([counts.drawn, counts.waiting], [1, 0]);
    assert.deepEqual(await batches.items("batch_1"), [withoutRequest(changed)]);
  });

  test("a batch is its owner's alone, its file too", async ({ records: { batches } }) => {
    const source = "/home/ann/cards.csv";
    await batches.save(batch("batch_ann", { owner: "ann", source }), [item(1)], "server-1");
    assert.equal(await batches.find("batch_ann", "bob"), undefined);
    assert.equal(await batches.findSource(source, "bob"), undefined);
    assert.deepEqual(await batches.list("bob", 10), []);
    assert.equal((await batches.findSource(source, "ann"))?.id, "batch_ann");
    assert.equal(await batches.findSource("/home/ann/other.csv", "ann"), undefined);
  });

  test("the newest batch of a file is found", async ({ records: { batches } }) => {
    const source = "/cards.csv";
    await batches.save(batch("batch_2", { source, createdAt: 2_000 }), [item(1)], "server-1");
    await batches.save(batch("batch_1", { source, createdAt: 1_000 }), [item(1)], "server-1");
    assert.equal((await batches.findSource(source, ""))?.id, "batch_2");
  });

  test("batches are listed newest first, by their states", async ({ records: { batches } }) => {
    for (const [index, state] of (["finished", "failed", "cancelled"] as const).entries()) {
      const id = `batch_${index}`;
      await batches.save(batch(id, { createdAt: 1_000 + index }), [item(1)], "server-1");
      await batches.end(id, state, "server-1");
    }
    await batches.save(batch("batch_9", { createdAt: 9_000 }), [item(1)], "server-1");
    const ids = async (...args: Parameters<Records["batches"]["list"]>) =>
      (await batches.list(...args)).map(({ id }) => id);
    assert.deepEqual(await ids("", 3), ["batch_9", "batch_2", "batch_1"]);
    assert.deepEqual(await ids("", 9, ["failed", "cancelled"]), ["batch_2", "batch_1"]);
    assert.deepEqual(await ids("", 9, ["running"]), ["batch_9"]);
  });

  test("where the items are is counted as it changes", async ({ records: { batches } }) => {
    const items = [1, 2, 3, 4, 5].map((number) => item(number));
    await batches.save(batch("batch_1"), items, "server-1");
    const drawn: BatchItem = {
      ...withoutRequest(items[0]!),
      state: "drawn",
      jobId: "job_1",
      imageIds: ["img_1", "img_2"],
      warnings: ["Without a seed"],
    };
    const failed: BatchItem = {
      ...withoutRequest(items[1]!),
      state: "failed",
      jobId: "job_2",
      error: { code: "content_refused", message: "No" },
    };
    await batches.saveItem("batch_1", drawn, "server-1");
    await batches.saveItem("batch_1", failed, "server-1");
    await batches.saveItem(
      "batch_1",
      { ...withoutRequest(items[2]!), state: "running" },
      "server-1",
    );
    const { counts } = (await batches.find("batch_1", ""))!;
    assert.deepEqual(counts, { waiting: 2, running: 1, drawn: 1, failed: 1, cancelled: 0 });
    assert.deepEqual((await batches.items("batch_1")).slice(0, 2), [drawn, failed]);
    assert.deepEqual(await batches.request("batch_1", 1), items[0]!.request);
  });

  test("what was not over when a batch was cancelled is cancelled, and may be set waiting again", async ({ records }) => {
    const { batches } = records;
    const items = [
      item(1, { state: "drawn", jobId: "job_1", imageIds: ["img_1"] }),
      item(2, { state: "failed", jobId: "job_2", error: { code: "timeout", message: "Late" } }),
      item(3, { state: "running", jobId: "job_3" }),
      item(4),
    ];
    await batches.save(batch("batch_1"), items, "server-1");
    assert.equal(await batches.reopen("batch_1", "server-2"), false, "it runs");
    await batches.requestCancel("batch_1");
    await batches.end("batch_1", "cancelled", "server-1");
    const states = async () => (await batches.items("batch_1")).map(({ state }) => state);
    assert.deepEqual(await states(), ["drawn", "failed", "cancelled", "cancelled"]);
    assert.equal(await batches.reopen("batch_1", "server-2"), true);
    assert.deepEqual(await batches.items("batch_1"), [
      withoutRequest(items[0]!),
      ...[2, 3, 4].map((number) => withoutRequest(item(number))),
    ]);
    const { state, server } = (await batches.find("batch_1", ""))!;
    assert.deepEqual([state, server], ["running", "server-2"]);
    assert.deepEqual(await batches.cancelRequests("server-2"), [], "the request is over");
  });

  test("what an interrupted batch had begun is known to the next one", async ({ records }) => {
    const { batches } = records;
    const items = [item(1, { state: "running", jobId: "job_1" }), item(2)];
    await batches.save(batch("batch_1"), items, "server-1");
    await batches.end("batch_1", "interrupted", "server-1");
    assert.deepEqual(await batches.items("batch_1"), items.map(withoutRequest));
  });

  test("running batches of a dead server are found, and taken over once", async ({ records }) => {
    const { batches } = records;
    await batches.save(batch("batch_1", { owner: "ann" }), [item(1)], "dead");
    await batches.save(batch("batch_2"), [item(1)], "dead");
    await batches.end("batch_2", "finished", "dead");
    await batches.save(batch("batch_3"), [item(1)], "alive");
    assert.deepEqual((await batches.serversAtWork()).toSorted(), ["alive", "dead"]);
    assert.deepEqual((await batches.runningOf("dead")).map(({ id }) => id), ["batch_1"]);
    assert.equal(await batches.claim("batch_1", "dead", "one"), true);
    assert.equal(await batches.claim("batch_1", "dead", "other"), false);
    assert.equal((await batches.find("batch_1", "ann"))?.server, "one");
    assert.equal(await batches.claim("batch_2", "dead", "one"), false, "it is over");
  });

  test("a server that another took a batch over from changes nothing of it", async ({ records }) => {
    const { batches } = records;
    await batches.save(batch("batch_1"), [item(1), item(2)], "frozen");
    const begun = (number: number): BatchItem => ({
      ...withoutRequest(item(number)),
      state: "running",
      jobId: `job_${number}`,
    });
    assert.equal(await batches.saveItem("batch_1", begun(1), "frozen"), true);
    await batches.claim("batch_1", "frozen", "successor");
    assert.equal(await batches.saveItem("batch_1", begun(2), "frozen"), false);
    assert.equal(await batches.end("batch_1", "cancelled", "frozen"), false);
    assert.deepEqual(await batches.items("batch_1"), [begun(1), withoutRequest(item(2))]);
    assert.equal((await batches.find("batch_1", ""))?.state, "running");
    assert.equal(await batches.end("batch_1", "finished", "successor"), true);
    assert.equal(await batches.saveItem("batch_1", begun(2), "successor"), false, "it is over");
  });

  test("who draws a batch is told that it is to be cancelled", async ({ records: { batches } }) => {
    await batches.save(batch("batch_1"), [item(1)], "server-1");
    await batches.save(batch("batch_2"), [item(1)], "server-1");
    await batches.requestCancel("batch_1");
    assert.deepEqual(await batches.cancelRequests("server-1"), ["batch_1"]);
    assert.deepEqual(await batches.cancelRequests("server-2"), []);
    await batches.end("batch_1", "cancelled", "server-1");
    assert.deepEqual(await batches.cancelRequests("server-1"), []);
  });

  test("batches that nothing has happened to are forgotten whole", async ({ records, clock }) => {
    const { batches } = records;
    const start = clock.now;
    await batches.save(batch("batch_old"), [item(1)], "server-1");
    await batches.save(batch("batch_busy"), [item(1)], "server-1");
    clock.now += 1_000;
    await batches.saveItem(
      "batch_busy",
      { ...withoutRequest(item(1)), state: "running" },
      "server-1",
    );
    await batches.forgetBefore(start + 1);
    assert.equal(await batches.find("batch_old", ""), undefined);
    assert.deepEqual(await batches.items("batch_old"), []);
    assert.ok(await batches.find("batch_busy", ""));
  });
}

function batch(id: string, changes: Partial<NewBatch> = {}): NewBatch {
  return { id, owner: "", title: "a cat", source: null, createdAt: 1_000, ...changes };
}

function item(number: number, changes: Partial<BatchItem> = {}): RequestedItem {
  return {
    number,
    label: "a cat",
    state: "waiting",
    jobId: null,
    imageIds: [],
    warnings: [],
    error: null,
    ...changes,
    request: {
      operation: "generate",
      prompt: `a cat ${number}`,
      inputs: [],
      providerNames: [],
      count: 1,
      options: {},
    },
  };
}

function withoutRequest({ request: _, ...rest }: RequestedItem): BatchItem {
  return rest;
}
