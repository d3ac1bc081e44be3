import assert from "node:assert/strict";
import { drawContactSheet, MAX_CELLS } from "../../src/images/contact_sheet.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { drawPng } from "../fakes/pictures.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const cell = (title: string) => ({
  title,
  details: "someone · 1.2 s · 0.04 USD",
  picture: { width: 64, height: 48, read: () => Promise.resolve(drawPng(64, 48, title)) },
});

Deno.test("a sheet is as wide as it is high, and four places at most", async () => {
  const sizes = [[1, 416, 490], [3, 816, 964], [12, 1616, 1438]] as const;
  for (const [count, width, height] of sizes) {
    const cells = Array.from({ length: count }, (_, index) => cell(`${index}`));
    const sheet = identifyImage(await drawContactSheet(cells))!;
    assert.deepEqual([sheet.mediaType, sheet.width, sheet.height], ["image/jpeg", width, height]);
  }
});

Deno.test("pictures, words of any language and markup, and damaged files have their places", async () => {
  const words = { title: '<b>"水墨" & co</b>', details: "" };
  const broken = { width: 9, height: 9, read: () => Promise.resolve(new Uint8Array(9)) };
  const lost = { width: 9, height: 9, read: () => Promise.reject(new Error("gone")) };
  const sheet = await drawContactSheet([
    cell("one"),
    { ...words, note: "The vendor refused it: 内容不合适" },
    { ...words, picture: broken },
    { ...words, picture: lost },
  ]);
  const { pixels, width } = await decodeImage(sheet);
  const isDark = (left: number, top: number) => {
    for (let y = top; y < top + 40; y++) {
      for (let x = left; x < left + 300; x++) {
        if (pixels[(y * width + x) * 4]! < 120) return true;
      }
    }
    return false;
  };
  assert.ok(isDark(416, 405), "the title is written");
  assert.ok(isDark(440, 40), "the note is written");
  assert.ok(isDark(40, 514) && isDark(440, 514), "what cannot be shown is told");
});

Deno.test("a sheet of none or too many is refused, and one that nobody waits for is given up", async () => {
  await assert.rejects(drawContactSheet([]), RangeError);
  const many = Array.from({ length: MAX_CELLS + 1 }, () => cell("x"));
  await assert.rejects(drawContactSheet(many), /shows 1 to 12 pictures, not 13/);
  const signal = AbortSignal.abort(new Error("gone"));
  await assert.rejects(drawContactSheet([cell("x")], { signal }), /gone/);
});
