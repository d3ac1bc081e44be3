/** Batches among others': turns, bounds, and servers that share a folder. */

import assert from "node:assert/strict";
import { silentLogger } from "../../src/log.ts";
import { combinationsOf, promptWith } from "../../src/requests/batch.ts";
import { parseRequest } from "../../src/requests/parse.ts";
import type { NewItem } from "../../src/service/batches/batches.ts";
import type { NewBatch } from "../../src/storage/records/batch_records.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { type FakeOpenAI, fakeOpenAI } from "../fakes/openai.ts";
import { openTestApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shortPauses, until } from "../support/wait.ts";

/** Batches take half of what may be drawn at once. */
const ONE_BY_ONE = { MCP_MAX_CONCURRENT: "2" };

Deno.test("every combination comes once, the last list changing fastest", () => {
  const combinations = combinationsOf({ a: ["1", "2", "1"], b: ["x", "y"] });
  assert.deepEqual(combinations.map(({ label }) => label), ["1 · x", "1 · y", "2 · x", "2 · y"]);
  assert.deepEqual(combinations[3]!.variables, { a: "2", b: "y" });
  assert.deepEqual(combinationsOf({}), [{ variables: {}, label: "" }]);
});

Deno.test("combinations without end are refused before there is one of them", () => {
  const list = Array.from({ length: 200 }, (_, index) => `${index}`);
  const lists = Object.fromEntries("abcdefgh".split("").map((name) => [name, list]));
  assert.throws(() => combinationsOf(lists), /would be 2560000000000000000 pictures/);
  assert.throws(() => combinationsOf({ a: list }, 2), /would be 400 pictures/);
});

Deno.test("a prompt without variables keeps its braces", () => {
  assert.equal(promptWith('{"a": {b}}', {}), '{"a": {b}}');
  assert.equal(promptWith("a {b} {{c}}", { b: "{d}" }), "a {d} {c}");
});

Deno.test("owners take turns, so that a small batch does not wait for a large one", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using test = await openTestApp({ env: { ...vendor.environment, ...ONE_BY_ONE } });
  const { batches, imageService } = test.app;
  const large = await batches.start(itemsOf("ann", 6), callerNamed("ann"));
  const [first] = await until(
    "the vendor has the first",
    async () => vendor.requests.length === 1 && (await batches.view(large.id, "ann")).items,
  );
  const small = await batches.start(itemsOf("bob", 2), callerNamed("bob"));
  await imageService.jobs.cancel(first!.jobId!, "ann");
  await waitFor(test, small.id, "bob");
  assert.ok((await batches.view(large.id, "ann")).counts.drawn < 6);
  await waitFor(test, large.id, "ann");
  assert.deepEqual(promptsSent(vendor), [
    "ann 1",
    "bob 1",
    "ann 2",
    "bob 2",
    "ann 3",
    "ann 4",
    "ann 5",
    "ann 6",
  ]);
});

Deno.test("several batches of one owner are drawn beside each other, and at most ten run", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using test = await openTestApp({ env: { ...vendor.environment, ...ONE_BY_ONE } });
  const { batches } = test.app;
  const begun = [];
  for (let number = 1; number <= 10; number++) {
    begun.push(await batches.start(itemsOf(`batch ${number}`, 2), callerNamed("ann")));
  }
  await assert.rejects(
    batches.start(itemsOf("more", 1), callerNamed("ann")),
    /10 batches run already/,
  );
  await batches.start(itemsOf("bob", 1), callerNamed("bob"));
  await until("the vendor has the first", () => vendor.requests.length === 1);
  await batches.cancel(begun[0]!.id, "ann");
  for (const { id } of begun.slice(1)) await waitFor(test, id, "ann");
  const sent = promptsSent(vendor).filter((prompt) => prompt.startsWith("batch"));
  assert.deepEqual(sent.slice(1, 10), begun.slice(1).map((_, index) => `batch ${index + 2} 1`));
});

Deno.test("a call that comes again because its stream broke gets the batch it had begun", async () => {
  await using vendor = fakeOpenAI();
  await using test = await openTestApp({ env: vendor.environment });
  const { batches } = test.app;
  const caller = { ...callerNamed("ann"), requestKey: "session 7" };
  const { id } = await batches.start(itemsOf("one", 2), caller);
  assert.equal((await batches.start(itemsOf("one", 2), caller)).id, id);
  await waitFor(test, id, "ann");
  assert.equal((await batches.start(itemsOf("one", 2), caller)).id, id, "after its end as well");
  const others = [
    await batches.start(itemsOf("two", 2), caller),
    await batches.start(itemsOf("one", 2), { ...caller, requestKey: "session 8" }),
    await batches.start(itemsOf("one", 2), { ...caller, owner: "bob" }),
  ];
  assert.equal(new Set([id, ...others.map((each) => each.id)]).size, 4);
});

Deno.test("the same call again gets the batch whose caller went away without its id", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs");
  await using test = await openTestApp({ env: vendor.environment });
  const { batches } = test.app;
  const ann = callerNamed("ann");
  const { id } = await batches.start(itemsOf("one", 2), ann);
  const waiting = new AbortController();
  const caller = { owner: "ann", key: "ann", signal: waiting.signal };
  const gone = assert.rejects(batches.wait(id, caller));
  await until("the vendor has both", () => vendor.requests.length === 2);
  const beside = await batches.start(itemsOf("one", 2), ann);
  assert.notEqual(beside.id, id, "somebody waits for that one");
  await batches.wait(beside.id, { ...caller, waitSeconds: 0 });
  waiting.abort();
  await gone;
  const off = { ...ann, mayAdopt: false };
  const anew = await batches.start(itemsOf("one", 2), off);
  assert.notEqual(anew.id, id);
  await batches.wait(anew.id, { owner: "ann", key: "ann", signal: NEVER, waitSeconds: 0 });
  assert.equal((await batches.start(itemsOf("one", 2), ann)).id, id);
  await batches.wait(id, { owner: "ann", key: "ann", signal: NEVER, waitSeconds: 0 });
  assert.notEqual((await batches.start(itemsOf("one", 2), ann)).id, id, "it was told its id");
});

Deno.test("an item that finds the queue full waits and is drawn later", async () => {
  using _pauses = shortPauses();
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  const env = { ...vendor.environment, MCP_MAX_CONCURRENT: "1", MCP_MAX_QUEUE: "0" };
  await using test = await openTestApp({ env });
  const { batches, imageService } = test.app;
  const caller = { owner: "", key: "another", signal: NEVER };
  const first = await imageService.run(requestOf("in the way"), { ...caller, waitSeconds: 0 });
  await until("the vendor has it", () => vendor.requests.length === 1);
  const { id } = await batches.start(itemsOf("patient", 1), callerNamed(""));
  await until("it was turned away", async () => {
    const { items: [item] } = await batches.view(id, "");
    return item!.jobId !== null && imageService.load.waiting === 0;
  });
  assert.ok(!first.done);
  await imageService.jobs.cancel(first.job.id, "");
  assert.equal((await waitFor(test, id, "")).counts.drawn, 1);
});

Deno.test("another server on the folder sees how far a batch is, and stops it", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using folder = await temporaryFolder();
  const options = { env: { ...vendor.environment, ...ONE_BY_ONE }, folder: folder.path };
  await using one = await openTestApp(options);
  await using other = await openTestApp(options);
  const { id } = await one.app.batches.start(itemsOf("shared", 3), callerNamed("ann"));
  await until("the vendor has the first", () => vendor.requests.length === 1);
  await assert.rejects(other.app.batches.view(id, "bob"), /There is no batch/);
  const progress: string[] = [];
  const caller = { owner: "ann", key: "ann", signal: NEVER };
  const view = await other.app.batches.wait(id, {
    ...caller,
    waitSeconds: 0.1,
    onProgress: (message) => progress.push(message),
  });
  assert.equal(view.state, "running");
  assert.match(progress[0]!, /^0 of 3 drawn/);
  await other.app.batches.recover();
  assert.equal(vendor.requests.length, 1, "its server is alive");
  const { before, after } = await other.app.batches.cancel(id, "ann");
  assert.deepEqual([before, after.state], ["running", "cancelled"]);
  assert.equal((await one.app.batches.view(id, "ann")).counts.cancelled, 3);
});

Deno.test("a server that another took a batch over from begins nothing more of it", async () => {
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs", 1);
  await using folder = await temporaryFolder();
  const options = { env: { ...vendor.environment, ...ONE_BY_ONE }, folder: folder.path };
  await using frozen = await openTestApp(options);
  const { batches, imageService } = frozen.app;
  const { id } = await batches.start(itemsOf("shared", 3), callerNamed("ann"));
  const [first] = await until(
    "the vendor has the first",
    async () => vendor.requests.length === 1 && (await batches.view(id, "ann")).items,
  );
  const waiting = waitFor(frozen, id, "ann");
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  const { batches: records } = await storage.records();
  const [server] = await records.serversAtWork();
  assert.equal(await records.claim(id, server!, "successor"), true);
  await imageService.jobs.cancel(first!.jobId!, "ann");
  await until("it is another's", () => frozen.log.some((line) => line.includes("Another server")));
  const items = await records.items(id);
  assert.deepEqual(items.map(({ state }) => state), ["running", "waiting", "waiting"]);
  assert.equal(vendor.requests.length, 1);
  await records.end(id, "finished", "successor");
  assert.equal((await waiting).state, "finished", "who waits hears of the other's end");
  await storage.close();
});

Deno.test("an item whose job was never recorded is drawn under the same id, which its server may use yet", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  await leave(folder.path, { id: "batch_open" }, { firstJob: "job_1_left" });
  await using test = await openTestApp({ env: vendor.environment, folder: folder.path });
  await test.app.batches.recover();
  const { items: [first] } = await waitFor(test, "batch_open", "");
  assert.deepEqual([first!.state, first!.jobId], ["drawn", "job_1_left"]);
});

Deno.test("what a dead server left goes on, but for what was cancelled or read from a file", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  await leave(folder.path, { id: "batch_open" });
  await leave(folder.path, { id: "batch_stopped" }, { isCancelled: true });
  await leave(folder.path, { id: "batch_file", source: "/cards.csv" });
  await using test = await openTestApp({ env: vendor.environment, folder: folder.path });
  const { batches } = test.app;
  await batches.recover();
  assert.equal((await waitFor(test, "batch_open", "")).counts.drawn, 2);
  const states = await Promise.all(
    ["batch_stopped", "batch_file"].map(async (id) => (await batches.view(id, "")).state),
  );
  assert.deepEqual(states, ["cancelled", "interrupted"]);
  assert.deepEqual(promptsSent(vendor).toSorted(), ["batch_open 1", "batch_open 2"]);
});

Deno.test("a batch of a dead server that nobody has taken over can be cancelled", async () => {
  await using folder = await temporaryFolder();
  await leave(folder.path, { id: "batch_open" });
  await using test = await openTestApp({ folder: folder.path });
  const { after } = await test.app.batches.cancel("batch_open", "");
  assert.deepEqual([after.state, after.counts.cancelled], ["cancelled", 2]);
});

Deno.test("a file is drawn by one process at a time, and by the next one where the last stopped", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const options = { env: { ...vendor.environment, ...ONE_BY_ONE }, folder: folder.path };
  const source = "/home/ann/cards.csv";
  const items = itemsOf("card", 3);
  {
    await using one = await openTestApp(options);
    await using other = await openTestApp(options);
    const { id } = await one.app.batches.startFile(items.slice(0, 1), "", source);
    await waitFor(one, id, "");
    vendor.misbehave("hangs", 1);
    await one.app.batches.startFile(items, "", source);
    await until("the vendor has the second", () => vendor.requests.length === 2);
    await assert.rejects(
      other.app.batches.startFile(items, "", source),
      /Another process draws \/home\/ann\/cards\.csv now, as batch_/,
    );
  }
  await using next = await openTestApp(options);
  await next.app.imageService.recover();
  const { id } = await next.app.batches.startFile(items, "", source);
  const { counts, items: ended } = await waitFor(next, id, "");
  assert.deepEqual([counts.drawn, counts.failed], [2, 1]);
  assert.equal(ended[1]!.error?.code, "interrupted", "the vendor may have charged for it");
  assert.deepEqual(promptsSent(vendor), ["card 1", "card 2", "card 3"]);
  const repeated = await next.app.batches.startFile(items, "", source);
  assert.equal((await waitFor(next, repeated.id, "")).counts.drawn, 3);
});

const NEVER = new AbortController().signal;

function callerNamed(owner: string) {
  return { owner, mayAdopt: true };
}

function itemsOf(name: string, count: number): readonly NewItem[] {
  return Array.from({ length: count }, (_, index) => {
    const label = `${name} ${index + 1}`;
    return { label, request: requestOf(label) };
  });
}

function requestOf(prompt: string) {
  return parseRequest({ prompt });
}

async function waitFor({ app }: TestApp, id: string, owner: string) {
  return await app.batches.wait(id, { owner, key: owner, signal: NEVER });
}

function promptsSent({ requests }: FakeOpenAI): readonly string[] {
  return requests.map(({ json }) => (json as { prompt: string }).prompt);
}

/** Records a batch of two items as a server leaves it that dies before the first. */
async function leave(
  folder: string,
  batch: Partial<NewBatch> & { readonly id: string },
  { isCancelled = false, firstJob }: {
    readonly isCancelled?: boolean;
    /** Of the first item, where the server died between its choice and its record. */
    readonly firstJob?: string;
  } = {},
): Promise<void> {
  const storage = openLocalStorage({ saveDirectory: folder, log: silentLogger });
  const { batches } = await storage.records();
  const items = itemsOf(batch.id, 2).map((item, index) => ({
    ...item,
    number: index + 1,
    state: "waiting" as const,
    jobId: null,
    imageIds: [],
    warnings: [],
    error: null,
  }));
  if (firstJob) Object.assign(items[0]!, { state: "running", jobId: firstJob });
  const whole = { owner: "", title: "left", source: null, createdAt: Date.now(), ...batch };
  await batches.save(whole, items, "a server long gone");
  if (isCancelled) await batches.requestCancel(batch.id);
  await storage.close();
}
