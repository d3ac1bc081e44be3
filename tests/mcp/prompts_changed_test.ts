/** Clients hear of templates that come, change or go, over whatever they are connected by. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { FolderWatch } from "../../src/service/templates/folder_watch.ts";
import { testServer } from "../http/support.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { pause, until } from "../support/wait.ts";

const MODES = ["legacy", "auto"] as const;

for (const mode of MODES) {
  Deno.test(`a ${mode} client over stdio hears of a template that comes`, async () => {
    await using test = await openTestApp();
    await Deno.mkdir(join(test.folder, "templates"));
    const heard = listener();
    await using client = await connectTestClient(test.app, { mode, ...heard });
    await until("the new list", () => writeAndLook(test.folder, heard));
    assert.ok((await client.client.listPrompts()).prompts.some(({ name }) => name === "cat"));
  });

  Deno.test(`a ${mode} client over HTTP hears of a template that comes`, async () => {
    await using test = await openTestApp();
    await Deno.mkdir(join(test.folder, "templates"));
    const parts = test.app.serverDependencies({ transport: "http", baseUrl: () => null });
    await using server = testServer({}, {
      makeServer: (context) => makeMcpServer(parts, context),
      onPromptsChanged: async (listener) => (await parts.templates()).onChange(listener),
    });
    const heard = listener();
    const client = new Client({ name: "test", version: "1" }, {
      ...heard,
      versionNegotiation: { mode },
    });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
    await until("the new list", () => writeAndLook(test.folder, heard));
    await client.close();
  });
}

Deno.test("a folder that is made later is watched from the next list on", async () => {
  await using test = await openTestApp();
  const heard = listener();
  await using client = await connectTestClient(test.app, heard);
  await Deno.mkdir(join(test.folder, "templates"));
  await client.client.listPrompts();
  await until("the new list", () => writeAndLook(test.folder, heard));
});

Deno.test("changes that come together are told once", async () => {
  await using folder = await temporaryFolder();
  const watch = new FolderWatch([folder.path, join(folder.path, "nowhere")]);
  let told = 0;
  using _listening = watch.listen(() => told++);
  watch.look();
  for (const name of ["a", "b", "c"]) {
    Deno.writeTextFileSync(join(folder.path, `${name}.md`), "A cat");
  }
  await until("a word", () => told > 0);
  assert.equal(told, 1);
  await Deno.remove(join(folder.path, "a.md"));
  await until("another word", () => told === 2);
});

Deno.test("reading, other files, and changes for somebody who listens no more are not told", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "a.md"), "A cat");
  const watch = new FolderWatch([folder.path], { together: 1 });
  const told: string[] = [];
  const first = watch.listen(() => told.push("first"));
  using _second = watch.listen(() => told.push("second"));
  watch.look();
  await Deno.readTextFile(join(folder.path, "a.md"));
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "no template");
  await pause(50); // in which nothing may happen
  assert.deepEqual(told, []);
  first[Symbol.dispose]();
  await Deno.writeTextFile(join(folder.path, "a.md"), "A dog");
  await until("a word", () => told.length > 0);
  assert.deepEqual([...new Set(told)], ["second"]);
});

/** What a client is told of the list of prompts. */
function listener() {
  let names: readonly string[] = [];
  const onChanged = (_error: unknown, prompts: readonly { readonly name: string }[] | null) => {
    if (prompts) names = prompts.map(({ name }) => name);
  };
  return { names: () => names, listChanged: { prompts: { onChanged, debounceMs: 0 } } };
}

/** Writes until it is heard of, since a client may not listen yet when it is connected. */
async function writeAndLook(folder: string, heard: ReturnType<typeof listener>): Promise<boolean> {
  await Deno.writeTextFile(join(folder, "templates", "cat.md"), `A cat at ${performance.now()}`);
  await pause(100);
  return heard.names().includes("cat");
}
