/** `generate` as a person uses it, with a vendor that takes money. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { COMMANDS } from "../../src/commands/command_table.ts";
import { inShellWords } from "../../src/commands/generate/shell_words.ts";
import tools from "../mcp/tools_snapshot.json" with { type: "json" };
import { startFal } from "../fakes/fal.ts";
import { type FakeOpenAI, fakeOpenAI } from "../fakes/openai.ts";
import { startTencent } from "../fakes/tencent.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runToEnd, startProgram } from "../support/process.ts";
import { pause } from "../support/wait.ts";

const isWindows = Deno.build.os === "windows"; // no other process can press Ctrl-C there

Deno.test({
  name: "one Ctrl-C that arrives twice gives up no picture",
  ignore: isWindows,
  async fn() {
    await using vendor = fakeOpenAI();
    await using counter = openCounter(vendor);
    await using folder = await temporaryFolder();
    const env = counter.environment;
    await using program = startProgram({ folder: folder.path, env, args: ["generate", "a cat"] });
    await counter.asked;
    program.signal("SIGINT");
    await pause(5);
    program.signal("SIGINT");
    await program.sees(/waits for the picture; Ctrl-C again gives it up/);
    await pause(200);
    counter.serve();
    assert.equal((await program.status).code, 0, program.stderr);
    assert.deepEqual(await Deno.readFile(program.stdout.trimEnd()), vendor.pictures[0]);
  },
});

Deno.test({
  name: "a second Ctrl-C gives the picture up, and says that it may cost",
  ignore: isWindows,
  async fn() {
    await using vendor = fakeOpenAI();
    await using counter = openCounter(vendor);
    await using folder = await temporaryFolder();
    const env = counter.environment;
    const args = ["generate", "a cat", "--json"];
    await using program = startProgram({ folder: folder.path, env, args });
    await counter.asked;
    program.signal("SIGINT");
    await program.sees(/Ctrl-C again gives it up/);
    await pause(1_050);
    program.signal("SIGINT");
    assert.equal((await program.status).code, 130);
    const { ok, error } = JSON.parse(program.stdout);
    assert.deepEqual([ok, error.code], [false, "interrupted"]);
    assert.match(error.message, /openai may charge/);
  },
});

Deno.test("no vendor is asked for a picture that no folder would take", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const out = join(folder.path, "pictures");
  await Deno.writeTextFile(out, "a file stands in the way");
  const options = { env: vendor.environment, args: ["generate", "a cat", "--out", out] };
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, ...options });
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^mcp-image-server: .*pictures.* not writable.*--out or MCP_IMAGE_SAVE_DIR\n$/,
  );
  assert.equal(vendor.requests.length, 0);
});

Deno.test("a request that cannot be understood leaves no folder behind", async () => {
  await using folder = await temporaryFolder();
  const { code } = await runToEnd({
    folder: folder.path,
    args: ["generate", "cat", "--style", "nope"],
  });
  assert.equal(code, 1);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
});

for (const place of ["temporary", "work"] as const) {
  Deno.test({
    name: `a picture whose folder broke while it was drawn goes to the ${place} folder`,
    ignore: isWindows, // where nobody takes a folder away that is in use
    async fn() {
      await using breaking = await openBreakingFolder();
      const { folder, vendor } = breaking;
      const refused = place === "work" ? [`--deny-write=${join(folder, "temporary")}`] : [];
      const { code, stdout, stderr } = await breaking.run([], refused);
      assert.equal(code, 0, stderr);
      assert.ok(stdout.startsWith(join(folder, place)), stdout);
      assert.deepEqual(await Deno.readFile(stdout.trimEnd()), vendor.pictures[0]);
      assert.match(stderr, /^Note: .*did not take the picture, so it lies in .*Not saved/m);
    },
  });
}

Deno.test({
  name: "a picture that nothing takes is a failure",
  ignore: isWindows,
  async fn() {
    await using breaking = await openBreakingFolder();
    const { folder } = breaking;
    const refused = `--deny-write=${join(folder, "temporary")},${join(folder, "work")}`;
    const { code, stdout } = await breaking.run(["--json"], [refused]);
    assert.equal(code, 1);
    const { ok, images, error } = JSON.parse(stdout);
    assert.deepEqual([ok, images.length, images[0].local_path], [false, 1, null]);
    assert.match(error.message, /^Not saved: .*, nor anywhere else/);
  },
});

const FAILURES: readonly (readonly [string, readonly string[], number, string, RegExp])[] = [
  ["no prompt", [], 2, "invalid_arguments", /needs a prompt/],
  ["an empty prompt", [" "], 2, "invalid_arguments", /needs a prompt/],
  ["a wrong number", ["cat", "--count", "11"], 2, "invalid_arguments", /--count must be .*1 to 10/],
  ["an unknown flag", ["cat", "--stile", "x"], 2, "invalid_arguments", /'--style'/],
  ["a wrong style", ["cat", "--style", "nope"], 1, "invalid_style", /'nope'/],
  ["a broken setting", ["cat", "--provider", "x"], 1, "invalid_config", /MCP_MAX_WAIT must be/],
  ["an unknown job", ["--resume", "job_1"], 1, "job_not_found", /no job 'job_1': there are none/],
];

for (const [what, args, status, errorCode, message] of FAILURES) {
  Deno.test(`${what} is JSON too with --json`, async () => {
    await using folder = await temporaryFolder();
    const env: Record<string, string> = errorCode === "invalid_config"
      ? { MCP_MAX_WAIT: "soon" }
      : {};
    const words = ["generate", "--json", ...args];
    const { code, stdout, stderr } = await runToEnd({ folder: folder.path, env, args: words });
    assert.equal(code, status, stderr);
    const { error, ...envelope } = JSON.parse(stdout);
    assert.deepEqual(envelope, { version: "1.0", ok: false, images: [], warnings: [] });
    assert.deepEqual(Object.keys(error), ["code", "message", "details"]);
    assert.equal(error.code, errorCode);
    assert.match(error.message, message);
    assert.match(stderr, /^mcp-image-server: .*\n$/);
  });
}

Deno.test("a good answer in JSON has the fields of every envelope", async () => {
  await using folder = await temporaryFolder();
  const args = ["generate", "a cat", "--json", "--resolution", "64x64"];
  const { stdout } = await runToEnd({ folder: folder.path, args });
  const { images, warnings, ...envelope } = JSON.parse(stdout);
  assert.deepEqual(envelope, { version: "1.0", ok: true, error: null });
  assert.deepEqual([images.length, warnings.length], [1, 1]);
});

Deno.test("every argument of the tool is a flag of generate", () => {
  const generateImage = tools.find(({ name }) => name === "generate_image")!;
  const names: Readonly<Record<string, string>> = {
    n: "count",
    wait_seconds: "wait",
    variables: "var",
    options: "option",
  };
  const flags = Object.keys(generateImage.inputSchema.properties)
    .filter((argument) => argument !== "prompt")
    .map((argument) => names[argument] ?? argument.replaceAll("_", "-"));
  const missing = flags.filter((flag) => !Object.hasOwn(COMMANDS.generate.flags, flag));
  assert.deepEqual(missing, []);
});

Deno.test("--option passes further fields of a model on, as its schema has them", async () => {
  await using vendor = startFal();
  await using folder = await temporaryFolder();
  const options = [
    ...["--option", "guidance_scale=2.5", "--option", 'loras=[{"path":"https://x.org/a"}]'],
  ];
  const args = ["generate", "a cat", "--model", "fal-ai/flux-lora", ...options];
  const { code, stderr } = await runToEnd({
    folder: folder.path,
    env: vendor.environment,
    args,
  });
  assert.equal(code, 0, stderr);
  const [{ guidance_scale, loras } = {} as Record<string, unknown>] = vendor.inputs;
  assert.deepEqual([guidance_scale, loras], [2.5, [{ path: "https://x.org/a" }]]);
});

Deno.test("the flags of a picture's file reach the vendor, and its name", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const flags = [
    ...["--output-format", "webp", "--output-compression", "40", "--background", "opaque"],
    ...["--moderation", "low", "--file-prefix", "cat"],
  ];
  const options = { env: vendor.environment, args: ["generate", "a cat", ...flags] };
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, ...options });
  assert.equal(code, 0, stderr);
  assert.match(basename(stdout.trimEnd()), /^cat_/);
  const { output_format, output_compression, background, moderation } = JSON.parse(
    vendor.requests.find(({ method }) => method === "POST")!.body,
  );
  assert.deepEqual([output_format, output_compression, background, moderation], [
    "webp",
    40,
    "opaque",
    "low",
  ]);
});

Deno.test("--wait leaves a job that was accepted, and --resume fetches its picture", async () => {
  await using vendor = await startTencent({ drawingTime: 3_000 });
  await using folder = await temporaryFolder();
  const start = { folder: folder.path, env: vendor.environment };
  const { code, stdout, stderr } = await runToEnd({
    ...start,
    args: ["generate", "a cat", "--wait", "0"],
  });
  assert.deepEqual([code, stdout], [1, ""], stderr);
  const [, program, job] = /goes on drawing.* run: (.*) generate --resume (\w+)/.exec(stderr) ?? [];
  assert.match(program ?? "", /^deno run -A .*main\.ts$/);
  const resumed = await runToEnd({ ...start, args: ["generate", "--resume", job!] });
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.match(resumed.stdout, /\.\w+\n$/);
});

Deno.test("--wait waits for a picture that could not be fetched later", async () => {
  await using vendor = fakeOpenAI();
  await using folder = await temporaryFolder();
  const options = { env: vendor.environment, args: ["generate", "a cat", "--wait", "0"] };
  const { code, stdout } = await runToEnd({ folder: folder.path, ...options });
  assert.equal(code, 0);
  assert.deepEqual(await Deno.readFile(stdout.trimEnd()), vendor.pictures[0]);
});

Deno.test("an unknown job is answered with the jobs there are", async () => {
  await using vendor = await startTencent();
  await using folder = await temporaryFolder();
  const start = { folder: folder.path, env: vendor.environment };
  assert.equal((await runToEnd({ ...start, args: ["generate", "a cat"] })).code, 0);
  const { code, stderr } = await runToEnd({ ...start, args: ["generate", "--resume", "job_x"] });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /There is no job 'job_x': the newest in this folder are job_\w+ \(finished\)/,
  );
  assert.doesNotMatch(stderr, /list_jobs/);
});

Deno.test("errors name flags, and no arguments of tools", async () => {
  await using folder = await temporaryFolder();
  const { stderr } = await runToEnd({
    folder: folder.path,
    args: ["generate", "a cat", "--aspect-ratio", "roomy"],
  });
  assert.match(stderr, /^mcp-image-server: Cannot read --aspect-ratio 'roomy'/);
  const clash = "'style' names provider 'a' and 'resolution' names 'b': one picture has one";
  assert.equal(
    inShellWords(clash),
    "--style names provider 'a' and --resolution names 'b': one picture has one",
  );
  assert.equal(
    inShellWords("Name another model in the 'model' argument, or leave it out"),
    "Name another model with --model, or leave it out",
  );
  assert.equal(
    inShellWords("'output_compression' needs output_format 'jpeg' or 'webp'"),
    "--output-compression needs --output-format 'jpeg' or 'webp'",
  );
  const plain = "Provider 'a' has no style 'nope'. Its styles: 'anime'";
  assert.equal(inShellWords(plain), plain);
});

Deno.test("what the configuration passed over is a note", async () => {
  await using folder = await temporaryFolder();
  const env = { OPENAI_APIKEY: "sk-1" };
  const args = ["generate", "a cat", "--resolution", "64x64"];
  const { code, stdout, stderr } = await runToEnd({ folder: folder.path, env, args });
  assert.equal(code, 0);
  assert.match(stderr, /^Note: OPENAI_APIKEY .*did you mean OPENAI_API_KEY\?\n/);
  assert.match(stdout, /^\S+\.png\n$/);
});

interface Counter extends AsyncDisposable {
  /** Points this project at the counter instead of the vendor behind it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves when the first request is there. */
  readonly asked: Promise<void>;
  /** Lets the requests through to the vendor. */
  serve(): void;
}

/** A vendor who takes the order and then takes their time. */
function openCounter(vendor: FakeOpenAI): Counter {
  const asked = Promise.withResolvers<void>();
  const served = Promise.withResolvers<void>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      asked.resolve();
      const body = await request.text();
      await served.promise;
      const { pathname } = new URL(request.url);
      const { method, headers } = request;
      return await fetch(vendor.url + pathname, { method, headers, body });
    },
  );
  const OPENAI_BASE_URL = `http://127.0.0.1:${server.addr.port}/v1`;
  return {
    environment: { ...vendor.environment, OPENAI_BASE_URL },
    asked: asked.promise,
    serve: served.resolve,
    async [Symbol.asyncDispose]() {
      served.resolve();
      await server.shutdown();
    },
  };
}

/** A save directory that stops being one while the vendor draws. */
async function openBreakingFolder() {
  const resources = new AsyncDisposableStack();
  const vendor = resources.use(fakeOpenAI());
  const counter = resources.use(openCounter(vendor));
  const { path: folder } = resources.use(await temporaryFolder());
  const out = join(folder, "pictures");
  const temporary = join(folder, "temporary");
  await Promise.all([Deno.mkdir(join(folder, "work")), Deno.mkdir(temporary)]);
  counter.asked.then(async () => {
    await Deno.remove(out, { recursive: true });
    await Deno.writeTextFile(out, "a file stands in the way");
    counter.serve();
  });
  return {
    folder,
    vendor,
    run: (flags: readonly string[], runtimeFlags: readonly string[]) =>
      runToEnd({
        folder: join(folder, "work"),
        env: { ...counter.environment, TMPDIR: temporary },
        args: ["generate", "a cat", "--out", out, ...flags],
        runtimeFlags,
      }),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
