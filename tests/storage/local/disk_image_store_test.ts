import assert from "node:assert/strict";
import { join } from "node:path";
import { OutsideStore } from "../../../src/storage/image_store.ts";
import { DiskImageStore } from "../../../src/storage/local/disk_image_store.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { someBytes, testImageStore } from "../contracts/image_store.ts";

testImageStore("the disk", async () => {
  const { store, folder, ...rest } = await openStore();
  return { store, names: () => Promise.resolve(filesIn(join(folder, "pictures"))), ...rest };
});

Deno.test("a write that fails half way leaves no file under a final name", async () => {
  await using opened = await openStore();
  await Deno.mkdir(join(opened.folder, "pictures", "one.png"), { recursive: true });
  await assert.rejects(opened.store.put("one.png", someBytes(10))); // the final rename fails
  assert.deepEqual(filesIn(join(opened.folder, "pictures")), []);
  assert.deepEqual(filesIn(join(opened.folder, "work")), []);
});

Deno.test("leftovers of killed servers go after an hour, younger ones stay", async () => {
  await using opened = await openStore();
  await opened.store.put("one.png", someBytes(10));
  const work = join(opened.folder, "work");
  await Deno.writeTextFile(join(work, "old.unfinished"), "torn");
  await Deno.writeTextFile(join(work, "young.unfinished"), "being written");
  const twoHoursAgo = new Date(Date.now() - 7_200_000);
  await Deno.utime(join(work, "old.unfinished"), twoHoursAgo, twoHoursAgo);
  await opened.store.removeLeftovers();
  assert.deepEqual(filesIn(work), ["young.unfinished"]);
});

Deno.test("a folder that was removed meanwhile is made again", async () => {
  await using opened = await openStore();
  await opened.store.put("one.png", someBytes(10));
  await Deno.remove(join(opened.folder, "pictures"), { recursive: true });
  await opened.store.put("two.png", someBytes(10));
  assert.deepEqual(filesIn(join(opened.folder, "pictures")), ["two.png"]);
});

Deno.test({
  name: "a link out of the folder is not read",
  ignore: Deno.build.os === "windows", // links need a privilege there
  async fn() {
    await using opened = await openStore();
    await opened.store.put("one.png", someBytes(10));
    await Deno.writeTextFile(join(opened.folder, "secret"), "secret");
    const path = join(opened.folder, "pictures", "link.png");
    await Deno.symlink(join(opened.folder, "secret"), path);
    await assert.rejects(opened.store.get("link.png"), OutsideStore);
    assert.equal(await opened.store.open("link.png"), undefined);
  },
});

async function openStore() {
  const folder = await temporaryFolder();
  const store = new DiskImageStore(join(folder.path, "pictures"), join(folder.path, "work"));
  return {
    store,
    folder: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

function filesIn(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
  } catch {
    return []; // nothing has been put yet
  }
}
