import type {
  AuthorizationRecords,
  ClientRecord,
  GrantRecord,
  NewGrant,
  RedeemedGrant,
  Rotation,
  SigningKeyRecord,
} from "../records/authorization_records.ts";
import { grantOf, MOST_REFRESH_TOKENS, type RefreshToken } from "../rows/grant_row.ts";
import type { Database, Row } from "./database.ts";
import { storable } from "./statements.ts";

export class PostgresAuthorizationRecords implements AuthorizationRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async addClient(
    { id, metadata, createdAt, expiresAt }: ClientRecord,
    most: number,
  ): Promise<void> {
    await this.#database.transact(async (query) => {
      await query("DELETE FROM image_server.oauth_clients WHERE expires_at <= $1", createdAt);
      await query(
        `DELETE FROM image_server.oauth_clients WHERE id IN (
          SELECT id FROM image_server.oauth_clients ORDER BY expires_at, created_at
          LIMIT greatest(0, (SELECT count(*) FROM image_server.oauth_clients) - $1::bigint))`,
        most - 1,
      );
      await query(
        `INSERT INTO image_server.oauth_clients (id, metadata, created_at, expires_at)
         VALUES ($1, $2, $3, $4)`,
        id,
        storable(JSON.stringify(metadata)),
        createdAt,
        expiresAt,
      );
    });
  }

  async findClient(id: string, at: number): Promise<ClientRecord | undefined> {
    const sql = "SELECT * FROM image_server.oauth_clients WHERE id = $1 AND expires_at > $2";
    const [row] = await this.#database.query(sql, storable(id), at);
    return row && {
      id: String(row.id),
      metadata: JSON.parse(String(row.metadata)),
      createdAt: Number(row.created_at),
      expiresAt: Number(row.expires_at),
    };
  }

  async keepClient(id: string, expiresAt: number): Promise<void> {
    const sql = `UPDATE image_server.oauth_clients
      SET expires_at = greatest(expires_at, $1::bigint) WHERE id = $2`;
    await this.#database.query(sql, expiresAt, storable(id));
  }

  async addGrant(grant: NewGrant, most: number): Promise<void> {
    const { id, clientId, user, userKey, scopes, redirectAddress } = grant;
    const { codeHash, codeChallenge, codeExpiresAt, createdAt } = grant;
    await this.#database.transact(async (query) => {
      await query("DELETE FROM image_server.oauth_grants WHERE expires_at <= $1", createdAt);
      await query(
        `DELETE FROM image_server.oauth_grants WHERE id IN (
          SELECT id FROM image_server.oauth_grants WHERE user_name = $1
          ORDER BY expires_at, created_at
          LIMIT greatest(0, (
            SELECT count(*) FROM image_server.oauth_grants WHERE user_name = $1) - $2::bigint))`,
        user,
        most - 1,
      );
      await query(
        `INSERT INTO image_server.oauth_grants (id, client_id, user_name, user_key, scopes,
          redirect_address, code_hash, code_challenge, code_expires_at, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
        ...[id, storable(clientId), user, userKey, scopes.join(" "), storable(redirectAddress)],
        ...[codeHash, storable(codeChallenge), codeExpiresAt, createdAt, codeExpiresAt],
      );
    });
  }

  async takeCode(codeHash: string, at: number): Promise<GrantRecord | undefined> {
    return await this.#database.transact(async (query) => {
      const [row] = await query(
        "SELECT * FROM image_server.oauth_grants WHERE code_hash = $1 FOR UPDATE",
        codeHash,
      );
      if (row === undefined) return undefined;
      const isGood = row.is_taken === false && Number(row.code_expires_at) > at;
      const sql = isGood
        ? "UPDATE image_server.oauth_grants SET is_taken = true WHERE id = $1"
        : "DELETE FROM image_server.oauth_grants WHERE id = $1";
      await query(sql, String(row.id));
      return isGood ? grantIn(row) : undefined;
    });
  }

  async redeem(
    grantId: string,
    { isAuthenticated, expiresAt, refresh }: RedeemedGrant,
  ): Promise<void> {
    const sql = `UPDATE image_server.oauth_grants SET is_authenticated = $1, expires_at = $2,
      family_hash = $3, refresh_tokens = $4 WHERE id = $5`;
    const tokens = refresh ? [{ hash: refresh.tokenHash }] : [];
    const values = [Number(isAuthenticated), expiresAt, refresh?.familyHash ?? null];
    await this.#database.query(sql, ...values, JSON.stringify(tokens), grantId);
  }

  async findGrant(id: string, at: number): Promise<GrantRecord | undefined> {
    const sql = "SELECT * FROM image_server.oauth_grants WHERE id = $1 AND expires_at > $2";
    const [row] = await this.#database.query(sql, storable(id), at);
    return row && grantIn(row);
  }

  async findFamily(familyHash: string, at: number): Promise<GrantRecord | undefined> {
    const sql =
      "SELECT * FROM image_server.oauth_grants WHERE family_hash = $1 AND expires_at > $2";
    const [row] = await this.#database.query(sql, familyHash, at);
    return row && grantIn(row);
  }

  async rotate(
    grantId: string,
    { from, to, at, grace, expiresAt }: Rotation,
  ): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      const [row] = await query(
        "SELECT refresh_tokens FROM image_server.oauth_grants WHERE id = $1 FOR UPDATE",
        grantId,
      );
      if (row === undefined) return false;
      const known: readonly RefreshToken[] = JSON.parse(String(row.refresh_tokens));
      const good = known.filter(({ replacedAt = at }) => at - replacedAt <= grace);
      if (!good.some(({ hash }) => hash === from)) {
        await query("DELETE FROM image_server.oauth_grants WHERE id = $1", grantId);
        return false;
      }
      const replaced = good.map(({ hash, replacedAt = at }) => ({ hash, replacedAt }));
      const tokens = [...replaced, { hash: to }].slice(-MOST_REFRESH_TOKENS);
      await query(
        "UPDATE image_server.oauth_grants SET refresh_tokens = $1, expires_at = $2 WHERE id = $3",
        JSON.stringify(tokens),
        expiresAt,
        grantId,
      );
      return true;
    });
  }

  async forgetGrant(id: string): Promise<void> {
    await this.#database.query("DELETE FROM image_server.oauth_grants WHERE id = $1", id);
  }

  async noteOnce(hash: string, at: number, expiresAt: number, most: number): Promise<boolean> {
    return await this.#database.transact(async (query) => {
      await query("DELETE FROM image_server.oauth_used WHERE expires_at <= $1", at);
      const sql = `INSERT INTO image_server.oauth_used (hash, expires_at)
        SELECT $1, $2::bigint WHERE $3::bigint > (SELECT count(*) FROM image_server.oauth_used)
        ON CONFLICT DO NOTHING`;
      return (await query(sql, hash, expiresAt, most)).count === 1;
    });
  }

  async signingKeys(): Promise<readonly SigningKeyRecord[]> {
    const sql = "SELECT * FROM image_server.oauth_signing_keys ORDER BY created_at DESC, id";
    return (await this.#database.query(sql)).map((row) => ({
      id: String(row.id),
      privateKey: JSON.parse(String(row.private_key)),
      createdAt: Number(row.created_at),
    }));
  }

  async addSigningKey(
    { id, privateKey, createdAt }: SigningKeyRecord,
    { after, old }: { readonly after: number; readonly old: number },
  ): Promise<void> {
    await this.#database.transact(async (query) => {
      // Two servers that make a key at once must end with one.
      await query("LOCK TABLE image_server.oauth_signing_keys IN EXCLUSIVE MODE");
      await query(
        `INSERT INTO image_server.oauth_signing_keys (id, private_key, created_at)
         SELECT $1, $2, $3::bigint WHERE NOT EXISTS (
           SELECT 1 FROM image_server.oauth_signing_keys WHERE created_at > $4::bigint)`,
        ...[id, JSON.stringify(privateKey), createdAt, after],
      );
      await query("DELETE FROM image_server.oauth_signing_keys WHERE created_at < $1", old);
    });
  }
}

/** "user" is a word of the language here. */
function grantIn(row: Row): GrantRecord {
  return grantOf({ ...row, user: row.user_name });
}
