/** What every kind of lease keeps to: who is alive, and who may take over from the dead. */

import assert from "node:assert/strict";
import type { ServerLease } from "../../../src/storage/storage.ts";

export interface OpenedLeases extends AsyncDisposable {
  /** A lease as of another server of the same storage. */
  lease(): ServerLease;
}

/** Registers the tests of one kind of lease. */
export function testServerLease(kind: string, open: () => Promise<OpenedLeases>): void {
  const test = (what: string, work: (lease: () => ServerLease) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      const leases: ServerLease[] = [];
      try {
        await work(() => {
          leases.push(opened.lease());
          return leases.at(-1)!;
        });
      } finally {
        for (const lease of leases) await lease.release();
      }
    });

  test("nobody takes over from a server that lives", async (lease) => {
    const living = lease();
    await living.announce();
    await lease().recover(living.id, () => Promise.reject(new Error("It lives")));
  });

  test("a server does not take over from itself", async (lease) => {
    const one = lease();
    await one.recover(one.id, () => Promise.reject(new Error("It is itself")));
  });

  test("one at a time takes over from a server that has ended", async (lease) => {
    const dead = lease();
    await dead.announce();
    await dead.release();
    const [one, other] = [lease(), lease()];
    const successors: string[] = [];
    await one.recover(dead.id, async () => {
      successors.push("one");
      await other.recover(dead.id, () => Promise.resolve(void successors.push("other")));
    });
    assert.deepEqual(successors, ["one"]);
  });

  test("a lease that was released can be taken again", async (lease) => {
    const one = lease();
    await one.announce();
    await one.release();
    await one.announce();
    await lease().recover(one.id, () => Promise.reject(new Error("It lives again")));
  });

  test("a lease that is taken by several at once ends with one release", async (lease) => {
    const one = lease();
    await Promise.all([one.announce(), one.announce(), one.announce()]);
    await one.release();
    let isTaken = false;
    await lease().recover(one.id, () => Promise.resolve(void (isTaken = true)));
    assert.ok(isTaken);
  });

  test("forgetting the dead does not touch the living", async (lease) => {
    const living = lease();
    await living.announce();
    await lease().forgetDead(new Set());
    await lease().recover(living.id, () => Promise.reject(new Error("It lives")));
  });
}
