import { recordOf } from "../rows/upload_row.ts";
import type {
  NewUpload,
  OldUploads,
  UploadedPicture,
  UploadRecord,
  UploadRecords,
} from "../records/records.ts";
import type { Database } from "./database.ts";
import { storable } from "./statements.ts";

export class PostgresUploadRecords implements UploadRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async add(
    { id, owner, linkHash, createdAt, expiresAt }: NewUpload,
    most: number,
  ): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      // Two of one owner's at once would both see room for one.
      await query("SELECT pg_advisory_xact_lock(hashtextextended('uploads of ' || $1, 0))", owner);
      const sql = `INSERT INTO image_server.uploads (id, owner, link_hash, created_at, expires_at)
        SELECT $1, $2, $3, $4::bigint, $5::bigint WHERE $6::bigint > (
          SELECT count(*) FROM image_server.uploads WHERE owner = $2 AND used_at IS NULL
            AND (hash IS NOT NULL OR expires_at > $4::bigint))`;
      const values = [id, owner, linkHash ?? null, createdAt, expiresAt, most];
      return (await query(sql, ...values)).count === 1;
    });
  }

  async find(id: string, owner: string): Promise<UploadRecord | undefined> {
    const sql = "SELECT * FROM image_server.uploads WHERE id = $1 AND owner = $2";
    return recordOf((await this.#database.query(sql, id, owner))[0]);
  }

  async findLink(linkHash: string): Promise<UploadRecord | undefined> {
    const sql = "SELECT * FROM image_server.uploads WHERE link_hash = $1";
    return recordOf((await this.#database.query(sql, linkHash))[0]);
  }

  async receive(id: string, picture: UploadedPicture): Promise<boolean> {
    const { hash, mediaType, width, height, sizeBytes, changes, receivedAt, told } = picture;
    const sql = `UPDATE image_server.uploads SET received_at = $2::bigint, hash = $3,
        media_type = $4, width = $5, height = $6, size_bytes = $7, changes = $8,
        told = $9 WHERE id = $1 AND hash IS NULL AND expires_at > $2::bigint`;
    const said = [changes, told].map((each) => each ? storable(JSON.stringify(each)) : null);
    const values = [id, receivedAt, hash, mediaType, width, height, sizeBytes];
    return (await this.#database.query(sql, ...values, ...said)).count === 1;
  }

  async noteUse(id: string, owner: string, at: number): Promise<void> {
    const sql = "UPDATE image_server.uploads SET used_at = $3 WHERE id = $1 AND owner = $2";
    await this.#database.query(sql, id, owner, at);
  }

  async forgetBefore({ unused, used }: OldUploads): Promise<readonly string[]> {
    return await this.#database.transact(async (query) => {
      const candidates = await query(
        `SELECT hash, max(received_at) AS last FROM image_server.uploads
         WHERE used_at IS NULL AND created_at < $1 AND hash IS NOT NULL GROUP BY hash`,
        unused,
      );
      await query(
        `DELETE FROM image_server.uploads
         WHERE (used_at IS NULL AND created_at < $1) OR used_at < $2`,
        unused,
        used,
      );
      const forgotten: string[] = [];
      for (const { hash, last } of candidates) {
        const { count } = await query(FORGET_INPUT, String(hash), Number(last));
        if (count > 0) forgotten.push(String(hash));
      }
      return forgotten;
    });
  }
}

/** What came in again since, for an edit or as another upload, stays. */
const FORGET_INPUT = `DELETE FROM image_server.inputs WHERE hash = $1 AND noted_at <= $2
  AND NOT EXISTS (SELECT 1 FROM image_server.uploads WHERE hash = $1)`;
