import assert from "node:assert/strict";
import { join } from "node:path";
import { ImageRepository, type NewImage, newImageId } from "../../src/storage/image_repository.ts";
import { HIDDEN_FOLDER, openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { silentLogger } from "../../src/log.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("a saved picture is found again, byte for byte, by a later server too", async () => {
  await using folder = await temporaryFolder();
  const bytes = drawPng(64, 48, "one");
  const first = openImages(folder.path);
  const saved = await first.save({ bytes, seed: 7, revisedPrompt: "a red cat" }, about());
  await first[Symbol.asyncDispose]();

  await using images = openImages(folder.path);
  const found = await images.find(saved.id, "", 60);
  assert.deepEqual(found, saved);
  assert.deepEqual(await images.read(saved), bytes);
  assert.deepEqual(
    [saved.mediaType, saved.width, saved.height, saved.seed, saved.sizeBytes, saved.saveError],
    ["image/png", 64, 48, 7, bytes.length, null],
  );
});

Deno.test("a file is named after its prefix, provider, time and id", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const id = newImageId("vendor", 1_700_000_000_999);
  assert.match(id, /^img_vendor_1700000000_[0-9a-f]{24}$/);
  const names = [undefined, "my cat/../猫", "x".repeat(200)].map(async (filePrefix, index) => {
    const bytes = drawJpeg(16, 16, `${index}`);
    const unique = `${id.slice(0, -1)}${index}`;
    return (await images.save({ bytes }, { ...about(), id: unique, filePrefix })).fileName;
  });
  const tail = id.slice("img".length, -1);
  assert.deepEqual(await Promise.all(names), [
    `img${tail}0.jpg`,
    `my_cat____猫${tail}1.jpg`,
    `${"x".repeat(64)}${tail}2.jpg`,
  ]);
});

Deno.test("saving an id again replaces its file and its record", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const image = about();
  await images.save({ bytes: drawPng(16, 16, "one") }, image);
  const again = await images.save({ bytes: drawPng(32, 32, "two") }, image);
  assert.deepEqual(await images.find(image.id, "", 60), again);
  assert.deepEqual(pictureFiles(folder.path), [again.fileName]);
});

Deno.test("what is no picture is refused and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const bytes = new TextEncoder().encode("<html>Sorry</html>");
  await assert.rejects(images.save({ bytes }, about()), { code: "decode_failed" });
  assert.deepEqual(pictureFiles(folder.path), []);
});

Deno.test("a record expires, its file stays", async () => {
  let now = 1_000_000;
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path, () => now);
  const { id, fileName } = await images.save({ bytes: drawPng(16, 16, "") }, about());
  now += 59_000;
  assert.ok(await images.find(id, "", 60));
  now += 2_000;
  assert.equal(await images.find(id, "", 60), undefined);
  assert.deepEqual(pictureFiles(folder.path), [fileName]);
});

Deno.test("a folder that cannot hold pictures is told, and the picture survives in the answer", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "in the way");
  await using images = openImages(file);
  const bytes = drawPng(16, 16, "");
  const picture = await images.save({ bytes }, about());
  assert.equal(picture.fileName, null);
  assert.match(picture.saveError ?? "", /^Not saved: /);
  assert.match(await images.trouble() ?? "", /not writable/);
  assert.deepEqual(await images.read(picture), bytes);
  images.close(); // lets go of what only memory holds
  await assert.rejects(images.read(picture), { code: "missing_local_path" });
});

Deno.test("a picture whose file is gone says so", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const picture = await images.save({ bytes: drawPng(16, 16, "") }, about());
  await Deno.remove(images.pathOf(picture)!);
  await assert.rejects(images.read(picture), { code: "file_not_found" });
});

Deno.test({
  name: "a file that points out of the folder is not read",
  ignore: Deno.build.os === "windows", // links need a privilege there
  async fn() {
    await using folder = await temporaryFolder();
    await using images = openImages(join(folder.path, "pictures"));
    const picture = await images.save({ bytes: drawPng(16, 16, "") }, about());
    const outside = join(folder.path, "secret");
    await Deno.writeTextFile(outside, "secret");
    await Deno.remove(images.pathOf(picture)!);
    await Deno.symlink(outside, images.pathOf(picture)!);
    await assert.rejects(images.read(picture), { code: "path_outside_save_dir" });
  },
});

Deno.test("only recorded files are found by their name", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const bytes = drawPng(16, 16, "");
  const { fileName } = await images.save({ bytes }, about());
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "mine");
  const file = await images.openFile(fileName!, undefined);
  assert.deepEqual([file?.mediaType, file?.sizeBytes], ["image/png", bytes.length]);
  for (const name of ["notes.txt", `${HIDDEN_FOLDER}/records.sqlite`, "../notes.txt", ""]) {
    assert.equal(await images.openFile(name, undefined), undefined, name);
  }
});

Deno.test("a picture is its owner's alone, by id and by a private file name", async () => {
  await using folder = await temporaryFolder();
  await using images = openImages(folder.path);
  const { id, fileName } = await images.save({ bytes: drawPng(16, 16, "") }, about("ann"));
  assert.ok(await images.find(id, "ann"));
  assert.equal(await images.find(id, "bob"), undefined);
  assert.ok(await images.openFile(fileName!, "ann"));
  assert.equal(await images.openFile(fileName!, "bob"), undefined);
  assert.ok(await images.openFile(fileName!, undefined), "whoever knows a public name may");
});

Deno.test("a picture that only memory holds is its owner's alone, too", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "in the way");
  await using images = openImages(file);
  const { id } = await images.save({ bytes: drawPng(16, 16, "") }, about("ann"));
  assert.ok(await images.find(id, "ann"));
  assert.equal(await images.find(id, "bob"), undefined);
});

function openImages(
  saveDirectory: string,
  now?: () => number,
): ImageRepository & AsyncDisposable {
  const storage = openLocalStorage({ saveDirectory, log: silentLogger, now });
  const images = new ImageRepository({ storage, log: silentLogger, now });
  return Object.assign(images, {
    async [Symbol.asyncDispose]() {
      images.close();
      await storage.close();
    },
  });
}

function about(owner = ""): NewImage {
  return {
    id: newImageId("vendor", Date.now()),
    owner,
    provider: "vendor",
    model: "model-1",
    operation: "generate",
    prompt: "a cat",
    parents: [],
    parameters: { size: "1024x1024" },
  };
}

function pictureFiles(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
}
