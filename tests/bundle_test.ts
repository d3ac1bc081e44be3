import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, packTexts, PERMISSIONS, quickToStart, suffixOf } from "../.ci/build.ts";
import { identifyImage } from "../src/images/media_type.ts";
import { openDatabase } from "../src/storage/postgres/database.ts";
import { VERSION } from "../src/version.ts";
import { POSTGRES, startPostgres } from "./support/postgres.ts";
import { CACHE, type Program, runToEnd, startHttpServer, startServer } from "./support/process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Of "é". */
const MD5 = "66ddcd97cfdeabb2f6fb8a999b4bc76f";
const CANARY = "sk-canary-that-must-never-be-baked-in";

/** One folder for all tests of this file; the built programs stand alone in folders of their own. */
const work = await Deno.realPath(await Deno.makeTempDir());
globalThis.addEventListener("unload", () => Deno.removeSync(work, { recursive: true }));

/** Empty at first, so that nothing is there but what the programs themselves leave. */
const ownCache = await Deno.makeTempDir({ dir: work });
const bundlePath = join(work, "bundle", "mcp-image-server.js");
const executablePath = join(work, "executable", `mcp-image-server${suffixOf(Deno.build.target)}`);
Deno.env.set("OPENAI_API_KEY", CANARY);
assert.equal(await build(bundlePath), 0);
/** An executable that is built already, as a release has it. */
const given = Deno.env.get("MCP_TEST_EXECUTABLE") && resolve(Deno.env.get("MCP_TEST_EXECUTABLE")!);
const compiled = given ? { status: 0 } : await compile(bundlePath, executablePath);
Deno.env.delete("OPENAI_API_KEY");

/** As people do it: by the task's own program. Types are checked elsewhere. */
async function build(output: string): Promise<number> {
  const program = join(ROOT, ".ci", "build.ts");
  const args = ["run", "-A", program, "bundle", "--no-check", "--output", output];
  return (await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output()).code;
}

/** What proves that a file needs nothing else: no cache, no network, no configuration, no question. */
const ALONE: readonly string[] = [
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-prompt",
];

/** The program's arguments for HTTP on a free port. */
const SERVE = ["serve", "--transport", "http", "--port", "0"];

const FORMS: readonly {
  readonly name: string;
  readonly program: Program;
  readonly file: string;
}[] = [
  {
    name: "the bundle",
    program: {
      command: Deno.execPath(),
      args: ["run", ...ALONE, ...PERMISSIONS, bundlePath],
    },
    file: bundlePath,
  },
  {
    name: "the executable",
    program: { command: given || executablePath, args: [] },
    file: given || executablePath,
  },
];

Deno.test("the bundle loads nothing of Node before it is used, and is quick to read", async () => {
  const text = await Deno.readTextFile(bundlePath);
  assert.deepEqual(text.match(/\bfrom\s*"node:[^"]*"/g), null);
  assert.ok(text.includes('nodeModuleAtFirstUse("node:path")'));
  assert.doesNotMatch(text, /[^\0-\x7f]/);
});

Deno.test("what a bundle needs of Node does the same when it is loaded at first use", async () => {
  const program = quickToStart(
    'import{posix as p}from"node:path";var é="é";import{createHash,Hash as H}from"node:crypto";' +
      'import{constants as c,crc32}from"node:zlib";import o from"node:os";import*as n from"node:net";' +
      'import{performance as f}from"node:perf_hooks";' +
      'console.log(p.join("a",é),createHash("md5").update(é).digest("hex"),new H("md5")instanceof H,' +
      'c.Z_BEST_SPEED,crc32("x"),typeof o.platform(),f.now()>0,new n.Socket({})instanceof n.Socket)',
  );
  const path = join(work, "program.js");
  await Deno.writeTextFile(path, program);
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["run", path] }).output();
  const said = new TextDecoder().decode(stdout).trim();
  assert.equal(said, `a/é ${MD5} true 1 2363233923 string true true`);
});

for (const { name, program, file } of FORMS) {
  const isSkipped = name === "the executable" && compiled.status !== 0;
  const test = (behaviour: string, run: () => Promise<void>) =>
    Deno.test({ name: `${name} ${behaviour}`, ignore: isSkipped, fn: run });

  test("tells its version from an empty folder", async () => {
    await using folder = await emptyFolder();
    const { code, stdout, stderr } = await runToEnd({ ...folder, program, args: ["--version"] });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });

  test("draws a picture from the shell and prints its path", async () => {
    await using folder = await emptyFolder();
    const { code, stdout } = await runToEnd({
      ...folder,
      program,
      args: ["generate", "a lighthouse"],
    });
    assert.equal(code, 0);
    const path = stdout.trim();
    assert.ok(path.startsWith(join(folder.folder, "generated_images")), path);
    assert.equal(identifyImage(await Deno.readFile(path))?.mediaType, "image/png");
  });

  Deno.test({
    name: `${name} keeps its records in PostgreSQL, and takes its turns there`,
    ignore: isSkipped || POSTGRES === undefined,
    async fn() {
      await using folder = await emptyFolder();
      await using postgres = await startPostgres();
      const env = { MCP_DATABASE_URL: await postgres.createDatabase() };
      const args = ["generate", "a lighthouse"];
      const { code, stderr } = await runToEnd({ ...folder, program, args, env });
      assert.equal(code, 0, stderr);
      const database = await openDatabase(env.MCP_DATABASE_URL);
      const [jobs] = await database.query("SELECT count(*) AS jobs FROM image_server.jobs");
      const [turns] = await database.query("SELECT count(*) AS turns FROM image_server.turns");
      await database.close();
      assert.deepEqual({ ...jobs, ...turns }, { jobs: "1", turns: "0" });
    },
  });

  test("speaks MCP over stdio and ends with its client", async () => {
    await using folder = await emptyFolder();
    await using server = startServer({ ...folder, program });
    assert.equal((await server.initialize()).serverInfo.version, VERSION);
    const { content } = await server.request("tools/call", {
      name: "generate_image",
      arguments: { prompt: "a lighthouse", resolution: "2048x2048" },
    });
    const types = (content as { type: string }[]).map(({ type }) => type);
    assert.ok(types.includes("image"), `No picture among ${types.join(", ")}`);
    assert.equal((await server.end()).code, 0);
  });

  test("answers /health over HTTP and says nothing it need not", async () => {
    await using folder = await emptyFolder();
    await using server = await startHttpServer({ ...folder, program, args: SERVE });
    const response = await fetch(`${server.url}/health`);
    assert.equal((await response.json()).version, VERSION);
  });

  test("carries its manual, in the shell, over HTTP and as resources, and the view of pictures", async () => {
    await using folder = await emptyFolder();
    const shown = await runToEnd({ ...folder, program, args: ["help", "settings"] });
    assert.deepEqual([shown.code, shown.stderr], [0, ""]);
    assert.match(shown.stdout, /^# Settings\n[^]*`MCP_MAX_WAIT`/);

    await using overHttp = await startHttpServer({ ...folder, program, args: SERVE });
    const page = await fetch(`${overHttp.url}/manual/settings`);
    assert.match(await page.text(), /<code>MCP_MAX_WAIT<\/code>/);

    await using server = startServer({ ...folder, program });
    await server.initialize();
    const { contents } = await server.request("resources/read", { uri: "manual://settings" });
    assert.match((contents as { text: string }[])[0]!.text, /^# Settings\n/);

    const view = await server.request("resources/read", { uri: "ui://view" });
    assert.match((view.contents as { text: string }[])[0]!.text, /^<!DOCTYPE html>\n/);
  });

  test("holds no path of the machine that built it, and no secret", async () => {
    const bytes = await Deno.readFile(file);
    for (const text of [ROOT, work, CACHE.DENO_DIR, CANARY]) {
      assert.equal(indexOf(bytes, text), -1, `'${text}' is in ${name}`);
    }
  });

  test("serves a client by what init wrote, from / and with nothing else", async () => {
    await using folder = await emptyFolder();
    const home = { HOME: folder.folder, APPDATA: folder.folder, XDG_CONFIG_HOME: folder.folder };
    const args = ["init", "claude-desktop", "--write"];
    const written = await runToEnd({ ...folder, program, args, env: home });
    assert.equal(written.code, 0, written.stderr);
    const [, path] = /^Wrote (.*)$/m.exec(written.stdout) ?? [];
    const { mcpServers } = JSON.parse(await Deno.readTextFile(path!));
    const { command, args: start, env } = mcpServers["mcp-image-server"];

    const root = Deno.build.os === "windows" ? "C:\\" : "/";
    await using server = startServer({ program: { command, args: start }, folder: root, env });
    assert.equal((await server.initialize()).serverInfo.version, VERSION);
    const { structuredContent } = await server.request("tools/call", {
      name: "generate_image",
      arguments: { prompt: "a lighthouse" },
    });
    const { images } = structuredContent as { images: { local_path: string }[] };
    assert.ok(images[0]?.local_path.startsWith(env.MCP_IMAGE_SAVE_DIR), images[0]?.local_path);
    await Deno.stat(images[0]!.local_path);
    assert.equal((await server.end()).code, 0);
  });
}

Deno.test("the bundle is made of the same bytes wherever and whenever it is built", async () => {
  const [here, elsewhere] = [join(work, "here"), join(work, "a", "longer", "way")];
  await copySource(ROOT, here);
  await copySource(here, elsewhere);
  const first = await bundleDigest(here);
  assert.equal(await bundleDigest(elsewhere), first);
  assert.equal(await bundleDigest(here), first);
});

Deno.test("the bundle is plain ASCII, which takes half the memory, and reads Chinese all the same", async () => {
  assert.doesNotMatch(await Deno.readTextFile(bundlePath), /[^\0-\x7f]/);
  await using folder = await emptyFolder();
  const { program } = FORMS[0]!;
  const args = ["generate", "夜晚的猫", "--resolution", "64：64"];
  const { code, stdout, stderr } = await runToEnd({ ...folder, program, args });
  assert.equal(code, 0, stderr);
  const picture = identifyImage(await Deno.readFile(stdout.trim()));
  assert.deepEqual([picture?.width, picture?.height], [64, 64]);
});

Deno.test("long texts of a bundle are packed, and read as they were written", () => {
  const text = `${"Each setting is a variable. ".repeat(100)} "quoted" 'é' \\ \${no gap}`;
  const quoted = JSON.stringify(text);
  const raw = `\`${text.replaceAll(/[\\$]/g, "\\$&")}\``;
  const bundle =
    `var a,b=m(()=>{a=${raw}}),c=it((d,e)=>{e.exports=${quoted}}),f,g=m(()=>{f="short"})`;
  const packed = packTexts(bundle);
  assert.ok(packed.length < text.length, packed);
  const run = new Function(`const m=load=>load(),it=load=>load(0,e),e={};${packed};return[a,e,f]`);
  assert.deepEqual(run(), [text, { exports: text }, "short"]);
});

Deno.test("the bundle is smaller than 4 MB", async () => {
  const { size } = await Deno.stat(bundlePath);
  assert.ok(size < 4_000_000, `${size} bytes`);
});

Deno.test("a build without Deno's release server says so, names the way without it and leaves the bundle", async () => {
  const folder = await Deno.makeTempDir({ dir: work });
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `
      import { compile } from ${JSON.stringify(new URL("../.ci/build.ts", import.meta.url).href)};
      const { status, message } = await compile(${JSON.stringify(bundlePath)}, ${
        JSON.stringify(join(folder, "program"))
      });
      console.log(message);
      Deno.exit(status);`,
    ],
    // Nothing listens at the discard port, so whatever is not in this empty cache cannot be had.
    env: { DENO_DIR: folder, HTTPS_PROXY: "http://127.0.0.1:9", DENORT_BIN: "" },
  });
  const { code, stdout } = await process.output();
  const message = new TextDecoder().decode(stdout);
  assert.equal(code, 3, message);
  assert.match(message, /release server.*denort-.*\.zip.*DENORT_BIN.*bundle/);
  await Deno.stat(bundlePath);
});

async function emptyFolder(): Promise<
  AsyncDisposable & { readonly folder: string; readonly env: Readonly<Record<string, string>> }
> {
  const folder = await Deno.makeTempDir({ dir: work });
  return {
    folder,
    env: { DENO_DIR: ownCache, HOME: folder },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function copySource(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const file of ["main.ts", "deno.json", "deno.lock"]) {
    await Deno.copyFile(join(from, file), join(to, file));
  }
  await copyFolder(join(from, "src"), join(to, "src"));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** The digest of a bundle that is made of the source in `folder`. */
async function bundleDigest(folder: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--minify", "main.ts"],
    cwd: folder,
  }).output();
  assert.ok(success && stdout.length > 0, new TextDecoder().decode(stderr));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", stdout)).toHex();
}

function indexOf(bytes: Uint8Array, text: string): number {
  return new TextDecoder("latin1").decode(bytes).indexOf(text);
}
