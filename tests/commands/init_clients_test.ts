/**
 * What `init` writes, as the clients themselves read it: each starts the server that stands there
 * and reaches the one over HTTP, with the keys. A client that is not installed is left out;
 * `.ci/run` installs them.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runInit } from "../../src/commands/init.ts";
import { CLIENTS } from "../../src/commands/init/clients.ts";
import { mergeIntoJson } from "../../src/commands/init/json_file.ts";
import { mergeIntoToml } from "../../src/commands/init/toml_file.ts";
import { testHandler } from "../http/support.ts";
import { inheritedEnvironment } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { openTerminal } from "./terminal.ts";

/** A client's command that starts its servers without asking a model. */
interface Reader {
  readonly client: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Lines on its stdin, after which it stays open. */
  readonly input?: readonly unknown[];
  /** What it prints once it has found the server's tools, or nothing where it does not say. */
  readonly found?: RegExp;
}

const READERS: readonly Reader[] = [
  {
    client: "claude-code",
    command: "claude",
    args: ["mcp", "list"],
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    found: /mcp-image-server: .*Connected/,
  },
  {
    client: "codex",
    command: "codex",
    args: ["app-server"],
    input: [
      { id: 1, method: "initialize", params: { clientInfo: { name: "test", version: "1" } } },
      { method: "initialized" },
      { id: 2, method: "mcpServerStatus/list", params: {} },
    ],
    found: /"generate_image"/,
  },
  {
    client: "gemini",
    command: "gemini",
    args: ["mcp", "list"],
    env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
    found: /mcp-image-server: .*Connected/,
  },
  {
    client: "opencode",
    command: "opencode",
    args: ["mcp", "list"],
    env: { OPENCODE_DISABLE_AUTOUPDATE: "true", OPENCODE_DISABLE_MODELS_FETCH: "true" },
    found: /mcp-image-server .*connected/,
  },
  {
    client: "qwen",
    command: "qwen",
    args: ["mcp", "list"],
    found: /mcp-image-server: .*Connected/,
  },
  {
    client: "copilot",
    command: "copilot",
    args: ["-p", "hello"],
    // A model that is not there: servers are started before it is asked.
    env: {
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_BASE_URL: "http://127.0.0.1:9",
      COPILOT_MODEL: "none",
    },
  },
  {
    client: "cline",
    command: "cline",
    args: ["--json", "-P", "ollama", "-m", "none", "say hello to me"],
  },
];

const KEYS = { DOUBAO_API_KEY: "key-of-doubao", OPENAI_API_KEY: "sk-key-of-openai" };
const TOKEN = "a-token-of-a-person";
/** Seconds a client may take to start, on a machine that does other things as well. */
const PATIENCE = 60;

for (const reader of READERS) {
  const { title } = CLIENTS[reader.client]!;
  Deno.test({
    name: `${title} starts and reaches the servers that init wrote down, with their keys`,
    ignore: Deno.build.os === "windows" || !await isInstalled(reader.command),
    async fn() {
      await using written = await writeConfiguration(reader.client);
      await using client = start(reader, written.home, written.project);
      const server = await until(
        `the server's start; ${title} says:\n${client.output}`,
        () => written.environmentOfServer(),
        { seconds: PATIENCE },
      );
      const { DOUBAO_API_KEY, OPENAI_API_KEY, HTTPS_PROXY } = server;
      assert.deepEqual({ DOUBAO_API_KEY, OPENAI_API_KEY }, KEYS);
      assert.equal(HTTPS_PROXY, written.proxy);
      const { found } = reader;
      if (found) {
        await until(`${found} in:\n${client.output}`, () => found.test(client.output), {
          seconds: PATIENCE,
        });
      }
      await until(
        `a request over HTTP; ${title} says:\n${client.output}`,
        () => written.tokens[0],
        {
          seconds: PATIENCE,
        },
      );
      assert.deepEqual([...new Set(written.tokens)], [`Bearer ${TOKEN}`]);
    },
  });
}

/** A home folder with the file of a client in it, which names a local server and a remote one. */
async function writeConfiguration(name: string) {
  const resources = new AsyncDisposableStack();
  const remote = resources.use(openRemoteServer());
  const launcher = await Deno.makeTempFile({ suffix: ".sh" });
  resources.defer(() => Deno.remove(launcher));
  const mainModule = new URL("../../main.ts", import.meta.url).href;
  const process = { standalone: false, mainModule, execPath: launcher };
  const terminal = resources.use(await openTerminal({ process }));
  const environmentFile = join(terminal.home, "environment.txt");
  await Deno.writeTextFile(launcher, launcherScript(environmentFile), { mode: 0o755 });
  await Deno.chmod(launcher, 0o755);
  const proxy = "http://127.0.0.1:9";
  const environment = {
    ...KEYS,
    DENO_DIR: inheritedEnvironment().DENO_DIR!,
    HTTPS_PROXY: proxy,
  };
  assert.equal(await runInit(terminal.context([name], { write: "true" }, environment)), 0);
  await addRemote(name, terminal.home, remote.url);
  return {
    home: terminal.home,
    project: terminal.project,
    proxy,
    /** With what each request to the remote server came. */
    tokens: remote.tokens,
    /** Undefined until a client has started the local server. */
    async environmentOfServer(): Promise<Readonly<Record<string, string>> | undefined> {
      const text = await Deno.readTextFile(environmentFile).catch(() => undefined);
      if (text === undefined) return undefined;
      return Object.fromEntries(text.split("\n").map((line) => line.split(/=(.*)/s).slice(0, 2)));
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Stands in for Deno's executable: writes down what it was started with, and goes on as Deno. */
function launcherScript(environmentFile: string): string {
  return [
    "#!/bin/sh",
    `env > '${environmentFile}.new' && mv '${environmentFile}.new' '${environmentFile}'`,
    `exec '${Deno.execPath()}' "$@"`,
    "",
  ].join("\n");
}

/** The entry that `init --http` writes, under a second name, so that one start of a client reads both. */
async function addRemote(name: string, home: string, url: string): Promise<void> {
  const client = CLIENTS[name]!;
  const { file, servers, format, reference } = client;
  const path = file({ os: Deno.build.os, home, environment: () => undefined })!;
  const token = { value: TOKEN, title: "the bearer token", variable: "MCP_AUTH_TOKEN" };
  const entry = client.entry({ kind: "remote", url, token }, reference);
  const merge = format === "toml" ? mergeIntoToml : mergeIntoJson;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, merge(text, servers, "remote-server", entry));
}

/** This project's HTTP layer around a small server, which asks for the token. */
function openRemoteServer() {
  const handler = testHandler({ MCP_AUTH_TOKEN: TOKEN });
  const tokens: (string | null)[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request, info) => {
      tokens.push(request.headers.get("authorization"));
      return handler.fetch(request, info);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/mcp`,
    tokens,
    async [Symbol.asyncDispose]() {
      await handler[Symbol.asyncDispose]();
      await server.shutdown();
    },
  };
}

/** Starts the client as a person would, with nothing of this machine's own configuration. */
function start({ command, args, env, input }: Reader, home: string, cwd: string) {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { ...inheritedEnvironment(), HOME: home, ...KEYS, MCP_AUTH_TOKEN: TOKEN, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: true, // a group of its own, so that what it starts ends with it
  }).spawn();
  const output: string[] = [];
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output.push(text);
  };
  const done = Promise.all([collect(child.stdout), collect(child.stderr), child.status]);
  const stdin = child.stdin.getWriter();
  const written = input
    ? stdin.write(
      new TextEncoder().encode(input.map((each) => JSON.stringify(each) + "\n").join("")),
    )
    : stdin.close();
  return {
    get output() {
      return output.join("");
    },
    async [Symbol.asyncDispose]() {
      await written.catch(() => {});
      try {
        Deno.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
      if (input) await stdin.close().catch(() => {});
      await done;
    },
  };
}

async function isInstalled(command: string): Promise<boolean> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const file = await Deno.stat(join(folder, command)).catch(() => undefined);
    if (file?.isFile) return true;
  }
  return false;
}
