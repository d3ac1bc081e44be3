/** With each vendor as the only network, a picture arrives over both transports, is kept, and is the vendor's to the byte. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { join } from "node:path";
import { fakeArk } from "./fakes/ark.ts";
import { startBfl } from "./fakes/bfl.ts";
import { startComfyui } from "./fakes/comfyui.ts";
import { startDashScope } from "./fakes/dashscope.ts";
import type { EditingVendor } from "./fakes/editing_vendor.ts";
import type { FakeVendor } from "./fakes/fake_vendor.ts";
import { startFal } from "./fakes/fal.ts";
import { fakeGemini } from "./fakes/gemini.ts";
import { fakeOpenAI } from "./fakes/openai.ts";
import { png } from "./fakes/png.ts";
import { startReplicate } from "./fakes/replicate.ts";
import { startWebUi } from "./fakes/sdwebui.ts";
import { startStability } from "./fakes/stability.ts";
import { startTencent } from "./fakes/tencent.ts";
import { startTokenHub } from "./fakes/tokenhub.ts";
import { callTool } from "./support/app.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer, startServer } from "./support/process.ts";

/** Drawing and nothing else. */
const DRAWING: Readonly<Record<string, () => FakeVendor | Promise<FakeVendor>>> = {
  "Tencent TokenHub": () => startTokenHub(),
  "FLUX": () => startBfl(),
  "Stability AI": () => startStability(),
  "Qwen": () => startDashScope(),
  "fal": () => startFal(),
  "Replicate": () => startReplicate(),
  "ComfyUI": () => startComfyui(),
  "Wan": () => startDashScope({ model: "wan2.7-image" }),
};

/** Those that take a picture, too, one for each way of taking it: a form, parts and fields of JSON, tasks. */
const EDITING: Readonly<Record<string, () => EditingVendor | Promise<EditingVendor>>> = {
  "OpenAI": () => fakeOpenAI(),
  "a named compatible server": () =>
    fakeOpenAI({ like: { pictures: "url", errors: "text", name: "my-gateway", edits: true } }),
  "Doubao": () => fakeArk(),
  "Tencent Hunyuan": () => startTencent(),
  "a model of Tencent TokenHub that edits": () => startTokenHub({ model: "hy-image-v3.5-preview" }),
  "Gemini": () => fakeGemini(),
  "Stable Diffusion web UI": () => startWebUi(),
};

const REQUEST = { prompt: "a cat in a garden", file_prefix: "cat" };
const BASE = png(320, 256, 2, (x, y) => [x % 256, y, 99]);
const EDIT = {
  prompt: "make the sky red",
  images: [`data:image/png;base64,${BASE.toBase64()}`],
  file_prefix: "edit",
};

for (const [name, start] of Object.entries(DRAWING)) {
  Deno.test(`a picture of ${name} arrives over stdio and is kept as it came`, async () => {
    await using vendor = await start();
    await using client = await overStdio(vendor);
    await client.draws();
  });

  Deno.test(`a picture of ${name} arrives over HTTP and is served as it came`, async () => {
    await using vendor = await start();
    await using client = await overHttp(vendor);
    await client.draws();
  });
}

for (const [name, start] of Object.entries(EDITING)) {
  Deno.test(`pictures come from ${name} and go there over stdio, and are kept as they came`, async () => {
    await using vendor = await start();
    await using client = await overStdio(vendor);
    await client.draws();
    await client.edits();
    assert.deepEqual(vendor.edits.map(({ images }) => images), [[BASE]]);
  });

  Deno.test(`pictures come from ${name} and go there over HTTP, and are served as they came`, async () => {
    await using vendor = await start();
    await using client = await overHttp(vendor);
    await client.draws();
    await client.edits();
    assert.deepEqual(vendor.edits.map(({ images }) => images), [[BASE]]);
  });
}

interface VendorsClient extends AsyncDisposable {
  /** Each makes one picture and looks whether it is the vendor's newest to the byte. */
  draws(): Promise<void>;
  edits(): Promise<void>;
}

/** A server over stdio with this vendor as the only network. */
async function overStdio(vendor: FakeVendor): Promise<VendorsClient> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const server = stack.use(startServer({ folder: folder.path, env: vendor.environment }));
  await server.initialize();
  const makes = async (tool: string, args: Record<string, unknown>) => {
    const before = vendor.pictures.length;
    const envelope = await server.call(tool, args, 30);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    assert.equal(vendor.pictures.length, before + 1);
    assert.deepEqual(await Deno.readFile(envelope.images[0].local_path), vendor.pictures[before]);
    holdsNoSecret(vendor, JSON.stringify(server.messages) + server.stderr);
  };
  return clientOf(makes, stack.move());
}

/** The same over HTTP, which shows the picture itself as well. */
async function overHttp(vendor: FakeVendor): Promise<VendorsClient> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const server = stack.use(await startHttpServer({ folder: folder.path, env: vendor.environment }));
  const client = new Client({ name: "test", version: "1" });
  const transport = new StreamableHTTPClientTransport(new URL("/mcp", server.url));
  await client.connect(transport);
  stack.defer(async () => {
    await transport.terminateSession();
    await client.close();
  });
  const makes = async (tool: string, args: Record<string, unknown>) => {
    const before = vendor.pictures.length;
    const { envelope, content } = await callTool(client, tool, args);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    const picture = vendor.pictures[before]!;
    const [image] = envelope.images;
    assert.equal(image.local_path, null);
    assert.deepEqual(await (await fetch(image.url)).bytes(), picture);
    const kept = join(folder.path, "generated_images", image.file_name);
    assert.deepEqual(await Deno.readFile(kept), picture);
    const block = content.find(({ type }) => type === "image");
    assert.equal(block?.data, picture.toBase64());
    holdsNoSecret(vendor, JSON.stringify([envelope, content]) + server.stderr);
  };
  return clientOf(makes, stack.move());
}

function clientOf(
  makes: (tool: string, args: Record<string, unknown>) => Promise<void>,
  stack: AsyncDisposableStack,
): VendorsClient {
  return {
    draws: () => makes("generate_image", REQUEST),
    edits: () => makes("edit_image", EDIT),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function holdsNoSecret({ secrets }: FakeVendor, text: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret));
}
