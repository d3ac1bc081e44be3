import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fakeArk } from "./fakes/ark.ts";
import { startBfl } from "./fakes/bfl.ts";
import { startComfyui } from "./fakes/comfyui.ts";
import { startDashScope } from "./fakes/dashscope.ts";
import type { FakeVendor } from "./fakes/fake_vendor.ts";
import { startFal } from "./fakes/fal.ts";
import { fakeGemini } from "./fakes/gemini.ts";
import { fakeOpenAI } from "./fakes/openai.ts";
import { startReplicate } from "./fakes/replicate.ts";
import { startWebUi } from "./fakes/sdwebui.ts";
import { startStability } from "./fakes/stability.ts";
import { startTencent } from "./fakes/tencent.ts";
import { PERMISSION_SETS, permissionFlags, type PermissionSet } from "./support/permission_sets.ts";
import { CACHE, type Program, runToEnd, startHttpServer, startServer } from "./support/process.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
/** A vendor's fake stands in for the hosts of its set. */
const USES:
  readonly (PermissionSet & { readonly vendor?: () => FakeVendor | Promise<FakeVendor> })[] = [
    PERMISSION_SETS.placeholder,
    { ...PERMISSION_SETS.openai, vendor: fakeOpenAI },
    {
      ...PERMISSION_SETS.compatible,
      vendor: () =>
        fakeOpenAI({ like: { pictures: "b64_json", errors: "text", name: "my-gateway" } }),
    },
    { ...PERMISSION_SETS.doubao, vendor: fakeArk },
    { ...PERMISSION_SETS.hunyuan, vendor: () => startTencent() },
    { ...PERMISSION_SETS.flux, vendor: startBfl },
    { ...PERMISSION_SETS.stability, vendor: startStability },
    { ...PERMISSION_SETS.gemini, vendor: () => fakeGemini() },
    { ...PERMISSION_SETS.qwen, vendor: () => startDashScope() },
    { ...PERMISSION_SETS.fal, vendor: startFal },
    { ...PERMISSION_SETS.replicate, vendor: startReplicate },
    { ...PERMISSION_SETS.sdwebui, vendor: () => startWebUi() },
    { ...PERMISSION_SETS.comfyui, vendor: () => startComfyui() },
  ];

Deno.test("every set of permissions is tried", () => {
  assert.deepEqual(
    USES.map(({ title }) => title),
    Object.values(PERMISSION_SETS).map(({ title }) => title),
  );
});

for (const { title, variables, hosts, vendor } of USES) {
  Deno.test(`${title}: a picture is drawn and kept with exactly the permissions named`, async () => {
    await using folder = await picturesFolder();
    await using fake = await vendor?.();
    const allowed = hosts.length > 0 ? "127.0.0.1" : undefined;
    const program = withPermissions(
      permissionFlags({ variables, folder: folder.path, hosts: allowed }),
    );
    const env = { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path, ...fake?.environment };
    await using server = startServer({ program, folder: folder.elsewhere, env });
    await server.initialize();
    const result = await server.request("tools/call", {
      name: "generate_image",
      arguments: { prompt: "a lighthouse" },
    });
    const { ok, images } = result.structuredContent as {
      ok: boolean;
      images: { local_path: string; save_error: string | null }[];
    };
    assert.ok(ok, JSON.stringify(result.structuredContent));
    assert.equal(images[0]?.save_error, null);
    await Deno.stat(images[0]!.local_path);
    const { code, stderr } = await server.end();
    assert.equal(code, 0);
    assert.doesNotMatch(stderr, /Requires \w+ access/);
  });
}

Deno.test("HTTP: it listens, draws and hands out the picture with exactly the permissions named", async () => {
  await using folder = await picturesFolder();
  const port = freePort();
  const hosts = `127.0.0.1:${port}`;
  const program = withPermissions(
    permissionFlags({ variables: "MCP_*", folder: folder.path, hosts }),
  );
  const args = ["serve", "--transport", "http"];
  const env = { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path, MCP_PORT: String(port) };
  await using server = await startHttpServer({ program, args, folder: folder.elsewhere, env });
  const address = server.url;
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${address}/mcp`)));
  const result = await client.callTool({
    name: "generate_image",
    arguments: { prompt: "a lighthouse" },
  });
  await client.close();
  const { images } = result.structuredContent as { images: { url: string }[] };
  const url = images[0]!.url;
  const picture = await fetch(url);
  assert.equal(picture.status, 200);
  assert.equal(picture.headers.get("content-type"), "image/png");
  await picture.body?.cancel();
  const manual = await fetch(`${address}/manual/permissions`);
  assert.match(await manual.text(), /<h1 id="permissions">/);
});

Deno.test("the manual is read in a shell without any permission", async () => {
  await using folder = await picturesFolder();
  const { code, stdout } = await runToEnd({
    program: withPermissions([]),
    args: ["help", "permissions"],
    folder: folder.elsewhere,
    env: CACHE,
  });
  assert.equal(code, 0);
  assert.match(stdout, /^# Permissions\n/);
});

Deno.test("without net access a picture's error names the host and the permission", async () => {
  await using folder = await picturesFolder();
  await using fake = fakeOpenAI();
  const program = withPermissions(
    permissionFlags({ variables: "MCP_*,OPENAI_*", folder: folder.path }),
  );
  const env = { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path, ...fake.environment };
  const { code, stderr } = await runToEnd({
    program,
    args: ["generate", "a lighthouse"],
    folder: folder.elsewhere,
    env,
  });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`net access to "${new URL(fake.url).host}".*--allow-net`));
});

Deno.test("without write access a picture is delivered, and the reason it was not kept names the permission", async () => {
  await using folder = await picturesFolder();
  const program = withPermissions(["--allow-env=MCP_*", `--allow-read=${folder.path}`]);
  const env = { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path };
  await using server = startServer({ program, folder: folder.elsewhere, env });
  await server.initialize();
  const result = await server.request("tools/call", {
    name: "generate_image",
    arguments: { prompt: "a lighthouse", resolution: "512x512" },
  });
  const { images } = result.structuredContent as { images: { save_error: string }[] };
  assert.match(images[0]!.save_error, /write access to .*--allow-write/);
  assert.ok((result.content as { type: string }[]).some(({ type }) => type === "image"));
});

Deno.test("without net access a server over HTTP names the address and the permission", async () => {
  await using folder = await picturesFolder();
  const port = freePort();
  const program = withPermissions(permissionFlags({ variables: "MCP_*", folder: folder.path }));
  const { code, stderr } = await runToEnd({
    program,
    args: ["serve", "--transport", "http"],
    folder: folder.elsewhere,
    env: { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path, MCP_PORT: String(port) },
  });
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`net access to "127.0.0.1:${port}".*--allow-net`));
});

Deno.test("without access to its variables the doctor names them and the permission", async () => {
  await using folder = await picturesFolder();
  const program = withPermissions(permissionFlags({ variables: "MCP_*", folder: folder.path }));
  const { stdout } = await runToEnd({
    program,
    args: ["doctor", "--offline"],
    folder: folder.elsewhere,
    env: { ...CACHE, MCP_IMAGE_SAVE_DIR: folder.path, OPENAI_API_KEY: "sk-unreadable" },
  });
  assert.match(stdout, /off +openai .*--allow-env=OPENAI_API_KEY/);
});

function withPermissions(permissions: readonly string[]): Program {
  return { command: Deno.execPath(), args: ["run", "--no-prompt", ...permissions, MAIN] };
}

async function picturesFolder(): Promise<
  AsyncDisposable & { readonly path: string; readonly elsewhere: string }
> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const path = join(folder, "pictures");
  const elsewhere = join(folder, "elsewhere");
  await Promise.all([Deno.mkdir(path), Deno.mkdir(elsewhere)]);
  return {
    path,
    elsewhere,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Asked for beforehand, because the permission has to name it. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
