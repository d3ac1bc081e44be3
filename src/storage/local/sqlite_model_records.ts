import type { ModelRecords, TrainedModelRecord } from "../records/model_records.ts";
import { modelOf } from "../rows/model_row.ts";
import type { Database } from "./database.ts";

export class SqliteModelRecords implements ModelRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async save(model: TrainedModelRecord): Promise<void> {
    const { name, owner, provider, model: id, options, triggerWord, createdAt } = model;
    const sql = `INSERT OR REPLACE INTO trained_models
      (name, owner, provider, model, options, trigger_word, created_at)
      VALUES (?, ?, ?, ?, ?, ?, ?)`;
    const values = [name, owner, provider, id, JSON.stringify(options), triggerWord, createdAt];
    await this.#database.run(sql, () => values);
  }

  async find(name: string, owner: string): Promise<TrainedModelRecord | undefined> {
    const sql = "SELECT * FROM trained_models WHERE owner = ? AND name = ?";
    const row = await this.#database.get(sql, owner, name);
    return row && modelOf(row);
  }

  async list(owner: string, limit: number): Promise<readonly TrainedModelRecord[]> {
    const sql = `SELECT * FROM trained_models WHERE owner = ?
      ORDER BY created_at DESC, name LIMIT ?`;
    return (await this.#database.all(sql, owner, limit)).map(modelOf);
  }

  async rename(name: string, owner: string, to: string): Promise<boolean> {
    const sql = "UPDATE OR IGNORE trained_models SET name = ? WHERE owner = ? AND name = ?";
    return await this.#database.run(sql, () => [to, owner, name]) > 0;
  }

  async remove(name: string, owner: string): Promise<boolean> {
    const sql = "DELETE FROM trained_models WHERE owner = ? AND name = ?";
    return await this.#database.run(sql, () => [owner, name]) > 0;
  }
}
