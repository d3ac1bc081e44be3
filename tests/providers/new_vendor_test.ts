/** A new vendor is a folder and its two lines in the registry: everything else works by its tables. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as AppModule from "../../src/app.ts";
import type * as ConfigurationModule from "../../src/app/configuration.ts";
import type { Caller } from "../../src/jobs/caller.ts";
import { silentLogger } from "../../src/log.ts";
import type * as ParseModule from "../../src/requests/parse.ts";
import type { Answer } from "../../src/service/image_service.ts";
import { drawPlainPng, drawPng } from "../fakes/pictures.ts";
import { surroundingsOf } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { until } from "../support/wait.ts";
import { startExample } from "./example_vendor/fake.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("a vendor with references, masks, polling, resume and cancel is a folder and two lines", async () => {
  await using copy = await temporaryFolder();
  await copyFolder(join(ROOT, "src"), join(copy.path, "src"));
  await Deno.copyFile(join(ROOT, "deno.json"), join(copy.path, "deno.json"));
  const before = await filesIn(copy.path);
  await addVendor(copy.path);

  const after = await filesIn(copy.path);
  const changed = [...after].filter(([path, text]) => before.get(path) !== text);
  assert.deepEqual(changed.map(([path]) => path).sort(), [
    "src/providers/example/provider.ts",
    "src/providers/registry.ts",
  ]);
  const registry = "src/providers/registry.ts";
  const old = before.get(registry)!.split("\n");
  const added = after.get(registry)!.split("\n").filter((line) => !old.includes(line));
  assert.equal(added.length, 2, added.join("\n"));

  const load = (path: string) => import(pathToFileURL(join(copy.path, path)).href);
  const app: typeof AppModule = await load("src/app.ts");
  const configuration: typeof ConfigurationModule = await load("src/app/configuration.ts");
  const parse: typeof ParseModule = await load("src/requests/parse.ts");
  await tryVendor({ ...app, ...configuration }, parse, join(copy.path, "pictures"));
});

/** Edits with a reference and a mask, survives a stop, and is cancelled. */
async function tryVendor(
  { createApp, loadConfiguration }: typeof AppModule & typeof ConfigurationModule,
  { parseRequest }: typeof ParseModule,
  folder: string,
): Promise<void> {
  await using vendor = startExample();
  const runtime = surroundingsOf(
    { MCP_IMAGE_SAVE_DIR: folder, MCP_EMBED_METADATA: "off", ...vendor.environment },
    folder,
  );
  const open = () => {
    const configuration = loadConfiguration(runtime, new Map());
    assert.deepEqual(configuration.problems, []);
    return createApp(configuration, runtime, new Map(), { log: silentLogger });
  };
  const [base, reference, mask] = ["base", "reference", "mask"].map((name) =>
    drawPlainPng(64, 64, name)
  );
  const first = open();
  const inputs = await first.imageService.keepInputs({
    images: [
      { picture: { bytes: base! }, role: "base" },
      { picture: { bytes: reference! }, role: "reference" },
    ],
    mask: mask!,
  });
  const args = {
    prompt: "a red sky",
    strength: 0.4,
    negative_prompt: "clouds",
    preserve_outside: false, // so that what comes back is the vendor's own
  };
  const request = parseRequest(args, "edit", inputs);
  const impatient = caller({ waitSeconds: 0.01 });
  const answer = await first.imageService.run(request, impatient);
  assert.ok(!answer.done);
  const stateOf = async (id: string) => (await first.imageService.jobs.find(id, ""))?.state;
  await until("it is accepted", async () => await stateOf(answer.job.id) === "accepted");
  assert.deepEqual(vendor.jobs[0], {
    operation: "edit",
    prompt: "a red sky",
    negative_prompt: "clouds",
    strength: 0.4,
    images: [
      { role: "base", data: base!.toBase64() },
      { role: "reference", data: reference!.toBase64() },
    ],
    mask: mask!.toBase64(),
  });
  await first.close({ graceSeconds: 0 });
  assert.deepEqual(vendor.cancelled, [], "a server that stops leaves the job to the next one");

  const second = open();
  await second.imageService.recover();
  vendor.finish();
  const [image] = imagesOf(await second.imageService.waitFor(answer.job.id, caller()));
  assert.deepEqual(await second.images.read(image!), drawPng(64, 64, "job-1"));
  assert.equal(vendor.jobs.length, 1, "it was not paid for twice");
  await second.close({ graceSeconds: 0 });

  await using other = startExample();
  const env = { MCP_IMAGE_SAVE_DIR: folder, ...other.environment };
  const third = createApp(
    loadConfiguration(surroundingsOf(env, folder), new Map()),
    surroundingsOf(env, folder),
    new Map(),
    { log: silentLogger },
  );
  const { imageService } = third;
  const waiting = await imageService.run(parseRequest({ prompt: "a cat" }), impatient);
  assert.ok(!waiting.done);
  const { id } = waiting.job;
  await until(
    "it is accepted",
    async () => (await imageService.jobs.find(id, ""))?.state === "accepted",
  );
  await imageService.jobs.cancel(id, "");
  assert.deepEqual(other.cancelled, ["job-1"]);
  await third.close({ graceSeconds: 0 });
}

function caller(changes: Partial<Caller> = {}): Caller {
  return { owner: "", key: "test", signal: new AbortController().signal, ...changes };
}

function imagesOf(answer: Answer) {
  assert.ok(answer.done, "The answer is a job");
  return answer.images;
}

/** As a developer would: its folder, its import and its name in the list. */
async function addVendor(root: string): Promise<void> {
  const source = new URL("./example_vendor/provider.ts", import.meta.url);
  const text = (await Deno.readTextFile(source))
    .replaceAll("../../../src/providers/", "../").replaceAll("../../../src/", "../../");
  await Deno.mkdir(join(root, "src/providers/example"));
  await Deno.writeTextFile(join(root, "src/providers/example/provider.ts"), text);

  const path = join(root, "src/providers/registry.ts");
  const registry = await Deno.readTextFile(path);
  const anImport = 'import { doubao } from "./doubao/provider.ts";';
  const aName = /(VENDORS: readonly ProviderDefinition\[\] = \[)/;
  assert.ok(registry.includes(anImport) && aName.test(registry), "The registry looks otherwise");
  const changed = registry
    .replace(anImport, `${anImport}\nimport { example } from "./example/provider.ts";`)
    .replace(aName, "$1\n  example,");
  await Deno.writeTextFile(path, changed);
}

async function filesIn(root: string, under = "src"): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(join(root, under))) {
    const path = `${under}/${name}`;
    if (isDirectory) { for (const file of await filesIn(root, path)) found.set(...file); }
    else found.set(path, await Deno.readTextFile(join(root, path)));
  }
  return found;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
