import type { InputImageInfo } from "../../providers/provider.ts";
import type { InputRecords } from "../records/records.ts";
import type { Database } from "./database.ts";

export class PostgresInputRecords implements InputRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async note(inputs: readonly InputImageInfo[], at: number): Promise<void> {
    for (const { hash, mediaType, width, height, sizeBytes } of inputs) {
      await this.#database.repeat(
        `INSERT INTO image_server.inputs (hash, media_type, width, height, size_bytes, noted_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hash) DO UPDATE SET noted_at = excluded.noted_at`,
        hash,
        mediaType,
        width,
        height,
        sizeBytes,
        at,
      );
    }
  }

  async forgetBefore(time: number): Promise<readonly string[]> {
    const sql = "DELETE FROM image_server.inputs WHERE noted_at < $1 RETURNING hash";
    return (await this.#database.query(sql, time)).map(({ hash }) => String(hash));
  }
}
