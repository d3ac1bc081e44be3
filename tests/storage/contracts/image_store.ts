/** What every store of files keeps to, however it is made. */

import assert from "node:assert/strict";
import { type ImageStore, OutsideStore } from "../../../src/storage/image_store.ts";

export interface OpenedStore extends AsyncDisposable {
  readonly store: ImageStore;
  /** The names of all files that readers can see. */
  names(): Promise<readonly string[]>;
}

/** Registers the tests of one kind of store. */
export function testImageStore(kind: string, open: () => Promise<OpenedStore>): void {
  const test = (what: string, work: (opened: OpenedStore) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      await work(opened);
    });

  test("what is put is got, byte for byte", async ({ store, names }) => {
    const bytes = someBytes(100_000);
    await store.put("one.png", bytes);
    assert.deepEqual(await store.get("one.png"), bytes);
    assert.deepEqual(await names(), ["one.png"]);
  });

  test("an empty file and a name in any script are as good", async ({ store }) => {
    await store.put("猫 🐈.png", new Uint8Array());
    assert.deepEqual(await store.get("猫 🐈.png"), new Uint8Array());
  });

  test("a name that is put again has the new bytes", async ({ store, names }) => {
    await store.put("one.png", someBytes(10));
    await store.put("one.png", someBytes(20));
    assert.equal((await store.get("one.png"))?.length, 20);
    assert.deepEqual(await names(), ["one.png"]);
  });

  test("a name without a file has no bytes, and removing it is no fault", async ({ store }) => {
    assert.equal(await store.get("none.png"), undefined);
    assert.equal(await store.open("none.png"), undefined);
    await store.remove("none.png");
  });

  test("a name that leads out of the store is neither read, written nor removed", async ({ store, names }) => {
    for (const name of ["../one.png", "a/../../one.png", "..\\one.png", "C:one.png", "..", ""]) {
      await assert.rejects(store.get(name), OutsideStore);
      await assert.rejects(store.open(name), OutsideStore);
      await assert.rejects(store.put(name, someBytes(10)), OutsideStore);
      await store.remove(name);
    }
    assert.deepEqual(await names(), []);
  });

  test("what is removed is gone", async ({ store, names }) => {
    await store.put("one.png", someBytes(10));
    await store.remove("one.png");
    assert.equal(await store.get("one.png"), undefined);
    assert.deepEqual(await names(), []);
  });

  test("a file is read in pieces, each to the byte", async ({ store }) => {
    const bytes = someBytes(200_000);
    await store.put("one.png", bytes);
    const file = await store.open("one.png");
    assert.equal(file?.sizeBytes, bytes.length);
    assert.ok(Math.abs(file.modifiedAt.getTime() - Date.now()) < 60_000);
    for (const [start, end] of [[0, 199_999], [0, 0], [5, 70_000], [199_999, 199_999]] as const) {
      const stream = await file.read(start, end);
      const part = await new Response(stream).bytes();
      assert.deepEqual(part, bytes.slice(start, end + 1));
    }
  });

  test("many writers of one name leave one of their files whole", async ({ store, names }) => {
    const lengths = Array.from({ length: 20 }, (_, index) => 1_000 + index);
    await Promise.all(lengths.map((length) => store.put("one.png", someBytes(length))));
    const found = await store.get("one.png");
    assert.deepEqual(found, someBytes(found!.length));
    assert.ok(lengths.includes(found!.length));
    assert.deepEqual(await names(), ["one.png"]);
  });

  test("a store that works has no trouble, and its look leaves nothing", async (opened) => {
    assert.equal(await opened.store.trouble(), undefined);
    assert.deepEqual(await opened.names(), []);
  });

  test("people can be told where a file is", ({ store }) => {
    const { path, url } = store.addressOf("one.png");
    assert.ok((path ?? url)?.endsWith("one.png"));
    assert.ok(store.place.length > 0);
    return Promise.resolve();
  });
}

export function someBytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + length) % 251);
}
