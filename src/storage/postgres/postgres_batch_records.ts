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
import { Conditions, storable } from "./statements.ts";

export class PostgresBatchRecords implements BatchRecords {
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
    await this.#database.transact(async (query) => {
      await query("DELETE FROM image_server.batches WHERE id = $1", id);
      const values = [id, owner, server, storable(title), source && storable(source)];
      await query(ADD_BATCH, ...values, createdAt, this.#now());
      for (const item of items) {
        const columns = columnsOf(item).map(storable);
        await query(ADD_ITEM, id, item.number, ...columns, storable(JSON.stringify(item.request)));
      }
    }, { mayRepeat: true });
  }

  async find(id: string, owner: string): Promise<BatchRecord | undefined> {
    const [row] = await this.#database.query(`${SELECT} WHERE id = $1 AND owner = $2`, id, owner);
    return row && recordOf(row);
  }

  async findSource(source: string, owner: string): Promise<BatchRecord | undefined> {
    const sql = `${SELECT} WHERE owner = $1 AND source = $2 ${NEWEST_FIRST} LIMIT 1`;
    const [row] = await this.#database.query(sql, owner, source);
    return row && recordOf(row);
  }

  async list(
    owner: string,
    limit: number,
    states: readonly BatchState[] = [],
  ): Promise<readonly BatchRecord[]> {
    const conditions = new Conditions().and("owner = ?", owner);
    if (states.length > 0) {
      conditions.and("state = ANY (string_to_array(?, ' '))", states.join(" "));
    }
    const sql = `${SELECT} WHERE ${conditions} ${NEWEST_FIRST} LIMIT ${Math.trunc(limit)}`;
    return (await this.#database.query(sql, ...conditions.parameters)).map(recordOf);
  }

  async items(id: string): Promise<readonly BatchItem[]> {
    const sql = `SELECT number, label, state, job_id, image_ids, warnings, error
      FROM image_server.batch_items WHERE batch_id = $1 ORDER BY number`;
    return (await this.#database.query(sql, id)).map(itemOf);
  }

  async request(id: string, number: number): Promise<ParsedRequest | undefined> {
    const sql = "SELECT request FROM image_server.batch_items WHERE batch_id = $1 AND number = $2";
    const [row] = await this.#database.query(sql, id, number);
    return row && JSON.parse(String(row.request)) as ParsedRequest;
  }

  async saveItem(id: string, item: BatchItem, server: string): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      // First, so that nobody takes the batch before the item is written.
      const { count } = await query(UPDATE, "running", this.#now(), id, server, "running");
      if (count === 1) {
        await query(UPDATE_ITEM, ...columnsOf(item).map(storable), id, item.number);
      }
      return count === 1;
    }, { mayRepeat: true });
  }

  async end(id: string, state: BatchState, server: string): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      // A repeated one finds its own end.
      const { count } = await query(UPDATE, state, this.#now(), id, server, state);
      if (count === 1 && state === "cancelled") await query(CANCEL_ITEMS, id);
      return count === 1;
    }, { mayRepeat: true });
  }

  async reopen(id: string, server: string): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      const { count } = await query(REOPEN, server, this.#now(), id);
      if (count === 1) await query(REOPEN_ITEMS, id);
      return count === 1;
    });
  }

  async serversAtWork(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT server FROM image_server.batches WHERE ${RUNNING}`;
    return (await this.#database.query(sql)).map(({ server }) => String(server));
  }

  async runningOf(server: string): Promise<readonly BatchRecord[]> {
    const sql = `${SELECT} WHERE ${RUNNING} AND server = $1`;
    return (await this.#database.query(sql, server)).map(recordOf);
  }

  async claim(id: string, from: string, to: string): Promise<boolean> {
    const sql = `UPDATE image_server.batches SET server = $1
      WHERE id = $2 AND server IN ($1, $3) AND ${RUNNING}`;
    return (await this.#database.repeat(sql, to, id, from)).count === 1;
  }

  async requestCancel(id: string): Promise<void> {
    const sql = "UPDATE image_server.batches SET cancel_requested = true WHERE id = $1";
    await this.#database.repeat(sql, id);
  }

  async cancelRequests(server: string): Promise<readonly string[]> {
    const sql = `SELECT id FROM image_server.batches
      WHERE ${RUNNING} AND server = $1 AND cancel_requested`;
    return (await this.#database.query(sql, server)).map(({ id }) => String(id));
  }

  async forgetBefore(time: number): Promise<void> {
    await this.#database.query("DELETE FROM image_server.batches WHERE updated_at < $1", time);
  }
}

/** How many items are where is counted anew each time: there are at most a few hundred. */
const SELECT = `SELECT *, ${
  STATES.map((state) =>
    `(SELECT count(*) FROM image_server.batch_items AS items
      WHERE items.batch_id = batches.id AND items.state = '${state}') AS ${state}`
  ).join(", ")
} FROM image_server.batches`;

/** As the index of these has it. */
const RUNNING = "state = 'running'";
const NEWEST_FIRST = "ORDER BY created_at DESC, position DESC";

const ADD_BATCH = `
  INSERT INTO image_server.batches
    (id, owner, state, server, title, source, created_at, updated_at)
  VALUES ($1, $2, 'running', $3, $4, $5, $6, $7)`;

const ADD_ITEM = `
  INSERT INTO image_server.batch_items
    (batch_id, number, label, state, job_id, image_ids, warnings, error, request)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const UPDATE = `
  UPDATE image_server.batches SET state = $1, updated_at = $2
  WHERE id = $3 AND server = $4 AND state IN ('running', $5)`;

const UPDATE_ITEM = `
  UPDATE image_server.batch_items
  SET label = $1, state = $2, job_id = $3, image_ids = $4, warnings = $5, error = $6
  WHERE batch_id = $7 AND number = $8`;

const CANCEL_ITEMS = `
  UPDATE image_server.batch_items SET state = 'cancelled'
  WHERE batch_id = $1 AND state IN ('waiting', 'running')`;

const REOPEN = `
  UPDATE image_server.batches
  SET state = 'running', server = $1, cancel_requested = false, updated_at = $2
  WHERE id = $3 AND state <> 'running'`;

const REOPEN_ITEMS = `
  UPDATE image_server.batch_items SET state = 'waiting', job_id = NULL, error = NULL
  WHERE batch_id = $1 AND state IN ('failed', 'cancelled')`;
