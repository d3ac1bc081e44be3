/** What every kind of records keeps to of the authorization server: once is once, an end is an end, and all is bounded. */

import assert from "node:assert/strict";
import type { ClientRecord, NewGrant } from "../../../src/storage/records/authorization_records.ts";
import type { OpenedRecords } from "./records.ts";

/** Registers the tests of one kind of records. */
export function testAuthorizationRecords(kind: string, open: () => Promise<OpenedRecords>): void {
  type Authorization = OpenedRecords["records"]["authorization"];
  const test = (what: string, work: (records: Authorization) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      await work(opened.records.authorization);
    });

  test("a client is found as it registered, until its end", async (records) => {
    await records.addClient(client("a"), 9);
    assert.deepEqual(await records.findClient("a", 1_999), client("a"));
    assert.equal(await records.findClient("a", 2_000), undefined);
    assert.equal(await records.findClient("b", 1_000), undefined);
    await records.keepClient("a", 3_000);
    await records.keepClient("a", 2_500);
    assert.equal((await records.findClient("a", 2_999))?.expiresAt, 3_000);
    await records.keepClient("b", 3_000);
    assert.equal(await records.findClient("b", 1_000), undefined);
  });

  test("of too many clients those are forgotten that would end first", async (records) => {
    for (const id of ["kept", "first", "second"]) await records.addClient(client(id), 3);
    await records.keepClient("kept", 9_000);
    await records.addClient({ ...client("third"), createdAt: 1_001, expiresAt: 2_001 }, 3);
    await records.addClient({ ...client("fourth"), createdAt: 1_002, expiresAt: 2_002 }, 3);
    const known = async (...ids: string[]) =>
      (await Promise.all(ids.map((id) => records.findClient(id, 1_002)))).map((each) => each?.id);
    assert.deepEqual(await known("kept", "first", "second", "third", "fourth"), [
      "kept",
      undefined,
      undefined,
      "third",
      "fourth",
    ]);
    await records.addClient({ ...client("late"), createdAt: 2_001, expiresAt: 9_000 }, 3);
    assert.deepEqual(await known("kept", "third", "fourth"), ["kept", undefined, "fourth"]);
  });

  test("a code is taken once, and a second time ends what it gave", async (records) => {
    await records.addGrant(grant("g"), 9);
    const taken = await Promise.all([records.takeCode("code g", 1_500), records.takeCode("?", 1)]);
    assert.deepEqual(taken, [known("g"), undefined]);
    await records.redeem("g", redeemed("family"));
    assert.deepEqual(await records.findGrant("g", 8_999), {
      ...known("g"),
      isAuthenticated: true,
      expiresAt: 9_000,
    });
    assert.equal((await records.findFamily("family", 8_999))?.id, "g");
    assert.equal(await records.takeCode("code g", 1_600), undefined);
    assert.equal(await records.findGrant("g", 1_600), undefined);
    assert.equal(await records.findFamily("family", 1_600), undefined);
    await records.redeem("g", redeemed("family"));
    assert.equal(await records.findGrant("g", 1_600), undefined, "what ended stays ended");
  });

  test("of two who bring a code at once one has it, and neither keeps it", async (records) => {
    await records.addGrant(grant("g"), 9);
    const takes = [1, 2].map(() => records.takeCode("code g", 1_500));
    assert.equal((await Promise.all(takes)).filter((each) => each).length, 1);
    assert.equal(await records.findGrant("g", 1_500), undefined);
  });

  test("a late code gives nothing, and a grant ends at its end", async (records) => {
    await records.addGrant(grant("late"), 9);
    assert.equal(await records.takeCode("code late", 2_000), undefined);
    await records.addGrant(grant("never"), 9);
    assert.equal(await records.findGrant("never", 2_000), undefined);
    await records.addGrant(grant("g"), 9);
    await records.takeCode("code g", 1_500);
    await records.redeem("g", redeemed("family"));
    assert.equal(await records.findGrant("g", 9_000), undefined);
    assert.equal(await records.findFamily("family", 9_000), undefined);
    await records.forgetGrant("g");
    assert.equal(await records.findGrant("g", 1_500), undefined);
  });

  test("a user has so many grants at most, and others their own", async (records) => {
    await records.addGrant({ ...grant("bob"), user: "bob" }, 2);
    for (const id of ["a", "b", "c"]) {
      await records.addGrant(grant(id), 2);
      await records.takeCode(`code ${id}`, 1_500);
      await records.redeem(id, { isAuthenticated: false, expiresAt: 9_000 });
    }
    const left = await Promise.all(["a", "b", "c", "bob"].map((id) => records.findGrant(id, 1)));
    assert.deepEqual(left.map((each) => each?.id), [undefined, "b", "c", "bob"]);
  });

  test("a refresh token is replaced, good again within the grace, and a theft after it", async (records) => {
    const grace = 100;
    const rotate = (from: string, to: string, at: number) =>
      records.rotate("g", { from, to, at, grace, expiresAt: at + 9_000 });
    await begin(records);
    assert.equal(await rotate("first", "second", 2_000), true);
    assert.equal((await records.findGrant("g", 2_000))?.expiresAt, 11_000);
    assert.equal(await rotate("first", "third", 2_100), true, "its answer was lost");
    assert.equal(await rotate("second", "fourth", 2_150), true, "both answers came");
    assert.equal(await rotate("fourth", "fifth", 9_000), true, "the last is good until its end");
    assert.equal(await rotate("third", "sixth", 9_001), false, "somebody else has the fifth");
    assert.equal(await records.findGrant("g", 9_001), undefined);
    assert.equal(await rotate("fifth", "seventh", 9_002), false);
  });

  test("a refresh token that nobody was given ends the grant", async (records) => {
    await begin(records);
    const guess = { from: "guess", to: "second", at: 2_000, grace: 100, expiresAt: 9_000 };
    assert.equal(await records.rotate("g", guess), false);
    assert.equal(await records.findGrant("g", 2_000), undefined);
  });

  test("what may be used once is, and room for it is bounded", async (records) => {
    assert.equal(await records.noteOnce("a", 1_000, 2_000, 2), true);
    assert.equal(await records.noteOnce("a", 1_500, 2_500, 2), false);
    assert.equal(await records.noteOnce("b", 1_500, 2_500, 2), true);
    assert.equal(await records.noteOnce("c", 1_500, 2_500, 2), false, "there is no room");
    assert.equal(await records.noteOnce("c", 2_000, 2_500, 2), true, "a has ended");
  });

  test("of several servers that make a key at once one key is kept", async (records) => {
    const add = (id: string, createdAt: number) =>
      records.addSigningKey({ id, privateKey: { kty: "EC", kid: id }, createdAt }, {
        after: createdAt - 500,
        old: createdAt - 2_000,
      });
    const ids = async () => (await records.signingKeys()).map(({ id }) => id);
    await Promise.all([add("a", 1_000), add("b", 1_001)]);
    assert.deepEqual(await ids(), ["a"]);
    await add("c", 1_600);
    assert.deepEqual(await ids(), ["c", "a"]);
    assert.deepEqual((await records.signingKeys())[0]!.privateKey, { kty: "EC", kid: "c" });
    await add("d", 3_001);
    assert.deepEqual(await ids(), ["d", "c"]);
  });

  async function begin(records: Authorization): Promise<void> {
    await records.addGrant(grant("g"), 9);
    await records.takeCode("code g", 1_500);
    await records.redeem("g", redeemed("family"));
  }
}

function client(id: string): ClientRecord {
  return { id, metadata: { client_name: "安", list: ["a"] }, createdAt: 1_000, expiresAt: 2_000 };
}

function grant(id: string): NewGrant {
  return {
    id,
    clientId: "client",
    user: "ann",
    userKey: "key",
    scopes: ["images:read", "images:write"],
    redirectAddress: "https://client.example/callback",
    codeHash: `code ${id}`,
    codeChallenge: "challenge",
    codeExpiresAt: 2_000,
    createdAt: 1_000,
  };
}

function known(id: string) {
  const { codeHash: _, ...record } = grant(id);
  return { ...record, isAuthenticated: false, expiresAt: 2_000 };
}

function redeemed(familyHash: string) {
  const refresh = { familyHash, tokenHash: "first" };
  return { isAuthenticated: true, expiresAt: 9_000, refresh };
}
