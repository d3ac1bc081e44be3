/** Whose turn it is at the vendors, over every server of one storage. */

/** A place in the line, or at a vendor. */
export interface Turn {
  readonly id: string;
  /** The lease of the server that wants it. */
  readonly server: string;
}

export interface NewTurn extends Turn {
  /** Callers take turns, however many each has in the line. */
  readonly caller: string;
  readonly provider: string;
  /** How many turns of the provider may run at once, over all servers; any number where absent. */
  readonly providerLimit?: number;
  /** How many turns of its server may run at once. */
  readonly serverLimit: number;
}

/** What became of turns, whichever server's they are. */
export interface TurnChanges {
  readonly begun: readonly Turn[];
  readonly turnedAway: readonly Turn[];
}

/** A turn as its server sees it. */
export interface OwnTurn {
  readonly id: string;
  /** Its place in the line of all servers, from 1; undefined where it has begun. */
  readonly place?: number;
}

/** Turns that run and that wait. */
export interface Load {
  readonly running: number;
  readonly waiting: number;
}

/** Each change is whole, and sees every one before it, whichever server makes it. */
export interface TurnRecords {
  /**
   * Puts a turn into the line, and lets all begin that may. Where more than `maxWaiting` wait then,
   * the caller who has most in the line gives up the newest for one who has clearly fewer; else
   * the new one is turned away.
   */
  enter(turn: NewTurn, maxWaiting: number): Promise<TurnChanges>;
  /** Takes turns out, those that run and those that wait, and lets all begin that may. */
  leave(ids: readonly string[]): Promise<TurnChanges>;
  /** Takes out all of a server's turns, and lets all begin that may. */
  leaveAll(server: string): Promise<TurnChanges>;
  of(server: string): Promise<readonly OwnTurn[]>;
  /** Servers that have turns and have not been seen for long. */
  silentServers(): Promise<readonly string[]>;
  /** The turns of servers that have been seen. */
  load(): Promise<Load>;
}
