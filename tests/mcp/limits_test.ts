/** No answer of any tool or resource is larger than MCP_MAX_RESULT_BYTES. */

import assert from "node:assert/strict";
import { TOOLS } from "../../src/mcp/methods.ts";
import { newImageId } from "../../src/storage/image_repository.ts";
import { noise } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp, type TestApp } from "../support/app.ts";
import { PROVIDER_KEYS } from "../support/provider_keys.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const EVERY_PROVIDER = { ...PROVIDER_KEYS, MCP_ENABLE_PLACEHOLDER: "true" };

const CLIENTS = ["codex-mcp-client", "test"];

for (const limit of [20_000, 900_000]) {
  Deno.test(`every tool and resource answers every client in ${limit} bytes, and no text holds base64`, async () => {
    const env = { ...EVERY_PROVIDER, MCP_MAX_RESULT_BYTES: String(limit) };
    await using test = await openTestApp({ env });
    const id = await keep(test, noise(600, 600));
    await using first = await connectTestClient(test.app, { mode: "auto" });
    for (let number = 0; number < 6; number++) {
      const prompt = `${number} ${"很长的描述".repeat(400)}`;
      await first.call("generate_image", {
        prompt,
        provider: "placeholder",
        resolution: "64x64",
        n: number === 0 ? 10 : 1,
      });
    }
    for (const name of CLIENTS) {
      await using client = await connectTestClient(test.app, { mode: "auto", name });
      const calls: readonly (readonly [string, Record<string, unknown>])[] = [
        ...TOOLS.map(({ name }) => [name, ARGUMENTS[name] ?? {}] as const),
        ["get_image_data", { image_id: id }],
        ["get_image_data", { image_id: id, format: "data" }],
        ["generate_image", { prompt: "x", style: "y ".repeat(100) }],
      ];
      for (const [tool, args] of calls) {
        const result = await client.client.callTool({ name: tool, arguments: args });
        const what = `${tool} ${JSON.stringify(args)} of ${name}`;
        assert.ok(size(result) <= limit, `${what}: ${size(result)} bytes`);
        for (const block of result.content as { type: string; text?: string }[]) {
          assert.doesNotMatch(block.text ?? "", /[A-Za-z0-9+/]{80,}/, what);
        }
      }
      const { resources } = await client.client.listResources();
      const addresses = [...resources.map(({ uri }) => uri), `image://${id}`, "image://last"];
      for (const uri of addresses) {
        const result = await client.client.readResource({ uri });
        assert.ok(size(result) <= limit, `${uri} of ${name}: ${size(result)} bytes`);
      }
    }
  });
}

Deno.test("a picture that no answer holds is read as its preview, and a text says where the rest is", async () => {
  await using test = await openTestApp({ env: { MCP_MAX_RESULT_BYTES: "60000" } });
  const id = await keep(test, noise(600, 600));
  await using client = await connectTestClient(test.app);
  const { contents: [preview, words] } = await client.client.readResource({ uri: "image://last" });
  assert.ok(preview && "blob" in preview && words && "text" in words);
  assert.equal(preview.mimeType, "image/jpeg");
  assert.match(words.text, /more than an answer of MCP_MAX_RESULT_BYTES \(60000\) holds/);
  const { envelope, content } = await client.call("get_image_data", {
    image_id: id,
    format: "data",
  });
  const [image] = envelope.images;
  assert.ok(
    words.text.includes(image.local_path) && envelope.warnings[0].includes(image.local_path),
  );
  assert.deepEqual(content.map(({ type }) => type), ["text", "image", "resource_link"]);
});

const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  generate_image: { prompt: "a cat", provider: "placeholder", resolution: "512x512", n: 3 },
  edit_image: { prompt: "a cat", images: ["last"], provider: "placeholder" },
  compare_images: {
    prompt: "a cat",
    providers: ["placeholder"],
    styles: ["anime", "sketch", "watercolor", "no style ".repeat(20)],
    seeds: [1, 2, 3],
    resolution: "64x64",
  },
  transform_image: { image: "last", width: 64 },
  get_job: { job_id: "last" },
  cancel_job: { job_id: "last" },
  get_image_data: { image_id: "last" },
  read_metadata: { image: "last" },
  list_jobs: { limit: 50 },
};

async function keep({ app }: TestApp, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const id = newImageId("test", Date.now());
  await app.images.save({ bytes }, {
    id,
    owner: "",
    operation: "generate",
    parents: [],
    provider: "test",
    model: "test",
    prompt: "a test",
    parameters: {},
  });
  return id;
}

function size(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
