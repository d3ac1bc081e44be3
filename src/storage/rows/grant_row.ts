/** Rows of the table of grants, as records. */

import type { GrantRecord } from "../records/authorization_records.ts";
import type { Row } from "./row.ts";

/** One of a grant's refresh tokens, by its hash. */
export interface RefreshToken {
  readonly hash: string;
  /** Absent while it is the one to use. */
  readonly replacedAt?: number;
}

/** That are good at once for a client that asks again and again within the grace. */
export const MOST_REFRESH_TOKENS = 10;

export function grantOf(row: Row): GrantRecord;
export function grantOf(row: Row | undefined): GrantRecord | undefined;
export function grantOf(row: Row | undefined): GrantRecord | undefined {
  return row && {
    id: String(row.id),
    clientId: String(row.client_id),
    user: String(row.user),
    userKey: String(row.user_key),
    scopes: String(row.scopes).split(" "),
    redirectAddress: String(row.redirect_address),
    codeChallenge: String(row.code_challenge),
    codeExpiresAt: Number(row.code_expires_at),
    isAuthenticated: row.is_authenticated === 1,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
  };
}
