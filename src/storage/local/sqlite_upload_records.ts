import type {
  NewUpload,
  OldUploads,
  UploadedPicture,
  UploadRecord,
  UploadRecords,
} from "../records/records.ts";
import { recordOf } from "../rows/upload_row.ts";
import type { Database } from "./database.ts";

export class SqliteUploadRecords implements UploadRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(
    { id, owner, linkHash, createdAt, expiresAt }: NewUpload,
    most: number,
  ): Promise<boolean> {
    const sql = `INSERT INTO uploads (id, owner, link_hash, created_at, expires_at)
      SELECT ?, ?, ?, ?, ? WHERE ? > (
        SELECT count(*) FROM uploads
        WHERE owner = ? AND used_at IS NULL AND (hash IS NOT NULL OR expires_at > ?))`;
    const values = [id, owner, linkHash ?? null, createdAt, expiresAt, most, owner, createdAt];
    return await this.#database.run(sql, () => values) === 1;
  }

  async find(id: string, owner: string): Promise<UploadRecord | undefined> {
    const sql = "SELECT * FROM uploads WHERE id = ? AND owner = ?";
    return recordOf(await this.#database.get(sql, id, owner));
  }

  async findLink(linkHash: string): Promise<UploadRecord | undefined> {
    return recordOf(
      await this.#database.get("SELECT * FROM uploads WHERE link_hash = ?", linkHash),
    );
  }

  async receive(id: string, picture: UploadedPicture): Promise<boolean> {
    const { hash, mediaType, width, height, sizeBytes, changes, receivedAt, told } = picture;
    const sql = `UPDATE uploads SET received_at = ?, hash = ?, media_type = ?, width = ?,
      height = ?, size_bytes = ?, changes = ?, told = ? WHERE id = ? AND hash IS NULL AND expires_at > ?`;
    const said = [JSON.stringify(changes), told ? JSON.stringify(told) : null];
    const values = [
      ...[receivedAt, hash, mediaType, width, height, sizeBytes],
      ...[...said, id, receivedAt],
    ];
    return await this.#database.run(sql, () => values) === 1;
  }

  async noteUse(id: string, owner: string, at: number): Promise<void> {
    const sql = "UPDATE uploads SET used_at = ? WHERE id = ? AND owner = ?";
    await this.#database.run(sql, () => [at, id, owner]);
  }

  async forgetBefore({ unused, used }: OldUploads): Promise<readonly string[]> {
    const old = `SELECT hash, max(received_at) AS last FROM uploads
      WHERE used_at IS NULL AND created_at < ? AND hash IS NOT NULL GROUP BY hash`;
    const candidates = await this.#database.all(old, unused);
    return await this.#database.transact((write) => {
      write(
        `DELETE FROM uploads WHERE (used_at IS NULL AND created_at < ?) OR used_at < ?`,
        unused,
        used,
      );
      return candidates.map(({ hash, last }) => ({ hash: String(hash), last: Number(last) }))
        .filter(({ hash, last }) => write(FORGET_INPUT, hash, last, hash).changes > 0)
        .map(({ hash }) => hash);
    });
  }
}

/** What came in again since, for an edit or as another upload, stays. */
const FORGET_INPUT = `DELETE FROM inputs WHERE hash = ? AND noted_at <= ?
  AND NOT EXISTS (SELECT 1 FROM uploads WHERE hash = ?)`;
