/**
 * What servers have in common beside pictures and jobs, so that each can answer in place of another.
 * Times are in milliseconds since 1970.
 */

import type { Announcements } from "../announcements.ts";

/** The storage of several servers, as far as it is about themselves. */
export interface CommonStorage {
  /** @throws where the database cannot be reached; the next use tries again. */
  readonly records: () => Promise<CommonRecords>;
  readonly announcements: Announcements;
}

export interface CommonRecords {
  readonly sessions: SessionRecords;
  readonly rates: RateRecords;
  readonly streams: StreamRecords;
  /** 32 random bytes that all servers know by that name, made by the first that asks. */
  secret(name: string): Promise<Uint8Array>;
}

// ---- Sessions

/** A session of a client that begins with a handshake. */
export interface SessionRecord {
  readonly id: string;
  readonly owner: string;
  /** What its client said of itself when it began: the params of `initialize`. */
  readonly beginning: Readonly<Record<string, unknown>>;
  /** The addresses whose changes it wants to hear of, the newest last. */
  readonly subscriptions: readonly string[];
}

/** Which sessions are over by now: those last used before `idleBefore`, unless a server is at work on them. */
export interface SessionTimes {
  readonly at: number;
  readonly idleBefore: number;
}

/** How many sessions there are. */
export interface HeldPlaces {
  readonly taken: number;
  heldBy(owner: string): number;
}

/** Who may have how many of all sessions. */
export interface PlaceRule {
  /** Whether one more of an owner leaves the others what is theirs. */
  hasRoom(owner: string, held: HeldPlaces): boolean;
  /** Whether an owner holds more than what is kept for them. */
  isAbove(owner: string, held: HeldPlaces): boolean;
}

export interface SessionRecords {
  /**
   * Keeps a session. Where its owner has no room for it, the longest idle one ends: the owner's own,
   * else that of somebody who has more than their share; tells which, and whether the new one began.
   */
  begin(
    session: Omit<SessionRecord, "subscriptions">,
    times: SessionTimes,
    rule: PlaceRule,
  ): Promise<{ readonly isBegun: boolean; readonly ended?: string }>;
  /** The session of that id, where it is `owner`'s and not over; it is used by this. */
  use(id: string, owner: string, times: SessionTimes): Promise<SessionRecord | undefined>;
  /**
   * Notes that sessions were used at `at`, and that a server is at work on them until `busyUntil`.
   * @returns those that there are, with what they subscribe to
   */
  touch(
    ids: readonly string[],
    times: { readonly at: number; readonly busyUntil?: number },
  ): Promise<ReadonlyMap<string, readonly string[]>>;
  subscribe(id: string, address: string): Promise<void>;
  unsubscribe(id: string, address: string): Promise<void>;
  end(id: string): Promise<void>;
  /** Forgets every session that is over. */
  endIdle(times: SessionTimes): Promise<void>;
}

// ---- Streams

/** Events on their way from one server to another. */
export interface StreamRecords {
  put(stream: string, event: string): Promise<void>;
  /** The oldest event of a stream, once; undefined where there is none now. */
  take(stream: string): Promise<string | undefined>;
}

// ---- Rates

export interface RateRecords {
  /**
   * Counts one of what `key` stands for, of which `most` may come at once, and as many again over
   * `period` milliseconds. @returns 0, or the milliseconds after which it may come again
   */
  take(key: string, most: number, period: number): Promise<number>;
  /** Forgets what counts no more. */
  tidy(): Promise<void>;
}
