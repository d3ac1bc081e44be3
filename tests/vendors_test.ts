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

const COMPATIBLE = { pictures: "url", errors: "text" } as const;

const VENDORS: Readonly<Record<string, () => FakeVendor | Promise<FakeVendor>>> = {
  "Tencent Hunyuan": () => startTencent(),
  "Tencent TokenHub": () => startTokenHub(),
  "OpenAI": () => fakeOpenAI(),
  "a named compatible server": () => fakeOpenAI({ like: { ...COMPATIBLE, name: "my-gateway" } }),
  "Doubao": () => fakeArk(),
  "FLUX": () => startBfl(),
  "Stability AI": () => startStability(),
  "Gemini": () => fakeGemini(),
  "Qwen": () => startDashScope(),
  "fal": () => startFal(),
  "Replicate": () => startReplicate(),
  "Stable Diffusion web UI": () => startWebUi(),
  "ComfyUI": () => startComfyui(),
  "Wan": () => startDashScope({ model: "wan2.7-image" }),
};

const REQUEST = { prompt: "a cat in a garden", file_prefix: "cat" };

/** Those that take pictures, one for each way of taking them: a form, parts and fields of JSON, tasks. */
const EDITORS: Readonly<Record<string, () => EditingVendor | Promise<EditingVendor>>> = {
  "OpenAI": () => fakeOpenAI(),
  "a named compatible server": () =>
    fakeOpenAI({ like: { ...COMPATIBLE, name: "my-gateway", edits: true } }),
  "Doubao": () => fakeArk(),
  "Tencent Hunyuan": () => startTencent(),
  "Tencent TokenHub": () => startTokenHub({ model: "hy-image-v3.5-preview" }),
  "Gemini": () => fakeGemini(),
  "Stable Diffusion web UI": () => startWebUi(),
};

const BASE = png(320, 256, 2, (x, y) => [x % 256, y, 99]);
const EDIT = {
  prompt: "make the sky red",
  images: [`data:image/png;base64,${BASE.toBase64()}`],
  file_prefix: "edit",
};

for (const [name, start] of Object.entries(VENDORS)) {
  Deno.test(`a picture of ${name} arrives over stdio and is kept as it came`, async () => {
    await using vendor = await start();
    await using folder = await temporaryFolder();
    await using server = startServer({ folder: folder.path, env: vendor.environment });
    await server.initialize();
    const envelope = await server.call("generate_image", REQUEST, 30);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    assert.deepEqual(await Deno.readFile(envelope.images[0].local_path), vendor.pictures[0]);
    assert.equal(vendor.pictures.length, 1);
    holdsNoSecret(vendor, JSON.stringify(server.messages) + server.stderr);
  });

  Deno.test(`a picture of ${name} arrives over HTTP and is served as it came`, async () => {
    await using vendor = await start();
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path, env: vendor.environment });
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(new URL("/mcp", server.url));
    await client.connect(transport);
    const { envelope, content } = await callTool(client, "generate_image", REQUEST);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    const [image] = envelope.images;
    assert.equal(image.local_path, null);
    const served = await (await fetch(image.url)).bytes();
    assert.deepEqual(served, vendor.pictures[0]);
    const kept = join(folder.path, "generated_images", image.file_name);
    assert.deepEqual(await Deno.readFile(kept), vendor.pictures[0]);
    const block = content.find(({ type }) => type === "image");
    assert.equal(block?.data, vendor.pictures[0]?.toBase64());
    holdsNoSecret(vendor, JSON.stringify([envelope, content]) + server.stderr);
    await transport.terminateSession();
    await client.close();
  });
}

for (const [name, start] of Object.entries(EDITORS)) {
  Deno.test(`a picture goes to ${name} as it came in over stdio, and what it made is kept as it came`, async () => {
    await using vendor = await start();
    await using folder = await temporaryFolder();
    await using server = startServer({ folder: folder.path, env: vendor.environment });
    await server.initialize();
    const envelope = await server.call("edit_image", EDIT, 30);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    assert.deepEqual(vendor.edits.map(({ images }) => images), [[BASE]]);
    assert.deepEqual(await Deno.readFile(envelope.images[0].local_path), vendor.pictures[0]);
    holdsNoSecret(vendor, JSON.stringify(server.messages) + server.stderr);
  });

  Deno.test(`a picture goes to ${name} as it came in over HTTP, and what it made is served as it came`, async () => {
    await using vendor = await start();
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path, env: vendor.environment });
    const client = new Client({ name: "test", version: "1" });
    const transport = new StreamableHTTPClientTransport(new URL("/mcp", server.url));
    await client.connect(transport);
    const { envelope, content } = await callTool(client, "edit_image", EDIT);
    assert.equal(envelope.ok, true, JSON.stringify(envelope));
    assert.deepEqual(vendor.edits.map(({ images }) => images), [[BASE]]);
    const served = await (await fetch(envelope.images[0].url)).bytes();
    assert.deepEqual(served, vendor.pictures[0]);
    holdsNoSecret(vendor, JSON.stringify([envelope, content]) + server.stderr);
    await transport.terminateSession();
    await client.close();
  });
}

function holdsNoSecret({ secrets }: FakeVendor, text: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret));
}
