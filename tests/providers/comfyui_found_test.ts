/** A ComfyUI on this machine is told by what it answers, and draws where nothing is configured. */

import assert from "node:assert/strict";
import { findLocalEngines } from "../../src/providers/local_engines.ts";
import { LOCAL_ENGINES } from "../../src/providers/registry.ts";
import { closeVendorConnections } from "../../src/providers/vendor_fetch.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startServer } from "../support/process.ts";

Deno.test("ComfyUI is recognised, and draws at its address", async () => {
  await using fake = await startComfyui({ isOpen: true });
  const { engines, advice } = await find(fake.url);
  assert.deepEqual([...engines], [
    ["comfyui", { url: fake.url, settings: { COMFYUI_URL: fake.url } }],
  ]);
  assert.deepEqual(advice, []);
  assert.equal(fake.requests.length, 0);
});

Deno.test("a ComfyUI with nothing to draw with is told with what to do", async () => {
  const files = { checkpoints: [], diffusion_models: ["wan.safetensors"] };
  await using fake = await startComfyui({ isOpen: true, files });
  const { engines, advice } = await find(fake.url);
  assert.equal(engines.size, 0);
  assert.match(advice[0]!, /no checkpoint.*models\/checkpoints.*COMFYUI_WORKFLOWS/);
});

Deno.test("FLUX's own files are enough for a ComfyUI to draw", async () => {
  const files = { checkpoints: [], diffusion_models: ["flux1-dev.safetensors"] };
  await using fake = await startComfyui({ isOpen: true, files });
  assert.equal((await find(fake.url)).engines.size, 1);
});

Deno.test("what only pretends to be ComfyUI is left alone", async () => {
  const devices = [{ name: "koboldcpp" }];
  await using other = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      new URL(request.url).pathname === "/system_stats"
        ? Response.json({ system: { comfyui_version: "0.3.4" }, devices })
        : Response.json({ detail: "Not Found" }, { status: 404 }),
  );
  const { engines } = await find(`http://127.0.0.1:${other.addr.port}`);
  assert.equal(engines.size, 0);
});

Deno.test("with nothing configured, a picture is drawn by the ComfyUI of this machine", async () => {
  await using fake = await startComfyui({ isOpen: true });
  await using folder = await temporaryFolder();
  // A proxy that nobody answers at, which what is on this machine has no need of.
  const env = { MCP_LOCAL_ENGINES: `comfyui=${fake.url}`, HTTP_PROXY: "http://127.0.0.1:1" };
  await using server = startServer({ folder: folder.path, env });
  await server.initialize();
  const envelope = await server.call("generate_image", { prompt: "a cat" }, 30);
  assert.equal(envelope.ok, true, JSON.stringify(envelope));
  assert.equal(envelope.images[0].provider, "comfyui");
  assert.deepEqual(await Deno.readFile(envelope.images[0].local_path), fake.pictures[0]);
  assert.equal(fake.connections(), 1);
});

async function find(url: string) {
  try {
    return await findLocalEngines(
      LOCAL_ENGINES.filter(({ engine }) => engine.name === "comfyui"),
      [{ name: "comfyui", url }],
    );
  } finally {
    closeVendorConnections();
  }
}
