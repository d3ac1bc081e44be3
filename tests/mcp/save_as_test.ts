import assert from "node:assert/strict";
import { join } from "node:path";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { runRender } from "../../src/commands/render.ts";
import { runTransform } from "../../src/commands/transform.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { openTerminal } from "../commands/terminal.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd } from "../support/process.ts";

const PICTURE = { prompt: "a cat", resolution: "64x64" };

Deno.test("save_as puts a copy of each picture into a folder that a person allowed", async () => {
  await using wanted = await temporaryFolder();
  const folder = await Deno.realPath(wanted.path);
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder } });
  await using client = await connectTestClient(test.app);
  const save_as = join(folder, "cat.png");
  const { envelope } = await client.call("generate_image", { ...PICTURE, n: 2, save_as });
  const copies = [save_as, join(folder, "cat-2.png")];
  for (const [index, copy] of copies.entries()) {
    const { id, local_path } = envelope.images[index];
    assert.ok(envelope.warnings.includes(`A copy of picture ${id} is at ${copy}`));
    assert.deepEqual(await Deno.readFile(copy), await Deno.readFile(local_path));
  }
});

Deno.test("save_as copies what is changed, transformed or drawn of an SVG as well", async () => {
  await using wanted = await temporaryFolder();
  const folder = await Deno.realPath(wanted.path);
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder } });
  await using client = await connectTestClient(test.app);
  const { envelope: { images: [cat] } } = await client.call("generate_image", PICTURE);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>';
  for (
    const [tool, args] of [
      ["edit_image", { prompt: "a red sky", images: [{ image: cat.id }] }],
      ["transform_image", { image: cat.id, width: 32 }],
      ["render_svg", { svg }],
    ] as const
  ) {
    const save_as = join(folder, `${tool}.png`);
    const { envelope } = await client.call(tool, { ...args, save_as });
    assert.ok(envelope.ok, envelope.error?.message);
    assert.ok(
      envelope.warnings.includes(`A copy of picture ${envelope.images[0].id} is at ${save_as}`),
    );
    assert.deepEqual(
      await Deno.readFile(save_as),
      await Deno.readFile(envelope.images[0].local_path),
    );
    const refused = await client.call(tool, { ...args, save_as: "/elsewhere/x.png" });
    assert.match(refused.envelope.error.message, /MCP_SAVE_AS_DIRS/);
  }
});

Deno.test("save_as alone copies a picture that is there, as it is, and makes no other", async () => {
  await using wanted = await temporaryFolder();
  const folder = await Deno.realPath(wanted.path);
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder } });
  await using client = await connectTestClient(test.app);
  const { envelope: { images: [cat] } } = await client.call("generate_image", PICTURE);
  const save_as = join(folder, "cat.png");
  const { envelope } = await client.call("transform_image", { image: "last", save_as });
  assert.deepEqual(envelope.images.map(({ id }: { id: string }) => id), [cat.id]);
  assert.deepEqual(envelope.warnings, [`A copy of picture ${cat.id} is at ${save_as}`]);
  assert.deepEqual(await Deno.readFile(save_as), await Deno.readFile(cat.local_path));
  assert.equal((await client.call("search_images")).envelope.images.length, 1);
  const refusals = [
    [{ save_as: "/elsewhere/cat.png" }, /MCP_SAVE_AS_DIRS/],
    [{}, /Nothing is asked for/],
  ] as const;
  for (const [args, message] of refusals) {
    const refused = await client.call("transform_image", { image: "last", ...args });
    assert.match(refused.envelope.error.message, message);
  }
  const led = await client.call("get_image_data", { image_id: "last", save_as });
  assert.match(led.envelope.error.message, /transform_image with save_as copies a picture/);
});

Deno.test("save_as is refused over HTTP, and where no folder is allowed, before anything is drawn", async () => {
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: "/tmp" } });
  const view = { transport: "http", baseUrl: () => null } as const;
  await using remote = await connectTestClient(test.app, { view });
  await using none = await openTestApp();
  await using local = await connectTestClient(none.app);
  for (const [client, words] of [[remote, /over HTTP/], [local, /MCP_SAVE_AS_DIRS/]] as const) {
    const { envelope } = await client.call("generate_image", { ...PICTURE, save_as: "/tmp/x.png" });
    assert.equal(envelope.error.code, "invalid_parameters");
    assert.match(envelope.error.message, words);
    assert.deepEqual((await client.call("list_jobs")).envelope.jobs, []);
  }
});

Deno.test("--save-as of transform and render does the same", async () => {
  await using terminal = await openTerminal();
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>';
  await Deno.writeTextFile(join(terminal.project, "logo.svg"), svg);
  const saved = join(terminal.project, "copies");
  assert.equal(await runRender(terminal.context(["logo.svg"], { "save-as": "copies/a.png" })), 0);
  const words = ["copies/a.png"];
  assert.equal(
    await runTransform(terminal.context(words, { width: "4", "save-as": "copies/b.png" })),
    0,
  );
  const sides = await Promise.all(
    ["a.png", "b.png"].map(async (name) => identifyImage(await Deno.readFile(join(saved, name)))),
  );
  assert.deepEqual(sides.map((each) => (each?.width ?? 0) > 4), [true, false]);
});

Deno.test("--save-as of generate puts a copy wherever the person says", async () => {
  await using folder = await temporaryFolder();
  const path = join(await Deno.realPath(folder.path), "copy", "cat.png");
  const args = ["generate", "a cat", "--resolution", "64x64", "--save-as", path];
  const { code, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  assert.ok(stderr.includes(`is at ${path}`), stderr);
  assert.ok((await Deno.stat(path)).isFile);
});
