/** `render` as a person uses it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { identifyImage } from "../../src/images/media_type.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

const LOGO = `<svg viewBox="0 0 20 10"><rect width="20" height="10" fill="teal"/></svg>`;

Deno.test("an SVG file becomes a picture, and its path is printed", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "our logo.svg"), LOGO);
  const args = ["render", "our logo.svg", "--width", "400", "--format", "webp", "--quality", "80"];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  assert.match(stdout, /\/our_logo_local_\S+\.webp\n$/);
  const { width, height } = identifyImage(await Deno.readFile(stdout.trimEnd()))!;
  assert.deepEqual([width, height], [400, 200]);

  const named = ["render", "our logo.svg", "--file-prefix=mark", "--background=#fff", "--json"];
  const again = await runToEnd({ folder: folder.path, args: named });
  const { ok, images: [image] } = JSON.parse(again.stdout);
  assert.deepEqual([ok, image.width, image.mime_type], [true, 1024, "image/png"]);
  assert.match(image.file_name, /^mark_local_/);
});

const MISTAKES: readonly (readonly [args: readonly string[], code: number, words: RegExp])[] = [
  [[], 2, /render needs a file/],
  [["nothing.svg"], 1, /Cannot read the SVG file '.*nothing\.svg': there is none/],
  [["broken.svg"], 1, /line 1, column 6, .*Send all of it, up to <\/svg>/],
  [["logo.svg", "--width", "5000"], 2, /--width must be a whole number from 1 to 4096/],
  [["logo.svg", "--format", "gif"], 1, /must be 'png', 'jpeg', 'webp' or 'jpg'/],
];

Deno.test("a mistake in rendering is one line, and leaves no picture", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "logo.svg"), LOGO);
  await Deno.writeTextFile(join(folder.path, "broken.svg"), "<svg>\n");
  const runs = MISTAKES.map(async ([words, code, message]) => {
    const args = ["render", ...words];
    const ended = await runToEnd({ folder: folder.path, args });
    assert.equal(ended.code, code, `${words}: ${ended.stderr}`);
    assert.match(ended.stderr, message);
    assert.equal(ended.stdout, "");
  });
  await Promise.all(runs);
});
