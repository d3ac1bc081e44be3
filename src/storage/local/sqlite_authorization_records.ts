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
import type { Database } from "./database.ts";

export class SqliteAuthorizationRecords implements AuthorizationRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async addClient(
    { id, metadata, createdAt, expiresAt }: ClientRecord,
    most: number,
  ): Promise<void> {
    await this.#database.transact((write) => {
      write("DELETE FROM oauth_clients WHERE expires_at <= ?", createdAt);
      write(
        `DELETE FROM oauth_clients WHERE id IN (SELECT id FROM oauth_clients
          ORDER BY expires_at, created_at LIMIT max(0, (SELECT count(*) FROM oauth_clients) - ?))`,
        most - 1,
      );
      write(
        "INSERT INTO oauth_clients (id, metadata, created_at, expires_at) VALUES (?, ?, ?, ?)",
        id,
        JSON.stringify(metadata),
        createdAt,
        expiresAt,
      );
    });
  }

  async findClient(id: string, at: number): Promise<ClientRecord | undefined> {
    const sql = "SELECT * FROM oauth_clients WHERE id = ? AND expires_at > ?";
    const row = await this.#database.get(sql, id, at);
    return row && {
      id: String(row.id),
      metadata: JSON.parse(String(row.metadata)),
      createdAt: Number(row.created_at),
      expiresAt: Number(row.expires_at),
    };
  }

  async keepClient(id: string, expiresAt: number): Promise<void> {
    const sql = "UPDATE oauth_clients SET expires_at = max(expires_at, ?) WHERE id = ?";
    await this.#database.run(sql, () => [expiresAt, id]);
  }

  async addGrant(grant: NewGrant, most: number): Promise<void> {
    const { id, clientId, user, userKey, scopes, redirectAddress } = grant;
    const { codeHash, codeChallenge, codeExpiresAt, createdAt } = grant;
    await this.#database.transact((write) => {
      write("DELETE FROM oauth_grants WHERE expires_at <= ?", createdAt);
      write(
        `DELETE FROM oauth_grants WHERE id IN (SELECT id FROM oauth_grants WHERE user = ?
          ORDER BY expires_at, created_at
          LIMIT max(0, (SELECT count(*) FROM oauth_grants WHERE user = ?) - ?))`,
        user,
        user,
        most - 1,
      );
      write(
        `INSERT INTO oauth_grants (id, client_id, user, user_key, scopes, redirect_address,
          code_hash, code_challenge, code_expires_at, created_at, expires_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, clientId, user, userKey, scopes.join(" "), redirectAddress],
        ...[codeHash, codeChallenge, codeExpiresAt, createdAt, codeExpiresAt],
      );
    });
  }

  async takeCode(codeHash: string, at: number): Promise<GrantRecord | undefined> {
    return await this.#database.transact((write, read) => {
      const row = read("SELECT * FROM oauth_grants WHERE code_hash = ?", codeHash);
      if (row === undefined) return undefined;
      const isGood = row.is_taken === 0 && Number(row.code_expires_at) > at;
      const sql = isGood
        ? "UPDATE oauth_grants SET is_taken = 1 WHERE id = ?"
        : "DELETE FROM oauth_grants WHERE id = ?";
      write(sql, String(row.id));
      return isGood ? grantOf(row) : undefined;
    });
  }

  async redeem(
    grantId: string,
    { isAuthenticated, expiresAt, refresh }: RedeemedGrant,
  ): Promise<void> {
    const sql = `UPDATE oauth_grants SET is_authenticated = ?, expires_at = ?, family_hash = ?,
      refresh_tokens = ? WHERE id = ?`;
    const tokens = refresh ? [{ hash: refresh.tokenHash }] : [];
    const values = [Number(isAuthenticated), expiresAt, refresh?.familyHash ?? null];
    await this.#database.run(sql, () => [...values, JSON.stringify(tokens), grantId]);
  }

  async findGrant(id: string, at: number): Promise<GrantRecord | undefined> {
    const sql = "SELECT * FROM oauth_grants WHERE id = ? AND expires_at > ?";
    return grantOf(await this.#database.get(sql, id, at));
  }

  async findFamily(familyHash: string, at: number): Promise<GrantRecord | undefined> {
    const sql = "SELECT * FROM oauth_grants WHERE family_hash = ? AND expires_at > ?";
    return grantOf(await this.#database.get(sql, familyHash, at));
  }

  async rotate(
    grantId: string,
    { from, to, at, grace, expiresAt }: Rotation,
  ): Promise<boolean> {
    return await this.#database.transact((write, read) => {
      const row = read("SELECT refresh_tokens FROM oauth_grants WHERE id = ?", grantId);
      if (row === undefined) return false;
      const known: readonly RefreshToken[] = JSON.parse(String(row.refresh_tokens));
      const good = known.filter(({ replacedAt = at }) => at - replacedAt <= grace);
      if (!good.some(({ hash }) => hash === from)) {
        write("DELETE FROM oauth_grants WHERE id = ?", grantId);
        return false;
      }
      const replaced = good.map(({ hash, replacedAt = at }) => ({ hash, replacedAt }));
      const tokens = [...replaced, { hash: to }].slice(-MOST_REFRESH_TOKENS);
      const sql = "UPDATE oauth_grants SET refresh_tokens = ?, expires_at = ? WHERE id = ?";
      write(sql, JSON.stringify(tokens), expiresAt, grantId);
      return true;
    });
  }

  async forgetGrant(id: string): Promise<void> {
    await this.#database.run("DELETE FROM oauth_grants WHERE id = ?", () => [id]);
  }

  async noteOnce(hash: string, at: number, expiresAt: number, most: number): Promise<boolean> {
    return await this.#database.transact((write) => {
      write("DELETE FROM oauth_used WHERE expires_at <= ?", at);
      const sql = `INSERT OR IGNORE INTO oauth_used (hash, expires_at)
        SELECT ?, ? WHERE ? > (SELECT count(*) FROM oauth_used)`;
      return write(sql, hash, expiresAt, most).changes === 1;
    });
  }

  async signingKeys(): Promise<readonly SigningKeyRecord[]> {
    const sql = "SELECT * FROM oauth_signing_keys ORDER BY created_at DESC, id";
    return (await this.#database.all(sql)).map((row) => ({
      id: String(row.id),
      privateKey: JSON.parse(String(row.private_key)),
      createdAt: Number(row.created_at),
    }));
  }

  async addSigningKey(
    { id, privateKey, createdAt }: SigningKeyRecord,
    { after, old }: { readonly after: number; readonly old: number },
  ): Promise<void> {
    await this.#database.transact((write) => {
      write(
        `INSERT INTO oauth_signing_keys (id, private_key, created_at) SELECT ?, ?, ?
          WHERE NOT EXISTS (SELECT 1 FROM oauth_signing_keys WHERE created_at > ?)`,
        ...[id, JSON.stringify(privateKey), createdAt, after],
      );
      write("DELETE FROM oauth_signing_keys WHERE created_at < ?", old);
    });
  }
}
