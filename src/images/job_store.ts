/** Jobs as rows: what must outlive this process to fetch what was paid for. */

import type { ErrorCode } from "../errors.ts";
import type { GenerateArguments } from "./choice.ts";
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

export const ACTIVE_STATES: readonly JobState[] = ["queued", "running", "accepted"];

/** One call to a vendor, for one or more pictures. */
export interface JobPart {
  readonly provider: string;
  /** The ids its pictures will have, so that fetching them twice stores them once. */
  readonly imageIds: readonly string[];
  /** "sent": the vendor may have it and may charge. */
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

export interface JobRecord {
  readonly id: string;
  /** Who may see it: the name of the token that made it; "" without tokens. */
  readonly owner: string;
  readonly wish: GenerateArguments;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  state: JobState;
  provider: string;
  /** What it is doing now, for people. */
  message: string;
  parts: JobPart[];
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

  /** Writes at once; throws while another process is writing. */
  saveNow(job: JobRecord, runner: string): void {
    this.#database.runNow(SAVE, ...this.#columns(job, runner));
  }

  /** Writes the job as it is by the time other processes let it. */
  async save(job: JobRecord, runner: string): Promise<void> {
    await this.#database.whenFree(() => this.saveNow(job, runner));
  }

  get(id: string): JobRecord | undefined {
    const row = this.#database.get("SELECT * FROM jobs WHERE id = ?", id);
    return row && recordOf(row);
  }

  /** The newest jobs of an owner. */
  list(owner: string, limit: number): readonly JobRecord[] {
    return this.#database
      .all("SELECT * FROM jobs WHERE owner = ? ORDER BY created_at DESC LIMIT ?", owner, limit)
      .map(recordOf);
  }

  /** Every runner that left unfinished jobs, or is still at them. */
  runnersAtWork(): readonly string[] {
    return this.#database.all(`SELECT DISTINCT runner FROM jobs WHERE state IN (${ACTIVE})`)
      .map((row) => String(row.runner));
  }

  unfinishedOf(runner: string): readonly JobRecord[] {
    return this.#database
      .all(`SELECT * FROM jobs WHERE runner = ? AND state IN (${ACTIVE})`, runner)
      .map(recordOf);
  }

  /** Takes a job over from a dead runner; false when another server was faster. */
  async claim(id: string, from: string, to: string): Promise<boolean> {
    const sql = "UPDATE jobs SET runner = ? WHERE id = ? AND runner = ?";
    return await this.#database.run(sql, to, id, from) === 1;
  }

  /** Asks the runner of a job, in whatever process, to cancel it. */
  async requestCancel(id: string): Promise<void> {
    await this.#database.run("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", id);
  }

  cancelRequests(runner: string): readonly string[] {
    const sql =
      `SELECT id FROM jobs WHERE runner = ? AND cancel_requested = 1 AND state IN (${ACTIVE})`;
    return this.#database.all(sql, runner).map((row) => String(row.id));
  }

  /** Forgets jobs that ended before `time`; their pictures stay. */
  async forgetBefore(time: number): Promise<void> {
    const sql = `DELETE FROM jobs WHERE updated_at < ? AND state NOT IN (${ACTIVE})`;
    await this.#database.run(sql, time);
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
    wish: JSON.parse(String(row.wish)) as GenerateArguments,
    createdAt: Number(row.created_at),
    state: String(row.state) as JobState,
    provider: String(row.provider),
    message: String(row.message),
    parts: JSON.parse(String(row.parts)) as JobPart[],
    outcome: row.outcome === null ? undefined : JSON.parse(String(row.outcome)) as JobOutcome,
  };
}
