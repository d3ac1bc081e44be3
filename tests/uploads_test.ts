/** Pictures of people whose client cannot pass a file: real servers, official clients of both eras. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { drawPlainPng } from "./fakes/pictures.ts";
import { smallPicture } from "./fakes/small_pictures.ts";
import { callTool, connectTestClient, openTestApp } from "./support/app.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";

const PNG = drawPlainPng(64, 48, "base");
const TOKENS = { ann: "token-of-ann", bob: "token-of-bob" };
const MCP_AUTH_TOKEN = Object.entries(TOKENS).map(([name, token]) => `${name}=${token}`).join();
const ERAS = ["legacy", "auto"] as const;
const UPLOAD_TOOLS = ["create_upload_link", "get_upload"];

for (const mode of ERAS) {
  Deno.test(`a picture that a person uploads is waited for, shown, and edited (${mode})`, async () => {
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path, env: { MCP_AUTH_TOKEN } });
    await using ann = await connect(server.url, "ann", mode);
    const { envelope: { upload, next } } = await ann.call("create_upload_link");
    assert.match(upload.id, /^upload_\d+_[0-9a-f]{24}$/);
    assert.match(upload.url, new RegExp(`^${server.url}/uploads/[\\w-]{43}$`));
    assert.match(next, new RegExp(`get_upload with ${upload.id}`));

    const early = await ann.call("get_upload", { upload_id: upload.id, wait_seconds: 0.05 });
    assert.equal(early.envelope.upload.state, "waiting");
    const none = await ann.call("edit_image", { prompt: "a red sky", images: [upload.id] });
    assert.match(none.envelope.error.message, /No picture has come .* wait for it with get_upload/);

    const waiting = ann.call("get_upload", { upload_id: upload.id, wait_seconds: 30 });
    await post(upload.url, PNG);
    const { envelope, content } = await waiting;
    assert.deepEqual(envelope.upload, {
      id: upload.id,
      state: "received",
      mime_type: "image/png",
      width: 64,
      height: 48,
      size_bytes: PNG.length,
    });
    assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);

    const edited = await ann.call("edit_image", {
      prompt: "a red sky",
      images: [{ image: upload.id }],
      provider: "placeholder",
    });
    assert.equal(edited.envelope.error, null);
    assert.equal(edited.envelope.images.length, 1);
    const images = [upload.id, `image://${upload.id}`];
    for (const image of images) {
      const { envelope: { images: [made] } } = await ann.call("transform_image", {
        image,
        width: 32,
      });
      assert.deepEqual([made.width, made.height], [32, 24]);
    }
  });
}

Deno.test("an upload of another person is as unknown as one that never was", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: { MCP_AUTH_TOKEN } });
  await using ann = await connect(server.url, "ann", "auto");
  await using bob = await connect(server.url, "bob", "auto");
  const { envelope: { upload: { id, url } } } = await ann.call("create_upload_link");
  await post(url, PNG);
  const sent = await fetch(new URL("/uploads", server.url), {
    method: "POST",
    body: PNG,
    headers: { authorization: `Bearer ${TOKENS.ann}` },
  });
  const ids = [id, (await sent.json()).id];
  const [never] = ["upload_1_none"];
  for (const each of ids) {
    for (
      const [tool, argument] of [
        ["get_upload", (upload_id: string) => ({ upload_id })],
        ["transform_image", (image: string) => ({ image, width: 9 })],
        ["edit_image", (image: string) => ({ prompt: "a hat", images: [image] })],
      ] as const
    ) {
      const known = await ann.call(tool, argument(each));
      assert.equal(known.envelope.error, null, tool);
      const errors = await Promise.all([each, never!].map(async (id) => {
        const { envelope } = await bob.call(tool, argument(id));
        return JSON.stringify(envelope.error).replaceAll(id, "ID");
      }));
      assert.equal(errors[0], errors[1], tool);
      assert.match(errors[0]!, /image_not_found/);
    }
  }
});

Deno.test("a link outlives the server that gave it, and its picture the next", async () => {
  await using folder = await temporaryFolder();
  const env = { MCP_AUTH_TOKEN };
  let upload: { readonly id: string; readonly url: string };
  {
    await using server = await startHttpServer({ folder: folder.path, env });
    await using ann = await connect(server.url, "ann", "auto");
    upload = (await ann.call("create_upload_link")).envelope.upload;
  }
  {
    await using server = await startHttpServer({ folder: folder.path, env });
    await post(new URL(new URL(upload.url).pathname, server.url).href, PNG);
  }
  await using server = await startHttpServer({ folder: folder.path, env });
  await using ann = await connect(server.url, "ann", "auto");
  const { envelope } = await ann.call("get_upload", { upload_id: upload.id });
  assert.equal(envelope.upload.state, "received");
});

Deno.test("over stdio a link leads to the server over HTTP on the same folder", async () => {
  await using folder = await temporaryFolder();
  const directory = `${folder.path}/generated_images`;
  await using server = await startHttpServer({ folder: folder.path });
  const env = { MCP_PUBLIC_BASE_URL: server.url };
  await using test = await openTestApp({ env, folder: directory });
  await using client = await connectTestClient(test.app);
  const { envelope: { upload } } = await client.call("create_upload_link");
  await post(upload.url, PNG);
  const { envelope, content } = await client.call("get_upload", { upload_id: upload.id });
  assert.equal(envelope.upload.state, "received");
  assert.equal(content[1]?.type, "image");
});

Deno.test("where no page of the server can be opened there are no links, and what helps is told", async () => {
  await using test = await openTestApp();
  const wildcard = { transport: "http", baseUrl: () => null } as const;
  for (
    const [view, message] of [
      [undefined, /MCP_PUBLIC_BASE_URL, and a server over HTTP .* pass the absolute path/],
      [wildcard, /MCP_PUBLIC_BASE_URL/],
    ] as const
  ) {
    await using client = await connectTestClient(test.app, { view });
    const { tools } = await client.client.listTools();
    const names = tools.map(({ name }) => name);
    assert.deepEqual(names.filter((name) => UPLOAD_TOOLS.includes(name)), []);
    const { envelope } = await client.call("create_upload_link");
    assert.equal(envelope.error.code, "invalid_config");
    assert.match(envelope.error.message, message);
  }
});

Deno.test("a path that the server cannot read is answered with how else the picture comes", async () => {
  await using test = await openTestApp();
  const view = { transport: "http", baseUrl: () => "https://pictures.example" } as const;
  await using client = await connectTestClient(test.app, { view });
  for (const image of ["/mnt/user-data/uploads/cat.png", "cat.png"]) {
    const { envelope } = await client.call("transform_image", { image, width: 9 });
    assert.match(envelope.error.message, /Where the person has it, call create_upload_link$/);
  }
});

Deno.test("what a picture lost on its way is told with it, and no preview is sent where none is wanted", async () => {
  await using folder = await temporaryFolder();
  const env = { MCP_AUTH_TOKEN, MCP_INLINE_IMAGE: "never" };
  await using server = await startHttpServer({ folder: folder.path, env });
  await using ann = await connect(server.url, "ann", "legacy");
  const { envelope: { upload } } = await ann.call("create_upload_link");
  await post(upload.url, smallPicture("animated GIF"));
  const { envelope, content } = await ann.call("get_upload", { upload_id: upload.id });
  assert.match(envelope.warnings.join(), /animated, and its first picture was used/);
  assert.deepEqual(content.map(({ type }) => type), ["text"]);
});

async function post(url: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(url, { method: "POST", body });
  const text = await response.text();
  assert.equal(response.status, 201, text);
}

async function connect(url: string, name: keyof typeof TOKENS, mode: typeof ERAS[number]) {
  const client = new Client({ name, version: "1" }, { versionNegotiation: { mode } });
  const headers = { Authorization: `Bearer ${TOKENS[name]}` };
  const options = { requestInit: { headers } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", url), options));
  return {
    client,
    call: (tool: string, args: Record<string, unknown> = {}) => callTool(client, tool, args),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
