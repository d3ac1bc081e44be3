import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "../../../src/log.ts";
import { openSqliteRecords } from "../../../src/storage/local/sqlite_records.ts";
import type { ImageFilter } from "../../../src/storage/records/records.ts";
import { wordsOf } from "../../../src/storage/rows/words.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testAuthorizationRecords } from "../contracts/authorization_records.ts";
import { testRecords } from "../contracts/records.ts";
import { assertAllIsCarried, testTableRecords } from "../contracts/table_records.ts";

const KINDS = {
  "a SQLite file": () => open((folder) => folder),
  // The folder does not exist, so that the records live in memory.
  "SQLite in memory": () => open((folder) => join(folder, "nowhere")),
};

for (const [kind, openKind] of Object.entries(KINDS)) {
  testRecords(kind, openKind);
  testAuthorizationRecords(kind, openKind);
  testTableRecords(kind, openKind);
}

async function open(placeIn: (folder: string) => string) {
  const folder = await temporaryFolder();
  const clock = { now: 1_800_000_000_000 };
  const records = await openSqliteRecords(placeIn(folder.path), silentLogger, () => clock.now);
  return {
    records,
    clock,
    async [Symbol.asyncDispose]() {
      await records.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

Deno.test("what was written in many parts is read in few again, and all of it is found", async () => {
  await using folder = await temporaryFolder();
  const records = await openSqliteRecords(folder.path, silentLogger, Date.now);
  for (let index = 0; index < 80; index++) {
    const id = `img_vendor_${index}`;
    const made = { id, owner: "ann", provider: "vendor", model: "m", mediaType: "image/png" };
    await records.images.save(
      {
        ...{ ...made, sizeBytes: 1, width: 1, height: 1, seed: null, revisedPrompt: null },
        ...{ fileName: `${id}.png`, saveError: null },
      },
      { operation: "generate", prompt: `lantern number ${index}`, parents: [], parameters: {} },
    );
    if (index % 4 === 0) await records.images.annotate(id, "ann", { tags: ["draft"] });
  }
  const parts = () => {
    using database = new DatabaseSync(join(folder.path, "records.sqlite"), { readOnly: true });
    return database.prepare("SELECT DISTINCT segid FROM image_words_idx").all().length;
  };
  const before = parts();
  await records.images.tidy(AbortSignal.abort());
  assert.equal(parts(), before, "a server that stops does nothing more");
  await records.images.tidy(new AbortController().signal);
  assert.deepEqual([before > 1, parts()], [true, 1]);
  const count = async (filter: ImageFilter) =>
    (await records.images.search(filter, "ann", { limit: 100 })).length;
  assert.deepEqual([await count({ query: "lantern" }), await count({ tag: "draft" })], [80, 20]);
  await records.close();
});

Deno.test("what an older server on the same file writes and changes is found, before upkeep and after", async () => {
  await using folder = await temporaryFolder();
  const records = await openSqliteRecords(folder.path, silentLogger, Date.now);
  using older = new DatabaseSync(join(folder.path, "records.sqlite"));
  const pairs = (title: string) =>
    wordsOf({ owner: "ann", isTrashed: false, texts: ["a lanternfish", title], facts: {} });
  const index = (title: string) =>
    older.prepare("INSERT INTO image_words (rowid, words) VALUES (-1, ?)").run(pairs(title));
  const found = async (query: string) =>
    (await records.images.search({ query }, "ann", { limit: 5 })).length;
  assert.deepEqual([await found("lanternfish"), await found("ternfi")], [0, 0]);

  older.exec(`INSERT INTO images (id, owner, file_name, provider, model, media_type, size_bytes,
    prompt, parameters, created_at) VALUES ('img_1', 'ann', '1.png', 'vendor', 'm', 'image/png', 1,
    'a lanternfish', '{}', 1)`);
  index("");
  for (const title of ["harbour", "mountain"]) {
    assert.deepEqual([await found("lanternfish"), await found("ternfi")], [1, 1]);
    await records.images.tidy(new AbortController().signal);
    assert.deepEqual([await found("lanternfish"), await found("ternfi")], [1, 1]);
    assert.equal(await found(title), 0);

    older.exec(`UPDATE images SET title = '${title}'; DELETE FROM image_words WHERE rowid = -1`);
    index(title);
    assert.equal(await found(title), 1);
    await records.images.tidy(new AbortController().signal);
    assert.equal(await found(title), 1);
  }
  assert.equal(await found("harbour"), 0);
  await records.close();
});

Deno.test("a SQLite file: every column is carried to other databases, or known to be left", async () => {
  await using folder = await temporaryFolder();
  await (await openSqliteRecords(folder.path, silentLogger, Date.now)).close();
  using database = new DatabaseSync(join(folder.path, "records.sqlite"), { readOnly: true });
  const sql = `SELECT tables.name AS "table", columns.name AS "column"
    FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table'`;
  const rows = database.prepare(sql).all() as unknown as { table: string; column: string }[];
  assertAllIsCarried(rows, {
    derived: [
      "jobs.cancel_requested",
      "batches.cancel_requested",
      "images.original_path",
      "images.indexed_notes",
    ],
    leftOut: /^(oauth_|image_words|word_parts$|tags$)/,
  });
});
