/** `transform` as a person uses it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { namedPicture } from "../../src/commands/named_picture.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { png } from "../fakes/png.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

Deno.test("a file of this folder becomes another picture, and its path is printed", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "my cat.png"), png(160, 120, 2, (x, y) => [x, y, 90]));
  const flags = ["--aspect-ratio", "16:9", "--format", "webp", "--max-bytes", "200k"];
  const args = ["transform", "my cat.png", ...flags];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\S+\.webp\n$/);
  const { width, height } = identifyImage(await Deno.readFile(stdout.trimEnd()))!;
  assert.deepEqual([width, height], [160, 90]);

  const again = ["transform", "last", "--rotate=90", "--json"];
  const turned = await runToEnd({ folder: folder.path, args: again });
  const { ok, images: [image] } = JSON.parse(turned.stdout);
  assert.deepEqual([ok, image.width, image.height], [true, 90, 160]);
});

const MISTAKES: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
  [[], 2, /transform needs a picture/],
  [["cat.png"], 1, /Nothing is asked for/],
  [["nothing.png", "--width", "9"], 1, /nothing\.png/],
  [["notes.png", "--width", "9"], 1, /not a picture/],
  [["cat.png", "--width", "wide"], 2, /--width must be a whole number from 1 to 16384/],
  [["cat.png", "--rotate", "45"], 1, /90, 180 or 270/],
  [["cat.png", "--max-bytes", "tiny"], 1, /Cannot read --max-bytes 'tiny'/],
  [["cat.png", "--prompt-strength", "1"], 2, /--prompt-strength/],
  [["cat.png", "dog.png"], 2, /found 'dog.png' too/],
];

Deno.test("a mistake is one line, and leaves no picture", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "cat.png"), png(16, 12, 2));
  await Deno.writeTextFile(join(folder.path, "notes.png"), "not a picture");
  const runs = MISTAKES.map(async ([words, code, message]) => {
    const args = ["transform", ...words];
    const ended = await runToEnd({ folder: folder.path, args });
    assert.equal(ended.code, code, `${words}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, "");
  });
  await Promise.all(runs);
});

Deno.test("names of other programs' flags are understood", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeFile(join(folder.path, "cat.png"), png(16, 12, 2));
  const args = ["transform", "cat.png", "--angle=90", "--output-format", "jpg"];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\.jpg\n$/);
});

Deno.test("a word is a file, unless it is an id, 'last' or an address", () => {
  const named = [
    "img_openai_17_00ff",
    "last",
    "https://a.example/b.png",
    "data:image/png;base64,AA",
  ];
  for (const text of [...named, "file:///a/b.png", "image://img_1", "~/b.png"]) {
    assert.equal(namedPicture(text, "/home/ann"), text);
  }
  for (const text of ["cat.png", "./img_1.png", "img_1.png", "a b/c.png"]) {
    assert.equal(namedPicture(text, "/home/ann"), join("/home/ann", text));
  }
});
