/** What every kind of records gives and takes as rows, so that any of them can be carried to any other. */

import assert from "node:assert/strict";
import { TABLES } from "../../../src/storage/rows/tables.ts";
import type { TableName, TablePage, TableRow } from "../../../src/storage/records/table_records.ts";
import type { OpenedRecords } from "./records.ts";

/** A row of a table with every column: null, but for what is given and what must not be null. */
export function tableRow(table: TableName, values: TableRow): TableRow {
  const columns = Object.entries(TABLES[table].columns);
  const empty = columns.map(([name, kind]) => [
    name,
    name in EMPTY ? EMPTY[name] : EMPTY_OF[kind],
  ]);
  return { ...Object.fromEntries(empty), ...values };
}

const EMPTY_OF: Readonly<Record<string, null | number>> = { text: null, integer: 1 };
const EMPTY: TableRow = {
  ...{ owner: "", provider: "vendor", model: "m", media_type: "image/png", prompt: "a cat" },
  ...{ operation: "generate", parents: "[]", parameters: "{}", tags: "[]", favorite: 0 },
  ...{ state: "finished", server: "s", message: "Done", calls: "[]", title: "Cats" },
  ...{ label: "cat", image_ids: "[]", warnings: "[]", request: "{}", trashed_at: null, seed: null },
  ...{ options: "{}", trigger_word: "sks" },
  plan: '{"request":{"prompt":"a cat"},"attempts":[{"request":{"prompt":null}}]}',
};

export const imageRow = (id: string, values: TableRow = {}) =>
  tableRow("images", { id, file_name: `${id}.png`, title: null, ...values });

/** Registers the tests of one kind of records. */
export function testTableRecords(kind: string, open: () => Promise<OpenedRecords>): void {
  const test = (what: string, work: (opened: OpenedRecords) => Promise<void>) =>
    Deno.test(`${kind}: ${what}`, async () => {
      await using opened = await open();
      await work(opened);
    });

  test("rows are given as they were taken", async ({ records: { tables } }) => {
    const rows: Record<TableName, readonly TableRow[]> = {
      inputs: [tableRow("inputs", { hash: "aa", size_bytes: 3_000_000_000 })],
      uploads: [
        tableRow("uploads", { id: "up_1", link_hash: "cc", hash: "aa", changes: "[]" }),
        tableRow("uploads", { id: "up_2", received_at: null, width: null, size_bytes: null }),
      ],
      images: [
        imageRow("img_2", { owner: null, seed: 2 ** 52, title: "夜 🦊", trashed_at: 7 }),
        imageRow("img_1", { usage: '{"tokens":3}', tags: '["a b"]', favorite: 1 }),
      ],
      jobs: [
        tableRow("jobs", { id: "job_1", outcome: '{"imageIds":["img_1"],"warnings":[]}' }),
        tableRow("jobs", { id: "job_2", state: "failed", batch: "bat_1" }),
      ],
      batches: [tableRow("batches", { id: "bat_1", source: "/tmp/cards.csv" })],
      batch_items: [
        tableRow("batch_items", { batch_id: "bat_1", number: 1, job_id: "job_2" }),
        tableRow("batch_items", { batch_id: "bat_1", number: 2 }),
      ],
      trained_models: [
        tableRow("trained_models", { owner: "ann", name: "my cat" }),
        tableRow("trained_models", { owner: "bob", name: "a dog" }),
        tableRow("trained_models", { owner: "bob", name: "my cat" }),
      ],
    };
    await tables.add(rows);
    for (const [name, expected] of Object.entries(rows)) {
      const table = name as TableName;
      assert.deepEqual((await tables.page(table, 10)).rows, expected, table);
      assert.deepEqual(await tables.count(table), { all: expected.length, unsettled: 0 });
      const key = TABLES[table].key[0]!;
      const [row] = expected;
      const alike = expected.filter((each) => each[key] === row![key]);
      assert.deepEqual(await tables.find(table, key, [String(row![key]), "none"]), alike, table);
    }
  });

  test("records that were taken as rows are like any others", async ({ records }) => {
    const { images, jobs, batches, uploads, tables } = records;
    await tables.add({
      images: [
        imageRow("img_1", { created_at: 5, prompt: "a blue lantern", tags: '["lamp"]' }),
        imageRow("img_2", { created_at: 6, favorite: 1, parents: '["img_1"]' }),
        imageRow("img_3", { created_at: 7, trashed_at: 8 }),
      ],
      jobs: [tableRow("jobs", { id: "job_1", outcome: '{"imageIds":["img_1"],"warnings":[]}' })],
      batches: [tableRow("batches", { id: "bat_1" })],
      batch_items: [tableRow("batch_items", { batch_id: "bat_1", number: 1, state: "drawn" })],
      uploads: [tableRow("uploads", { id: "up_1", link_hash: "cc", hash: "aa", changes: "[]" })],
    });
    const ids = async (filter: Parameters<typeof images.search>[0]) =>
      (await images.search(filter, "", { limit: 10 })).map(({ id }) => id);
    assert.deepEqual(await ids({}), ["img_2", "img_1"]);
    assert.deepEqual(await ids({ query: "lantern" }), ["img_1"]);
    assert.deepEqual(await ids({ tag: "lamp" }), ["img_1"]);
    assert.deepEqual(await ids({ isFavorite: true }), ["img_2"]);
    assert.deepEqual(await ids({ parent: "img_1" }), ["img_2"]);
    assert.deepEqual(await ids({ isTrashed: true }), ["img_3"]);
    assert.deepEqual(await images.tags("", 10), ["lamp"]);
    assert.deepEqual((await jobs.list("", 10))[0]?.imageIds, ["img_1"]);
    assert.equal((await jobs.find("job_1", ""))?.plan.attempts[0].request.prompt, "a cat");
    assert.equal((await batches.find("bat_1", ""))?.counts.drawn, 1);
    assert.equal((await uploads.findLink("cc"))?.picture?.hash, "aa");
    assert.ok(await images.annotate("img_1", "", { tags: [] }));
    assert.deepEqual(await ids({ tag: "lamp" }), []);
  });

  test("pages go on where the one before ended, those of pictures in the order of their coming", async (opened) => {
    const { records: { tables } } = opened;
    const names = Array.from({ length: 7 }, (_, index) => `img_${(index * 3) % 7}`);
    const models = ["ann", "bob"].flatMap((owner) => ["a", "b", "c"].map((name) => [owner, name]));
    await tables.add({
      images: names.map((id) => imageRow(id)),
      trained_models: models.map(([owner, name]) => {
        return tableRow("trained_models", { owner: owner!, name: name! });
      }),
    });
    const read = async (table: TableName) => {
      const seen: TableRow[] = [];
      let from: TablePage["next"];
      do {
        const { rows, next } = await tables.page(table, 2, from);
        assert.ok(rows.length <= 2);
        seen.push(...rows);
        from = next;
      } while (from !== undefined);
      return seen;
    };
    assert.deepEqual((await read("images")).map(({ id }) => id), names);
    const found = (await read("trained_models")).map(({ owner, name }) => [owner, name]);
    assert.deepEqual(found, models);
  });

  test("what is not over is counted and not given", async ({ records: { tables } }) => {
    await tables.add({
      jobs: ["queued", "running", "accepted", "interrupted"].map((state) =>
        tableRow("jobs", { id: state, state })
      ),
      batches: ["running", "cancelled"].map((state) => tableRow("batches", { id: state, state })),
    });
    assert.deepEqual(await tables.count("jobs"), { all: 4, unsettled: 3 });
    assert.deepEqual(await tables.count("batches"), { all: 2, unsettled: 1 });
    const given = async (table: TableName) =>
      (await tables.page(table, 10)).rows.map(({ id }) => id);
    assert.deepEqual(await given("jobs"), ["interrupted"]);
    assert.deepEqual(await given("batches"), ["cancelled"]);
  });

  test("what is taken stays as it was, and rows are written all or none", async ({ records }) => {
    const { tables, images } = records;
    await tables.add({ images: [imageRow("img_1", { prompt: "a lantern" })] });
    await tables.add({
      images: [
        imageRow("img_1", { prompt: "a robber", file_name: "other.png" }),
        imageRow("img_9", { prompt: "a robber", file_name: "img_1.png" }),
        imageRow("img_2"),
      ],
    });
    assert.deepEqual(await images.search({ query: "robber" }, "", { limit: 10 }), []);
    assert.equal((await images.search({ query: "lantern" }, "", { limit: 10 })).length, 1);
    assert.equal((await tables.count("images")).all, 2);
    const broken = imageRow("img_4", { prompt: null });
    await assert.rejects(tables.add({ images: [imageRow("img_3"), broken] }));
    assert.equal((await tables.count("images")).all, 2);
  });

  test("pictures that are carried here later are found by when they were made", async (opened) => {
    const { records: { tables, images } } = opened;
    await tables.add({ images: [30, 40].map((at) => imageRow(`img_${at}`, { created_at: at })) });
    await tables.add({
      images: [10, 20, 50].map((at) => imageRow(`img_${at}`, { created_at: at })),
    });
    const made = async (filter: { since?: number; until?: number }) =>
      (await images.search(filter, "", { limit: 10 })).map(({ createdAt }) => createdAt).sort();
    assert.deepEqual(await made({ since: 30 }), [30, 40, 50]);
    assert.deepEqual(await made({ until: 30 }), [10, 20]);
    assert.deepEqual(await made({ since: 20, until: 50 }), [20, 30, 40]);
    assert.deepEqual(await made({ since: 51 }), []);
    assert.deepEqual(await made({ until: 10 }), []);
  });
}

/**
 * Fails where a column is neither carried nor among those that this database derives, or a table
 * neither carried nor left out, so that no new one is forgotten.
 */
export function assertAllIsCarried(
  columns: readonly { readonly table: string; readonly column: string }[],
  { derived, leftOut }: {
    readonly derived: readonly string[];
    readonly leftOut: RegExp;
  },
): void {
  const carried = Object.entries(TABLES).flatMap(([table, { columns }]) =>
    Object.keys(columns).map((column) => `${table}.${column}`)
  );
  const found = columns.filter(({ table }) => !leftOut.test(table))
    .map(({ table, column }) => `${table}.${column}`);
  assert.deepEqual(found.sort(), [...carried, ...derived].sort());
}
