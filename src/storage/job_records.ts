/** Jobs as rows: what must outlive this process to fetch what was paid for. */

import type { ErrorCode } from "../errors.ts";
import type { RequestArguments } from "../requests/route.ts";
import type { Database, Row } from "./database.ts";

/** Where a job is; the last four are ends. */
export type JobState =
  | "queued"
  | "running"
  | "accepted"
  | "finished"
  | "failed"
  | "cancelled"
  | "interrupted";

const ACTIVE_STATES: readonly JobState[] = ["queued", "running", "accepted"];

/** Whether a job in this state is not over yet. */
export function isActive(state: JobState): boolean {
  return ACTIVE_STATES.includes(state);
}

/** One call to a vendor, for one or more pictures. */
export interface ProviderCall {
  readonly provider: string;
  /** The ids its pictures will have, so that fetching them twice stores them once. */
  readonly imageIds: readonly string[];
  /**
   * "sent": the vendor may have it and may charge; "failed": the vendor surely ended it.
   * Where nobody knows how it ended at the vendor, it stays "sent" or "accepted".
   */
  state: "waiting" | "sent" | "accepted" | "stored" | "failed";
  /** What the provider needs to ask the vendor again. */
  ticket?: string;
}

/** How a job ended: with pictures, or with an error. */
export interface JobOutcome {
  readonly imageIds: readonly string[];
  readonly warnings: readonly string[];
  readonly error?: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** The state of a job that is not over, by its parts. */
export function activeStateOf(parts: readonly ProviderCall[]): JobState {
  if (parts.some(({ state }) => state === "accepted")) return "accepted";
  return parts.some(({ state }) => state === "sent" || state === "stored") ? "running" : "queued";
}

/** Whether a vendor may ask money for what it was sent. */
export function mayBeCharged(parts: readonly ProviderCall[]): boolean {
  return parts.some(({ state }) => state !== "waiting" && state !== "failed");
}

export interface JobRecord {
  readonly id: string;
  /** Who may see it: the name of the token that made it; "" without tokens. */
  readonly owner: string;
  readonly wish: RequestArguments;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  state: JobState;
  provider: string;
  /** What it is doing now, for people. */
  message: string;
  readonly parts: ProviderCall[];
  outcome?: JobOutcome;
}

const SAVE = `
  INSERT INTO jobs (id, owner, state, runner, provider, message, wish, parts, outcome, created_at,
    updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, runner = excluded.runner,
    provider = excluded.provider, message = excluded.message, parts = excluded.parts,
    outcome = excluded.outcome, updated_at = excluded.updated_at`;

const ACTIVE = ACTIVE_STATES.map((state) => `'${state}'`).join(", ");

export class JobStore {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Writes the job as it is by the time other processes let it. */
  async save(job: JobRecord, runner: string): Promise<void> {
    await this.#database.run(SAVE, () => this.#columns(job, runner));
  }

  async get(id: string): Promise<JobRecord | undefined> {
    const row = await this.#database.get("SELECT * FROM jobs WHERE id = ?", id);
    return row && recordOf(row);
  }

  /** The newest jobs of an owner, newest first. */
  async list(owner: string, limit: number): Promise<readonly JobRecord[]> {
    const sql = "SELECT * FROM jobs WHERE owner = ? ORDER BY created_at DESC LIMIT ?";
    return (await this.#database.all(sql, owner, limit)).map(recordOf);
  }

  /** Every runner with unfinished jobs, dead or alive. */
  async runnersAtWork(): Promise<readonly string[]> {
    const rows = await this.#database
      .all(`SELECT DISTINCT runner FROM jobs WHERE state IN (${ACTIVE})`);
    return rows.map((row) => String(row.runner));
  }

  async unfinishedOf(runner: string): Promise<readonly JobRecord[]> {
    const sql = `SELECT * FROM jobs WHERE runner = ? AND state IN (${ACTIVE})`;
    return (await this.#database.all(sql, runner)).map(recordOf);
  }

  /** Takes a job over from a dead runner; false when another server was faster. */
  async claim(id: string, from: string, to: string): Promise<boolean> {
    const sql = "UPDATE jobs SET runner = ? WHERE id = ? AND runner = ?";
    return await this.#database.run(sql, () => [to, id, from]) === 1;
  }

  /** Asks the runner of a job, in whatever process, to cancel it. */
  async requestCancel(id: string): Promise<void> {
    const sql = "UPDATE jobs SET cancel_requested = 1 WHERE id = ?";
    await this.#database.run(sql, () => [id]);
  }

  async cancelRequests(runner: string): Promise<readonly string[]> {
    const sql =
      `SELECT id FROM jobs WHERE runner = ? AND cancel_requested = 1 AND state IN (${ACTIVE})`;
    return (await this.#database.all(sql, runner)).map((row) => String(row.id));
  }

  /** Forgets jobs that nothing has happened to since `time`; their pictures stay. */
  async forgetBefore(time: number): Promise<void> {
    await this.#database.run("DELETE FROM jobs WHERE updated_at < ?", () => [time]);
  }

  #columns(job: JobRecord, runner: string): (string | number | null)[] {
    return [
      job.id,
      job.owner,
      job.state,
      runner,
      job.provider,
      job.message,
      JSON.stringify(job.wish),
      JSON.stringify(job.parts),
      job.outcome ? JSON.stringify(job.outcome) : null,
      job.createdAt,
      this.#now(),
    ];
  }
}

// The rows were written above, so their JSON is trusted to have these shapes.
function recordOf(row: Row): JobRecord {
  return {
    id: String(row.id),
    owner: String(row.owner),
    wish: JSON.parse(String(row.wish)) as RequestArguments,
    createdAt: Number(row.created_at),
    state: String(row.state) as JobState,
    provider: String(row.provider),
    message: String(row.message),
    parts: JSON.parse(String(row.parts)) as ProviderCall[],
    outcome: row.outcome === null ? undefined : JSON.parse(String(row.outcome)) as JobOutcome,
  };
}
