import assert from "node:assert/strict";
import { join } from "node:path";
import { HIDDEN_FOLDER, Library, newImageId, type Origin } from "../../src/storage/image_store.ts";
import { silentLogger } from "../../src/log.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("a saved picture is found again, byte for byte, by a later server too", async () => {
  await using folder = await temporaryFolder();
  const bytes = drawPng(64, 48, "one");
  const first = openLibrary(folder.path);
  const saved = await first.save({ bytes, seed: 7, revisedPrompt: "a red cat" }, origin());
  await first.close();

  await using library = openLibrary(folder.path);
  const found = await library.find(saved.id, 60);
  assert.deepEqual(found, saved);
  assert.deepEqual(await library.read(saved), bytes);
  assert.deepEqual(
    [saved.mediaType, saved.width, saved.height, saved.seed, saved.sizeBytes, saved.saveError],
    ["image/png", 64, 48, 7, bytes.length, null],
  );
});

Deno.test("a file is named after its prefix, provider, time and id", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  const id = newImageId("vendor", 1_700_000_000_999);
  assert.match(id, /^img_vendor_1700000000_[0-9a-f]{24}$/);
  const names = [undefined, "my cat/../猫", "x".repeat(200)].map(async (filePrefix, index) => {
    const bytes = drawJpeg(16, 16, `${index}`);
    const unique = `${id.slice(0, -1)}${index}`;
    return (await library.save({ bytes }, { ...origin(), id: unique, filePrefix })).fileName;
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
  await using library = openLibrary(folder.path);
  const about = origin();
  await library.save({ bytes: drawPng(16, 16, "one") }, about);
  const again = await library.save({ bytes: drawPng(32, 32, "two") }, about);
  assert.deepEqual(await library.find(about.id, 60), again);
  assert.deepEqual(pictureFiles(folder.path), [again.fileName]);
});

Deno.test("what is no picture is refused and leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  const bytes = new TextEncoder().encode("<html>Sorry</html>");
  await assert.rejects(library.save({ bytes }, origin()), { code: "decode_failed" });
  assert.deepEqual(pictureFiles(folder.path), []);
});

Deno.test("a record expires, its file stays", async () => {
  let now = 1_000_000;
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path, () => now);
  const { id, fileName } = await library.save({ bytes: drawPng(16, 16, "") }, origin());
  now += 59_000;
  assert.ok(await library.find(id, 60));
  now += 2_000;
  assert.equal(await library.find(id, 60), undefined);
  assert.deepEqual(pictureFiles(folder.path), [fileName]);
});

Deno.test("a folder that cannot hold pictures is told, and the picture survives in the answer", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "in the way");
  await using library = openLibrary(file);
  const picture = await library.save({ bytes: drawPng(16, 16, "") }, origin());
  assert.equal(picture.fileName, null);
  assert.match(picture.saveError ?? "", /^Not saved: /);
  assert.match(await library.trouble() ?? "", /not writable/);
  await assert.rejects(library.read(picture), { code: "missing_local_path" });
});

Deno.test("a write that fails half way leaves no file under a final name", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  const about = origin();
  await Deno.mkdir(join(folder.path, `img${about.id.slice(3)}.png`)); // the final rename fails
  const picture = await library.save({ bytes: drawPng(16, 16, "") }, about);
  assert.match(picture.saveError ?? "", /^Not saved: /);
  assert.deepEqual(pictureFiles(folder.path), []);
  assert.deepEqual(unfinishedFiles(folder.path), []);
});

Deno.test("leftovers of killed servers go after an hour, younger ones stay", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  await library.save({ bytes: drawPng(16, 16, "") }, origin());
  const [old, young] = ["old.unfinished", "young.unfinished"]
    .map((name) => join(folder.path, HIDDEN_FOLDER, name));
  await Deno.writeTextFile(old!, "torn");
  await Deno.writeTextFile(young!, "being written");
  const twoHoursAgo = new Date(Date.now() - 7_200_000);
  await Deno.utime(old!, twoHoursAgo, twoHoursAgo);
  await library.removeLeftovers();
  assert.deepEqual(unfinishedFiles(folder.path), ["young.unfinished"]);
});

Deno.test("a picture whose file is gone says so", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  const picture = await library.save({ bytes: drawPng(16, 16, "") }, origin());
  await Deno.remove(library.pathOf(picture)!);
  await assert.rejects(library.read(picture), { code: "file_not_found" });
});

Deno.test({
  name: "a file that points out of the folder is not read",
  ignore: Deno.build.os === "windows", // links need a privilege there
  async fn() {
    await using folder = await temporaryFolder();
    await using library = openLibrary(join(folder.path, "pictures"));
    const picture = await library.save({ bytes: drawPng(16, 16, "") }, origin());
    const outside = join(folder.path, "secret");
    await Deno.writeTextFile(outside, "secret");
    await Deno.remove(library.pathOf(picture)!);
    await Deno.symlink(outside, library.pathOf(picture)!);
    await assert.rejects(library.read(picture), { code: "path_outside_save_dir" });
  },
});

Deno.test("only recorded files are found by their name", async () => {
  await using folder = await temporaryFolder();
  await using library = openLibrary(folder.path);
  const { fileName } = await library.save({ bytes: drawPng(16, 16, "") }, origin());
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "mine");
  assert.deepEqual(await library.findFile(fileName!), {
    path: join(folder.path, fileName!),
    mediaType: "image/png",
  });
  for (const name of ["notes.txt", `${HIDDEN_FOLDER}/records.sqlite`, "../notes.txt", ""]) {
    assert.equal(await library.findFile(name), undefined, name);
  }
});

function openLibrary(saveDirectory: string, now?: () => number): Library & AsyncDisposable {
  const library = new Library({ saveDirectory, log: silentLogger, now });
  return Object.assign(library, { [Symbol.asyncDispose]: () => library.close() });
}

function origin(): Origin {
  return {
    id: newImageId("vendor", Date.now()),
    provider: "vendor",
    model: "model-1",
    prompt: "a cat",
    parameters: { size: "1024x1024" },
  };
}

function pictureFiles(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
}

function unfinishedFiles(folder: string): readonly string[] {
  return [...Deno.readDirSync(join(folder, HIDDEN_FOLDER))].map(({ name }) => name)
    .filter((name) => name.endsWith(".unfinished"));
}
