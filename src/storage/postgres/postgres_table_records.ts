import { columnsIn, orderOf, settledIn, type Table, TABLE_NAMES, TABLES } from "../rows/tables.ts";
import type {
  RowsOfTables,
  TableName,
  TablePage,
  TableRecords,
  TableRow,
} from "../records/table_records.ts";
import type { Database, Row } from "./database.ts";
import { index } from "./postgres_image_records.ts";
import { storable } from "./statements.ts";

export class PostgresTableRecords implements TableRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async count(table: TableName) {
    const sql = `SELECT count(*) AS rows, count(*) FILTER (WHERE ${settledIn(table)}) AS settled
      FROM image_server.${table}`;
    const [row] = await this.#database.query(sql);
    const all = Number(row!.rows);
    return { all, unsettled: all - Number(row!.settled) };
  }

  async page(table: TableName, limit: number, from: TablePage["next"] = []): Promise<TablePage> {
    const order = orderOf(table, "position");
    const [columns, gaps] = [order.join(", "), order.map((_, at) => `$${at + 1}`).join(", ")];
    const sql = `SELECT ${columnsIn(table).join(", ")},
        ${order.map((name, at) => `${name} AS order_${at}`)}
      FROM image_server.${table} WHERE ${settledIn(table)} ${
      from.length > 0 ? `AND (${columns}) > (${gaps})` : ""
    } ORDER BY ${columns} LIMIT ${Math.trunc(limit)}`;
    const found = await this.#database.query(sql, ...from);
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
    const sql = `SELECT ${columnsIn(table).join(", ")} FROM image_server.${table}
      WHERE ${column} IN (SELECT json_array_elements_text($1::text::json))
      ORDER BY ${TABLES[table].key.join(", ")}`;
    const found = await this.#database.query(sql, JSON.stringify(values.map(storable)));
    return found.map((row) => rowOf(table, row));
  }

  async add(rows: RowsOfTables): Promise<void> {
    await this.#database.transact(async (query) => {
      for (const table of TABLE_NAMES) {
        for (const row of rows[table] ?? []) {
          const whole: TableRow = { ...row, ...table === "jobs" && { image_ids: imageIdsOf(row) } };
          const names = [...columnsIn(table), ...table === "jobs" ? ["image_ids"] : []];
          const sql = `INSERT INTO image_server.${table} (${names.join(", ")})
            VALUES (${names.map((_, at) => `$${at + 1}`).join(", ")})
            ON CONFLICT DO NOTHING RETURNING *`;
          const [added] = await query(sql, ...names.map((name) => storable(whole[name]!)));
          if (added && table === "images") await index(query, added);
        }
      }
    });
  }
}

/** Here they stand in a column of their own, since lists read them. */
function imageIdsOf({ outcome }: TableRow): string {
  const { imageIds = [] } = outcome === null || outcome === undefined
    ? {}
    : JSON.parse(String(outcome));
  return JSON.stringify(imageIds);
}

/** Whole numbers of 64 bits come as text. */
function rowOf(table: TableName, row: Row): TableRow {
  const { columns }: Table = TABLES[table];
  return Object.fromEntries(
    Object.entries(columns).map(([name, kind]) => {
      const value = row[name] as string | number | null;
      return [name, kind === "integer" && value !== null ? Number(value) : value];
    }),
  );
}
