import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openDatabase } from "../../../src/storage/local/database.ts";
import { silentLogger } from "../../../src/log.ts";
import { connectTestClient, openTestApp } from "../../support/app.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { startServer } from "../../support/process.ts";
import { pause } from "../../support/wait.ts";

/** How long the records are held by another process, in milliseconds. */
const LOCK_TIME = 6_000;

Deno.test("a generation succeeds and pings stay quick while others hold the records", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await server.call("generate_image", { prompt: "the first", resolution: "64x64" });

  const path = join(folder.path, "generated_images", ".mcp-image-server", "records.sqlite");
  using holder = new DatabaseSync(path);
  holder.exec("BEGIN EXCLUSIVE");
  const held = performance.now();
  const call = server.call("generate_image", { prompt: "the second", resolution: "64x64" }, 20);
  const pings: number[] = [];
  while (performance.now() - held < LOCK_TIME) {
    const sent = performance.now();
    await server.request("ping");
    pings.push(performance.now() - sent);
    await pause(100);
  }
  holder.exec("ROLLBACK");
  const envelope = await call;
  assert.equal(envelope.ok, true);
  assert.equal(envelope.images[0].save_error, null);
  pings.sort((one, other) => one - other);
  const median = pings[Math.floor(pings.length / 2)]!;
  assert.ok(median < 1_000, `half of the pings took over ${Math.round(median)} ms`);
  assert.ok(pings.at(-1)! < 5_000, `a ping took ${Math.round(pings.at(-1)!)} ms`);
});

Deno.test("readers are not held up by another writer, and writers wait for it", async () => {
  await using folder = await temporaryFolder();
  using database = await openDatabase(folder.path, silentLogger);
  assert.equal(await database.run(NEW_JOB, () => ["job_1"]), 1);
  const reading = database.get("SELECT id FROM jobs");
  assert.equal((await reading)?.id, "job_1");

  using holder = new DatabaseSync(join(folder.path, "records.sqlite"));
  holder.exec("BEGIN IMMEDIATE");
  const writing = database.run(NEW_JOB, () => ["job_2"]);
  assert.equal((await database.all("SELECT id FROM jobs")).length, 1);
  await pause(60);
  holder.exec("COMMIT");
  assert.equal(await writing, 1);
});

for (const [kind, damage] of Object.entries(damages())) {
  Deno.test(`${kind} is moved aside with a clear line, and pictures stay`, async () => {
    await using folder = await temporaryFolder();
    const before = await openTestApp({ folder: folder.path });
    await drawSmall(before.app, 5);
    await before[Symbol.asyncDispose]();
    const pictures = filesIn(folder.path);
    const hidden = join(folder.path, ".mcp-image-server");
    await damage(join(hidden, "records.sqlite"));

    await using after = await openTestApp({ folder: folder.path });
    await drawSmall(after.app, 1);
    assert.match(
      after.log.join("\n"),
      /error The records database was corrupt and has been moved aside; pictures are untouched moved_to=\S+records\.sqlite\.corrupt-\d+/,
    );
    assert.equal(filesIn(hidden).filter((name) => /corrupt-\d+$/.test(name)).length, 1);
    const now = filesIn(folder.path);
    assert.deepEqual(pictures.filter((name) => !now.includes(name)), []);
    assert.equal(now.length, pictures.length + 1);
  });
}

Deno.test("two servers that find the same corrupt file share its replacement", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "records.sqlite"), "not a database".repeat(1_000));
  const opened = await Promise.all(
    [1, 2, 3].map(() => openDatabase(folder.path, silentLogger)),
  );
  await opened[0]!.run(NEW_JOB, () => ["job_1"]);
  for (const database of opened) {
    assert.equal((await database.get("SELECT id FROM jobs"))?.id, "job_1");
    database[Symbol.dispose]();
  }
  assert.equal(filesIn(folder.path).filter((name) => /corrupt-\d+$/.test(name)).length, 1);
});

Deno.test("where the folder cannot hold records they live in memory", async () => {
  await using folder = await temporaryFolder();
  using database = await openDatabase(join(folder.path, "nowhere"), silentLogger);
  assert.equal(database.isDurable, false);
  assert.equal(await database.run(NEW_JOB, () => ["job_1"]), 1);
});

const NEW_JOB = `
  INSERT INTO jobs (id, owner, state, server, provider, message, plan, calls, created_at, updated_at)
  VALUES (?, '', 'queued', 'test', 'vendor', '', '{}', '[]', 0, 0)`;

function damages(): Readonly<Record<string, (path: string) => Promise<void>>> {
  return {
    "a file that is no database": (path) => Deno.writeTextFile(path, "x".repeat(50_000)),
    "a database cut in half": async (path) => {
      const { size } = await Deno.stat(path);
      await Deno.truncate(path, Math.floor(size / 2));
    },
    "a database with a page of nonsense": async (path) => {
      const { size } = await Deno.stat(path);
      using file = await Deno.open(path, { write: true });
      await file.seek(Math.floor(size / 2 / 4096) * 4096, Deno.SeekMode.Start);
      await file.write(crypto.getRandomValues(new Uint8Array(4096)));
    },
  };
}

async function drawSmall(app: Parameters<typeof connectTestClient>[0], count: number) {
  await using client = await connectTestClient(app);
  for (let number = 0; number < count; number++) {
    const args = { prompt: `${number} ${"a long prompt ".repeat(200)}`, resolution: "64x64" };
    const { envelope } = await client.call("generate_image", args);
    assert.equal(envelope.ok, true);
  }
}

function filesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile).map(({ name }) => name);
}
