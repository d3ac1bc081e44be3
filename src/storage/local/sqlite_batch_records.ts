import type { ParsedRequest } from "../../requests/request.ts";
import type {
  BatchItem,
  BatchRecord,
  BatchRecords,
  BatchState,
  NewBatch,
  RequestedItem,
} from "../records/batch_records.ts";
import { columnsOf, itemOf, recordOf, STATES } from "../rows/batch_row.ts";
import type { Database } from "./database.ts";

export class SqliteBatchRecords implements BatchRecords {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async save(
    { id, owner, title, source, createdAt }: NewBatch,
    items: readonly RequestedItem[],
    server: string,
  ): Promise<void> {
    await this.#database.transact((write) => {
      write("DELETE FROM batch_items WHERE batch_id = ?", id);
      write("DELETE FROM batches WHERE id = ?", id);
      write(ADD_BATCH, id, owner, server, title, source, createdAt, this.#now());
      for (const item of items) {
        write(ADD_ITEM, id, item.number, ...columnsOf(item), JSON.stringify(item.request));
      }
    });
  }

  async find(id: string, owner: string): Promise<BatchRecord | undefined> {
    const sql = `${SELECT} WHERE id = ? AND owner = ?`;
    const row = await this.#database.get(sql, id, owner);
    return row && recordOf(row);
  }

  async findSource(source: string, owner: string): Promise<BatchRecord | undefined> {
    const sql =
      `${SELECT} WHERE owner = ? AND source = ? ORDER BY created_at DESC, rowid DESC LIMIT 1`;
    const row = await this.#database.get(sql, owner, source);
    return row && recordOf(row);
  }

  async list(
    owner: string,
    limit: number,
    states: readonly BatchState[] = [],
  ): Promise<readonly BatchRecord[]> {
    const gaps = states.map(() => "?").join(", ");
    const sql = `${SELECT} WHERE owner = ? ${gaps && `AND state IN (${gaps})`}
      ORDER BY created_at DESC, rowid DESC LIMIT ?`;
    return (await this.#database.all(sql, owner, ...states, limit)).map(recordOf);
  }

  async items(id: string): Promise<readonly BatchItem[]> {
    const sql = `SELECT number, label, state, job_id, image_ids, warnings, error FROM batch_items
      WHERE batch_id = ? ORDER BY number`;
    return (await this.#database.all(sql, id)).map(itemOf);
  }

  async request(id: string, number: number): Promise<ParsedRequest | undefined> {
    const sql = "SELECT request FROM batch_items WHERE batch_id = ? AND number = ?";
    const row = await this.#database.get(sql, id, number);
    return row && JSON.parse(String(row.request)) as ParsedRequest;
  }

  async saveItem(id: string, item: BatchItem, server: string): Promise<boolean> {
    return await this.#database.transact((write) => {
      const { changes } = write(UPDATE, "running", this.#now(), id, server);
      if (changes === 1) write(UPDATE_ITEM, ...columnsOf(item), id, item.number);
      return changes === 1;
    });
  }

  async end(id: string, state: BatchState, server: string): Promise<boolean> {
    return await this.#database.transact((write) => {
      const { changes } = write(UPDATE, state, this.#now(), id, server);
      if (changes === 1 && state === "cancelled") write(CANCEL_ITEMS, id);
      return changes === 1;
    });
  }

  async reopen(id: string, server: string): Promise<boolean> {
    return await this.#database.transact((write) => {
      const { changes } = write(REOPEN, server, this.#now(), id);
      if (changes === 1) write(REOPEN_ITEMS, id);
      return changes === 1;
    });
  }

  async serversAtWork(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT server FROM batches WHERE ${RUNNING}`;
    return (await this.#database.all(sql)).map((row) => String(row.server));
  }

  async runningOf(server: string): Promise<readonly BatchRecord[]> {
    const sql = `${SELECT} WHERE ${RUNNING} AND server = ?`;
    return (await this.#database.all(sql, server)).map(recordOf);
  }

  async claim(id: string, from: string, to: string): Promise<boolean> {
    const sql = `UPDATE batches SET server = ? WHERE id = ? AND server = ? AND ${RUNNING}`;
    return await this.#database.run(sql, () => [to, id, from]) === 1;
  }

  async requestCancel(id: string): Promise<void> {
    const sql = "UPDATE batches SET cancel_requested = 1 WHERE id = ?";
    await this.#database.run(sql, () => [id]);
  }

  async cancelRequests(server: string): Promise<readonly string[]> {
    const sql = `SELECT id FROM batches WHERE ${RUNNING} AND server = ? AND cancel_requested = 1`;
    return (await this.#database.all(sql, server)).map((row) => String(row.id));
  }

  async forgetBefore(time: number): Promise<void> {
    const sql = "SELECT id FROM batches WHERE updated_at < ?";
    // One after another, since many long ones at once would hold up everything else.
    for (const { id } of await this.#database.all(sql, time)) {
      await this.#database.transact((write) => {
        write("DELETE FROM batch_items WHERE batch_id = ?", String(id));
        write("DELETE FROM batches WHERE id = ?", String(id));
      });
    }
  }
}

/** How many items are where is counted anew each time: there are at most a few hundred. */
const SELECT = `SELECT *, ${
  STATES.map((state) =>
    `(SELECT count(*) FROM batch_items WHERE batch_id = batches.id AND batch_items.state = '${state}')
      AS ${state}`
  ).join(", ")
} FROM batches`;

/** As the index of these has it. */
const RUNNING = "state = 'running'";

const ADD_BATCH = `
  INSERT INTO batches (id, owner, state, server, title, source, created_at, updated_at)
  VALUES (?, ?, 'running', ?, ?, ?, ?, ?)`;

const ADD_ITEM = `
  INSERT INTO batch_items (batch_id, number, label, state, job_id, image_ids, warnings, error, request)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const UPDATE =
  `UPDATE batches SET state = ?, updated_at = ? WHERE id = ? AND server = ? AND ${RUNNING}`;

const UPDATE_ITEM = `
  UPDATE batch_items SET label = ?, state = ?, job_id = ?, image_ids = ?, warnings = ?, error = ?
  WHERE batch_id = ? AND number = ?`;

const CANCEL_ITEMS = `
  UPDATE batch_items SET state = 'cancelled' WHERE batch_id = ? AND state IN ('waiting', 'running')`;

const REOPEN = `
  UPDATE batches SET state = 'running', server = ?, cancel_requested = 0, updated_at = ?
  WHERE id = ? AND state <> 'running'`;

const REOPEN_ITEMS = `
  UPDATE batch_items SET state = 'waiting', job_id = NULL, error = NULL
  WHERE batch_id = ? AND state IN ('failed', 'cancelled')`;
