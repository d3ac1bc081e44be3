/** With nothing configured, the first request for a picture is drawn by an engine of this machine. */

import assert from "node:assert/strict";
import { startLocalAI, startOther } from "./fakes/local_engines.ts";
import { startWebUi } from "./fakes/sdwebui.ts";
import { connectTestClient, openTestApp } from "./support/app.ts";
import { temporaryFolder } from "./support/folder.ts";
import { CACHE, startServer } from "./support/process.ts";

const REQUEST = { prompt: "a cat in a garden" };

Deno.test("nobody is asked before a picture is, and then an engine draws it, past every proxy", async () => {
  await using fake = startWebUi({ hasAuth: false });
  await using proxy = startOther(() => new Response("The proxy", { status: 502 }));
  await using folder = await temporaryFolder();
  const env = { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}`, HTTP_PROXY: proxy.url };
  await using server = startServer({ folder: folder.path, env });
  await server.initialize();
  await server.request("tools/list");
  const before = await server.call("list_providers");
  assert.match(before.local_engines[0], /the first request for a picture looks for engines/);
  assert.equal(before.default_provider, "placeholder");
  assert.equal(fake.looks.length, 0);

  const { ok, images, warnings } = await server.call("generate_image", REQUEST, 30);
  assert.equal(ok, true);
  assert.equal(images[0].provider, "sdwebui");
  assert.equal(images[0].model, "dreamshaper_8");
  assert.deepEqual(await Deno.readFile(images[0].local_path), fake.pictures[0]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(proxy.asked, []);

  const after = await server.call("list_providers");
  assert.deepEqual(after.local_engines, [`AUTOMATIC1111 at ${fake.url} draws as 'sdwebui'`]);
  assert.equal(after.default_provider, "sdwebui");
  // deno-lint-ignore no-explicit-any
  const listed = after.providers.find(({ name }: any) => name === "sdwebui");
  assert.deepEqual(listed.models, [
    "dreamshaper_8",
    "juggernautXL_v9",
    "lora:detail_tweaker",
    "lora:film grain",
  ]);
  assert.match(server.stderr, /AUTOMATIC1111 at http:\S+ draws as 'sdwebui'/);
});

Deno.test("an engine of the images API draws through its provider, with a model of its own", async () => {
  await using fake = startLocalAI();
  await using test = await openTestApp({ env: { MCP_LOCAL_ENGINES: `localai=${fake.url}` } });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", REQUEST);
  assert.equal(envelope.ok, true, JSON.stringify(envelope));
  assert.equal(envelope.images[0].provider, "openai");
  assert.equal(fake.drawings[0].model, "flux.1-schnell");
  assert.deepEqual(await Deno.readFile(envelope.images[0].local_path), fake.pictures[0]);
});

Deno.test("two requests at once look once, and both are drawn by what is found", async () => {
  await using fake = startWebUi({ hasAuth: false });
  await using test = await openTestApp({ env: { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` } });
  await using client = await connectTestClient(test.app);
  const answers = await Promise.all(
    ["a cat", "a dog"].map((prompt) => client.call("generate_image", { prompt })),
  );
  assert.deepEqual(answers.map(({ envelope }) => envelope.images[0].provider), [
    "sdwebui",
    "sdwebui",
  ]);
  assert.equal(fake.looks.filter(({ path }) => path === "/sdapi/v1/version").length, 1);
});

Deno.test("where nothing answers a placeholder is drawn, and nobody looks again before a reload", async () => {
  await using other = startOther(() => new Response("A shop"));
  await using test = await openTestApp({ env: { MCP_LOCAL_ENGINES: `sdwebui=${other.url}` } });
  await using client = await connectTestClient(test.app);
  for (const prompt of ["a cat", "a dog"]) {
    const { envelope } = await client.call("generate_image", { prompt });
    assert.equal(envelope.images[0].provider, "placeholder");
  }
  assert.equal(other.asked.length, 1);
  const { envelope } = await client.call("list_providers");
  assert.match(envelope.local_engines[0], /^No engine answered where MCP_LOCAL_ENGINES says/);
  await client.call("reload_config");
  await client.call("generate_image", { prompt: "a bird" });
  assert.equal(other.asked.length, 2);
});

Deno.test("whoever gets a placeholder is told how the engine that is there could draw", async () => {
  await using fake = startWebUi({ hasApi: false });
  await using test = await openTestApp({ env: { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` } });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", REQUEST);
  assert.equal(envelope.images[0].provider, "placeholder");
  assert.ok(
    envelope.warnings.some((each: string) => /its API is off: start it with --api/.test(each)),
  );
});

for (
  const [what, env] of [
    ["a provider is configured", { DOUBAO_API_KEY: "a-key" }],
    ["nobody wants it", { MCP_LOCAL_ENGINES: "off" }],
    ["the placeholder is wanted", { MCP_ENABLE_PLACEHOLDER: "true", MCP_LOCAL_ENGINES: "auto" }],
    [
      "the placeholder is the default",
      { MCP_DEFAULT_PROVIDER: "placeholder", MCP_LOCAL_ENGINES: "auto" },
    ],
  ] as const
) {
  Deno.test(`nobody looks for engines where ${what}`, async () => {
    await using fake = startWebUi({ hasAuth: false });
    const named = { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` };
    await using test = await openTestApp({ env: { ...named, ...env } });
    assert.equal(test.app.configuration.lookForEngines, undefined);
    await using client = await connectTestClient(test.app);
    assert.equal((await client.call("list_providers")).envelope.local_engines, undefined);
    assert.equal(fake.looks.length, 0);
  });
}

Deno.test("a look that a reload overtook changes nothing", async () => {
  await using fake = startWebUi({ hasAuth: false });
  await using test = await openTestApp({ env: { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` } });
  const { app } = test;
  const looking = app.lookForEngines();
  app.serverDependencies({ transport: "stdio" }).reload(false).apply();
  await looking;
  assert.equal(app.configuration.providers.found, undefined);
  assert.ok(app.configuration.lookForEngines);
});

Deno.test("a process that may not reach this machine's ports draws a placeholder, and says why", async () => {
  await using folder = await temporaryFolder();
  const program = {
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "--allow-env=MCP_*",
      `--allow-read=${folder.path}`,
      `--allow-write=${folder.path}`,
      new URL("../main.ts", import.meta.url).href,
    ],
  };
  const env = {
    MCP_LOCAL_ENGINES: "auto",
    MCP_IMAGE_SAVE_DIR: folder.path,
    DENO_DIR: CACHE.DENO_DIR,
  };
  await using server = startServer({ folder: folder.path, env, program });
  await server.initialize();
  const { images } = await server.call("generate_image", REQUEST, 60);
  assert.equal(images[0].provider, "placeholder");
  const { local_engines } = await server.call("list_providers");
  assert.match(local_engines.at(-1), /--allow-net=127\.0\.0\.1:8080,/);
});
