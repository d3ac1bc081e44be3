import type { InputImageInfo } from "../../providers/provider.ts";
import type { InputRecords } from "../records/records.ts";
import type { Database } from "./database.ts";

export class SqliteInputRecords implements InputRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async note(inputs: readonly InputImageInfo[], at: number): Promise<void> {
    await this.#database.transact((write) => {
      for (const { hash, mediaType, width, height, sizeBytes } of inputs) {
        write(
          `INSERT INTO inputs (hash, media_type, width, height, size_bytes, noted_at)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO UPDATE SET noted_at = excluded.noted_at`,
          hash,
          mediaType,
          width,
          height,
          sizeBytes,
          at,
        );
      }
    });
  }

  async forgetBefore(time: number): Promise<readonly string[]> {
    const sql = "DELETE FROM inputs WHERE noted_at < ? RETURNING hash";
    return (await this.#database.all(sql, time)).map((row) => String(row.hash));
  }
}
