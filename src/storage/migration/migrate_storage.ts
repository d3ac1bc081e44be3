/** Everything that one storage knows and another does not yet: pictures, and what is known of them. */

import { TABLES } from "../rows/tables.ts";
import type { Storage } from "../storage.ts";
import type { TablePage, TableRecords, TableRow } from "../records/table_records.ts";
import { openOriginal, readOriginal } from "../original_file.ts";
import { copyFile, type FileSource, lookAtFile, type WantedFile } from "./copy_file.ts";

export interface MigrationOptions {
  readonly from: Storage;
  /** Undefined where there is nothing yet, which is only for `isDryRun`. */
  readonly to: Storage | undefined;
  /** Whether nothing is written, but for the tables of a database that has none. */
  readonly isDryRun?: boolean;
  /** Told of everything that is left where it is: what, and why. */
  readonly onLeft: (what: string, reason: string) => void;
  readonly onProgress: (progress: MigrationProgress) => void;
  readonly signal: AbortSignal;
}

export interface MigrationProgress {
  readonly done: number;
  readonly total: number;
  readonly table: MovedTable;
  /** Of files, so far. */
  readonly bytes: number;
}

/** In this order, so that what is told of is there before what tells of it. */
const MOVED_TABLES = [
  "inputs",
  "uploads",
  "images",
  "trained_models",
  "jobs",
  "batches",
] as const;

export type MovedTable = (typeof MOVED_TABLES)[number];

/** How many rows of a table came to what. */
export interface MovedRows {
  copied: number;
  /** Those that were there, with their file. */
  known: number;
  left: number;
  /** Those that something may still happen to, which are not looked at. */
  unsettled: number;
}

export interface MigrationReport {
  readonly tables: ReadonlyMap<MovedTable, Readonly<MovedRows>>;
  /** Of files that were written, or would be. */
  readonly bytes: number;
}

/**
 * Copies what is missing, in the order in which it came; what is there stays as it is. A file comes
 * before the row that tells of it, and both come whole or not at all, so that whatever breaks this
 * off, running it again goes on. Memory holds a page of rows and a few files.
 * @throws where a store or a database fails, and the signal's reason.
 */
export async function migrateStorage(options: MigrationOptions): Promise<MigrationReport> {
  const { from, to, isDryRun = false } = options;
  const [tables, there] = [(await from.records()).tables, (await to?.records())?.tables];
  const report = new Map<MovedTable, MovedRows>();
  let total = 0;
  for (const table of MOVED_TABLES) {
    const { all, unsettled } = await tables.count(table);
    report.set(table, { copied: 0, known: 0, left: 0, unsettled });
    total += all - unsettled;
  }
  let [done, bytes] = [0, 0];
  for (const [table, moved] of report) {
    for await (const rows of pagesOf(table, tables)) {
      const known = await knownRows(table, rows, there);
      const missing: TableRow[] = [];
      for await (const [row, outcome] of movedOnes(table, rows, known, options)) {
        const isKnown = known.byKey.has(keyOf(table, row));
        if ("reason" in outcome) {
          options.onLeft(`${NOUNS[table]} ${row[nameOf(table)]}`, outcome.reason);
          moved.left++;
        } else {
          if (!isKnown) missing.push(row);
          moved[isKnown && outcome.bytes === 0 ? "known" : "copied"]++;
          bytes += outcome.bytes;
        }
        options.onProgress({ done: ++done, total, table, bytes });
      }
      if (!isDryRun && missing.length > 0) {
        await there!.add({ [table]: missing, ...await partsOf(table, missing, tables) });
      }
    }
  }
  return { tables: report, bytes };
}

async function* pagesOf(table: MovedTable, tables: TableRecords): AsyncIterable<TablePage["rows"]> {
  let from: TablePage["next"];
  do {
    const { rows, next } = await tables.page(table, ROWS_AT_ONCE[table], from);
    yield rows;
    from = next;
  } while (from !== undefined);
}

/** What the other side knows by the keys of a page, and by the names of its files. */
interface Known {
  readonly byKey: ReadonlyMap<string, TableRow>;
  readonly byFile: ReadonlyMap<string, TableRow>;
}

function keyOf(table: MovedTable, row: TableRow): string {
  return TABLES[table].key.map((name) => row[name]).join("\0");
}

/** The column that people call a row by. */
function nameOf(table: MovedTable): string {
  return TABLES[table].key.at(-1)!;
}

async function knownRows(
  table: MovedTable,
  rows: readonly TableRow[],
  there: TableRecords | undefined,
): Promise<Known> {
  const by = async (column: string, key: (row: TableRow) => string) => {
    const found = await there?.find(table, column, rows.map((row) => String(row[column]))) ?? [];
    return new Map(found.map((row) => [key(row), row]));
  };
  return {
    byKey: await by(nameOf(table), (row) => keyOf(table, row)),
    byFile: table === "images"
      ? await by("file_name", ({ file_name }) => String(file_name))
      : new Map(),
  };
}

type Moved = { readonly bytes: number } | { readonly reason: string };

/** What became of each row of a page, in its order, a few at a time. */
async function* movedOnes(
  table: MovedTable,
  rows: readonly TableRow[],
  known: Known,
  options: MigrationOptions,
): AsyncIterable<readonly [TableRow, Moved]> {
  for (let first = 0; first < rows.length; first += FILES_AT_ONCE) {
    options.signal.throwIfAborted();
    const few = rows.slice(first, first + FILES_AT_ONCE);
    yield* await Promise.all(
      few.map(async (row) => [row, await move(table, row, known, options)] as const),
    );
  }
}

/** Sees to it that a row's file is on the other side, and that the row may be written there. */
async function move(
  table: MovedTable,
  row: TableRow,
  { byKey, byFile }: Known,
  { from, to, isDryRun = false }: MigrationOptions,
): Promise<Moved> {
  const known = byKey.get(keyOf(table, row));
  const other = byFile.get(String(row.file_name));
  const isOther = known && TABLES[table].identity.some((name) => known[name] !== row[name]);
  if (isOther || (other && keyOf(table, other) !== keyOf(table, row))) {
    const what = isOther ? `is known as '${row[nameOf(table)]}'` : `is called '${row.file_name}'`;
    return { reason: `another ${NOUNS[table]} ${what} at the other side, and stays there` };
  }
  const store = STORES[table];
  if (!store || known?.original_path) return { bytes: 0 };
  const wanted: WantedFile = {
    name: String(row[store.name]),
    sizeBytes: Number(row.size_bytes),
    ...store.isHash && { hash: String(row[store.name]) },
    isRecorded: known !== undefined,
  };
  const source = row.original_path ? inPlace(row) : from[store.files];
  return isDryRun
    ? await lookAtFile(wanted, source, to?.[store.files])
    : await copyFile(wanted, source, to![store.files]);
}

/** The file of a picture that was imported in place, which is the other side's own from then on. */
function inPlace({ id, size_bytes, original_path }: TableRow): FileSource {
  const picture = {
    id: String(id),
    sizeBytes: Number(size_bytes),
    originalPath: String(original_path),
  };
  return { get: () => readOriginal(picture), open: () => openOriginal(picture) };
}

/** Where the files of a table lie, and which column names them. */
const STORES: Readonly<
  Partial<Record<MovedTable, { files: "images" | "inputs"; name: string; isHash: boolean }>>
> = {
  images: { files: "images", name: "file_name", isHash: false },
  inputs: { files: "inputs", name: "hash", isHash: true },
};

/** The rows of other tables that belong to these. */
async function partsOf(table: MovedTable, rows: readonly TableRow[], tables: TableRecords) {
  if (table !== "batches") return {};
  return {
    batch_items: await tables.find("batch_items", "batch_id", rows.map(({ id }) => String(id))),
  };
}

/** What a row is of, for people. */
const NOUNS: Readonly<Record<MovedTable, string>> = {
  inputs: "input",
  uploads: "upload",
  images: "picture",
  trained_models: "trained model",
  jobs: "job",
  batches: "batch",
};

/** So many take little memory; a batch has up to some hundred items. */
const ROWS_AT_ONCE: Readonly<Record<MovedTable, number>> = {
  inputs: 200,
  uploads: 200,
  images: 50,
  trained_models: 200,
  jobs: 50,
  batches: 5,
};
const FILES_AT_ONCE = 4;
