import assert from "node:assert/strict";
import { join } from "node:path";
import { connectTestClient, openTestApp } from "../support/app.ts";
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

Deno.test("--save-as of generate puts a copy wherever the person says", async () => {
  await using folder = await temporaryFolder();
  const path = join(await Deno.realPath(folder.path), "copy", "cat.png");
  const args = ["generate", "a cat", "--resolution", "64x64", "--save-as", path];
  const { code, stderr } = await runToEnd({ folder: folder.path, args });
  assert.equal(code, 0, stderr);
  assert.ok(stderr.includes(`is at ${path}`), stderr);
  assert.ok((await Deno.stat(path)).isFile);
});
