/** The step of the schema that brings what the authorization server keeps. */

type DatabaseSync = import("node:sqlite").DatabaseSync;

export function addAuthorization(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE oauth_clients (
      id TEXT PRIMARY KEY,
      metadata TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX oauth_clients_by_end ON oauth_clients (expires_at, created_at);
    CREATE TABLE oauth_grants (
      id TEXT PRIMARY KEY,
      client_id TEXT NOT NULL,
      user TEXT NOT NULL,
      user_key TEXT NOT NULL,
      scopes TEXT NOT NULL,
      redirect_address TEXT NOT NULL,
      code_hash TEXT NOT NULL UNIQUE,
      code_challenge TEXT NOT NULL,
      code_expires_at INTEGER NOT NULL,
      is_taken INTEGER NOT NULL DEFAULT 0,
      is_authenticated INTEGER NOT NULL DEFAULT 0,
      family_hash TEXT UNIQUE,
      refresh_tokens TEXT NOT NULL DEFAULT '[]',
      created_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX oauth_grants_by_user ON oauth_grants (user, expires_at, created_at);
    CREATE INDEX oauth_grants_by_end ON oauth_grants (expires_at);
    CREATE TABLE oauth_used (
      hash TEXT PRIMARY KEY,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX oauth_used_by_end ON oauth_used (expires_at);
    CREATE TABLE oauth_signing_keys (
      id TEXT PRIMARY KEY,
      private_key TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
  `);
}
