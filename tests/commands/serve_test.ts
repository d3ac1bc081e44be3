/** What a server says about its configuration when it starts. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { startProgram, startServer } from "../support/process.ts";

Deno.test("a token that is only the example's keeps a server over HTTP from standing open", async () => {
  await using folder = await temporaryFolder();
  for (const MCP_AUTH_TOKEN of ["your_auth_token", "${env:MCP_AUTH_TOKEN}"]) {
    const env = { MCP_TRANSPORT: "http", MCP_PORT: "0", MCP_AUTH_TOKEN };
    await using server = startProgram({ folder: folder.path, env });
    assert.equal((await server.status).code, 1);
    assert.match(
      server.stderr,
      /^mcp-image-server: MCP_AUTH_TOKEN .*\(from the environment\).*\n$/,
    );
  }
});

Deno.test("a server says at start what it passed over in its configuration", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, ".env"), "MCP_IMAGE_SAVEDIR=/x\nnonsense\n");
  const env = { OPENAI_API_KEY: "${env:OPENAI_API_KEY}", MCP_MAXWAIT: "5" };
  await using server = startServer({ folder: folder.path, env });
  await server.sees(/ warning OPENAI_API_KEY holds a reference that was not resolved/);
  await server.sees(/ warning MCP_IMAGE_SAVEDIR .*did you mean MCP_IMAGE_SAVE_DIR\?/);
  await server.sees(/ warning MCP_MAXWAIT .*did you mean MCP_MAX_WAIT\?/);
  await server.sees(/ warning Line 2 of .*no NAME=value/);
});

Deno.test("a reload tells what is new among the slips, and no old one again", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, ".env");
  await Deno.writeTextFile(file, "MCP_MAXWAIT=5\n");
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await server.sees(/ warning MCP_MAXWAIT /);
  await Deno.writeTextFile(file, "MCP_MAXWAIT=5\nOPENAI_APIKEY=sk-1\n");
  assert.equal((await server.call("reload_config")).ok, true);
  await server.sees(/ warning OPENAI_APIKEY .*did you mean OPENAI_API_KEY\?/);
  assert.equal(server.stderr.match(/MCP_MAXWAIT/g)?.length, 1);
});

Deno.test("a .env that is a folder is told, and the server starts all the same", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(join(folder.path, ".env"));
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await server.sees(/ warning The \.env file .* was not read/);
});

Deno.test("a server says at start who draws, where pictures go and which settings it read", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, ".env");
  await Deno.writeTextFile(file, "DOUBAO_API_KEY=a-key\n");
  const env = {
    MCP_ENV_FILE: file,
    MCP_IMAGE_SAVE_DIR: join(folder.path, "art"),
    MCP_LOG_FORMAT: "json",
  };
  for (const transport of ["stdio", "http"]) {
    const options = { ...env, MCP_TRANSPORT: transport, MCP_PORT: "0" };
    await using server = startProgram({ folder: folder.path, env: options });
    const [line] = await server.sees(/^.*"serving".*$/m);
    const { time: _time, ...record } = JSON.parse(line);
    assert.deepEqual(record, {
      level: "info",
      event: "serving",
      transport,
      providers: "doubao",
      pictures: join(folder.path, "art"),
      settings_file: file,
    });
  }
});

Deno.test("a value of a flag that is not legal is a mistake of the command line", async () => {
  await using folder = await temporaryFolder();
  await using server = startProgram({ folder: folder.path, args: ["--port", "high"] });
  assert.equal((await server.status).code, 2);
  assert.match(server.stderr, /^mcp-image-server: MCP_PORT must be .*'high' \(from --port\)\n$/);
});
