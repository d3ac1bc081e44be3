import { columnsIn, orderOf, settledIn, type Table, TABLE_NAMES, TABLES } from "../rows/tables.ts";
import type {
  RowsOfTables,
  TableName,
  TablePage,
  TableRecords,
  TableRow,
} from "../records/table_records.ts";
import type { Database, Row } from "./database.ts";
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

  async page(table: TableName, limit: number, from: TablePage["next"] = []): Promise<TablePage> {
    const order = orderOf(table, "rowid");
    const [columns, gaps] = [order.join(", "), order.map(() => "?").join(", ")];
    const sql = `SELECT ${selected(table)}, ${order.map((name, at) => `${name} AS order_${at}`)}
      FROM ${table} WHERE ${settledIn(table)} ${
      from.length > 0 ? `AND (${columns}) > (${gaps})` : ""
    } ORDER BY ${columns} LIMIT ?`;
    const found = await this.#database.all(sql, ...from, limit);
    const last = found.at(-1);
    return {
      rows: found.map((row) => rowOf(table, row)),
      ...last && found.length === limit &&
        { next: order.map((_, at) => last[`order_${at}`] as string | number) },
    };
  }

  async find(
    table: TableName,
    column: string,
    values: readonly string[],
  ): Promise<readonly TableRow[]> {
    const sql = `SELECT ${selected(table)} FROM ${table}
      WHERE ${column} IN (SELECT value FROM json_each(?)) ORDER BY ${TABLES[table].key.join(", ")}`;
    const found = await this.#database.all(sql, JSON.stringify(values));
    return found.map((row) => rowOf(table, row));
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

function givenIn(table: TableName): readonly string[] {
  const { given = [] }: Table = TABLES[table];
  return given;
}

function selected(table: TableName): string {
  return [...columnsIn(table), ...givenIn(table)].join(", ");
}

function rowOf(table: TableName, row: Row): TableRow {
  const given = givenIn(table).filter((name) => row[name] !== null);
  const names = [...columnsIn(table), ...given];
  return Object.fromEntries(names.map((name) => [name, row[name] as string | number | null]));
}
