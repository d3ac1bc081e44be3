import assert from "node:assert/strict";
import { drawPng } from "../fakes/pictures.ts";
import { openTestApp } from "../support/app.ts";

Deno.test("a picture just drawn is shown without a look at the disk, and read from it afterwards", async () => {
  await using test = await openTestApp();
  const { library } = test.app;
  const image = { bytes: drawPng(64, 64, "fresh") };
  const origin = { id: "img_test_1_00", provider: "test", model: "m", prompt: "p", parameters: {} };
  const picture = await library.save(image, origin);
  await Deno.remove(library.pathOf(picture)!);
  assert.equal(await library.readRecent(picture), image.bytes);
  await assert.rejects(library.read(picture), { code: "file_not_found" });
});

Deno.test("a picture that memory has let go of is read from the disk", async () => {
  await using drawing = await openTestApp();
  const image = { bytes: drawPng(64, 64, "stored") };
  const origin = { id: "img_test_1_01", provider: "test", model: "m", prompt: "p", parameters: {} };
  const picture = await drawing.app.library.save(image, origin);
  await using other = await openTestApp({ folder: drawing.folder });
  assert.deepEqual(await other.app.library.readRecent(picture), image.bytes);
});
