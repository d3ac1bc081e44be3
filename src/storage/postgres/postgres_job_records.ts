import { packPlan } from "../rows/packed_plan.ts";
import { recordOf, summaryOf } from "../rows/job_row.ts";
import {
  ACTIVE_STATES,
  type JobRecord,
  type JobRecords,
  type JobState,
  type JobSummary,
  promptBeginning,
} from "../records/records.ts";
import type { Database } from "./database.ts";
import { Conditions, storable } from "./statements.ts";

export class PostgresJobRecords implements JobRecords {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async save(job: JobRecord, server: string): Promise<boolean> {
    const values = [
      job.id,
      job.owner,
      job.state,
      server,
      job.provider,
      job.message,
      promptBeginning(job.plan.request.prompt),
      JSON.stringify(job.outcome?.imageIds ?? []),
      job.createdAt,
      this.#now(),
      JSON.stringify(job.calls),
      job.outcome ? JSON.stringify(job.outcome) : null,
      packPlan(job.plan),
      job.batch ?? null,
    ];
    return (await this.#database.repeat(SAVE, ...values.map(storable))).count === 1;
  }

  async find(id: string, owner: string): Promise<JobRecord | undefined> {
    const sql = "SELECT * FROM image_server.jobs WHERE id = $1 AND owner = $2";
    const [row] = await this.#database.query(sql, id, owner);
    return row && recordOf(row);
  }

  async list(
    owner: string,
    limit: number,
    states: readonly JobState[] = [],
  ): Promise<readonly JobSummary[]> {
    const conditions = new Conditions().and("owner = ? AND batch IS NULL", owner);
    if (states.length > 0) {
      conditions.and("state = ANY (string_to_array(?, ' '))", states.join(" "));
    }
    const sql = `SELECT id, owner, state, provider, message, prompt, created_at, image_ids
      FROM image_server.jobs WHERE ${conditions}
      ORDER BY created_at DESC LIMIT ${Math.trunc(limit)}`;
    return (await this.#database.query(sql, ...conditions.parameters)).map((row) => ({
      ...summaryOf(row),
      imageIds: JSON.parse(String(row.image_ids)) as string[],
    }));
  }

  async serversAtWork(): Promise<readonly string[]> {
    const sql = `SELECT DISTINCT server FROM image_server.jobs WHERE state IN (${ACTIVE})`;
    return (await this.#database.query(sql)).map(({ server }) => String(server));
  }

  async unfinishedOf(server: string): Promise<readonly JobRecord[]> {
    const sql = `SELECT * FROM image_server.jobs WHERE server = $1 AND state IN (${ACTIVE})`;
    return (await this.#database.query(sql, server)).map(recordOf);
  }

  async claim(
    { id, calls }: Pick<JobRecord, "id" | "calls">,
    from: string,
    to: string,
  ): Promise<boolean> {
    // What was taken already is taken once more, by a server that did not hear that it had it.
    const sql = `UPDATE image_server.jobs SET server = $3
      WHERE id = $1 AND server IN ($2, $3) AND state IN (${ACTIVE}) AND calls = $4`;
    const known = JSON.stringify(calls);
    return (await this.#database.repeat(sql, id, from, to, known)).count === 1;
  }

  async requestCancel(id: string): Promise<void> {
    const sql = "UPDATE image_server.jobs SET cancel_requested = true WHERE id = $1";
    await this.#database.repeat(sql, id);
  }

  async cancelRequests(server: string): Promise<readonly string[]> {
    const sql = `SELECT id FROM image_server.jobs
      WHERE server = $1 AND cancel_requested AND state IN (${ACTIVE})`;
    return (await this.#database.query(sql, server)).map(({ id }) => String(id));
  }

  async forgetBefore(time: number): Promise<void> {
    const sql = `DELETE FROM image_server.jobs WHERE id IN
      (SELECT id FROM image_server.jobs WHERE updated_at < $1 LIMIT ${FORGOTTEN_AT_ONCE})`;
    while ((await this.#database.query(sql, time)).count > 0);
  }
}

const FORGOTTEN_AT_ONCE = 5_000;

const SAVE = `
  INSERT INTO image_server.jobs AS jobs (id, owner, state, server, provider, message, prompt, image_ids,
    created_at, updated_at, calls, outcome, plan, batch)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, provider = excluded.provider,
    message = excluded.message, image_ids = excluded.image_ids, calls = excluded.calls,
    outcome = excluded.outcome, updated_at = excluded.updated_at
  WHERE jobs.server = excluded.server`;

const ACTIVE = ACTIVE_STATES.map((state) => `'${state}'`).join(", ");
