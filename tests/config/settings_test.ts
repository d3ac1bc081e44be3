import assert from "node:assert/strict";
import { createApp } from "../../src/app.ts";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { LIVE_SETTINGS } from "../../src/config/live_settings.ts";
import { readServerSettings, serverVariables } from "../../src/config/settings.ts";
import { type Runtime, userConfigDirectory } from "../../src/config/env_files.ts";
import type { EnvironmentSnapshot } from "../../src/config/environment.ts";
import { silentLogger } from "../../src/log.ts";
import { noticesAbout } from "../../src/config/notices.ts";
import type { Env } from "../../src/config/variables.ts";

Deno.test("nothing configured is no mistake, and the placeholder is on", () => {
  const { problems, providers, settings } = load();
  assert.deepEqual(problems, []);
  assert.deepEqual([...providers.on.keys()], ["placeholder"]);
  assert.equal(settings.MCP_TRANSPORT, "stdio");
});

Deno.test("the command line wins over the environment, and that over the .env file", () => {
  const world = {
    env: { MCP_PORT: "2", MCP_HOST: "environment" },
    files: { "/work/.env": "MCP_PORT=3\nMCP_HOST=file\nMCP_MAX_WAIT=7\n" },
  };
  const { settings } = load(world, commandLine({ MCP_PORT: ["1", "--port"] }));
  assert.equal(settings.MCP_PORT, 1);
  assert.equal(settings.MCP_HOST, "environment");
  assert.equal(settings.MCP_MAX_WAIT, 7);
});

Deno.test("the .env file of the working directory is read, else the one of the user's folder", () => {
  const files = {
    "/work/.env": "MCP_PORT=1",
    "/home/me/.config/mcp-image-server/.env": "MCP_PORT=2",
  };
  const near = load({ files });
  assert.equal(near.settings.MCP_PORT, 1);
  assert.equal(near.snapshot.envFile, "/work/.env");
  const far = load({ files, workingDirectory: "/" });
  assert.equal(far.settings.MCP_PORT, 2);
  assert.deepEqual(far.snapshot.searched, ["/.env", "/home/me/.config/mcp-image-server/.env"]);
});

Deno.test("a file named by --env-file or MCP_ENV_FILE is read instead of the others", () => {
  const files = { "/work/.env": "MCP_PORT=1", "/a.env": "MCP_PORT=2", "/b.env": "MCP_PORT=3" };
  const env = { MCP_ENV_FILE: "/a.env" };
  assert.equal(load({ files, env }).settings.MCP_PORT, 2);
  const flags = commandLine({ MCP_ENV_FILE: ["/b.env", "--env-file"] });
  assert.equal(load({ files, env }, flags).settings.MCP_PORT, 3);
});

Deno.test("a named file that cannot be read is a mistake", () => {
  const { problems } = load({ env: { MCP_ENV_FILE: "/none.env" } });
  assert.equal(problems.length, 1);
  assert.match(problems[0]!.message, /Cannot read the \.env file '\/none\.env'/);
});

Deno.test("a file that is there and cannot be read is passed over with a warning", () => {
  const errors = [
    new Deno.errors.PermissionDenied("Permission denied"),
    new Deno.errors.IsADirectory("Is a directory"),
  ];
  for (const error of errors) {
    const { problems, snapshot } = load({ readTextFile: () => refuse(error), home: "" });
    assert.deepEqual(problems, []);
    const message = `The .env file '/work/.env' was not read: ${error.message}`;
    assert.deepEqual(noticesAbout(snapshot), [{ level: "warning", message }]);
  }
});

Deno.test("where no file may be looked for, one line says which permission that needs", () => {
  const error = new Deno.errors.NotCapable("Requires read access");
  const { problems, snapshot } = load({ readTextFile: () => refuse(error) });
  assert.deepEqual(problems, []);
  const [notice, ...others] = noticesAbout(snapshot);
  assert.deepEqual(others, []);
  assert.equal(notice?.level, "info");
  const user = "/home/me/.config/mcp-image-server/.env";
  assert.match(notice.message, new RegExp(`--allow-read=/work/\\.env,${user}$`));
});

Deno.test("where no file is, there is nothing to say", () => {
  const places = [new Deno.errors.NotFound("none"), new Deno.errors.NotADirectory("a file")];
  for (const error of places) {
    const { snapshot } = load({ readTextFile: () => refuse(error) });
    assert.deepEqual(noticesAbout(snapshot), []);
  }
});

Deno.test("a file in UTF-16 is not read as if it were text", () => {
  const text = "\uFFFD\uFFFDM\0C\0P\0_\0P\0O\0R\0T\0=\x001\0";
  const { snapshot } = load({ files: { "/work/.env": text } });
  assert.match(messagesAbout(snapshot).join(), /'\/work\/\.env' was not read: .*not UTF-8 text/);
  const named = load({ files: { "/a.env": text }, env: { MCP_ENV_FILE: "/a.env" } });
  assert.match(named.problems[0]?.message ?? "", /'\/a\.env': it is not UTF-8 text/);
});

Deno.test("lines of the file that mean nothing are named", () => {
  const text = [
    "# comment",
    "",
    "OPENAI_API_KEY sk-1",
    "  export MCP_PORT=1",
    "set MCP_HOST=x",
    "OPENAI_ORG_ID='one",
    "two words'",
    'OPENAI_PROJECT_ID="p" # and more',
    "MCP_MAX_WAIT: 5",
  ].join("\r\n");
  const { snapshot } = load({ files: { "/work/.env": text } });
  assert.deepEqual(snapshot.oddLines, [3, 5, 9]);
  assert.deepEqual(messagesAbout(snapshot), [
    "Lines 3, 5, 9 of '/work/.env' are no NAME=value and cannot be understood",
  ]);
});

Deno.test("misspelt variables are named with what was meant", () => {
  const { snapshot } = load({
    env: { MCP_IMAGE_SAVEDIR: "/x", OPENAI_APIKEY: "sk-1" },
    files: { "/work/.env": "mcp_port=1\nDOUBAO_API_KEYS=x\nMCP_COLOUR=red\n" },
  });
  assert.deepEqual(
    messagesAbout(snapshot).map((message) =>
      message.replace(" is no variable of this server, so it is ignored", "")
    ),
    [
      "mcp_port (from /work/.env); did you mean MCP_PORT?",
      "DOUBAO_API_KEYS (from /work/.env); did you mean DOUBAO_API_KEY?",
      "MCP_COLOUR (from /work/.env)",
      "MCP_IMAGE_SAVEDIR (from the environment); did you mean MCP_IMAGE_SAVE_DIR?",
      "OPENAI_APIKEY (from the environment); did you mean OPENAI_API_KEY?",
    ],
  );
});

Deno.test("other programs' variables are none of this server's business", () => {
  const { snapshot } = load({
    env: {
      MCP_TIMEOUT: "1",
      MCP_TOOL_TIMEOUT: "1",
      MCP_CONNECTION_NONBLOCKING: "1",
      MCP_CLIENT_SECRET: "x",
      MCP_SERVER_PORT: "1",
      OPENAI_API_TYPE: "azure",
      PATH: "/bin",
    },
    files: { "/work/.env": "OPENAI_TEMPERATURE=1\nDATABASE_URL=x\nPORT=1\n" },
  });
  assert.deepEqual(snapshot.unknown, []);
});

Deno.test("a name near one that has its value is no slip", () => {
  const env = { OPENAI_API_KEY: "sk-1", OPENAI_API_KEY2: "sk-2" };
  assert.deepEqual(load({ env }).snapshot.unknown, []);
});

Deno.test("a value of the example, or an unresolved reference, is told where it was given on purpose", () => {
  const env = { OPENAI_API_KEY: "your_openai_api_key", TENCENT_SECRET_ID: "${env:SECRET_ID}" };
  assert.deepEqual(messagesAbout(load({ env }).snapshot), [
    "TENCENT_SECRET_ID holds a reference that was not resolved (from the environment), " +
    "so it counts as unset",
    "OPENAI_API_KEY still holds the example's value (from the environment), so it counts as unset",
  ]);
  const files = { "/work/.env": "OPENAI_API_KEY=your_openai_api_key\nDOUBAO_API_KEY=ark\n" };
  assert.deepEqual(messagesAbout(load({ files }).snapshot), [], "a copied .env.example is quiet");
  const resolved = { env: { DOUBAO_API_KEY: "${env:DOUBAO_API_KEY}" }, files };
  assert.deepEqual(messagesAbout(load(resolved).snapshot), [], "the file has the value");
});

Deno.test("over HTTP a token that is none is a mistake, so that no server stands open", () => {
  for (const token of ["your_auth_token", "${env:MCP_AUTH_TOKEN}"]) {
    const env = { MCP_AUTH_TOKEN: token, MCP_TRANSPORT: "http" };
    const [problem, ...others] = load({ env }).problems;
    assert.deepEqual(others, []);
    assert.match(problem?.message ?? "", /^MCP_AUTH_TOKEN .*(example's value|not resolved)/);
    assert.deepEqual(load({ env: { MCP_AUTH_TOKEN: token } }).problems, [], "stdio has no token");
  }
  const env = { MCP_OAUTH_ISSUER: "${env:ISSUER}", MCP_TRANSPORT: "http" };
  const [problem] = load({ env }).problems;
  assert.match(problem?.message ?? "", /^MCP_OAUTH_ISSUER .*not resolved.*name your identity/);
});

Deno.test("a .env file may be as editors and shells write it", () => {
  const text = '\uFEFFMCP_PORT=1\r\n# a comment\r\nexport MCP_HOST="0.0.0.0"\r\n' +
    "MCP_MAX_WAIT=5 # seconds\r\nMCP_DEFAULT_PROVIDER='placeholder'\r\n";
  const { settings, problems } = load({ files: { "/work/.env": text } });
  assert.deepEqual(problems, []);
  assert.equal(settings.MCP_PORT, 1);
  assert.equal(settings.MCP_HOST, "0.0.0.0");
  assert.equal(settings.MCP_MAX_WAIT, 5);
  assert.equal(settings.MCP_DEFAULT_PROVIDER, "placeholder");
});

Deno.test("values copied from .env.example, and empty ones, count as unset", () => {
  const env = {
    OPENAI_API_KEY: "your_openai_api_key",
    DOUBAO_API_KEY: " your_doubao_api_key ",
    MCP_AUTH_TOKEN: "",
    MCP_PORT: "  ",
  };
  const files = { "/work/.env": "MCP_PORT=99\n" };
  const { problems, providers, settings } = load({ env, files });
  assert.deepEqual(problems, []);
  assert.deepEqual([...providers.on.keys()], ["placeholder"]);
  assert.equal(settings.MCP_AUTH_TOKEN, undefined);
  assert.equal(settings.MCP_PORT, 99, "an empty variable must not hide the file's value");
});

Deno.test("every mistake is reported at once, with its legal values and where it came from", () => {
  const { problems } = load(
    {
      env: { MCP_TRANSPORT: "carrier pigeon", MCP_LOG_LEVEL: "loud", HUNYUAN_BACKEND: "x" },
      files: { "/work/.env": "MCP_MAX_QUEUE=many\nMCP_FAILOVER=perhaps\n" },
    },
    commandLine({ MCP_PORT: ["70000", "--port"] }),
  );
  const messages = problems.map(({ message }) => message);
  const expected = [
    /^MCP_TRANSPORT must be one of 'stdio', 'http', .*'carrier pigeon' \(from the environment\)$/,
    /^MCP_FAILOVER must be 'true' or 'false', .*'perhaps' \(from \/work\/\.env\)$/,
    /^MCP_MAX_QUEUE must be a whole number .*'many' \(from \/work\/\.env\)$/,
    /^MCP_PORT must be a whole number from 0 to 65535, .*'70000' \(from --port\)$/,
    /^MCP_LOG_LEVEL must be one of .*'loud' \(from the environment\)$/,
    /^HUNYUAN_BACKEND must be one of .*'x' \(from the environment\)$/,
  ];
  assert.equal(messages.length, expected.length, messages.join("\n"));
  for (const pattern of expected) {
    assert.ok(
      messages.some((message) => pattern.test(message)),
      `${pattern}\n${messages.join("\n")}`,
    );
  }
});

Deno.test("a default provider must exist and be configured", () => {
  const message = (name: string) =>
    load({ env: { MCP_DEFAULT_PROVIDER: name } }).problems[0]?.message;
  assert.match(message("opnai") ?? "", /did you mean 'openai'\? \(from the environment\)/);
  assert.match(message("openai") ?? "", /is 'openai', which is not configured: set OPENAI_API_KEY/);
  assert.equal(message("Placeholder"), undefined);
  assert.equal(message("auto"), undefined);
});

Deno.test("an order of providers may name ones that are off, but none that does not exist", () => {
  assert.deepEqual(load({ env: { MCP_PROVIDER_ORDER: "openai,placeholder" } }).problems, []);
  const [problem] = load({ env: { MCP_PROVIDER_ORDER: "openai,dalle" } }).problems;
  assert.match(problem?.message ?? "", /MCP_PROVIDER_ORDER must name .*'dalle'/);
});

Deno.test("the placeholder is on alone, when asked for, and off when told", () => {
  const on = (env: Record<string, string>) => [...load({ env }).providers.on.keys()];
  assert.deepEqual(on({ OPENAI_API_KEY: "sk-1" }), ["openai"]);
  assert.deepEqual(on({ OPENAI_API_KEY: "sk-1", MCP_ENABLE_PLACEHOLDER: "true" }), [
    "openai",
    "placeholder",
  ]);
  assert.deepEqual(on({ MCP_ENABLE_PLACEHOLDER: "false" }), []);
});

Deno.test("MCP_DEBUG is the log level debug", () => {
  assert.equal(load({ env: { MCP_DEBUG: "true" } }).settings.MCP_LOG_LEVEL, "debug");
});

Deno.test("pictures go beside the work, or home where that is / or may not be written", () => {
  assert.equal(saveDirectory({}), "/work/generated_images");
  assert.equal(saveDirectory({ workingDirectory: "/" }), "/home/me/generated_images");
  assert.equal(saveDirectory({ isWritable: () => false }), "/home/me/generated_images");
  assert.equal(saveDirectory({ workingDirectory: "/", home: "" }), "/generated_images");
  assert.equal(saveDirectory({ env: { MCP_IMAGE_SAVE_DIR: "~/art" } }), "/home/me/art");
  assert.equal(saveDirectory({ env: { MCP_IMAGE_SAVE_DIR: "/data" } }), "/data");
});

Deno.test("the user's folder is the one their system has for configuration", () => {
  const folder = (os: typeof Deno.build.os, env: Record<string, string>) =>
    userConfigDirectory({ os, environment: (name) => env[name] });
  assert.equal(folder("linux", { HOME: "/home/me" }), "/home/me/.config/mcp-image-server");
  assert.equal(folder("linux", { HOME: "/h", XDG_CONFIG_HOME: "/x" }), "/x/mcp-image-server");
  assert.equal(folder("linux", { HOME: "/h", XDG_CONFIG_HOME: "" }), "/h/.config/mcp-image-server");
  assert.equal(
    folder("darwin", { HOME: "/Users/me" }),
    "/Users/me/Library/Application Support/mcp-image-server",
  );
  assert.equal(
    folder("windows", { USERPROFILE: "C:\\Users\\me", APPDATA: "D:\\Data" }),
    "D:\\Data\\mcp-image-server",
  );
  assert.equal(
    folder("windows", { USERPROFILE: "C:\\Users\\me" }),
    "C:\\Users\\me\\AppData\\Roaming\\mcp-image-server",
  );
  assert.equal(folder("linux", {}), undefined);
});

Deno.test("a reload lets the file win for what may change, and for nothing else", () => {
  const world = {
    env: { MCP_TRANSPORT: "stdio", MCP_MAX_WAIT: "5", OPENAI_API_KEY: "sk-old" },
    files: { "/work/.env": "MCP_TRANSPORT=http\nMCP_MAX_WAIT=6\nOPENAI_API_KEY=sk-new\n" },
  };
  const { settings, snapshot } = load(world, new Map(), { preferFile: true });
  assert.equal(settings.MCP_TRANSPORT, "stdio");
  assert.equal(settings.MCP_MAX_WAIT, 6);
  assert.equal(snapshot.env.get("OPENAI_API_KEY")?.value, "sk-new");
});

Deno.test("the server's own settings can be had without a look at the providers", () => {
  const settings = readServerSettings(new Map(), runtime({ env: { MCP_TRANSPORT: "HTTP" } }));
  assert.equal(settings.MCP_TRANSPORT, "http");
});

Deno.test("every setting that may change while running exists", () => {
  const unknown = LIVE_SETTINGS.filter((name) => !Object.hasOwn(serverVariables, name));
  assert.deepEqual(unknown, []);
});

interface World {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly workingDirectory?: string;
  readonly isWritable?: Runtime["isWritable"];
  readonly readTextFile?: Runtime["readTextFile"];
}

function load(world: World = {}, flags: Env = new Map(), options?: { preferFile: boolean }) {
  return loadConfiguration(runtime(world), flags, options);
}

function runtime(
  {
    env = {},
    files = {},
    home = "/home/me",
    workingDirectory = "/work",
    isWritable = () => true,
    readTextFile = (path) => files[path] ?? refuse(new Deno.errors.NotFound(path)),
  }: World,
): Runtime {
  const variables: Readonly<Record<string, string>> = { HOME: home, ...env };
  const environment = (name: string) => variables[name];
  const names = () => Object.keys(variables);
  return { environment, names, os: "linux", workingDirectory, isWritable, readTextFile };
}

function messagesAbout(snapshot: EnvironmentSnapshot): readonly string[] {
  return noticesAbout(snapshot).map(({ message }) => message);
}

function commandLine(flags: Record<string, readonly [value: string, source: string]>): Env {
  const entries = Object.entries(flags).map(([name, [value, source]]) =>
    [name, { value, source }] as const
  );
  return new Map(entries);
}

function saveDirectory(world: World): string {
  const app = createApp(load(world), runtime(world), new Map(), { log: silentLogger });
  return app.saveDirectory;
}

function refuse(error: Error): never {
  throw error;
}
