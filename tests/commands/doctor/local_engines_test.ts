import assert from "node:assert/strict";
import { startWebUi } from "../../fakes/sdwebui.ts";
import { examine } from "../examination.ts";
import { openTerminal } from "../terminal.ts";

Deno.test("the doctor tells which engine of this machine draws, and that it costs nothing", async () => {
  await using fake = startWebUi({ hasAuth: false });
  await using terminal = await openTerminal();
  const env = { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` };
  const { status, findings } = await examine(terminal, { generate: "true" }, env);
  assert.equal(status, 0);
  assert.deepEqual(findings.sdwebui, {
    check: "sdwebui",
    state: "ok",
    message: `found at ${fake.url}`,
  });
  assert.deepEqual(findings["local engines"], {
    check: "local engines",
    state: "note",
    message: `AUTOMATIC1111 at ${fake.url} draws as 'sdwebui'`,
  });
  assert.equal(findings["sdwebui draws"]!.state, "ok");
  assert.equal(fake.pictures.length, 1);
  assert.match(terminal.stderr(), /which costs nothing/);
});

Deno.test("the doctor tells what an engine lacks that is there and cannot draw", async () => {
  await using fake = startWebUi();
  await using terminal = await openTerminal();
  const env = { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` };
  const { findings } = await examine(terminal, {}, env);
  assert.equal(findings.placeholder!.state, "ok");
  assert.match(findings["local engines"]!.message, /SDWEBUI_USERNAME and SDWEBUI_PASSWORD/);
});

Deno.test("the doctor looks for no engine offline, nor where a provider is configured", async () => {
  await using fake = startWebUi({ hasAuth: false });
  const named = { MCP_LOCAL_ENGINES: `sdwebui=${fake.url}` };
  for (
    const [flags, env] of [
      [{ offline: "true" }, named],
      [{ offline: "true" }, { ...named, DOUBAO_API_KEY: "a-key" }],
    ] as const
  ) {
    await using terminal = await openTerminal();
    const { findings } = await examine(terminal, flags, env);
    assert.equal(findings["local engines"], undefined);
  }
  assert.equal(fake.looks.length, 0);
});
