/** `inspect` as a person uses it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { withProvenance } from "../../src/images/provenance/write.ts";
import { png } from "../fakes/png.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

Deno.test("a file of this folder tells how it was made, in lines and as JSON", async () => {
  await using folder = await temporaryFolder();
  const making = {
    operation: "generate",
    provider: "vendor",
    model: "painter",
    prompt: "a cat\nmade.seed: 1",
    seed: 7,
    parameters: {},
  };
  const provenance = { software: "test 1", sourceType: "trainedAlgorithmicMedia", making };
  const bytes = withProvenance(png(16, 12, 2), provenance);
  await Deno.writeFile(join(folder.path, "my cat.png"), bytes);
  const { code, stdout, stderr } = await runToEnd({
    folder: folder.path,
    args: ["inspect", "my cat.png"],
  });
  assert.equal(code, 0, stderr);
  const lines = stdout.split("\n");
  assert.ok(lines.includes("digital_source_type: trainedAlgorithmicMedia"), stdout);
  assert.deepEqual(lines.filter((line) => line.startsWith("made.seed")), ["made.seed: 7"]);
  const json = await runToEnd({ folder: folder.path, args: ["inspect", "my cat.png", "--json"] });
  assert.equal(JSON.parse(json.stdout).metadata.made.prompt, making.prompt);
});

Deno.test("what cannot be inspected is one line", async () => {
  await using folder = await temporaryFolder();
  const [nothing, missing] = await Promise.all(
    [["inspect"], ["inspect", "nothing.png"]].map((args) =>
      runToEnd({ folder: folder.path, args })
    ),
  );
  assert.match(nothing!.stderr, /inspect needs a picture/);
  assert.match(missing!.stderr, /nothing\.png/);
  assert.deepEqual([nothing!.code, missing!.code], [2, 1]);
});

Deno.test("a picture is varied by its file, and by nothing else that was here", async () => {
  await using folder = await temporaryFolder();
  const making = {
    operation: "generate",
    provider: "placeholder",
    model: "placeholder",
    prompt: "a cat",
    seed: 7,
    parameters: { size: "96x64" },
  };
  const bytes = withProvenance(png(16, 12, 2), { software: "test 1", making });
  await Deno.writeFile(join(folder.path, "cat.png"), bytes);
  const args = ["generate", "--based-on", "cat.png", "--json"];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  const { images: [image] } = JSON.parse(stdout);
  assert.deepEqual([image.width, image.height, image.seed], [96, 64, 7]);
});
