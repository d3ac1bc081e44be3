import { Client } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { resultStyle } from "../../src/mcp/results/result_style.ts";
import { openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer, startServer } from "../support/process.ts";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { initialize, initialized, openLine, request } from "./line.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const PICTURE = { prompt: "a cat", resolution: "64x64" };

for (
  const [client, style] of [
    ["codex-mcp-client", "blocks"],
    ["claude-code", "blocks"],
    ["Claude-Code (via mcp-remote 0.1.37)", "blocks"],
    ["opencode", "blocks"],
    ["openclaw-bundle-mcp", "blocks"],
    ["claude-ai", "structured"],
    ["Visual Studio Code", "structured"],
    ["codexify", "structured"],
    [undefined, "structured"],
  ] as const
) {
  Deno.test(`${client ?? "a client without a name"} gets the style '${style}'`, () => {
    assert.equal(resultStyle("auto", client), style);
    assert.equal(resultStyle("blocks", client), "blocks");
    assert.equal(resultStyle("structured", client), "structured");
  });
}

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a client whose model reads blocks alone is shown pictures over HTTP as ${mode}`, async () => {
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path });
    const identity = { name: "codex-mcp-client", version: "0.157.0" };
    const client = new Client(identity, { versionNegotiation: { mode } });
    await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", server.url)));
    await showsPicturesInBlocks({
      tools: async () => (await client.listTools()).tools,
      call: (name, args) => client.callTool({ name, arguments: args }),
    });
    await client.close();
  });
}

Deno.test("a client whose model reads blocks alone is shown pictures over stdio", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  const clientInfo = { name: "claude-code", version: "2.1.280" };
  const protocolVersion = "2025-11-25";
  await server.request("initialize", { protocolVersion, capabilities: {}, clientInfo });
  const first = await server.request("tools/list") as unknown as { tools: Listed[] };
  await showsPicturesInBlocks({
    tools: () => Promise.resolve(first.tools),
    call: (name, args) => server.request("tools/call", { name, arguments: args }),
  });
  const later = await server.request("tools/list");
  assert.deepEqual(later, first, "the list changed once all of the server was there");
});

Deno.test("MCP_RESULT_STYLE counts whoever asks", async () => {
  await using test = await openTestApp({ env: { MCP_RESULT_STYLE: "blocks" } });
  await using line = openLine(test.app);
  await line.say(
    initialize(),
    initialized,
    request(1, "tools/call", { name: "generate_image", arguments: PICTURE }),
    request(2, "tools/call", { name: "list_jobs", arguments: {} }),
  );
  assert.equal((await line.answerTo(1)).result.structuredContent, undefined);
  assert.equal((await line.answerTo(2)).result.structuredContent.ok, true);
});

interface Listed {
  readonly name: string;
  readonly outputSchema?: unknown;
}

interface Server {
  tools(): Promise<readonly Listed[]>;
  call(name: string, args: Record<string, unknown>): Promise<unknown>;
}

interface Answer {
  readonly content: readonly { readonly type: string; readonly text?: string; data?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** Everything that such a client does with pictures, from the list on. */
async function showsPicturesInBlocks({ tools, call }: Server): Promise<void> {
  assert.deepEqual((await tools()).filter(({ outputSchema }) => outputSchema !== undefined), []);
  const made = await call("generate_image", PICTURE) as Answer;
  const again = await call("get_job", { job_id: "last" }) as Answer;
  const shown = await call("get_image_data", { image_id: "last" }) as Answer;
  const whole = await call("get_image_data", { image_id: "last", format: "data" }) as Answer;
  for (const { content, structuredContent, isError } of [made, again, shown, whole]) {
    assert.equal(isError, false);
    assert.equal(structuredContent, undefined);
    assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
    assert.equal(content[1]?.data, made.content[1]?.data);
    const { images: [image] } = JSON.parse(content[0]!.text!);
    assert.ok(image.id && (image.local_path ?? image.url) && image.width === 64);
  }
  const wrong = await call("generate_image", { prompt: "a cat", style: "nope" }) as Answer;
  assert.equal(wrong.structuredContent, undefined);
  assert.equal(JSON.parse(wrong.content[0]!.text!).error.code, "invalid_style");
  const listed = await call("list_jobs", {}) as Answer;
  assert.notEqual(listed.structuredContent, undefined);
}
