/** The official clients, old and new, over both transports: they list and call everything. */

import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewHttp,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as NewStdio } from "@modelcontextprotocol/client/stdio";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/stdio"
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { TOPIC_NAMES } from "../src/manual/topics.ts";
import { temporaryFolder } from "./support/folder.ts";
import { inheritedEnvironment, startHttpServer } from "./support/process.ts";

const IDENTITY = { name: "test", version: "1" };

/** The clients leave a timer behind when they have closed a process. */
const LENIENT = { sanitizeOps: false, sanitizeResources: false };

Deno.test("the 1.x client lists and calls everything over stdio", LENIENT, async () => {
  await using folder = await temporaryFolder();
  const client = new OldClient(IDENTITY);
  await client.connect(new OldStdio(commandIn(folder.path)));
  await useEverything(client);
  await client.close();
});

Deno.test("the 1.x client lists and calls everything over HTTP", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  const client = new OldClient(IDENTITY);
  await client.connect(new OldHttp(new URL("/mcp", server.url)));
  await useEverything(client, server.url);
  await client.close();
});

for (const mode of ["legacy", "auto"] as const) {
  const revision = mode === "auto" ? "2026-07-28" : "2025-11-25";

  Deno.test(
    `the 2.x client lists and calls everything over stdio at ${revision}`,
    LENIENT,
    async () => {
      await using folder = await temporaryFolder();
      const client = new NewClient(IDENTITY, { versionNegotiation: { mode } });
      await client.connect(new NewStdio(commandIn(folder.path)));
      assert.equal(client.getNegotiatedProtocolVersion(), revision);
      await useEverything(client);
      await client.close();
    },
  );

  Deno.test(`the 2.x client lists and calls everything over HTTP at ${revision}`, async () => {
    await using folder = await temporaryFolder();
    const env = { MCP_AUTH_TOKEN: "a-token-for-the-test" };
    await using server = await startHttpServer({ folder: folder.path, env });
    const client = new NewClient(IDENTITY, { versionNegotiation: { mode } });
    const headers = { authorization: `Bearer ${env.MCP_AUTH_TOKEN}` };
    await client.connect(new NewHttp(new URL("/mcp", server.url), { requestInit: { headers } }));
    assert.equal(client.getNegotiatedProtocolVersion(), revision);
    await useEverything(client, server.url);
    await client.close();
  });
}

/** What both clients have in common, as far as it is used here. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
  listResources(): Promise<{ resources: { uri: string }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>;
  readResource(resource: { uri: string }): Promise<{ contents: Record<string, unknown>[] }>;
  listPrompts(): Promise<{ prompts: { name: string }[] }>;
  getPrompt(prompt: {
    name: string;
    arguments: Record<string, string>;
  }): Promise<{ messages: unknown[] }>;
  complete(request: {
    ref: { type: "ref/prompt"; name: string };
    argument: { name: string; value: string };
  }): Promise<{ completion: { values: string[] } }>;
}

/** Lists and calls all there is; over HTTP (`url`) pictures have an address instead of a path. */
async function useEverything(client: AnyClient, url?: string): Promise<void> {
  const { tools } = await client.listTools();
  const call = async (name: string, args?: Record<string, unknown>) => {
    const answer = await client.callTool({ name, arguments: args });
    return answer as { isError?: boolean; content: Block[]; structuredContent: Envelope };
  };
  const made = await call("generate_image", { prompt: "a cat", resolution: "128x128" });
  assert.equal(made.isError, false, JSON.stringify(made.structuredContent));
  assert.deepEqual(made.content.map(({ type }) => type), ["text", "image"]);
  const [image] = made.structuredContent.images;
  const spare = await call("generate_image", { prompt: "a bin", resolution: "64x64" });
  const [job] = (await call("list_jobs")).structuredContent.jobs;
  const args: Record<string, Record<string, unknown>> = {
    generate_image: { prompt: "a dog", resolution: "64x64" },
    edit_image: { prompt: "a hat", images: [image.id] },
    generate_batch: { items: ["a cow", "an owl"], resolution: "64x64", wait_seconds: 60 },
    compare_images: { prompt: "a fox", styles: ["anime", "sketch"], resolution: "64x64" },
    transform_image: { image: image.id, width: 64 },
    render_svg: { svg: '<svg viewBox="0 0 8 8"><circle cx="4" cy="4" r="3"/></svg>' },
    get_job: { job_id: job.id },
    cancel_job: { job_id: job.id },
    get_image_data: { image_id: image.id },
    image_history: { image_id: image.id },
    update_images: { image_ids: [image.id], add_tags: ["cats"] },
    delete_images: { image_ids: [spare.structuredContent.images[0].id] },
    read_metadata: { image: image.id },
  };
  for (const { name } of tools) {
    const { structuredContent } = await call(name, args[name]);
    assert.equal(structuredContent.ok, true, `${name}: ${JSON.stringify(structuredContent)}`);
    const { upload } = structuredContent;
    if (upload) args.get_upload = { upload_id: upload.id, wait_seconds: 0 };
  }

  const { resources } = await client.listResources();
  const templates = (await client.listResourceTemplates()).resourceTemplates;
  assert.deepEqual([resources.length, templates.length], [5 + TOPIC_NAMES.length, 6]);
  for (const { uri } of resources) {
    const { contents: [content] } = await client.readResource({ uri });
    if (uri.startsWith("manual://")) assert.match(String(content?.text), /^# /);
    else JSON.parse(String(content?.text));
  }
  const { contents: [picture] } = await client.readResource({ uri: `image://${image.id}` });
  assert.equal(picture?.blob, made.content[1]?.data);

  const { prompts: [prompt] } = await client.listPrompts();
  const { messages } = await client.getPrompt({
    name: prompt!.name,
    arguments: { description: "a cat" },
  });
  assert.equal(messages.length, 1);
  const { completion } = await client.complete({
    ref: { type: "ref/prompt", name: prompt!.name },
    argument: { name: "provider", value: "pl" },
  });
  assert.deepEqual(completion.values, ["placeholder"]);

  if (url === undefined) {
    assert.equal((await Deno.stat(image.local_path)).size, image.size_bytes);
  } else {
    assert.equal(image.local_path, null);
    const answer = await fetch(image.url);
    assert.equal((await answer.bytes()).length, image.size_bytes);
    assert.ok(image.url.startsWith(`${url}/images/`));
  }
}

interface Block {
  readonly type: string;
  readonly data?: string;
}

// deno-lint-ignore no-explicit-any
type Envelope = any;

/** How a client starts the server itself, at home in `folder`. */
function commandIn(folder: string) {
  const main = fileURLToPath(new URL("../main.ts", import.meta.url));
  return {
    command: Deno.execPath(),
    args: ["run", "-A", "--quiet", main],
    cwd: folder,
    env: { ...inheritedEnvironment(), HOME: folder },
    stderr: "ignore" as const,
  };
}
