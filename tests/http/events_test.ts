import assert from "node:assert/strict";
import {
  createEventStore,
  EVENT_BOUNDS,
  type SessionEvents,
} from "../../src/http/sessions/events.ts";

const ROOMY = { count: 1000, bytes: 1_000_000, age: 60_000, sharedBytes: 10_000_000 };

/** Keeps an event of `text` on a stream; its id. */
function add(events: SessionEvents, streamId: string, text: string): string {
  let id = "";
  events.add(streamId, (given) => {
    id = given;
    return new TextEncoder().encode(text);
  });
  return id;
}

function after(events: SessionEvents, id: string): string[] {
  return events.after(id).map((frame) => new TextDecoder().decode(frame));
}

function isKnown(events: SessionEvents, id: string): boolean {
  return events.streamOf(id) !== undefined;
}

Deno.test("an event is sent as it is kept, with the id it got", () => {
  const events = createEventStore(ROOMY, () => 0).forSession();
  const frame = events.add("a", (id) => new TextEncoder().encode(`id: ${id}`));
  const id = new TextDecoder().decode(frame).slice("id: ".length);
  assert.equal(events.streamOf(id), "a");
});

Deno.test("later events of the same stream are given in order, of other streams none", () => {
  const events = createEventStore(ROOMY, () => 0).forSession();
  const first = add(events, "a", "");
  add(events, "a", "a1");
  add(events, "b", "b1");
  const second = add(events, "a", "a2");
  add(events, "a", "a3");
  assert.deepEqual(after(events, first), ["a1", "a2", "a3"]);
  assert.deepEqual(after(events, second), ["a3"]);
  assert.equal(events.streamOf(first), "a");
});

Deno.test("ids of another session are unknown", () => {
  const store = createEventStore(ROOMY, () => 0);
  const [mine, theirs] = [store.forSession(), store.forSession()];
  const id = add(theirs, "general", "theirs");
  add(mine, "general", "mine");
  assert.equal(isKnown(mine, id), false);
  assert.deepEqual(after(mine, id), []);
});

Deno.test("a session keeps only so many events, the newest", () => {
  const events = createEventStore({ ...ROOMY, count: 2 }, () => 0).forSession();
  const ids = ["1", "2", "3"].map((text) => add(events, "a", text));
  assert.deepEqual(ids.map((id) => isKnown(events, id)), [false, true, true]);
});

Deno.test("a session keeps only so many bytes, and lets other sessions' events be", () => {
  const store = createEventStore({ ...ROOMY, bytes: 2500 }, () => 0);
  const [chatty, quiet] = [store.forSession(), store.forSession()];
  const kept = add(quiet, "a", "kept");
  const ids = ["x", "y", "z"].map((letter) => add(chatty, "a", letter.repeat(1000)));
  assert.deepEqual(ids.map((id) => isKnown(chatty, id)), [false, true, true]);
  assert.equal(isKnown(quiet, kept), true);
});

Deno.test("an event larger than everything is not kept at all", () => {
  const store = createEventStore({ ...ROOMY, bytes: 1000 }, () => 0);
  add(store.forSession(), "a", "x".repeat(5000));
  assert.equal(store.bytes, 0);
});

Deno.test("all sessions together keep only so many bytes, the newest", () => {
  const store = createEventStore({ ...ROOMY, sharedBytes: 20_000 }, () => 0);
  const sessions = Array.from({ length: 100 }, () => store.forSession());
  for (const session of sessions) add(session, "a", "x".repeat(1000));
  assert.equal(store.bytes, 20_000);
});

Deno.test("events are forgotten when they have grown old", () => {
  let now = 0;
  const store = createEventStore(ROOMY, () => now);
  const events = store.forSession();
  const old = add(events, "a", "old");
  now += 60_001;
  const young = add(events, "a", "young");
  assert.equal(isKnown(events, old), false);
  assert.equal(isKnown(events, young), true);
  now += 60_001;
  store.prune();
  assert.equal(store.bytes, 0);
});

Deno.test("a session that ends takes its events along", () => {
  const store = createEventStore(ROOMY, () => 0);
  const [ending, staying] = [store.forSession(), store.forSession()];
  add(ending, "a", "x".repeat(1000));
  const id = add(staying, "a", "stays");
  ending.clear();
  assert.equal(store.bytes, "stays".length);
  assert.equal(isKnown(staying, id), true);
});

Deno.test("the server's own bounds hold a usual result, and little for many sessions", () => {
  assert.ok(EVENT_BOUNDS.bytes > 1_000_000);
  assert.ok(EVENT_BOUNDS.sharedBytes <= 64 * 1024 * 1024);
});
