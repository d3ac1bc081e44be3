import assert from "node:assert/strict";
import { isAbsolute, join } from "node:path";
import { runInit } from "../../src/commands/init.ts";
import { CLIENTS } from "../../src/commands/init/clients.ts";
import { mergeIntoJson } from "../../src/commands/init/json_file.ts";
import { mergeIntoToml } from "../../src/commands/init/toml_file.ts";
import { parseToml } from "../../src/dependencies/smol_toml.ts";
import { EXECUTABLE, openTerminal } from "./terminal.ts";
import { backupsOf, entryIn, printed, printedEntry, put, write } from "./written_entry.ts";

const KEY = "sk-a-key-of-a-person";
const SERVE = ["serve", "--transport", "stdio"];

Deno.test("init without a client lists every client with its file", async () => {
  await using terminal = await openTerminal({ os: "linux" });
  assert.equal(await runInit(terminal.context([])), 0);
  for (const name of Object.keys(CLIENTS)) {
    assert.match(terminal.stdout(), new RegExp(`^${name} `, "m"));
  }
  assert.ok(terminal.stdout().includes(join(terminal.home, ".cursor", "mcp.json")));
});

Deno.test("init names the client a misspelt word most likely meant", async () => {
  await using terminal = await openTerminal();
  assert.equal(await runInit(terminal.context(["curser"])), 2);
  assert.match(terminal.stderr(), /Unknown client 'curser': did you mean 'cursor'\?/);
});

Deno.test("init finds each client's file where that system keeps it", () => {
  const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    cursor: { linux: "/h/.cursor/mcp.json", windows: "C:\\h\\.cursor\\mcp.json" },
    vscode: {
      linux: "/h/.config/Code/User/mcp.json",
      darwin: "/h/Library/Application Support/Code/User/mcp.json",
      windows: "C:\\h\\AppData\\Roaming\\Code\\User\\mcp.json",
    },
    windsurf: { linux: "/h/.codeium/windsurf/mcp_config.json" },
    "claude-desktop": {
      darwin: "/h/Library/Application Support/Claude/claude_desktop_config.json",
      windows: "C:\\h\\AppData\\Roaming\\Claude\\claude_desktop_config.json",
    },
    "claude-code": { linux: "/h/.claude.json" },
    gemini: { linux: "/h/.gemini/settings.json" },
    qwen: { windows: "C:\\h\\.qwen\\settings.json" },
    opencode: { darwin: "/h/.config/opencode/opencode.json" },
    copilot: { linux: "/h/.copilot/mcp-config.json" },
    codex: { linux: "/h/.codex/config.toml", windows: "C:\\h\\.codex\\config.toml" },
    cline: { linux: "/h/.cline/data/settings/cline_mcp_settings.json" },
    continue: { darwin: "/h/.continue/mcpServers/mcp-image-server.yaml" },
  };
  for (const [name, places] of Object.entries(expected)) {
    for (const [os, file] of Object.entries(places)) {
      const home = os === "windows" ? "C:\\h" : "/h";
      const place = { os: os as "linux", home, environment: () => undefined };
      assert.equal(CLIENTS[name]!.file(place), file);
    }
  }
});

Deno.test("a client's own variable moves its file", () => {
  const moved: readonly (readonly [string, string, string])[] = [
    ["claude-code", "CLAUDE_CONFIG_DIR", "/moved/.claude.json"],
    ["codex", "CODEX_HOME", "/moved/config.toml"],
    ["gemini", "GEMINI_CLI_HOME", "/moved/.gemini/settings.json"],
    ["qwen", "QWEN_HOME", "/moved/settings.json"],
    ["copilot", "COPILOT_HOME", "/moved/mcp-config.json"],
    ["opencode", "XDG_CONFIG_HOME", "/moved/opencode/opencode.json"],
    ["cline", "CLINE_DATA_DIR", "/moved/settings/cline_mcp_settings.json"],
    ["vscode", "XDG_CONFIG_HOME", "/moved/Code/User/mcp.json"],
  ];
  for (const [client, variable, file] of moved) {
    const environment = (name: string) => name === variable ? "/moved" : undefined;
    assert.equal(CLIENTS[client]!.file({ os: "linux", home: "/h", environment }), file);
  }
});

Deno.test("the executable is named by its absolute path", async () => {
  const { command, args } = await printedEntry("cursor");
  assert.deepEqual({ command, args }, { command: "/opt/mcp-image-server", args: SERVE });
});

Deno.test("a clone and a URL are named as Deno started them", async () => {
  const clone = { standalone: false, mainModule: "file:///src/main.ts", execPath: "/bin/deno" };
  const fromClone = await printedEntry("cursor", {}, clone);
  assert.deepEqual(fromClone.args, ["run", "-A", "/src/main.ts", ...SERVE]);
  assert.equal(fromClone.command, "/bin/deno");

  const url = { ...clone, mainModule: "https://example.com/main.ts" };
  const fromUrl = await printedEntry("cursor", {}, url);
  assert.deepEqual(fromUrl.args, ["run", "-A", "https://example.com/main.ts", ...SERVE]);
});

Deno.test("every client gets an absolute save directory and only the variables that are set", async () => {
  const variables = { OPENAI_API_KEY: KEY, OPENAI_MODEL: "gpt-image-1.5", PATH: "/bin" };
  for (const name of JSON_CLIENTS) {
    const { environment, env = environment } = await printedEntry(name, variables);
    assert.deepEqual(Object.keys(env), ["MCP_IMAGE_SAVE_DIR", "OPENAI_API_KEY", "OPENAI_MODEL"]);
    assert.ok(isAbsolute(env.MCP_IMAGE_SAVE_DIR ?? ""), env.MCP_IMAGE_SAVE_DIR);
    assert.equal(env.OPENAI_MODEL, "gpt-image-1.5");
  }
});

Deno.test("keys are references in each client's own notation", async () => {
  const notations = {
    cursor: "${env:OPENAI_API_KEY}",
    vscode: "${env:OPENAI_API_KEY}",
    windsurf: "${env:OPENAI_API_KEY}",
    "claude-code": "${OPENAI_API_KEY}",
    gemini: "${OPENAI_API_KEY}",
    qwen: "${OPENAI_API_KEY}",
  };
  for (const [name, notation] of Object.entries(notations)) {
    const { env } = await printedEntry(name, { OPENAI_API_KEY: KEY });
    assert.equal(env.OPENAI_API_KEY, notation);
  }
});

Deno.test("Codex hands on keys by name, Continue as secrets", async () => {
  const codex = parseToml(await printed("codex", { OPENAI_API_KEY: KEY })) as {
    mcp_servers: { "mcp-image-server": { env_vars: string[]; env: Record<string, string> } };
  };
  const { env_vars, env } = codex.mcp_servers["mcp-image-server"];
  assert.deepEqual(env_vars, ["OPENAI_API_KEY"]);
  assert.deepEqual(Object.keys(env), ["MCP_IMAGE_SAVE_DIR"]);

  const block = await printed("continue", { OPENAI_API_KEY: KEY });
  assert.match(block, /^ {6}OPENAI_API_KEY: "\$\{\{ secrets\.OPENAI_API_KEY \}\}"$/m);
  assert.match(block, /^schema: "v1"$/m);
});

Deno.test("a client without references gets keys in clear, with a warning", async () => {
  for (const name of ["claude-desktop", "cherry-studio", "cline"]) {
    await using terminal = await openTerminal();
    await runInit(terminal.context([name], {}, { OPENAI_API_KEY: KEY }));
    assert.equal(entryIn(name, terminal.stdout()).env.OPENAI_API_KEY, KEY);
    assert.match(terminal.stderr(), /Warning: OPENAI_API_KEY stands in clear/);
  }
});

Deno.test("no client with references ever sees a key", async () => {
  for (const [name, client] of Object.entries(CLIENTS)) {
    if (client.reference?.("DOUBAO_API_KEY")) {
      assert.ok(!(await printed(name, { DOUBAO_API_KEY: KEY })).includes(KEY), name);
    }
  }
});

Deno.test("keys in a .env file stay there, and the file is named", async () => {
  await using terminal = await openTerminal();
  const envFile = join(terminal.project, ".env");
  await Deno.writeTextFile(envFile, `OPENAI_API_KEY=${KEY}\nMCP_TRANSPORT=http\n`);
  await runInit(terminal.context(["claude-desktop"]));
  const { env } = entryIn("claude-desktop", terminal.stdout());
  assert.equal(env.MCP_ENV_FILE, envFile);
  assert.equal(env.OPENAI_API_KEY, undefined);
  assert.doesNotMatch(terminal.stderr(), /in clear/);
});

Deno.test("the save directory follows MCP_IMAGE_SAVE_DIR", async () => {
  const { env } = await printedEntry("cursor", { MCP_IMAGE_SAVE_DIR: "/pictures" });
  assert.equal(env.MCP_IMAGE_SAVE_DIR, "/pictures");
});

Deno.test("--http writes each client's form of a remote server", async () => {
  const url = "http://images.example.com:8000/mcp";
  const forms: Readonly<Record<string, unknown>> = {
    cursor: { url },
    vscode: { type: "http", url },
    windsurf: { serverUrl: url },
    "claude-code": { type: "http", url },
    gemini: { type: "http", url },
    qwen: { httpUrl: url },
    opencode: { type: "remote", url },
    copilot: { type: "http", url, tools: ["*"] },
    cline: { type: "streamableHttp", url },
    "claude-desktop": { command: "npx", args: ["-y", "mcp-remote", url, "--allow-http"] },
  };
  for (const [name, form] of Object.entries(forms)) {
    await using terminal = await openTerminal();
    const flags = { http: "http://images.example.com:8000" };
    assert.equal(await runInit(terminal.context([name], flags)), 0);
    assert.deepEqual(entryIn(name, terminal.stdout()), form);
  }
});

Deno.test("--http refers to the token where the client can, and names a path that was given", async () => {
  await using terminal = await openTerminal();
  const flags = { http: "https://example.com/pictures/mcp" };
  const environment = { MCP_AUTH_TOKEN: "a-token-of-mine" };
  await runInit(terminal.context(["cursor"], flags, environment));
  assert.deepEqual(entryIn("cursor", terminal.stdout()), {
    url: "https://example.com/pictures/mcp",
    headers: { Authorization: "Bearer ${env:MCP_AUTH_TOKEN}" },
  });

  await using other = await openTerminal();
  await runInit(other.context(["codex"], flags, environment));
  assert.match(other.stdout(), /bearer_token_env_var = "MCP_AUTH_TOKEN"/);
});

Deno.test("--http with several tokens writes the first down, and says whose and why", async () => {
  await using terminal = await openTerminal();
  const environment = { MCP_AUTH_TOKEN: "ann=token-of-ann,bob=token-of-bob" };
  const flags = { http: "https://example.com" };
  await runInit(terminal.context(["cursor"], flags, environment));
  const { headers } = entryIn("cursor", terminal.stdout());
  assert.deepEqual(headers, { Authorization: "Bearer token-of-ann" });
  assert.match(
    terminal.stderr(),
    /Warning: the token of 'ann', the first of several, stands in clear, because MCP_AUTH_TOKEN holds more than this token.* set MCP_AUTH_TOKEN to that token alone/,
  );
  assert.doesNotMatch(terminal.stderr(), /cannot refer/);
});

Deno.test("--http with a token of a .env file says that clients do not read that file", async () => {
  await using terminal = await openTerminal();
  const envFile = join(terminal.project, ".env");
  await Deno.writeTextFile(envFile, "MCP_AUTH_TOKEN=a-token-of-mine\n");
  const flags = { http: "https://example.com" };
  await runInit(terminal.context(["cursor"], flags));
  const warning = `the bearer token stands in clear, because it comes from ${envFile}, which`;
  assert.ok(terminal.stderr().includes(warning), terminal.stderr());
});

Deno.test("--http for a client without references says that it has none", async () => {
  await using terminal = await openTerminal();
  const environment = { MCP_AUTH_TOKEN: "a-token-of-mine" };
  const flags = { http: "https://example.com" };
  await runInit(terminal.context(["claude-desktop"], flags, environment));
  assert.match(
    terminal.stderr(),
    /the bearer token stands in clear, because Claude Desktop cannot refer to a variable/,
  );
});

Deno.test("--http refuses what is no web address, and an address with a key in it", async () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["host", /--http needs an absolute http or https address/],
    [`https://example.com/mcp?token=${KEY}`, /without a password or a query/],
    [`https://ann:${KEY}@example.com/mcp`, /without a password or a query/],
  ];
  for (const [http, message] of faults) {
    await using terminal = await openTerminal();
    assert.equal(await runInit(terminal.context(["cursor"], { http })), 2);
    assert.match(terminal.stderr(), message);
    assert.ok(!terminal.stderr().includes(KEY));
    assert.equal(terminal.stdout(), "");
  }
});

Deno.test("--write and --http without a client are mistakes that name the clients", async () => {
  for (const [flag, value] of [["write", "true"], ["http", "https://example.com"]] as const) {
    await using terminal = await openTerminal();
    assert.equal(await runInit(terminal.context([], { [flag]: value })), 2);
    assert.match(terminal.stderr(), /^mcp-image-server: init --\w+ needs a client: cursor, vscode/);
    assert.equal(terminal.stdout(), "");
  }
});

Deno.test("--write makes the file and its folders for its owner only", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, ".cursor", "mcp.json");
  assert.equal(await write(terminal, "cursor"), 0);
  assert.equal(entryIn("cursor", await Deno.readTextFile(file)).command, EXECUTABLE.execPath);
  if (Deno.build.os !== "windows") {
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
  }
  assert.deepEqual(await backupsOf(file), []);
});

Deno.test("--write keeps comments, other servers and the layout byte for byte", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, ".cursor", "mcp.json");
  const before = [
    "{",
    "\t// my servers",
    '\t"mcpServers": {',
    '\t\t"other": { "command": "x", "args": [ 1,2 ] }, // keep this',
    '\t\t/* and this */ "third": {}',
    "\t},",
    '\t"setting": true, // trailing comma',
    "}",
    "",
  ].join("\r\n");
  await put(file, before);
  assert.equal(await write(terminal, "cursor"), 0);
  const after = await Deno.readTextFile(file);
  const lines = before.split("\r\n").filter((line) => !line.includes("third"));
  for (const line of lines) assert.ok(after.split("\r\n").includes(line), line);
  assert.ok(after.includes('/* and this */ "third": {},'));
  const [backup] = await backupsOf(file);
  assert.equal(await Deno.readTextFile(backup!), before);
});

Deno.test("--write a second time changes nothing and makes no second backup", async () => {
  for (const name of Object.keys(CLIENTS).filter((name) => name !== "cherry-studio")) {
    await using terminal = await openTerminal({ os: "linux" });
    const { home } = terminal;
    const file = CLIENTS[name]!.file({ os: "linux", home, environment: () => undefined })!;
    if (CLIENTS[name]!.format !== "yaml") await put(file, "");
    assert.equal(await write(terminal, name), 0);
    const written = await Deno.readTextFile(file);
    const backups = await backupsOf(file);
    assert.equal(await write(terminal, name), 0);
    assert.match(terminal.stdout(), /Nothing to change/);
    assert.equal(await Deno.readTextFile(file), written);
    assert.deepEqual(await backupsOf(file), backups);
  }
});

Deno.test("--write keeps what a person added to the entry", () => {
  const text = '{"mcpServers":{"image":{"disabled":true,"url":"http://old","env":{"MINE":"1"}}}}';
  const merged = JSON.parse(
    mergeIntoJson(text, "mcpServers", "image", { command: "/x", args: [], env: { NEW: "2" } }),
  );
  assert.deepEqual(merged.mcpServers.image, {
    disabled: true,
    command: "/x",
    args: [],
    env: { MINE: "1", NEW: "2" },
  });
});

Deno.test("a file that starts with a byte order mark keeps it", () => {
  const merged = mergeIntoJson('\uFEFF{"a":1}', "mcpServers", "image", { command: "/x" });
  assert.ok(merged.startsWith('\uFEFF{"a":1,'));
});

Deno.test("--write into invalid JSON changes nothing and names the line and column", async () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['{\n  "mcpServers": {\n    "a": ,\n  }\n}\n', /Value expected at line 3, column 10/],
    ['{\n  "mcpServers": {', /Close brace expected at line 2, column 18/],
    ["[]", /The file must be an object at line 1, column 1/],
    ['{\n  "mcpServers": []\n}', /'mcpServers' must be an object at line 2, column 17/],
  ];
  for (const [text, message] of faults) {
    await using terminal = await openTerminal();
    const file = join(terminal.home, ".cursor", "mcp.json");
    await put(file, text);
    assert.equal(await write(terminal, "cursor"), 1);
    assert.match(terminal.stderr(), message);
    assert.ok(terminal.stderr().includes(`${file} was not changed`));
    assert.equal(await Deno.readTextFile(file), text);
    assert.deepEqual(await backupsOf(file), []);
  }
});

Deno.test("--write into a file that is not UTF-8 changes nothing", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, ".cursor", "mcp.json");
  await put(file, "");
  await Deno.writeFile(file, new Uint8Array([0x7b, 0xff, 0x7d]));
  assert.equal(await write(terminal, "cursor"), 1);
  assert.match(terminal.stderr(), /not UTF-8/);
  assert.equal((await Deno.readFile(file)).length, 3);
});

Deno.test("--write follows a link and leaves it a link", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using terminal = await openTerminal();
  const real = join(terminal.home, "dotfiles", "cursor.json");
  const link = join(terminal.home, ".cursor", "mcp.json");
  await put(real, "{}");
  await Deno.chmod(real, 0o644);
  await Deno.mkdir(join(terminal.home, ".cursor"));
  await Deno.symlink(real, link);
  assert.equal(await write(terminal, "cursor"), 0);
  assert.ok((await Deno.lstat(link)).isSymlink);
  assert.match(await Deno.readTextFile(real), /mcp-image-server/);
  assert.equal((await Deno.stat(real)).mode! & 0o777, 0o644);
});

Deno.test("--write leaves every byte of a TOML file but its own table", () => {
  const text = [
    "# mine",
    'model = "x"   # aligned',
    "[mcp_servers.image]",
    'url = "http://old"',
    "enabled = false",
    "",
    "# about the next one",
    "[mcp_servers.other]",
    'command = "y"',
    "matrix = [",
    "  [1, 2],",
    "]",
    "",
  ].join("\n");
  const entry = { command: "/x", args: ["serve"], env: { A: "1" } };
  const merged = mergeIntoToml(text, "mcp_servers", "image", entry);
  const own = text.indexOf("[mcp_servers.image]");
  const next = text.indexOf("# about the next one");
  assert.ok(merged.startsWith(text.slice(0, own)));
  assert.ok(merged.endsWith(text.slice(next)));
  const { mcp_servers } = parseToml(merged) as { mcp_servers: Record<string, unknown> };
  assert.equal(
    JSON.stringify(mcp_servers.image),
    JSON.stringify({ enabled: false, ...entry }),
  );
});

Deno.test("rewriting Codex's file adds no blank lines, wherever the table stands", () => {
  const other = '[mcp_servers.other]\ncommand = "y"\n';
  for (const before of ["", other, `${other}\n`]) {
    for (const after of ["", `\n${other.replace("other", "next")}`, "\n# the last word\n"]) {
      const entry = (model: string) => ({ command: "/x", env: { OPENAI_MODEL: model } });
      const first = mergeIntoToml(before, "mcp_servers", "image", entry("a")) + after;
      const second = mergeIntoToml(first, "mcp_servers", "image", entry("b"));
      assert.equal(second, first.replace('"a"', '"b"'));
    }
  }
});

Deno.test("--write into invalid TOML, or a table in another form, changes nothing", async () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ["a = \nb = 1\n", /at line 1, column 5/],
    ['[mcp_servers]\nmcp-image-server = { url = "x" }\n', /not written as a table .* at line 2/],
  ];
  for (const [text, message] of faults) {
    await using terminal = await openTerminal();
    const file = join(terminal.home, ".codex", "config.toml");
    await put(file, text);
    assert.equal(await write(terminal, "codex"), 1);
    assert.match(terminal.stderr(), message);
    assert.equal(await Deno.readTextFile(file), text);
  }
});

Deno.test("--write replaces Continue's block that init wrote, and no other", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.home, ".continue", "mcpServers", "mcp-image-server.yaml");
  assert.equal(await write(terminal, "continue"), 0);
  assert.equal(await write(terminal, "continue", { OPENAI_API_KEY: KEY }), 0);
  assert.equal((await backupsOf(file)).length, 1);

  await Deno.writeTextFile(file, "name: mine\n");
  assert.equal(await write(terminal, "continue"), 1);
  assert.equal(await Deno.readTextFile(file), "name: mine\n");
});

Deno.test("--write says that Cherry Studio has no file, and prints what to import", async () => {
  await using terminal = await openTerminal();
  assert.equal(await write(terminal, "cherry-studio"), 1);
  assert.equal(entryIn("cherry-studio", terminal.stdout()).type, "stdio");
  assert.match(terminal.stderr(), /Cherry Studio keeps its servers in no file/);
});

const JSON_CLIENTS = Object.entries(CLIENTS)
  .filter(([, { format }]) => format === "json")
  .map(([name]) => name);
