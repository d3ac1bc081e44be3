import assert from "node:assert/strict";
import type { JSONRPCMessage } from "../../src/deps/mcp_server.ts";
import { createEventShelf, EVENT_BOUNDS, type SessionEvents } from "../../src/http/events.ts";

const ROOMY = { count: 1000, bytes: 1_000_000, age: 60_000, sharedBytes: 10_000_000 };

function message(text: string): JSONRPCMessage {
  return { jsonrpc: "2.0", method: "notifications/message", params: { text } };
}

async function after(events: SessionEvents, lastEventId: string): Promise<unknown[]> {
  const texts: unknown[] = [];
  await events.replayEventsAfter(lastEventId, {
    send: (_id, sent) => {
      texts.push("method" in sent ? sent.params?.text : sent);
      return Promise.resolve();
    },
  });
  return texts;
}

async function isKnown(events: SessionEvents, id: string): Promise<boolean> {
  return await events.getStreamIdForEventId?.(id) !== undefined;
}

Deno.test("later messages of the same stream are replayed in order, of other streams none", async () => {
  const events = createEventShelf(ROOMY, () => 0).forSession();
  const first = await events.storeEvent("a", {} as JSONRPCMessage);
  await events.storeEvent("a", message("a1"));
  await events.storeEvent("b", message("b1"));
  const second = await events.storeEvent("a", message("a2"));
  await events.storeEvent("a", message("a3"));
  assert.deepEqual(await after(events, first), ["a1", "a2", "a3"]);
  assert.deepEqual(await after(events, second), ["a3"]);
  assert.equal(await events.getStreamIdForEventId?.(first), "a");
});

Deno.test("ids of another session are unknown", async () => {
  const shelf = createEventShelf(ROOMY, () => 0);
  const [mine, theirs] = [shelf.forSession(), shelf.forSession()];
  const id = await theirs.storeEvent("_GET_stream", message("theirs"));
  await mine.storeEvent("_GET_stream", message("mine"));
  assert.equal(await isKnown(mine, id), false);
  await assert.rejects(after(mine, id), /Unknown event id/);
});

Deno.test("a session keeps only so many events, the newest", async () => {
  const events = createEventShelf({ ...ROOMY, count: 2 }, () => 0).forSession();
  const ids = [];
  for (const text of ["1", "2", "3"]) ids.push(await events.storeEvent("a", message(text)));
  assert.deepEqual(await Promise.all(ids.map((id) => isKnown(events, id))), [false, true, true]);
});

Deno.test("a session keeps only so many bytes, and lets other sessions' events be", async () => {
  const shelf = createEventShelf({ ...ROOMY, bytes: 2500 }, () => 0);
  const [chatty, quiet] = [shelf.forSession(), shelf.forSession()];
  const kept = await quiet.storeEvent("a", message("kept"));
  const ids = [];
  for (const letter of ["x", "y", "z"]) {
    ids.push(await chatty.storeEvent("a", message(letter.repeat(1000))));
  }
  assert.deepEqual(await Promise.all(ids.map((id) => isKnown(chatty, id))), [false, true, true]);
  assert.equal(await isKnown(quiet, kept), true);
});

Deno.test("an event larger than everything is not kept at all", async () => {
  const shelf = createEventShelf({ ...ROOMY, bytes: 1000 }, () => 0);
  const events = shelf.forSession();
  await events.storeEvent("a", message("x".repeat(5000)));
  assert.equal(shelf.bytes, 0);
});

Deno.test("all sessions together keep only so many bytes, the newest", async () => {
  const shelf = createEventShelf({ ...ROOMY, sharedBytes: 20_000 }, () => 0);
  const sessions = Array.from({ length: 100 }, () => shelf.forSession());
  for (const session of sessions) await session.storeEvent("a", message("x".repeat(1000)));
  assert.ok(shelf.bytes > 10_000 && shelf.bytes <= 20_000, `${shelf.bytes}`);
});

Deno.test("events are forgotten when they have grown old", async () => {
  let now = 0;
  const shelf = createEventShelf(ROOMY, () => now);
  const events = shelf.forSession();
  const old = await events.storeEvent("a", message("old"));
  now += 60_001;
  const young = await events.storeEvent("a", message("young"));
  assert.equal(await isKnown(events, old), false);
  assert.equal(await isKnown(events, young), true);
  now += 60_001;
  shelf.prune();
  assert.equal(shelf.bytes, 0);
});

Deno.test("a session that ends takes its events along", async () => {
  const shelf = createEventShelf(ROOMY, () => 0);
  const [ending, staying] = [shelf.forSession(), shelf.forSession()];
  await ending.storeEvent("a", message("x".repeat(1000)));
  const id = await staying.storeEvent("a", message("stays"));
  ending.clear();
  assert.ok(shelf.bytes < 500);
  assert.equal(await isKnown(staying, id), true);
});

Deno.test("the server's own bounds hold a usual result, and little for many sessions", () => {
  assert.ok(EVENT_BOUNDS.bytes > 1_000_000);
  assert.ok(EVENT_BOUNDS.sharedBytes <= 64 * 1024 * 1024);
});
