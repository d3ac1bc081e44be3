/** Pictures and all that is known of them, from one place to another. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runMigrate } from "../../src/commands/migrate.ts";
import { silentLogger } from "../../src/log.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { openPostgresRecords } from "../../src/storage/postgres/postgres_records.ts";
import { TABLE_NAMES } from "../../src/storage/rows/tables.ts";
import type { Records } from "../../src/storage/records/records.ts";
import type { TableRow } from "../../src/storage/records/table_records.ts";
import { error, type FakeS3, startFakeS3 } from "../fakes/s3.ts";
import { imageRow, tableRow } from "../storage/contracts/table_records.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/folder.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { startProgram } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { openTerminal } from "./terminal.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };
const PICTURES = 60;

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();
const ignore = POSTGRES === undefined;

Deno.test({
  name:
    "a folder goes to a database and a bucket, and from there to a folder, with all that is known",
  ignore,
  async fn() {
    await using place = await openSource();
    await using s3 = startBucket();
    const database = await (await postgres()).createDatabase();
    const env = bucketEnvironment(s3);
    const there = await migrate({
      ...{ from: place.folder, to: database, "to-images": "s3://pictures/art" },
    }, env);
    assert.equal(there.status, 1, there.said); // since a job is not over
    assert.match(there.printed, /^Inputs: +2 copied, 0 known already$/m);
    assert.match(
      there.printed,
      /^Pictures: +60 copied \(\d\.\d MB with the inputs\), 0 known already$/m,
    );
    assert.match(there.printed, /^Jobs: +2 copied/m);
    assert.match(there.said, /2 jobs or batches are not over, and were left out/);
    assert.ok(s3.objects.has("art/img_0.png") && s3.objects.has(`art/inputs/${place.inputs[0]}`));

    const again = await migrate({
      ...{ from: place.folder, to: database, "to-images": "s3://pictures/art" },
    }, env);
    assert.match(again.printed, /^Pictures: +0 copied, 60 known already$/m);

    await using back = await temporaryFolder();
    const home = join(back.path, "pictures");
    const { status, said } = await migrate({ to: home }, {
      ...env,
      MCP_DATABASE_URL: database,
      MCP_IMAGE_STORE: "s3://pictures/art",
    });
    assert.equal(status, 0, said);
    const [before, after] = [await contentOf(place.folder), await contentOf(home)];
    assert.deepEqual(after, before);
    await withFolder(home, async (records) => {
      const listed = await records.images.list("ann", { limit: 3 });
      assert.deepEqual(listed.map(({ id }) => id), ["img_59", "img_58", "img_57"]);
      const found = await records.images.search({ query: "lantern 7", tag: "lamp" }, "ann", {
        limit: 5,
      });
      assert.deepEqual(found.map(({ id }) => id), ["img_7"]);
      assert.equal((await records.batches.items("bat_1")).length, 2);
      assert.equal((await records.uploads.findLink("cc"))?.picture?.hash, place.inputs[0]);
    });
    const told = [there, again].map((each) => each.printed + each.said).join();
    assert.doesNotMatch(told, /wJalr/);
  },
});

Deno.test({
  name: "a migration that is killed half-way goes on where it was, and copies nothing twice",
  ignore,
  async fn() {
    await using place = await openSource();
    await using s3 = startBucket();
    const database = await (await postgres()).createDatabase();
    const flags = { from: place.folder, to: database, "to-images": "s3://pictures/art" };
    let isHeld = false;
    const held = Promise.withResolvers<void>();
    let written = 0;
    const hold = ({ method }: Request) => {
      s3.faults.push(hold);
      if (method !== "PUT" || ++written < 55) return undefined;
      isHeld = true; // in the second page of pictures
      return held.promise.then(() => error(503, "SlowDown"));
    };
    s3.faults.push(hold);
    await using program = startProgram({
      folder: place.root,
      env: bucketEnvironment(s3),
      args: ["migrate", ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
    });
    await until("it is half done", () => isHeld);
    await program.kill();
    held.resolve();
    s3.faults.length = 0;
    const begun = new Set(s3.objects.keys());
    assert.ok(begun.size >= 40 && begun.size < PICTURES + 2, String(begun.size));

    s3.requests.length = 0;
    const { printed } = await migrate(flags, bucketEnvironment(s3));
    assert.match(printed, /^Pictures: +\d+ copied \(.*\), [1-9]\d* known already$/m);
    const puts = s3.requests.filter((request) => /^PUT art\/(img|inputs)/.test(request));
    assert.equal(puts.length, PICTURES + 2 - begun.size);
    assert.deepEqual(puts.filter((request) => begun.has(request.slice("PUT ".length))), []);
    const there = await openPostgresRecords(database, silentLogger).records();
    const rows = await rowsOf(there);
    await there.close();
    assert.deepEqual(rows, await withFolder(place.folder, rowsOf));
  },
});

Deno.test("what is damaged, gone or another one is told and left, and all else is copied", async () => {
  await using place = await openSource();
  await using other = await temporaryFolder();
  const at = (name: string) => join(place.folder, name);
  await Deno.writeFile(at("img_1.png"), bytesOf(1).slice(0, 100));
  await Deno.remove(at("img_2.png"));
  await Deno.remove(at("img_3.png"));
  await Deno.writeFile(join(place.root, "elsewhere.png"), bytesOf(3));
  await Deno.symlink(join(place.root, "elsewhere.png"), at("img_3.png"));
  const input = join(place.folder, ".mcp-image-server", "inputs", place.inputs[0]!);
  await Deno.writeFile(input, (await Deno.readFile(input)).with(7, 99));
  const own = bytesOf(999);
  await withFolder(other.path, async ({ tables }) => {
    await tables.add({
      images: [
        picture(4, { created_at: 77 }),
        imageRow("img_own", { file_name: "img_5.png", size_bytes: own.length }),
      ],
    });
  });
  await Deno.writeFile(join(other.path, "img_5.png"), own);
  await Deno.writeFile(join(other.path, "img_6.png"), own);

  const { status, printed, said } = await migrate({ from: place.folder, to: other.path });
  assert.equal(status, 1);
  const left = said.split("\n").filter((line) => line.startsWith("Left behind")).sort();
  const expected = [
    new RegExp(`input ${place.inputs[0]}: its file is damaged: it is not what came in`),
    /picture img_1: its file is damaged: it has 100 bytes, \d+ are recorded/,
    /picture img_2: its file is gone/,
    /picture img_3: its file is a link out of the folder/,
    /picture img_4: another picture is known as 'img_4' at the other side, and stays there/,
    /picture img_5: another picture is called 'img_5.png' at the other side/,
    /picture img_6: another file is called 'img_6.png' in /,
  ];
  assert.equal(left.length, expected.length, said);
  for (const [index, line] of left.entries()) assert.match(line, expected[index]!);
  assert.match(printed, /^Pictures: +54 copied.*, 0 known already, 6 left behind$/m);
  assert.deepEqual(await Deno.readFile(join(other.path, "img_5.png")), own);
  assert.deepEqual(await Deno.readFile(join(other.path, "img_6.png")), own);
  await withFolder(other.path, async ({ images }) => {
    assert.equal(await images.find("img_1", "ann", 0), undefined);
    assert.equal((await images.summaries(["img_4"], "ann"))[0]?.createdAt, 77);
  });

  await Deno.writeFile(at("img_1.png"), bytesOf(1));
  await Deno.remove(join(other.path, "img_0.png"));
  const again = await migrate({ from: place.folder, to: other.path });
  assert.match(again.printed, /^Pictures: +2 copied.*, 53 known already, 5 left behind$/m);
  assert.deepEqual(await Deno.readFile(join(other.path, "img_0.png")), bytesOf(0));
});

Deno.test("a picture that was imported in place brings its file along, if it lies there as it was", async () => {
  await using place = await openSource();
  const paths = [1, 2].map((number) => join(place.root, `photo ${number}.png`));
  for (const [index, path] of paths.entries()) await Deno.writeFile(path, bytesOf(200 + index));
  await withFolder(place.folder, async ({ images }) => {
    for (const [index, originalPath] of paths.entries()) {
      const made = {
        id: `img_in_place_${index}`,
        owner: "ann",
        provider: "imported",
        model: "file",
      };
      const size = { sizeBytes: bytesOf(200 + index).length, width: 1, height: 1 };
      const kept = { fileName: `img_in_place_${index}.png`, originalPath, saveError: null };
      const about = { mediaType: "image/png", seed: null, revisedPrompt: null };
      const source = { operation: "import", prompt: "", parents: [], parameters: {} } as const;
      await images.save({ ...made, ...size, ...about, ...kept }, source);
    }
  });
  await Deno.writeFile(paths[1]!, bytesOf(7).slice(1));
  const to = join(place.root, "there");
  const { printed, said } = await migrate({ from: place.folder, to });
  assert.match(printed, /^Pictures: +61 copied.*, 1 left behind$/m);
  assert.match(said, /picture img_in_place_1: .*another one now/);
  assert.deepEqual(await Deno.readFile(join(to, "img_in_place_0.png")), bytesOf(200));
  assert.deepEqual(await Deno.readFile(paths[0]!), bytesOf(200));
  await withFolder(to, async ({ images }) => {
    const found = await images.find("img_in_place_0", "ann", 0);
    assert.equal(found?.originalPath, undefined);
    assert.equal(found?.fileName, "img_in_place_0.png");
  });
  const again = await migrate({ from: place.folder, to });
  assert.match(again.printed, /^Pictures: +0 copied, 61 known already, 1 left behind$/m);
});

Deno.test("a file that comes back as other bytes stops it, and nothing is recorded", async () => {
  await using place = await openSource();
  await using s3 = startBucket();
  const flip = (request: Request) => {
    s3.faults.push(flip);
    const { pathname } = new URL(request.url);
    return request.method === "GET" && pathname.endsWith("/img_30.png")
      ? new Response(bytesOf(31))
      : undefined;
  };
  s3.faults.push(flip);
  await using to = await temporaryFolder();
  const flags = { from: place.folder, to: to.path, "to-images": "s3://pictures/art" };
  const { status, said } = await migrate(flags, bucketEnvironment(s3));
  assert.equal(status, 1);
  assert.match(
    said,
    /s3:\/\/pictures\/art gives other bytes for 'img_30.png'.*same command goes on/,
  );
  await withFolder(to.path, async ({ images }) => {
    assert.equal(await images.find("img_30", "ann", 0), undefined);
  });
});

Deno.test("records alone move, and pictures alone, where the other stays", async () => {
  await using place = await openSource();
  await using s3 = startBucket();
  const env = bucketEnvironment(s3);
  const toBucket = { from: place.folder, to: place.folder, "to-images": "s3://pictures/art" };
  const { printed } = await migrate(toBucket, env);
  assert.match(printed, /^Pictures: +60 copied/m);
  assert.match(printed, /^Models: +0 copied, 1 known already/m);
  assert.match(printed, /^Jobs: +0 copied, 2 known already/m);
  await using other = await temporaryFolder();
  s3.requests.length = 0;
  const bucket = "s3://pictures/art";
  const records = await migrate({
    ...{ from: place.folder, "from-images": bucket, to: other.path, "to-images": bucket },
  }, env);
  assert.match(records.printed, /^Pictures: +60 copied, 0 known already$/m);
  assert.deepEqual(s3.requests.filter((each) => /^PUT art\/(img|inputs)/.test(each)), []);
  assert.deepEqual(await withFolder(other.path, rowsOf), await withFolder(place.folder, rowsOf));
});

Deno.test("a dry run says what would be copied, and what would not, and makes nothing", async () => {
  await using place = await openSource();
  await Deno.remove(join(place.folder, "img_2.png"));
  const to = join(place.root, "new");
  const { status, printed, said } = await migrate({ from: place.folder, to, "dry-run": "true" });
  assert.equal(status, 1);
  assert.match(
    printed,
    /^Pictures: +59 to copy \(\d\.\d MB with the inputs\), 0 known already, 1 left/m,
  );
  assert.match(said, /Left behind: picture img_2: its file is gone/);
  assert.match(said, /nothing is written/);
  await assert.rejects(Deno.stat(to), Deno.errors.NotFound);
});

const MISTAKES: readonly (readonly [Record<string, string>, RegExp])[] = [
  [{}, /Both places are .*generated_images: name another with --from or --to/],
  [{ to: "postgres://ann:hidden-word@db/images" }, /say with --to-images where they lie/],
  [
    { to: "mysql://ann:hidden-word@db/images" },
    /--to must be a save folder, or an address such as/,
  ],
  [{ from: "s3://pictures" }, /--from must be a save folder.*is named with --from-images/],
  [{ "to-images": "s3://pictures" }, /say with --to where their records are/],
  [
    { to: "there", "to-images": "ftp://x" },
    /--to-images must be a save folder, or an address such/,
  ],
  [{ to: "there", "to-images": "elsewhere" }, /in that folder or in a bucket/],
  [{ to: "postgres:///", "to-images": "x" }, /--to must be/],
];
for (const [flags, words] of MISTAKES) {
  Deno.test(`migrate ${JSON.stringify(flags)} is a mistake that says what is legal`, async () => {
    const { status, said } = await migrate(flags);
    assert.equal(status, 2);
    assert.match(said, words);
    assert.doesNotMatch(said, /hidden-word/);
  });
}

Deno.test("places that cannot be used are told, without a password", async () => {
  await using place = await openSource();
  const cases: readonly (readonly [Record<string, string>, RegExp])[] = [
    [{ from: "nowhere", to: "there" }, /There are no records in .*nowhere/],
    [{ to: "there", from: place.folder, "from-images": "s3://pictures" }, /needs keys: set AWS_/],
    [
      {
        from: place.folder,
        to: "postgres://ann:hidden-word@127.0.0.1:9/images",
        "to-images": "there",
      },
      /ECONNREFUSED|cannot be reached/,
    ],
    [{ from: place.folder, to: join(place.folder, "img_1.png") }, /cannot be opened for writing/],
  ];
  for (const [flags, words] of cases) {
    const { status, said } = await migrate(flags, { AWS_EC2_METADATA_DISABLED: "true" });
    assert.equal(status, 1, said);
    assert.match(said, words);
    assert.doesNotMatch(said, /hidden-word/);
  }
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});

async function migrate(
  flags: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
) {
  await using terminal = await openTerminal();
  const status = await runMigrate(terminal.context([], flags, env));
  return { status, printed: terminal.stdout(), said: terminal.stderr() };
}

function startBucket(): FakeS3 {
  return startFakeS3({ bucket: "pictures", ...KEYS });
}

function bucketEnvironment({ endpoint }: FakeS3): Readonly<Record<string, string>> {
  return {
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: endpoint,
  };
}

interface Source extends AsyncDisposable {
  readonly root: string;
  /** A save folder with every kind of record. */
  readonly folder: string;
  /** The hashes of pictures that came in. */
  readonly inputs: readonly string[];
}

async function openSource(): Promise<Source> {
  const root: TemporaryFolder = await temporaryFolder();
  const folder = join(root.path, "pictures");
  const storage = openLocalStorage({ saveDirectory: folder, log: silentLogger });
  const inputs: string[] = [];
  for (const index of [1_001, 1_002]) {
    const bytes = bytesOf(index);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    await storage.inputs.put(hash, bytes);
    inputs.push(hash);
  }
  const numbers = Array.from({ length: PICTURES }, (_, index) => index);
  await Promise.all(numbers.map((index) => storage.images.put(`img_${index}.png`, bytesOf(index))));
  const { tables } = await storage.records();
  const upload = { id: "up_1", owner: "ann", link_hash: "cc", hash: inputs[0]!, changes: "[]" };
  await tables.add({
    inputs: inputs.map((hash, index) => {
      return tableRow("inputs", { hash, size_bytes: bytesOf(1_001 + index).length });
    }),
    uploads: [tableRow("uploads", { ...upload, told: '{"leftOut":[]}' })],
    images: numbers.map((index) =>
      picture(index, {
        owner: index % 10 === 9 ? null : "ann",
        parents: index === 8 ? '["img_7"]' : "[]",
        tags: index % 7 === 0 ? '["lamp"]' : "[]",
        favorite: index % 5 === 0 ? 1 : 0,
        trashed_at: index === 11 ? 12_000 : null,
      })
    ),
    jobs: [
      tableRow("jobs", {
        id: "job_1",
        owner: "ann",
        outcome: '{"imageIds":["img_1"],"warnings":[]}',
      }),
      tableRow("jobs", { id: "job_2", owner: "ann", state: "cancelled", batch: "bat_1" }),
      tableRow("jobs", { id: "job_3", owner: "ann", state: "running" }),
    ],
    batches: [
      tableRow("batches", { id: "bat_1", owner: "ann" }),
      tableRow("batches", { id: "bat_2", owner: "ann", state: "running" }),
    ],
    trained_models: [tableRow("trained_models", { owner: "ann", name: "my cat" })],
    batch_items: [1, 2].map((number) => tableRow("batch_items", { batch_id: "bat_1", number })),
  });
  await storage.close();
  return { root: root.path, folder, inputs, [Symbol.asyncDispose]: root[Symbol.asyncDispose] };
}

function picture(index: number, values: TableRow = {}): TableRow {
  return imageRow(`img_${index}`, {
    owner: "ann",
    prompt: `lantern ${index}`,
    size_bytes: bytesOf(index).length,
    created_at: 1_000 + index,
    ...values,
  });
}

/** Other bytes for each number. */
function bytesOf(index: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 2_000 + index % 100 }, (_, at) => (at * 31 + index * 17) % 256);
}

async function withFolder<T>(folder: string, work: (records: Records) => Promise<T>): Promise<T> {
  const storage = openLocalStorage({ saveDirectory: folder, log: silentLogger });
  try {
    return await work(await storage.records());
  } finally {
    await storage.close();
  }
}

/** Everything that is over. */
async function rowsOf({ tables }: Records): Promise<Readonly<Record<string, readonly TableRow[]>>> {
  const rows = await Promise.all(
    TABLE_NAMES.map(async (table) => [table, (await tables.page(table, 1_000)).rows] as const),
  );
  return Object.fromEntries(rows);
}

/** The rows, and the bytes of the files by their names. */
async function contentOf(folder: string) {
  const files = new Map<string, Uint8Array>();
  for (const place of [folder, join(folder, ".mcp-image-server", "inputs")]) {
    for await (const { name, isFile } of Deno.readDir(place)) {
      if (isFile) files.set(name, await Deno.readFile(join(place, name)));
    }
  }
  const names = [...files.keys()].sort();
  return {
    rows: await withFolder(folder, rowsOf),
    files: names.map((name) => [name, files.get(name)]),
  };
}
