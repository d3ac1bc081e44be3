import assert from "node:assert/strict";
import { join } from "node:path";
import { saveCopy, savePlaceAt } from "../../src/storage/save_copy.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";

const PNG = drawPng(8, 8, "a");

Deno.test("a copy goes where it was asked for, and never over another file", async () => {
  await using world = await openFolders();
  const place = await savePlaceAt(join(world.allowed, "new", "cat.png"), [world.allowed]);
  const first = await saveCopy(place, PNG, "img_1.png");
  const second = await saveCopy(place, PNG, "img_2.png");
  assert.deepEqual([first, second], [
    join(world.allowed, "new", "cat.png"),
    join(world.allowed, "new", "cat-2.png"),
  ]);
  assert.deepEqual(await Deno.readFile(second), PNG);
});

Deno.test("copies made at the same time get a name each", async () => {
  await using world = await openFolders();
  const place = await savePlaceAt(join(world.allowed, "cat.png"), [world.allowed]);
  const paths = await Promise.all(Array.from({ length: 10 }, () => saveCopy(place, PNG, "x.png")));
  assert.equal(new Set(paths).size, 10);
});

for (
  const [asked, bytes, name] of [
    ["cat.png", drawJpeg(8, 8, "a"), "cat.jpg"],
    ["cat.JPEG", drawJpeg(8, 8, "a"), "cat.JPEG"],
    ["cat", PNG, "cat.png"],
    ["v1.2", PNG, "v1.2.png"],
    ["", PNG, "img_1.png"],
  ] as const
) {
  Deno.test(`a copy asked for as '${asked}' is called '${name}' after what it is`, async () => {
    await using world = await openFolders();
    const place = await savePlaceAt(`${world.allowed}/${asked}`, [world.allowed]);
    assert.equal(await saveCopy(place, bytes, "img_1.png"), join(world.allowed, name));
  });
}

Deno.test("nothing is copied out of the folders that are allowed", async () => {
  await using world = await openFolders();
  const { allowed, other } = world;
  await Deno.symlink(other, join(allowed, "link"));
  const paths = [
    join(other, "cat.png"),
    `${allowed}/../other/cat.png`,
    join(allowed, "link", "cat.png"),
    join(allowed, "link", "deep", "cat.png"),
    `${allowed}-2/cat.png`,
    "cat.png",
  ];
  for (const path of paths) {
    await assert.rejects(savePlaceAt(path, [allowed, "/not/there"]), {
      code: "invalid_parameters",
      message:
        /^save_as '.+' (lies in none of the folders of MCP_SAVE_AS_DIRS|must be an absolute)/,
    }, path);
  }
});

Deno.test("a link that appeared since is not followed, nor one that bears the file's name", async () => {
  await using world = await openFolders();
  const { allowed, other } = world;
  const place = await savePlaceAt(join(allowed, "sub", "cat.png"), [allowed]);
  await Deno.symlink(other, join(allowed, "sub"));
  await assert.rejects(saveCopy(place, PNG, "x.png"), { message: /leads out of/ });
  const beside = await savePlaceAt(join(allowed, "dog.png"), [allowed]);
  await Deno.symlink(join(other, "dog.png"), join(allowed, "dog.png"));
  assert.equal(await saveCopy(beside, PNG, "x.png"), join(allowed, "dog-2.png"));
  assert.deepEqual([...Deno.readDirSync(other)], []);
});

async function openFolders() {
  const folder = await temporaryFolder();
  const root = await Deno.realPath(folder.path);
  const allowed = join(root, "allowed");
  const other = join(root, "other");
  for (const path of [allowed, other, `${allowed}-2`]) await Deno.mkdir(path);
  return { allowed, other, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
