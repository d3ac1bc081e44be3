/** The records as rows of tables, as one database gives them and another takes them. */

import type { TableName } from "../rows/tables.ts";

export type { TableName };

/** A row by the names of its columns, the same whichever database gave it. */
export type TableRow = Readonly<Record<string, string | number | null>>;

/** Rows by the names of their tables. */
export type RowsOfTables = Readonly<Partial<Record<TableName, readonly TableRow[]>>>;

export interface TablePage {
  readonly rows: readonly TableRow[];
  /** Where the next page begins; undefined where there are no more rows. */
  readonly next?: readonly (string | number)[];
}

export interface TableRecords {
  /** How many rows there are, and how many of them something may still happen to. */
  count(table: TableName): Promise<{ readonly all: number; readonly unsettled: number }>;
  /** The next `limit` rows that nothing happens to any more, in the order of the table. */
  page(table: TableName, limit: number, from?: TablePage["next"]): Promise<TablePage>;
  /** The rows that have one of these texts in a column. */
  find(table: TableName, column: string, values: readonly string[]): Promise<readonly TableRow[]>;
  /**
   * Writes rows as they are, all of them or none, in the order of the tables; one whose key or name
   * is taken changes nothing.
   */
  add(rows: RowsOfTables): Promise<void>;
}
