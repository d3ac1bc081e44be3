import assert from "node:assert/strict";
import { drawPng } from "../fakes/pictures.ts";
import { openTestApp } from "../support/app.ts";

Deno.test("a picture just drawn is shown without a look at the disk, and read from it afterwards", async () => {
  await using test = await openTestApp();
  const { images } = test.app;
  const image = { bytes: drawPng(64, 64, "fresh") };
  const about = { ...ABOUT, id: "img_test_1_00" };
  const picture = await images.save(image, about);
  await Deno.remove(images.pathOf(picture)!);
  assert.equal(await images.readRecent(picture), image.bytes);
  await assert.rejects(images.read(picture), { code: "file_not_found" });
});

Deno.test("a picture that memory has let go of is read from the disk", async () => {
  await using drawing = await openTestApp();
  const image = { bytes: drawPng(64, 64, "stored") };
  const about = { ...ABOUT, id: "img_test_1_01" };
  const picture = await drawing.app.images.save(image, about);
  await using other = await openTestApp({ folder: drawing.folder });
  assert.deepEqual(await other.app.images.readRecent(picture), image.bytes);
});

const ABOUT = {
  owner: "",
  provider: "test",
  model: "m",
  operation: "generate" as const,
  prompt: "p",
  parents: [],
  parameters: {},
};
