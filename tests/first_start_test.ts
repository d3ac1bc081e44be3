/** What a clone fetches when it is started for the first time. */

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { VERSION } from "../src/version.ts";
import { temporaryFolder } from "./support/folder.ts";
import { CACHE, runToEnd } from "./support/process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
interface LockedPackage {
  readonly dependencies?: readonly string[];
  readonly optionalDependencies?: readonly string[];
}
const PACKAGES: Readonly<Record<string, LockedPackage>> =
  JSON.parse(await Deno.readTextFile(join(ROOT, "deno.lock"))).npm;

Deno.test({
  name: "a first start needs the server's own packages, and none of the tests'",
  ignore: Deno.build.os === "windows", // where links need a right of their own
  async fn() {
    const own = await packagesOfTheServer();
    assert.ok(own.size < Object.keys(PACKAGES).length / 4, [...own].join());
    await using folder = await temporaryFolder();
    for (const name of own) await linkFromCache(name, folder.path);
    const program = { command: Deno.execPath(), args: ["run", "-A", "main.ts"] };
    await using network = refuseEverything();
    // Deno itself asks once a day whether there is a newer one.
    const env = { DENO_DIR: folder.path, DENO_NO_UPDATE_CHECK: "1", ...network.environment };
    const { stdout, stderr } = await runToEnd({ folder: ROOT, env, program, args: ["--version"] });
    assert.deepEqual(
      { stdout, asked: network.asked },
      { stdout: `${VERSION}\n`, asked: 0 },
      stderr,
    );
  },
});

/** The names of the packages that `src/dependencies` imports, and of all that those need. */
async function packagesOfTheServer(): Promise<ReadonlySet<string>> {
  const wanted: string[] = [];
  for await (const { name } of Deno.readDir(join(ROOT, "src", "dependencies"))) {
    const text = await Deno.readTextFile(join(ROOT, "src", "dependencies", name));
    wanted.push(...[...text.matchAll(/"npm:((?:@[^/]+\/)?[^/"]+)/g)].map((match) => match[1]!));
  }
  const names = new Set<string>();
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const name = nameOf(next);
    if (names.has(name)) continue;
    names.add(name);
    for (const [id, { dependencies = [], optionalDependencies = [] }] of Object.entries(PACKAGES)) {
      if (nameOf(id) === name) wanted.push(...dependencies, ...optionalDependencies);
    }
  }
  return names;
}

/** "@scope/name@1.2.3_peer@4.5.6" → "@scope/name". */
function nameOf(id: string): string {
  return /^(@[^/]+\/)?[^@]+/.exec(id)![0];
}

async function linkFromCache(name: string, folder: string): Promise<void> {
  const cache = join(CACHE.DENO_DIR!, "npm");
  for await (const { name: registry } of Deno.readDir(cache)) {
    const source = join(cache, registry, name);
    if (!await Deno.stat(source).catch(() => undefined)) continue;
    const target = join(folder, "npm", registry, name);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.symlink(source, target);
  }
}

/** A proxy that lets nothing through, and counts who came. */
function refuseEverything() {
  let asked = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const done = (async () => {
    for await (const connection of listener) {
      asked++;
      connection.close();
    }
  })();
  const address = `http://127.0.0.1:${listener.addr.port}`;
  return {
    environment: { HTTPS_PROXY: address, HTTP_PROXY: address },
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
    },
  };
}
