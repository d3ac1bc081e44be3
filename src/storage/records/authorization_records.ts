/**
 * What the built-in authorization server knows: clients that registered, what people granted them,
 * and the keys that it signs with. Codes and tokens are known by their SHA-256 alone. All times are
 * in milliseconds since 1970; what has ended is forgotten by itself when something new comes.
 */

/** A client that registered by itself. */
export interface ClientRecord {
  readonly id: string;
  /** What it said of itself, as it was taken. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a person let a client do, from the code on that tells the client so. */
export interface GrantRecord {
  /** No secret: access tokens carry it. */
  readonly id: string;
  readonly clientId: string;
  readonly user: string;
  /** Another once the person's password is another. */
  readonly userKey: string;
  readonly scopes: readonly string[];
  readonly redirectAddress: string;
  /** The SHA-256 of what whoever redeems the code must know, as base64url. */
  readonly codeChallenge: string;
  readonly codeExpiresAt: number;
  /** Whether the client proved with a key who it is when it redeemed the code. */
  readonly isAuthenticated: boolean;
  readonly createdAt: number;
  /** Until the code is redeemed, when that ends. */
  readonly expiresAt: number;
}

export interface NewGrant extends Omit<GrantRecord, "isAuthenticated" | "expiresAt"> {
  readonly codeHash: string;
}

/** What a redeemed code gives. */
export interface RedeemedGrant {
  readonly isAuthenticated: boolean;
  readonly expiresAt: number;
  /** Absent where the client gets no refresh token. */
  readonly refresh?: {
    /** What all refresh tokens of the grant have in common. */
    readonly familyHash: string;
    readonly tokenHash: string;
  };
}

/** One refresh token in place of another. */
export interface Rotation {
  readonly from: string;
  readonly to: string;
  readonly at: number;
  /** Milliseconds for which `from` is good again, since its client may never have seen `to`. */
  readonly grace: number;
  readonly expiresAt: number;
}

export interface SigningKeyRecord {
  readonly id: string;
  /** A JWK, private part included. */
  readonly privateKey: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
}

export interface AuthorizationRecords {
  /** Keeps a client; of more than `most` those are forgotten that would end first. */
  addClient(client: ClientRecord, most: number): Promise<void>;
  findClient(id: string, at: number): Promise<ClientRecord | undefined>;
  /** Lets a client end at `expiresAt` in place of earlier; one that is unknown stays unknown. */
  keepClient(id: string, expiresAt: number): Promise<void>;

  /** Keeps a grant; of more than `most` of a user those are forgotten that would end first. */
  addGrant(grant: NewGrant, most: number): Promise<void>;
  /** The grant of a code, once: whoever brings the code again ends the grant, and so does a late one. */
  takeCode(codeHash: string, at: number): Promise<GrantRecord | undefined>;
  /** Notes what the code of a grant gave. */
  redeem(grantId: string, redeemed: RedeemedGrant): Promise<void>;
  /** The grant of that id, if it has not ended. */
  findGrant(id: string, at: number): Promise<GrantRecord | undefined>;
  /** The grant whose refresh tokens belong to a family. */
  findFamily(familyHash: string, at: number): Promise<GrantRecord | undefined>;
  /**
   * Replaces every refresh token of a grant by one; false where `from` is none of them any more, so
   * that two have it: the grant is ended then.
   */
  rotate(grantId: string, rotation: Rotation): Promise<boolean>;
  /** Ends a grant, and with it all that it gave. */
  forgetGrant(id: string): Promise<void>;

  /** Notes what may be used once until `expiresAt`; false where it was, or `most` are noted. */
  noteOnce(hash: string, at: number, expiresAt: number, most: number): Promise<boolean>;

  /** The newest first. */
  signingKeys(): Promise<readonly SigningKeyRecord[]>;
  /** Keeps a key unless there is one that was made after `after`; forgets those made before `old`. */
  addSigningKey(key: SigningKeyRecord, times: { after: number; old: number }): Promise<void>;
}
