/** Clients elsewhere learn what went wrong, and nothing of this machine's folders. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { connectTestClient, openTestApp, type TestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";

const ELSEWHERE = { transport: "http", baseUrl: () => "https://images.example" } as const;

Deno.test("why a picture was not saved is told elsewhere without a path", async () => {
  await using folder = await temporaryFolder();
  const MCP_IMAGE_SAVE_DIR = join(folder.path, "pictures");
  await Deno.writeTextFile(MCP_IMAGE_SAVE_DIR, "a file stands in the way");
  await using test = await openTestApp({ env: { MCP_IMAGE_SAVE_DIR } });
  const { envelope } = await draw(test, ELSEWHERE);
  assert.match(envelope.images[0].save_error, /^Not saved: \w+.*'…'/);
  assert.ok(!JSON.stringify(envelope).includes(folder.path), JSON.stringify(envelope));
  const here = await draw(test, { transport: "stdio" });
  assert.ok(here.envelope.images[0].save_error.includes(MCP_IMAGE_SAVE_DIR));
});

for (
  const [what, code, spoil] of [
    ["is gone", "file_not_found", (path: string) => Deno.remove(path)],
    ["is a folder now", "read_failed", async (path: string) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
    }],
  ] as const
) {
  Deno.test(`that a picture's file ${what} is told elsewhere without a path`, async () => {
    await using test = await openTestApp();
    const { envelope } = await draw(test, ELSEWHERE);
    const { id, file_name } = envelope.images[0];
    await spoil(join(test.folder, file_name));
    const failed = await call(test, ELSEWHERE, "get_image_data", wholeOf(id));
    assert.equal(failed.envelope.error.code, code);
    assert.ok(!JSON.stringify(failed).includes(test.folder), JSON.stringify(failed));
    await assert.rejects(read(test, ELSEWHERE, `image://${id}`), (error: Error) => {
      assert.ok(!error.message.includes(test.folder), error.message);
      return true;
    });
    const here = await call(test, { transport: "stdio" }, "get_image_data", wholeOf(id));
    assert.equal(here.envelope.error.details.local_path, join(test.folder, file_name));
  });
}

Deno.test("which file keys belong into is told by its path on this machine alone", async () => {
  await using test = await openTestApp();
  const refused = { prompt: "a cat", provider: "dalle" };
  for (
    const [view, words] of [[ELSEWHERE, "the server's .env file"], [
      { transport: "stdio" },
      `a new file '${join(test.folder, ".env")}'`,
    ]] as const
  ) {
    const drawn = await draw(test, view);
    const { envelope } = await call(test, view, "generate_image", refused);
    const listed = await call(test, view, "list_providers", {});
    const reloaded = await call(test, view, "reload_config", {});
    const said = [
      drawn.envelope.warnings[0],
      envelope.error.message,
      listed.envelope.next,
      reloaded.envelope.result.message,
    ];
    for (const sentence of said) assert.ok(sentence.includes(words), sentence);
  }
});

function wholeOf(image_id: string) {
  return { image_id, format: "data" };
}

type View = Parameters<TestApp["app"]["serverDependencies"]>[0];

function draw(test: TestApp, view: View) {
  return call(test, view, "generate_image", { prompt: "a cat", resolution: "64x64" });
}

async function call(test: TestApp, view: View, tool: string, args: Record<string, unknown>) {
  await using client = await connectTestClient(test.app, { view });
  return await client.call(tool, args);
}

async function read(test: TestApp, view: View, uri: string) {
  await using client = await connectTestClient(test.app, { view });
  return await client.client.readResource({ uri });
}
