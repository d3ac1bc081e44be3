/** The program as a person starts it: real processes with nothing but what is given. */

import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../deno.json" with { type: "json" };
import { identifyImage } from "../src/images/media_type.ts";
import { temporaryFolder } from "./support/folder.ts";
import {
  type ProcessOptions,
  runToEnd,
  startHttpServer,
  startProgram,
  startServer,
} from "./support/process.ts";

Deno.test("generate draws a picture with nothing configured, and prints its path alone", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await run(folder.path, ["generate", "a cute cat in a garden"]);
  assert.equal(code, 0, stderr);
  const path = stdout.trimEnd();
  assert.ok(path.startsWith(join(folder.path, "generated_images")), stdout);
  assert.equal(stdout, `${path}\n`);
  const picture = identifyImage(await Deno.readFile(path));
  assert.deepEqual([picture?.mediaType, picture?.width, picture?.height], [
    "image/png",
    1024,
    1024,
  ]);
  assert.match(stderr, /^Note: Placeholder, no AI model: .*OPENAI_API_KEY in .+\.env/m);
});

Deno.test("generate takes its flags, and prints JSON when asked", async () => {
  await using folder = await temporaryFolder();
  const out = join(folder.path, "art");
  const { code, stdout } = await run(folder.path, [
    ...["generate", "two cats", "--json", "--count", "2", "--resolution", "64x64"],
    ...["--style", "anime", "--seed", "5", "--provider", "placeholder", "--out", out],
  ]);
  assert.equal(code, 0);
  const { ok, images, warnings } = JSON.parse(stdout);
  assert.equal(ok, true);
  assert.equal(warnings.length, 1);
  assert.deepEqual(images.map(({ seed }: { seed: number }) => seed), [5, 6]);
  for (const { local_path, size_bytes } of images) {
    assert.ok(local_path.startsWith(out));
    assert.equal((await Deno.stat(local_path)).size, size_bytes);
  }
});

Deno.test("a picture that cannot be made is one clear line and exit 1", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await run(folder.path, ["generate", "cat", "--style", "nope"]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^mcp-image-server: .*no style 'nope'.*'anime'.*\n$/);
});

Deno.test("a command line that cannot be understood is one line and exit 2", async () => {
  await using folder = await temporaryFolder();
  for (
    const [args, message] of [
      [
        ["genrate", "cat"],
        /^mcp-image-server: Unknown command 'genrate': did you mean 'generate'\?.*\n$/,
      ],
      [["--prot", "1"], /^mcp-image-server: Unknown flag '--prot': did you mean '--port'\?.*\n$/],
      [["generate"], /^mcp-image-server: generate needs a prompt: .*\n$/],
    ] as const
  ) {
    const { code, stdout, stderr } = await run(folder.path, args);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, message);
  }
});

Deno.test("--help and --version answer on stdout", async () => {
  await using folder = await temporaryFolder();
  const help = await run(folder.path, ["--help"]);
  assert.deepEqual([help.code, help.stderr], [0, ""]);
  assert.match(help.stdout, /^mcp-image-server .*\n[^]*generate "PROMPT"/);
  const version = await run(folder.path, ["--version"]);
  assert.deepEqual([version.code, version.stdout, version.stderr], [0, `${config.version}\n`, ""]);
});

Deno.test("every mistake in the configuration is told at once, with its source", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, ".env"), "MCP_MAX_WAIT=soon\n");
  const env = { MCP_LOG_LEVEL: "loud", MCP_DEFAULT_PROVIDER: "dalle" };
  for (const args of [["serve", "--port", "high"], ["generate", "a cat"]]) {
    const { code, stdout, stderr } = await run(folder.path, args, env);
    assert.deepEqual([code, stdout], [args[0] === "serve" ? 2 : 1, ""]);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, args[0] === "serve" ? 4 : 3, stderr);
    assert.match(stderr, /MCP_MAX_WAIT must be .*'soon' \(from .*\.env\)/);
    assert.match(stderr, /MCP_LOG_LEVEL must be .*'loud' \(from the environment\)/);
    assert.match(stderr, /MCP_DEFAULT_PROVIDER must name .*'dalle'.*\(from the environment\)/);
    assert.ok(lines.every((line) => line.startsWith("mcp-image-server: MCP_")));
  }
});

Deno.test("a .env copied unchanged from .env.example starts the keyless server", async () => {
  await using folder = await temporaryFolder();
  const example = await Deno.readTextFile(new URL("../.env.example", import.meta.url));
  await Deno.writeTextFile(join(folder.path, ".env"), example);
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  const { providers } = await server.call("list_providers");
  const on = providers.filter(({ on }: { on: boolean }) => on);
  assert.deepEqual(on.map(({ name }: { name: string }) => name), ["placeholder"]);
});

Deno.test("the .env files are found in the order that is promised", async () => {
  await using folder = await temporaryFolder();
  const at = (...parts: string[]) => join(folder.path, ...parts);
  const configFolder = Deno.build.os === "darwin"
    ? at("Library", "Application Support", "mcp-image-server")
    : at(".config", "mcp-image-server");
  await Deno.mkdir(configFolder, { recursive: true });
  await Deno.mkdir(at("work"));
  const home = { HOME: folder.path, APPDATA: at(".config") };
  const write = (path: string, name: string) =>
    Deno.writeTextFile(path, `MCP_IMAGE_SAVE_DIR=${at(name)}\n`);
  const savedIn = async (args: readonly string[], more: Record<string, string> = {}) => {
    const options = {
      folder: at("work"),
      args: ["generate", "x", "--resolution", "64x64", ...args],
    };
    await using program = startProgram({ ...options, env: { ...home, ...more } });
    await program.status;
    return program.stdout.slice(folder.path.length + 1).split(/[\\/]/)[0];
  };
  await write(join(configFolder, ".env"), "from-user");
  assert.equal(await savedIn([]), "from-user");
  await write(at("work", ".env"), "from-work");
  assert.equal(await savedIn([]), "from-work");
  await write(at("named.env"), "from-variable");
  assert.equal(await savedIn([], { MCP_ENV_FILE: at("named.env") }), "from-variable");
  await write(at("flag.env"), "from-flag");
  const both = { MCP_ENV_FILE: at("named.env") };
  assert.equal(await savedIn(["--env-file", at("flag.env")], both), "from-flag");
});

Deno.test({
  name: "a server that a client starts in / keeps its pictures at home",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    await using server = startServer({ folder: "/", env: { HOME: folder.path } });
    await server.initialize();
    const { images } = await server.call("generate_image", { prompt: "x", resolution: "64x64" });
    assert.ok(images[0].local_path.startsWith(join(folder.path, "generated_images")));
  },
});

Deno.test("MCP_TRANSPORT=http and --transport http both serve over HTTP", async () => {
  await using folder = await temporaryFolder();
  for (
    const options of [{}, {
      args: ["serve", "--transport", "http"],
      env: { MCP_TRANSPORT: "stdio" },
    }]
  ) {
    await using server = await startHttpServer({ folder: folder.path, ...options });
    const health = await fetch(`${server.url}/health`);
    assert.equal((await health.json()).status, "healthy");
  }
});

Deno.test("a port in use is one clear line and exit 1", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  const { port } = new URL(server.url);
  const { code, stderr } = await run(folder.path, ["--transport", "http", "--port", port]);
  assert.equal(code, 1);
  assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  assert.match(stderr, new RegExp(`mcp-image-server: .*${port}`));
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test({
    name: `${signal} ends both transports well`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await temporaryFolder();
      await using overHttp = await startHttpServer({ folder: folder.path });
      overHttp.signal(signal);
      assert.equal((await overHttp.status).code, 0, overHttp.stderr);
      await using overStdio = startServer({ folder: folder.path });
      await overStdio.initialize();
      await overStdio.request("ping");
      overStdio.signal(signal);
      assert.equal((await overStdio.status).code, 0, overStdio.stderr);
    },
  });
}

Deno.test("a short list of permissions is enough", async () => {
  await using folder = await temporaryFolder();
  const pictures = join(folder.path, "generated_images");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", `--allow-read=${pictures}`, `--allow-write=${pictures}`],
      new URL("../main.ts", import.meta.url).href,
      ...["generate", "a cat", "--resolution", "64x64", "--out", pictures],
    ],
    cwd: folder.path,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
});

/** Runs the program to its end with `folder` as its home and working folder. */
async function run(
  folder: string,
  args: ProcessOptions["args"],
  env?: ProcessOptions["env"],
) {
  return await runToEnd({ folder, args, env });
}
