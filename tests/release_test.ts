import { unzipSync } from "fflate";
import assert from "node:assert/strict";
import { join } from "node:path";
import { completeRelease, executableName, type System, SYSTEMS } from "../.ci/release.ts";
import { VERSION } from "../src/version.ts";

const REPOSITORY = "someone/mcp-image-server";
const WORKFLOW = new URL("../.github/workflows/release.yml", import.meta.url);

Deno.test("a release holds a package per system that starts the server with the person's keys", async () => {
  await using release = await finishedRelease();
  for (const [system, { platform }] of Object.entries(SYSTEMS)) {
    const files = unzipSync(await release.read(`mcp-image-server-${system}.mcpb`));
    const manifest = JSON.parse(new TextDecoder().decode(files["manifest.json"]));
    const { entry_point, mcp_config } = manifest.server;
    assert.deepEqual(files[entry_point], executableBytes(system));
    assert.equal(mcp_config.command, `\${__dirname}/${entry_point}`);
    assert.equal(entry_point.endsWith(".exe"), platform === "win32");
    assert.deepEqual(manifest.compatibility.platforms, [platform]);
    assert.equal(manifest.version, VERSION);
    assert.equal(manifest.user_config.openai_api_key.sensitive, true);
    const asked = Object.values<string>(mcp_config.env)
      .map((value) => /^\$\{user_config\.(\w+)\}$/.exec(value)?.[1]);
    assert.deepEqual(asked, Object.keys(manifest.user_config));
  }
});

Deno.test("server.json names each package by its address and digest", async () => {
  await using release = await finishedRelease();
  const server = JSON.parse(new TextDecoder().decode(await release.read("server.json")));
  assert.equal(server.name, "io.github.someone/mcp-image-server");
  assert.equal(server.version, VERSION);
  assert.ok(server.description.length <= 100);
  assert.equal(server.packages.length, Object.keys(SYSTEMS).length);
  for (const { identifier, fileSha256, environmentVariables } of server.packages) {
    const [, name] = /\/releases\/download\/v[\d.]+\/(.*)$/.exec(identifier) ?? [];
    assert.equal(fileSha256, await digest(await release.read(name!)));
    const key = environmentVariables.find(({ name }: { name: string }) =>
      name === "OPENAI_API_KEY"
    );
    assert.equal(key.isSecret, true);
  }
});

Deno.test("SHA256SUMS has every file of the release but itself", async () => {
  await using release = await finishedRelease();
  const lines = new TextDecoder().decode(await release.read("SHA256SUMS")).trimEnd().split("\n");
  const listed = lines.map((line) => line.split("  "));
  for (const [sum, name] of listed) assert.equal(sum, await digest(await release.read(name!)));
  const files = await Array.fromAsync(Deno.readDir(release.folder));
  const names = files.map(({ name }) => name).filter((name) => name !== "SHA256SUMS");
  assert.deepEqual(listed.map(([, name]) => name), names.sort());
});

Deno.test("the same executables make the same release", async () => {
  await using one = await finishedRelease();
  await using other = await finishedRelease();
  assert.deepEqual(await other.read("SHA256SUMS"), await one.read("SHA256SUMS"));
});

Deno.test("a release lists every package it is made of, with the digest that the lock file holds", async () => {
  await using release = await finishedRelease();
  const bill = JSON.parse(
    new TextDecoder().decode(await release.read("mcp-image-server.cdx.json")),
  );
  assert.equal(bill.bomFormat, "CycloneDX");
  const names = bill.components.map(({ name }: { name: string }) => name);
  for (const name of ["@modelcontextprotocol/server", "openai", "zod"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(!names.includes("playwright-core"), "it only tests");
  for (const { hashes: [hash], purl, version } of bill.components) {
    assert.match(hash.content, /^[0-9a-f]{128}$/);
    assert.match(purl, /^pkg:npm\/.+@\d/);
    assert.match(version, /^\d+\.\d+\.\d+/);
  }
  assert.match(new TextDecoder().decode(await release.read("SHA256SUMS")), /cdx\.json/);
});

for (const name of ["ci.yml", "release.yml"]) {
  Deno.test(`${name} runs each action at a commit and keeps no credentials`, async () => {
    const workflow = await Deno.readTextFile(new URL(name, WORKFLOW));
    const actions = [...workflow.matchAll(/uses: (\S+)(.*)/g)];
    assert.ok(actions.length > 1);
    for (const [line] of actions) assert.match(line!, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, line);
    const checkouts = workflow.match(/actions\/checkout@/g)?.length;
    assert.equal(workflow.match(/persist-credentials: false/g)?.length, checkouts);
  });
}

Deno.test("what is published is built apart from the tests, held to the lock file, and attested", async () => {
  const workflow = await Deno.readTextFile(WORKFLOW);
  const jobs = new Map(
    workflow.split(/^ {2}(?=\w+:$)/m).slice(1).map((job) => [job.split(":")[0], job]),
  );
  assert.match(jobs.get("bundle")!, /--frozen/);
  assert.doesNotMatch(jobs.get("bundle")!, /\.ci\/run|deno-version: .*\n\s+cache/);
  assert.match(jobs.get("publish")!, /attest-build-provenance@/);
  assert.doesNotMatch(jobs.get("publish")!, /-A/);
  assert.doesNotMatch(jobs.get("check")!, /upload-artifact|write/);
});

Deno.test("a tag that is not the version is refused", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ".ci/release.ts", ".", "--tag", "v0.0.0", "--repository", REPOSITORY],
    cwd: new URL("..", import.meta.url),
  }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), new RegExp(`v0\\.0\\.0 must be v${VERSION}`));
});

Deno.test("the workflow builds for every system of a release", async () => {
  const workflow = await Deno.readTextFile(WORKFLOW);
  const built = [...workflow.matchAll(/system: ([\w-]+), target: ([\w-]+)/g)];
  const expected = Object.entries(SYSTEMS).map(([system, { target }]) => [system, target]);
  assert.deepEqual(built.map(([, system, target]) => [system, target]), expected);
});

async function finishedRelease(): Promise<
  AsyncDisposable & {
    readonly folder: string;
    read(name: string): Promise<Uint8Array<ArrayBuffer>>;
  }
> {
  const folder = await Deno.makeTempDir();
  for (const system of Object.keys(SYSTEMS) as System[]) {
    await Deno.writeFile(join(folder, executableName(system)), executableBytes(system));
  }
  await Deno.writeTextFile(join(folder, "mcp-image-server.js"), "bundle");
  await completeRelease(folder, REPOSITORY);
  return {
    folder,
    read: (name) => Deno.readFile(join(folder, name)),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

function executableBytes(system: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`the program for ${system}`);
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
