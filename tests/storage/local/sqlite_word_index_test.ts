import assert from "node:assert/strict";
import { silentLogger } from "../../../src/log.ts";
import { type Database, openDatabase } from "../../../src/storage/local/database.ts";
import { SqliteImageRecords } from "../../../src/storage/local/sqlite_image_records.ts";
import { newRow } from "../../../src/storage/local/sqlite_word_index.ts";
import { indexedImage } from "../../../src/storage/rows/indexed_words.ts";
import { fillRecords, imageId, imageOf, OWNER, sourceOf, WORDS } from "../../bench/many_records.ts";
import { temporaryFolder } from "../../support/folder.ts";

Deno.test("a library of an older server gets its words in small steps", async () => {
  await using folder = await temporaryFolder();
  await fillRecords(folder.path, 1_000);
  using database = await openDatabase(folder.path, silentLogger);
  await database.run("UPDATE images SET indexed_notes = NULL", () => []);
  const { counted, written } = countWritten(database);
  const images = new SqliteImageRecords(counted, Date.now);
  await images.tidy(new AbortController().signal);
  const left = "SELECT count(*) AS count FROM images WHERE indexed_notes IS NULL";
  assert.equal((await database.get(left))!.count, 0);
  assert.ok(Math.max(...written) < 400, "about 200; some 700 where SQLite merges at once");
  const settings = "SELECT v FROM image_words_config WHERE k = 'automerge'";
  assert.equal((await database.get(settings))!.v, 4, "as it is by itself");
  assert.equal((await images.search({ query: WORDS.rare }, OWNER, { limit: 9 })).length, 2);
});

Deno.test("a picture that was just saved, a second time too, is indexed as its row in the file would be", async () => {
  await using folder = await temporaryFolder();
  using database = await openDatabase(folder.path, silentLogger);
  const images = new SqliteImageRecords(database, Date.now);
  const image = { ...imageOf(1, "ann"), revisedPrompt: "a lantern" };
  const source = { ...sourceOf("a lamp"), parents: ["img_1"], parameters: { style: "ink" } };
  for (const title of ["first", "second"]) {
    await images.save(image, source);
    const stored = (await database.get("SELECT rowid, * FROM images"))!;
    const row = newRow(image, source);
    assert.deepEqual(indexedImage(row), indexedImage(stored));
    assert.equal(row.indexed_notes, stored.indexed_notes);
    await images.annotate(image.id, "ann", { title, tags: ["draft"], isFavorite: true });
  }
});

Deno.test("words leave the file with the last picture that has them, and come back with a new one", async () => {
  await using folder = await temporaryFolder();
  using database = await openDatabase(folder.path, silentLogger);
  using others = await openDatabase(folder.path, silentLogger);
  const images = new SqliteImageRecords(database, Date.now);
  const elsewhere = new SqliteImageRecords(others, Date.now);
  const save = (number: number, prompt: string) =>
    images.save(imageOf(number, "ann"), sourceOf(prompt));
  const words = async () =>
    (await database.all("SELECT part FROM word_parts WHERE part = word")).map(({ part }) => part);
  for (const remover of [images, elsewhere]) {
    await save(1, "a lanternfish at the harbour");
    await save(2, "harbour");
    await images.annotate(imageId(2), "ann", { title: "mountain" });
    assert.deepEqual(await words(), ["harbour", "lanternfish", "mountain"]);
    await images.annotate(imageId(2), "ann", { title: "river" });
    await remover.remove(imageId(1), "ann");
    assert.deepEqual(await words(), ["harbour", "river"]);
    await save(3, "another lanternfish");
    const found = await images.search({ query: "ternfish" }, "ann", { limit: 9 });
    assert.deepEqual(found.map(({ id }) => id), [imageId(3)]);
    for (const number of [2, 3]) await remover.remove(imageId(number), "ann");
    assert.deepEqual(await database.all("SELECT * FROM word_parts"), []);
  }
});

/** Counts the rows that each transaction writes, pages of the index among them. */
function countWritten(database: Database): { counted: Database; written: readonly number[] } {
  const written: number[] = [];
  const counted: Database = {
    ...database,
    transact: (work) =>
      database.transact((write, read) => {
        const count = () => Number(read("SELECT total_changes() AS count")!.count);
        const before = count();
        const result = work(write, read);
        written.push(count() - before);
        return result;
      }),
  };
  return { counted, written };
}
