/** A web UI as its settings say it, and how it is asked. */

import type { VendorAnswer } from "../http.ts";

/** The web UI and how it shall draw. */
export interface Engine {
  readonly endpoint: string;
  readonly username: string;
  /** Absent where it asks for none. */
  readonly password?: string;
  readonly model?: string;
  readonly sampler?: string;
  /** 0: as the kind of checkpoint wants. */
  readonly steps: number;
  readonly cfgScale?: number;
}

/** Asks for a path of the API; a body makes it a POST. @throws {ImageError} */
export type Ask = (path: string, options: AskOptions) => Promise<VendorAnswer>;

export interface AskOptions {
  readonly signal: AbortSignal;
  readonly body?: unknown;
  /** How many pictures the answer may hold. */
  readonly pictures?: number;
  /** Whether asking again costs nothing; default false where there is a body. */
  readonly isFree?: boolean;
}
