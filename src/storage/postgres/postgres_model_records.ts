import type { ModelRecords, TrainedModelRecord } from "../records/model_records.ts";
import { modelOf } from "../rows/model_row.ts";
import type { Database } from "./database.ts";
import { storable } from "./statements.ts";

export class PostgresModelRecords implements ModelRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(model: TrainedModelRecord): Promise<void> {
    const { name, owner, provider, model: id, options, triggerWord, createdAt } = model;
    const sql = `INSERT INTO image_server.trained_models
        (name, owner, provider, model, options, trigger_word, created_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (owner, name) DO UPDATE SET provider = excluded.provider,
        model = excluded.model, options = excluded.options,
        trigger_word = excluded.trigger_word, created_at = excluded.created_at`;
    const kept = storable(JSON.stringify(options));
    await this.#database.query(sql, name, owner, provider, id, kept, triggerWord, createdAt);
  }

  async find(name: string, owner: string): Promise<TrainedModelRecord | undefined> {
    const sql = "SELECT * FROM image_server.trained_models WHERE owner = $1 AND name = $2";
    const [row] = await this.#database.query(sql, owner, name);
    return row && modelOf(row);
  }

  async list(owner: string, limit: number): Promise<readonly TrainedModelRecord[]> {
    const sql = `SELECT * FROM image_server.trained_models WHERE owner = $1
      ORDER BY created_at DESC, name LIMIT $2`;
    return (await this.#database.query(sql, owner, limit)).map(modelOf);
  }

  async rename(name: string, owner: string, to: string): Promise<boolean> {
    const sql = `UPDATE image_server.trained_models SET name = $1 WHERE owner = $2 AND name = $3
      AND NOT EXISTS (SELECT FROM image_server.trained_models WHERE owner = $2 AND name = $1)
      RETURNING name`;
    return (await this.#database.query(sql, to, owner, name)).length > 0;
  }

  async remove(name: string, owner: string): Promise<boolean> {
    const sql = `DELETE FROM image_server.trained_models WHERE owner = $1 AND name = $2
      RETURNING name`;
    return (await this.#database.query(sql, owner, name)).length > 0;
  }
}
