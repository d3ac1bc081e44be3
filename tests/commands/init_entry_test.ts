/** What `init` puts into an entry for each client, and what it says of it. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInit } from "../../src/commands/init.ts";
import { CLIENTS } from "../../src/commands/init/clients.ts";
import { programName } from "../../src/commands/program.ts";
import { EXECUTABLE, openTerminal } from "./terminal.ts";
import { entryIn, printed, printedEntry, put, write } from "./written_entry.ts";

const KEY = "sk-a-key-of-a-person";

Deno.test("--write takes out whatever would win over what it writes", async () => {
  const old = {
    ...{ transport: { type: "stdio", command: "/old" }, transportType: "sse", tcp: "old:1" },
    ...{ httpUrl: "http://old/mcp", url: "http://old/sse", serverUrl: "http://old" },
    ...{ headersHelper: "/old", headers: { Authorization: "Bearer old" } },
    ...{ environment: { OLD: "1" }, timeout: 5 },
  };
  for (const name of ["cline", "gemini", "qwen", "opencode", "copilot", "claude-code", "cursor"]) {
    await using terminal = await openTerminal({ os: "linux" });
    const { file, servers } = CLIENTS[name]!;
    const place = file({ os: "linux", home: terminal.home, environment: () => undefined })!;
    await put(place, JSON.stringify({ [servers]: { "mcp-image-server": old } }));
    assert.equal(await write(terminal, name), 0);
    const text = await Deno.readTextFile(place);
    assert.equal(JSON.parse(text)[servers]["mcp-image-server"].timeout, 5, name);
    assert.doesNotMatch(text.replace(/"OLD":\s*"1"/, ""), /old/i, name);
  }
});

Deno.test("--write leaves the tools that a person chose in Copilot's file", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, ".copilot", "mcp-config.json");
  const entry = { type: "local", command: "/old", tools: ["list_providers"] };
  await put(file, JSON.stringify({ mcpServers: { "mcp-image-server": entry } }));
  assert.equal(await write(terminal, "copilot"), 0);
  const { tools, command } = entryIn("copilot", await Deno.readTextFile(file));
  assert.deepEqual({ tools, command }, {
    tools: ["list_providers"],
    command: EXECUTABLE.execPath,
  });
});

Deno.test("Copilot gets references, but for the keys that it keeps to itself", async () => {
  await using terminal = await openTerminal();
  const keys = { OPENAI_API_KEY: KEY, DOUBAO_API_KEY: "another-key" };
  await runInit(terminal.context(["copilot"], {}, keys));
  const { env } = entryIn("copilot", terminal.stdout());
  assert.deepEqual([env.OPENAI_API_KEY, env.DOUBAO_API_KEY], [KEY, "${DOUBAO_API_KEY}"]);
  assert.match(
    terminal.stderr(),
    /Warning: OPENAI_API_KEY stands in clear, because Copilot CLI keeps the keys of models' vendors/,
  );
  assert.match(terminal.stderr(), /^DOUBAO_API_KEY: taken from the environment that Copilot CLI/m);
});

Deno.test("Cline gets the key itself, since only one of its two readers resolves references", async () => {
  await using terminal = await openTerminal();
  await runInit(terminal.context(["cline"], {}, { OPENAI_API_KEY: KEY }));
  assert.match(terminal.stderr(), /in clear, because Cline's command line resolves no references/);
  assert.match(terminal.stderr(), /or keep keys in a \.env file and name it with --env-file/);
});

Deno.test("opencode gets the command as one list", async () => {
  const entry = JSON.parse(await printed("opencode", { OPENAI_API_KEY: KEY }));
  const { environment, ...server } = entry.mcp["mcp-image-server"];
  assert.deepEqual(server, {
    type: "local",
    command: [EXECUTABLE.execPath, "serve", "--transport", "stdio"],
  });
  assert.equal(environment.OPENAI_API_KEY, "{env:OPENAI_API_KEY}");
});

Deno.test("proxies and Deno's cache are handed on, a proxy's password as a reference", async () => {
  const network = {
    HTTPS_PROXY: "http://ann:secret@proxy:1",
    no_proxy: "localhost",
    DENO_DIR: "/cache",
  };
  const clone = { standalone: false, mainModule: "file:///src/main.ts", execPath: "/bin/deno" };
  await using terminal = await openTerminal({ process: clone });
  await runInit(terminal.context(["cursor"], {}, network));
  const { MCP_IMAGE_SAVE_DIR: _folder, ...env } = entryIn("cursor", terminal.stdout()).env;
  assert.deepEqual(env, {
    HTTPS_PROXY: "${env:HTTPS_PROXY}",
    no_proxy: "localhost",
    DENO_DIR: "/cache",
  });
  assert.match(terminal.stderr(), /^Handed on as set here: HTTPS_PROXY, no_proxy, DENO_DIR$/m);
  const { DENO_DIR } = (await printedEntry("cursor", network)).env;
  assert.equal(DENO_DIR, undefined, "an executable has no cache");
});

Deno.test("without a key init says that placeholders will come, and where a key goes", async () => {
  await using terminal = await openTerminal({ os: "linux" });
  await runInit(terminal.context(["cursor"]));
  const file = join(terminal.home, ".config", "mcp-image-server", ".env");
  const sentence = `pictures will be placeholders. Write a key into ${file} and run init again: `;
  assert.ok(terminal.stderr().includes(sentence), terminal.stderr());
  assert.match(terminal.stderr(), /OPENAI_API_KEY for OpenAI/);

  await using withFile = await openTerminal();
  const envFile = join(withFile.project, ".env");
  await Deno.writeTextFile(envFile, "OPENAI_API_KEY=your_openai_api_key\n");
  await runInit(withFile.context(["cursor"]));
  assert.ok(withFile.stderr().includes(`Write a key into ${envFile}; the server reads it when it`));

  await using withKey = await openTerminal();
  await runInit(withKey.context(["cursor"], {}, { OPENAI_API_KEY: KEY }));
  assert.doesNotMatch(withKey.stderr(), /placeholder/);
});

Deno.test("--http says where the token comes from, or that there is none", async () => {
  const flags = { http: "https://example.com" };
  await using terminal = await openTerminal();
  await runInit(terminal.context(["gemini"], flags, { MCP_AUTH_TOKEN: "a-token-of-mine" }));
  assert.match(
    terminal.stderr(),
    /^MCP_AUTH_TOKEN: taken from the environment that Gemini CLI is started in$/m,
  );
  await using without = await openTerminal();
  await runInit(without.context(["gemini"], flags));
  assert.match(without.stderr(), /No token is written down, since MCP_AUTH_TOKEN is not set here/);
});

Deno.test("init says where pictures go, which --out may change", async () => {
  await using terminal = await openTerminal();
  await runInit(terminal.context(["cursor"]));
  const folder = join(terminal.home, "generated_images");
  assert.ok(terminal.stderr().includes(`Pictures go to ${folder} (--out DIR names another; `));

  await using other = await openTerminal();
  await runInit(other.context(["cursor"], { out: "/pictures" }));
  assert.match(other.stderr(), /^Pictures go to \/pictures$/m);
  assert.equal(entryIn("cursor", other.stdout()).env.MCP_IMAGE_SAVE_DIR, "/pictures");
});

Deno.test("the list of clients begins with the command as the person started it", async () => {
  const mainModule = (folder: string) => pathToFileURL(join(folder, "main.ts")).href;
  await using here = await openTerminal();
  const process = { standalone: false, mainModule: mainModule(here.project), execPath: "/deno" };
  for (
    const [given, usage] of [
      [EXECUTABLE, "mcp-image-server"],
      [process, "deno run -A main.ts"],
      [
        { ...process, mainModule: "https://example.com/x.js" },
        "deno run -A https://example.com/x.js",
      ],
    ] as const
  ) {
    assert.equal(programName(given, here.project), usage);
  }
  await runInit(here.context([]));
  assert.match(here.stderr(), /^Usage: mcp-image-server init CLIENT/);
});
