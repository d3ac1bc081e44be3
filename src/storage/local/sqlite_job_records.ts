import { sleep } from "../../sleep.ts";
import {
  ACTIVE_STATES,
  type JobRecord,
  type JobRecords,
  type JobState,
  type JobSummary,
  promptBeginning,
} from "../records/records.ts";
import type { Database } from "./database.ts";
import { recordOf, summaryOf } from "../rows/job_row.ts";
import { packPlan } from "../rows/packed_plan.ts";

export class SqliteJobRecords implements JobRecords {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async save(job: JobRecord, server: string): Promise<boolean> {
    const changes = await this.#database.run(SAVE, () => [
      job.id,
      job.owner,
      job.state,
      server,
      job.provider,
      job.message,
      promptBeginning(job.plan.request.prompt),
      packPlan(job.plan),
      JSON.stringify(job.calls),
      job.outcome ? JSON.stringify(job.outcome) : null,
      job.createdAt,
      this.#now(),
      job.batch ?? null,
    ]);
    return changes === 1;
  }

  async find(id: string, owner: string): Promise<JobRecord | undefined> {
    const sql = "SELECT * FROM jobs WHERE id = ? AND owner = ?";
    const row = await this.#database.get(sql, id, owner);
    return row && recordOf(row);
  }

  async list(
    owner: string,
    limit: number,
    states: readonly JobState[] = [],
  ): Promise<readonly JobSummary[]> {
    const gaps = states.map(() => "?").join(", ");
    const sql = `SELECT id, owner, state, provider, message, prompt, created_at,
        json_extract(outcome, '$.imageIds') AS image_ids FROM jobs
      WHERE owner = ? AND batch IS NULL ${
      gaps && `AND state IN (${gaps})`
    } ORDER BY created_at DESC LIMIT ?`;
    return (await this.#database.all(sql, owner, ...states, limit)).map((row) => ({
      ...summaryOf(row),
      imageIds: row.image_ids === null ? [] : JSON.parse(String(row.image_ids)) as string[],
    }));
  }

  async serversAtWork(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT server FROM jobs WHERE state IN (${ACTIVE})`;
    return (await this.#database.all(sql)).map((row) => String(row.server));
  }

  async unfinishedOf(server: string): Promise<readonly JobRecord[]> {
    const sql = `SELECT * FROM jobs WHERE server = ? AND state IN (${ACTIVE})`;
    return (await this.#database.all(sql, server)).map(recordOf);
  }

  async claim(
    { id, calls }: Pick<JobRecord, "id" | "calls">,
    from: string,
    to: string,
  ): Promise<boolean> {
    const sql = `UPDATE jobs SET server = ?
      WHERE id = ? AND server = ? AND state IN (${ACTIVE}) AND calls = ?`;
    return await this.#database.run(sql, () => [to, id, from, JSON.stringify(calls)]) === 1;
  }

  async requestCancel(id: string): Promise<void> {
    const sql = "UPDATE jobs SET cancel_requested = 1 WHERE id = ?";
    await this.#database.run(sql, () => [id]);
  }

  async cancelRequests(server: string): Promise<readonly string[]> {
    const sql =
      `SELECT id FROM jobs WHERE server = ? AND cancel_requested = 1 AND state IN (${ACTIVE})`;
    return (await this.#database.all(sql, server)).map((row) => String(row.id));
  }

  async forgetBefore(time: number): Promise<void> {
    const sql = "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE updated_at < ? LIMIT ?)";
    // In portions, since a week's jobs at once would hold up everything else.
    while (await this.#database.run(sql, () => [time, FORGOTTEN_AT_ONCE]) > 0) {
      await sleep(0);
    }
  }
}

/** So many take about 30 ms. */
const FORGOTTEN_AT_ONCE = 500;

const SAVE = `
  INSERT INTO jobs (id, owner, state, server, provider, message, prompt, plan, calls,
    outcome, created_at, updated_at, batch)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, provider = excluded.provider,
    message = excluded.message, calls = excluded.calls, outcome = excluded.outcome,
    updated_at = excluded.updated_at
  WHERE jobs.server = excluded.server`;

const ACTIVE = ACTIVE_STATES.map((state) => `'${state}'`).join(", ");
