import assert from "node:assert/strict";
import { join } from "node:path";
import { createPictureRoom, holdPicture } from "../../src/inputs/hold_picture.ts";
import { PictureText } from "../../src/inputs/picture_text.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { ImageRepository, newImageId } from "../../src/storage/image_repository.ts";
import { drawPng } from "../fakes/pictures.ts";
import { silentLogger } from "../../src/log.ts";
import { temporaryFolder } from "../support/folder.ts";
import { pause } from "../support/wait.ts";

Deno.test("however many calls take pictures, few of them are read at once", async () => {
  await using test = await openHolder();
  const path = join(test.folder, "a.png");
  await Deno.writeFile(path, drawPng(8, 8, "a"));
  let [held, most] = [0, 0];
  const take = async (owner: string) => {
    using picture = await test.hold(path, owner);
    assert.ok(picture.bytes.length > 0);
    most = Math.max(most, ++held);
    await pause(5);
    held--;
  };
  await Promise.all(Array.from({ length: 20 }, () => take("ann")));
  assert.equal(most, 4);
  await Promise.all(["ann", "bob", "cid"].flatMap((owner) => Array(6).fill(owner)).map(take));
  assert.equal(most, 8);
});

Deno.test("a picture that cannot be read takes no room", async () => {
  await using test = await openHolder();
  for (let count = 0; count < 9; count++) await assert.rejects(test.hold("/no/such.png", "ann"));
});

Deno.test("what came with a call is given back at its end, and a picture made here stays", async () => {
  await using test = await openHolder();
  const text = new PictureText();
  text.add(`data:image/png;base64,${drawPng(8, 8, "a").toBase64()}`);
  const id = await test.save("ann", drawPng(8, 8, "b"));
  for (const [named, isKept] of [[text, false], [id, true]] as const) {
    const picture = await test.hold(named, "ann");
    assert.ok(picture.bytes.length > 0);
    picture[Symbol.dispose]();
    assert.equal(picture.bytes.length > 0, isKept);
  }
});

async function openHolder() {
  const folder = await temporaryFolder();
  const storage = openLocalStorage({ saveDirectory: join(folder.path, "s"), log: silentLogger });
  const images = new ImageRepository({ storage, log: silentLogger });
  const access = {
    mayReadAnyFile: true,
    folders: [],
    hosts: [],
    usesProxy: false,
    recordSeconds: 1_000,
    hasUploadLinks: false,
  };
  const { signal } = new AbortController();
  const dependencies = { images, storage, room: createPictureRoom(), now: Date.now() };
  return {
    folder: folder.path,
    hold: (named: string | PictureText, owner: string) =>
      holdPicture(named, { owner, signal, access }, dependencies),
    async save(owner: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
      const about = { owner, provider: "example", model: "one", operation: "generate" } as const;
      const id = newImageId("example", Date.now());
      await images.save({ bytes }, { ...about, id, prompt: "a cat", parents: [], parameters: {} });
      return id;
    },
    async [Symbol.asyncDispose]() {
      images.close();
      await storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
