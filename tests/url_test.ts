import assert from "node:assert/strict";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../.ci/build.ts";
import { identifyImage } from "../src/images/media_type.ts";
import { VERSION } from "../src/version.ts";
import {
  CACHE,
  type ProcessOptions,
  type Program,
  runToEnd,
  startServer,
} from "./support/process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const BUNDLE = "mcp-image-server.js";

Deno.test("main.ts runs from a URL in an empty folder, with no import map", async () => {
  await using site = serveFiles(ROOT);
  await using folder = await emptyFolder();
  await checkProgram(programAt(`${site.address}/main.ts`), folder.path);
});

Deno.test("the bundle runs from a URL in an empty folder, and fetches nothing else", async () => {
  await using folder = await emptyFolder();
  await using source = await emptyFolder();
  assert.ok(await bundle(join(source.path, BUNDLE)));
  await using site = serveFiles(source.path);
  await checkProgram(programAt(`${site.address}/${BUNDLE}`), folder.path);
  assert.deepEqual([...site.asked], [`/${BUNDLE}`]);
});

Deno.test("a configuration beside the working directory does not disturb a run from a URL", async () => {
  await using site = serveFiles(ROOT);
  await using folder = await emptyFolder();
  await Deno.writeTextFile(join(folder.path, "deno.json"), "{ not json");
  await Deno.writeTextFile(join(folder.path, "package.json"), "{ not json");
  const program = programAt(`${site.address}/main.ts`);
  const { code, stdout } = await runToEnd({
    ...await surroundings(folder.path),
    program,
    args: ["--version"],
  });
  assert.deepEqual({ code, stdout }, { code: 0, stdout: `${VERSION}\n` });
});

Deno.test("init started from a URL writes the URL down", async () => {
  await using site = serveFiles(ROOT);
  await using folder = await emptyFolder();
  const program = programAt(`${site.address}/main.ts`);
  const { stdout } = await runToEnd({
    ...await surroundings(folder.path),
    program,
    args: ["init", "cursor"],
  });
  const entry = JSON.parse(stdout).mcpServers["mcp-image-server"];
  assert.deepEqual(entry.args.slice(0, 3), ["run", "-A", `${site.address}/main.ts`]);
  assert.equal(entry.command, Deno.execPath());
});

async function checkProgram(program: Program, folder: string): Promise<void> {
  const options = { ...await surroundings(folder), program };
  const args = ["generate", "a lighthouse"];
  const { code, stdout, stderr } = await runToEnd({ ...options, args });
  assert.equal(code, 0, stderr);
  assert.equal(identifyImage(await Deno.readFile(stdout.trim()))?.mediaType, "image/png");
  const shown = await runToEnd({ ...options, args: ["help", "settings"] });
  assert.match(shown.stdout, /^# Settings\n/);
  await using server = startServer(options);
  assert.equal((await server.initialize()).serverInfo.version, VERSION);
}

function programAt(url: string): Program {
  return { command: Deno.execPath(), args: ["run", "-A", url] };
}

/**
 * With a cache of its own that shares only the npm packages with this machine's: what was
 * cached under the same address by an earlier run must not be taken for this source.
 */
async function surroundings(folder: string): Promise<ProcessOptions> {
  const cache = join(folder, "..", "cache");
  await Deno.mkdir(cache, { recursive: true });
  const npm = join(cache, "npm");
  await Deno.symlink(join(CACHE.DENO_DIR, "npm"), npm, { type: "junction" }).catch(ifPresent);
  return { folder, env: { DENO_DIR: cache, HOME: folder } };
}

function ifPresent(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}

interface Site extends AsyncDisposable {
  readonly address: string;
  /** The paths that were asked for. */
  readonly asked: ReadonlySet<string>;
}

/** Files as a plain web server hands them out: each by its path, everything else is not found. */
function serveFiles(folder: string): Site {
  const asked = new Set<string>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      asked.add(pathname);
      try {
        return new Response(await Deno.readTextFile(join(folder, normalize(pathname))), {
          headers: { "Content-Type": MEDIA_TYPES[pathname.split(".").at(-1)!] ?? "text/plain" },
        });
      } catch {
        return new Response("Not found", { status: 404 });
      }
    },
  );
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  js: "text/javascript",
  json: "application/json",
};

async function emptyFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const parent = await Deno.realPath(await Deno.makeTempDir());
  const path = join(parent, "empty");
  await Deno.mkdir(path);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(parent, { recursive: true }) };
}
