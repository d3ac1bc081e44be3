/** The keys that requests to a bucket are signed with: given once, or those of a role, which end and are had anew. */

import { messageOf } from "../../../errors.ts";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Keys of a role. */
export interface RoleKeys extends Keys {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Whoever gives keys to this machine, and how it is asked. */
export interface Role {
  /** Where the keys come from, for people, such as "the role of this container". */
  readonly origin: string;
  /** @throws what is wrong, as a sentence without any secret. */
  fetchKeys(): Promise<RoleKeys>;
}

export interface Credentials {
  /** Where the keys come from, for people. */
  readonly origin: string;
  /** Keys that are good now; the same ones for as long as they are. @throws what is wrong, and what to do. */
  keys(): Promise<Keys>;
  /** Lets go of keys that the store does not take any more; false where there will be no others. */
  renew(keys: Keys): boolean;
}

/** Keys that somebody wrote down. */
export function givenCredentials(keys: Keys): Credentials {
  return {
    origin: "AWS_ACCESS_KEY_ID",
    keys: () => Promise.resolve(keys),
    renew: () => false,
  };
}

/**
 * The keys of a role, asked for at first use, for all who need them at once, and anew some minutes
 * before they end. Where new ones cannot be had, the old ones are used to their end.
 */
export class RoleCredentials implements Credentials {
  readonly #role: Role;
  readonly #now: () => number;
  #keys: RoleKeys | undefined;
  #fetching: Promise<RoleKeys> | undefined;
  /** Before that time nobody is asked again. */
  #quietUntil = -Infinity;

  constructor(role: Role, now: () => number = Date.now) {
    this.#role = role;
    this.#now = now;
  }

  get origin(): string {
    return this.#role.origin;
  }

  async keys(): Promise<Keys> {
    const known = this.#keys;
    const left = known ? known.expiresAt - this.#now() : 0;
    const isAsked = left > 0 && this.#now() < this.#quietUntil;
    if (known && (left > RENEWED_BEFORE || isAsked)) return known;
    try {
      return await (this.#fetching ??= this.#fetch());
    } catch (error) {
      if (known && known.expiresAt > this.#now()) return known;
      throw new Error(`No keys were had from ${this.origin}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  renew(keys: Keys): boolean {
    if (keys === this.#keys) this.#keys = undefined;
    return true;
  }

  async #fetch(): Promise<RoleKeys> {
    this.#quietUntil = this.#now() + PAUSE;
    try {
      return this.#keys = await this.#role.fetchKeys();
    } finally {
      this.#fetching = undefined;
    }
  }
}

/** Milliseconds before their end at which keys are had anew. */
const RENEWED_BEFORE = 5 * 60_000;
/** Milliseconds between two questions for keys while there are any. */
const PAUSE = 30_000;
