import assert from "node:assert/strict";
import { silentLogger } from "../../../src/log.ts";
import type { CommonRecords, PlaceRule } from "../../../src/storage/records/common_records.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../../support/postgres.ts";

const ignore = POSTGRES === undefined;

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

/** Registers a test of what two servers have in common. */
function test(name: string, work: (one: CommonRecords, other: CommonRecords) => Promise<void>) {
  Deno.test({
    name,
    ignore,
    async fn() {
      const url = await (await postgres()).createDatabase();
      const open = async () => await openPostgresRecords(url, silentLogger).records();
      const [one, other] = [await open(), await open()];
      try {
        await work(one.common!, other.common!);
      } finally {
        await Promise.all([one.close(), other.close()]);
      }
    },
  });
}

const BEGINNING = { protocolVersion: "2025-11-25", clientInfo: { name: "猫", version: "1" } };
const TIMES = { at: 1_000, idleBefore: 500 };
/** At most two of each owner. */
const TWO_EACH: PlaceRule = {
  hasRoom: (owner, { heldBy }) => heldBy(owner) < 2,
  isAbove: () => false,
};

test(
  "a session that begins at one server is found at another, until it ends",
  async (one, other) => {
    const session = { id: "a", owner: "ann", beginning: BEGINNING };
    assert.deepEqual(await one.sessions.begin(session, TIMES, TWO_EACH), { isBegun: true });
    const found = await other.sessions.use("a", "ann", TIMES);
    assert.deepEqual(found, { ...session, subscriptions: [] });
    assert.equal(await other.sessions.use("a", "bob", TIMES), undefined);
    assert.equal(await other.sessions.use("b", "ann", TIMES), undefined);
    await other.sessions.end("a");
    assert.equal(await one.sessions.use("a", "ann", TIMES), undefined);
  },
);

test("subscriptions of several servers add up, each once", async (one, other) => {
  await one.sessions.begin({ id: "a", owner: "", beginning: BEGINNING }, TIMES, TWO_EACH);
  await Promise.all([one, other].map(async ({ sessions }, index) => {
    await sessions.subscribe("a", `image://${index}`);
    await sessions.subscribe("a", "images://recent");
  }));
  await other.sessions.unsubscribe("a", "image://0");
  const { subscriptions = [] } = await one.sessions.use("a", "", TIMES) ?? {};
  assert.deepEqual([...subscriptions].sort(), ["image://1", "images://recent"]);
  assert.deepEqual(await one.sessions.touch(["a", "b"], TIMES), new Map([["a", subscriptions]]));
});

test(
  "a session is over when it was idle for long, and no server is at work on it",
  async (one, other) => {
    for (const id of ["idle", "used", "busy"]) {
      await one.sessions.begin({ id, owner: id, beginning: BEGINNING }, TIMES, TWO_EACH);
    }
    await other.sessions.touch(["used"], { at: 1_900 });
    await other.sessions.touch(["busy"], { at: 1_000, busyUntil: 3_000 });
    const later = { at: 2_000, idleBefore: 1_500 };
    for (const [id, isThere] of [["idle", false], ["used", true], ["busy", true]] as const) {
      assert.equal(await one.sessions.use(id, id, later) !== undefined, isThere, id);
    }
    await one.sessions.endIdle(later);
    const left = await one.sessions.touch(["idle", "used", "busy"], { at: 0 });
    assert.deepEqual([...left.keys()].sort(), ["busy", "used"]);
  },
);

test(
  "servers that begin sessions at once keep to one count, and the longest idle makes room",
  async (one, other) => {
    const begin = (from: CommonRecords, id: string, at: number) =>
      from.sessions.begin({ id, owner: "ann", beginning: BEGINNING }, { ...TIMES, at }, TWO_EACH);
    await begin(one, "a", 1_000);
    await begin(other, "b", 1_001);
    const [c, d] = await Promise.all([begin(one, "c", 1_002), begin(other, "d", 1_002)]);
    assert.deepEqual([c.ended, d.ended].sort(), ["a", "b"]);
    await one.sessions.touch(["c", "d"], { at: 1_003, busyUntil: 2_000 });
    assert.deepEqual(await begin(other, "e", 1_004), { isBegun: false });
  },
);

test("others make room who have more than their share, and nobody else", async (one) => {
  const rule: PlaceRule = {
    hasRoom: (_owner, { taken }) => taken < 2,
    isAbove: (owner, { heldBy }) => heldBy(owner) > 1,
  };
  const begin = (id: string, owner: string, at: number) =>
    one.sessions.begin({ id, owner, beginning: BEGINNING }, { ...TIMES, at }, rule);
  await begin("a", "ann", 1_000);
  await begin("b", "ann", 1_001);
  assert.deepEqual(await begin("c", "bob", 1_002), { isBegun: true, ended: "a" });
  assert.deepEqual(await begin("d", "carl", 1_003), { isBegun: false });
});

test("a rate counts over all servers, and says how long to wait", async (one, other) => {
  const minute = 60_000;
  const counted = await Promise.all(
    [one, other, one, other, one].map(({ rates }) => rates.take("ann", 3, minute)),
  );
  assert.equal(counted.filter((wait) => wait === 0).length, 3);
  const [wait] = counted.filter((each) => each > 0);
  assert.ok(wait! > 0 && wait! <= minute / 3, String(wait));
  assert.equal(await other.rates.take("bob", 3, minute), 0);
  await one.rates.tidy();
  assert.ok(await other.rates.take("ann", 3, minute) > 0, "what still counts is kept");
});

test("what was counted is forgiven in time", async (one) => {
  assert.equal(await one.rates.take("ann", 1, 50), 0);
  let tries = 1;
  while (await one.rates.take("ann", 1, 50) > 0) tries++;
  assert.ok(tries > 0);
  await one.rates.tidy();
});

test(
  "the events of a stream are taken in order, each once, and those of others stay",
  async (one, other) => {
    for (const event of ["a", "b 猫", "c"]) await one.streams.put("first", event);
    await one.streams.put("second", "d");
    const taken = [];
    for (let event; (event = await other.streams.take("first")) !== undefined;) taken.push(event);
    assert.deepEqual(taken, ["a", "b 猫", "c"]);
    assert.equal(await other.streams.take("second"), "d");
  },
);

test("a secret is made once, for all servers", async (one, other) => {
  const [a, b] = await Promise.all([one.secret("page"), other.secret("page")]);
  assert.deepEqual(a, b);
  assert.equal(a.length, 32);
  assert.notDeepEqual(await one.secret("other"), a);
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});
