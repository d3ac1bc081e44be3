import { columnsIn, settledIn, TABLE_NAMES, TABLES } from "../rows/tables.ts";
import type {
  RowsOfTables,
  TableName,
  TablePage,
  TableRecords,
  TableRow,
} from "../table_records.ts";
import type { Database } from "./database.ts";
import { addWords } from "./sqlite_image_records.ts";

export class SqliteTableRecords implements TableRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async count(table: TableName) {
    const sql = `SELECT count(*) AS rows, count(*) FILTER (WHERE ${settledIn(table)}) AS settled
      FROM ${table}`;
    const { rows, settled } = (await this.#database.get(sql))!;
    return { all: Number(rows), unsettled: Number(rows) - Number(settled) };
  }

  async page(table: TableName, limit: number, from?: TablePage["next"]): Promise<TablePage> {
    const place = TABLES[table].order === "arrival" ? "rowid" : TABLES[table].key;
    const sql = `SELECT ${columnsIn(table).join(", ")}, ${place} AS place FROM ${table}
      WHERE ${settledIn(table)} ${from === undefined ? "" : `AND ${place} > ?`}
      ORDER BY ${place} LIMIT ?`;
    const found = await this.#database.all(sql, ...from === undefined ? [] : [from], limit);
    const rows = found.map(({ place: _, ...row }) => row as TableRow);
    const last = found.at(-1)?.place as TablePage["next"];
    return { rows, ...found.length === limit && { next: last } };
  }

  async find(
    table: TableName,
    column: string,
    values: readonly string[],
  ): Promise<readonly TableRow[]> {
    const sql = `SELECT ${columnsIn(table).join(", ")} FROM ${table}
      WHERE ${column} IN (SELECT value FROM json_each(?)) ORDER BY rowid`;
    const found = await this.#database.all(sql, JSON.stringify(values));
    return found.map((row) => ({ ...row }) as TableRow);
  }

  async add(rows: RowsOfTables): Promise<void> {
    await this.#database.transact((write, read) => {
      for (const table of TABLE_NAMES) {
        const names = columnsIn(table);
        const sql = `INSERT INTO ${table} (${names.join(", ")})
          VALUES (${names.map(() => "?").join(", ")}) ON CONFLICT DO NOTHING`;
        for (const row of rows[table] ?? []) {
          const { changes, rowid } = write(sql, ...names.map((name) => row[name]!));
          if (table === "images" && changes === 1) {
            addWords(write, read("SELECT rowid, * FROM images WHERE rowid = ?", rowid)!);
          }
        }
      }
    });
  }
}
