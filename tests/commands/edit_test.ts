/** `edit` as a person uses it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { regionsIn } from "../../src/commands/edit.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { closeImageWorkers } from "../../src/images/workers.ts";
import { png } from "../fakes/png.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

const BASE = png(160, 120, 2, (x, y) => [x, y, 90]);

Deno.test("a file of this folder is changed within a region, and the path of the result printed", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "my cat.png"), BASE);
  const args = ["edit", "my cat.png", "a red balloon", "--region", "0.5,0,0.5,1"];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  const [before, after] = [
    await decodeImage(BASE),
    await decodeImage(
      await Deno.readFile(stdout.trimEnd()),
    ),
  ];
  const left = (pixels: Uint8ClampedArray) => pixels.filter((_, index) => index / 4 % 160 < 80);
  assert.deepEqual(left(after.pixels), left(before.pixels));
  assert.notDeepEqual(after.pixels, before.pixels);

  const again = ["edit", "last", "my cat.png", "both in the snow", "--json", "--count=2"];
  const { ok, images } = JSON.parse((await runToEnd({ folder: folder.path, args: again })).stdout);
  assert.deepEqual([ok, images.length], [true, 2]);
  closeImageWorkers();
});

const MISTAKES: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
  [[], 2, /edit needs a picture and a prompt/],
  [["cat.png"], 1, /only 'cat\.png' was given/],
  [["nothing.png", "snow"], 1, /nothing\.png.*no such file/],
  [["notes.png", "snow"], 1, /not a picture/],
  [["cat.png", "snow", "--region", "1,2"], 1, /Cannot read --region '1,2': write x,y,width,height/],
  [["cat.png", "snow", "--region", "0.5,0,0.6,1"], 1, /Region 1 is not within the picture/],
  [["cat.png", "snow", "--invert"], 1, /--invert needs a --mask or a --region/],
  [["cat.png", "snow", "--strength", "2"], 1, /--strength must be a number from 0 to 1/],
  [["cat.png", " "], 1, /prompt is empty: say what to change/],
  [["cat.png", "snow", "--sharpness", "1"], 2, /Unknown flag '--sharpness'/],
];

Deno.test("a mistake is one line, and leaves no picture", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "cat.png"), BASE);
  await Deno.writeTextFile(join(folder.path, "notes.png"), "not a picture");
  for (const [words, code, message] of MISTAKES) {
    const ended = await runToEnd({ folder: folder.path, args: ["edit", ...words] });
    assert.equal(ended.code, code, `${words}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, "");
  }
});

Deno.test("regions are read one by one", () => {
  assert.deepEqual(regionsIn("0,0,0.5,0.5; 0.5,0.5,0.25,1"), [
    { x: 0, y: 0, width: 0.5, height: 0.5 },
    { x: 0.5, y: 0.5, width: 0.25, height: 1 },
  ]);
  for (const text of ["a,b,c,d", "0,0,1", ",,,", "0,0,1,1,1"]) {
    assert.throws(() => regionsIn(text), /Cannot read --region/);
  }
});
