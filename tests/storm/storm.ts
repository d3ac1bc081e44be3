/**
 * Many clients draw at three servers that share a database and a bucket, while one of them is
 * killed again and again and the database is restarted: what was promised, and whether it was kept.
 */

import { createHash } from "node:crypto";
import { type FakeBfl, startBfl } from "../fakes/bfl.ts";
import { connectTo } from "../support/postgres.ts";
import { type Replicas, startReplicas } from "../support/replicas.ts";
import { pause, until } from "../support/wait.ts";
import { connect, type Envelope, type Failure, type StormClient, TwiceFailed } from "./client.ts";

export interface StormOptions {
  readonly clients: number;
  readonly seconds: number;
  /** Between two kills, in seconds. */
  readonly killEvery: number;
  /** What a client rests between two pictures at most, in seconds. */
  readonly rest: number;
}

export interface StormReport {
  /** Jobs that stand in the records. */
  readonly jobs: number;
  readonly kills: number;
  /** Pictures that the vendor was asked for. */
  readonly paid: number;
  readonly stored: number;
  /** Jobs that ended in the one honest error: the vendor may have it, and nobody knows its ticket. */
  readonly unknowable: number;
  /** What was promised and not kept, a sentence each. */
  readonly broken: readonly string[];
  /** What the clients' first tries met, with how often. */
  readonly failures: Readonly<Record<string, number>>;
  readonly requests: number;
  /** Milliseconds of a request in the middle, and of the slowest. */
  readonly median: number;
  readonly slowest: number;
}

const SERVERS = 3;
/** Milliseconds a picture takes at the vendor. */
const DRAWING_TIME = 1_500;

export async function storm(options: StormOptions): Promise<StormReport> {
  await using vendor = startBfl({ drawingTime: DRAWING_TIME });
  await using replicas = await startReplicas(SERVERS, {
    ...vendor.environment,
    BFL_CONCURRENCY: "1000",
    MCP_MAX_CONCURRENT: "1000",
    MCP_MAX_QUEUE: "10000",
  });
  const broken: string[] = [];
  const outage = { isOver: Promise.resolve() };
  const clients = await Promise.all(
    Array.from({ length: options.clients }, (_, number) => {
      const era = number % 2 === 0 ? "2026-07-28" : "2025-11-25";
      return connect(replicas.nginx.url, era, () => outage.isOver);
    }),
  );
  const damage = doDamage(replicas, clients, options, outage);
  let isOver = false;
  const over = Promise.all([damage, pause(options.seconds * 1000)]).finally(() => isOver = true);
  await Promise.all([
    over,
    ...clients.map((client, number) =>
      new Visitor(client, number, vendor, broken).drawUntil(() => isOver, options.rest)
    ),
  ]);
  await jobsEnd(replicas);
  const found = await lookIntoRecords(replicas, vendor, broken);
  if (broken.length > 0) broken.push(`nginx said: ${await replicas.nginx.errors()}`);
  const durations = clients.flatMap((each) => each.durations).sort((one, other) => one - other);
  return {
    ...found,
    kills: await damage,
    broken,
    failures: counted(clients.flatMap((each) => each.failures)),
    requests: durations.length,
    median: durations[Math.floor(durations.length / 2)] ?? NaN,
    slowest: durations.at(-1) ?? NaN,
  };
}

/** One client that draws a picture after the other and looks at each. */
class Visitor {
  constructor(
    private readonly client: StormClient,
    private readonly number: number,
    private readonly vendor: FakeBfl,
    private readonly broken: string[],
  ) {}

  async drawUntil(isOver: () => boolean, rest: number): Promise<void> {
    await pause(Math.random() * rest * 1000); // so that they do not all come at once
    for (let picture = 0; !isOver(); picture++) {
      try {
        await this.#draw(picture);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const what = error instanceof TwiceFailed ? "failed twice" : "met";
        this.broken.push(`Client ${this.number} ${what}: ${error.message}`);
      }
      await pause(Math.random() * rest * 1000);
    }
  }

  async #draw(picture: number): Promise<void> {
    let prompt = "";
    let answer = await this.client.call("generate_image", (attempt) => {
      prompt = `picture ${picture} of client ${this.number}, try ${attempt}`;
      return { prompt, provider: "flux", resolution: "256x256", wait_seconds: 0 };
    });
    while (answer.job && isOpen(answer.job.state)) {
      const { id } = answer.job;
      await pause((0.5 + Math.random()) * LOOK_AGAIN);
      answer = await this.client.call("get_job", () => ({ job_id: id, wait_seconds: WAIT }));
    }
    if (isUnknowable(answer)) return;
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    const [image] = answer.images ?? [];
    const { pathname } = new URL(image!.url);
    const bytes = await this.client.picture(pathname);
    if (hashOf(bytes) !== hashOf(this.vendor.pictureOf(prompt)!)) {
      throw new Error(`${pathname} is not what the vendor drew for '${prompt}'`);
    }
  }
}

function isOpen(state: string): boolean {
  return ["queued", "running", "accepted"].includes(state);
}

function isUnknowable({ error }: Pick<Envelope, "error">): boolean {
  return error?.code === "interrupted" && error.details.may_be_charged === true;
}

/**
 * Kills one server after the other, and starts each again at once; amid them the database is
 * stopped and started. On a slow machine the next damage waits until the last is made good and
 * every client has had its second try, so that there are always others, and one damage is one
 * error. Tells how many servers were killed.
 */
async function doDamage(
  { servers, postgres }: Replicas,
  clients: readonly StormClient[],
  { seconds, killEvery }: StormOptions,
  outage: { isOver: Promise<void> },
): Promise<number> {
  const calm = () =>
    until(
      "every client has had its second try",
      () => !clients.some(({ isTryingAgain }) => isTryingAgain),
      { seconds: 90 },
    );
  const kills = Math.ceil(seconds / killEvery) - 1;
  let isBack = Promise.resolve();
  for (let kill = 0; kill < kills; kill++) {
    await Promise.all([pause(killEvery * 1000), isBack]);
    await calm();
    const server = servers[kill % servers.length]!;
    await server.kill();
    isBack = server.start();
    if (kill !== Math.floor((kills - 1) / 2)) continue;
    await calm();
    outage.isOver = postgres.stop().then(postgres.start);
    await outage.isOver;
  }
  await isBack;
  return kills;
}

/** Waits until the servers have ended every job. */
async function jobsEnd({ database }: Replicas): Promise<void> {
  await using connected = await connectTo(database);
  await until("every job has ended", async () => {
    const open = await connected.query(`SELECT id FROM image_server.jobs
      WHERE state IN ('queued', 'running', 'accepted')`);
    return open.length === 0;
  }, { seconds: 90 }).catch(() => {}); // what has not ended is told of
}

/** What the records, the bucket and the vendor say of each job. */
async function lookIntoRecords({ database, bucket }: Replicas, vendor: FakeBfl, broken: string[]) {
  await using connected = await connectTo(database);
  const jobs = await connected.query("SELECT * FROM image_server.jobs");
  const images = await connected.query("SELECT id, file_name FROM image_server.images");
  const files = new Map(images.map(({ id, file_name }) => [String(id), String(file_name)]));
  const recorded = new Set<string>();
  let unknowable = 0;
  for (const job of jobs) {
    const { request: { prompt } } = JSON.parse(String(job.plan));
    const outcome = JSON.parse(String(job.outcome ?? "{}"));
    const calls = JSON.parse(String(job.calls)) as readonly { readonly ticket?: string }[];
    recorded.add(prompt);
    if (isUnknowable(outcome) && calls.every(({ ticket }) => ticket === undefined)) unknowable++;
    else if (job.state !== "finished") {
      broken.push(`'${prompt}' is ${job.state}: ${outcome.error?.message ?? job.message}`);
    } else {
      for (const id of outcome.imageIds) {
        const kept = bucket.objects.get(`art/${files.get(id)}`)?.bytes;
        const drawn = vendor.pictureOf(prompt);
        if (!kept) broken.push(`The picture of '${prompt}' is not stored`);
        else if (!drawn || hashOf(kept) !== hashOf(drawn)) broken.push(`'${prompt}' is torn`);
      }
    }
  }
  const prompts = vendor.submissions.map(({ prompt }) => prompt);
  for (const [prompt, times] of Object.entries(counts(prompts))) {
    if (times > 1) broken.push(`'${prompt}' was drawn ${times} times`);
    if (!recorded.has(prompt)) broken.push(`'${prompt}' was drawn and is not recorded`);
  }
  return { jobs: jobs.length, paid: prompts.length, stored: images.length, unknowable };
}

function counted(failures: readonly Failure[]): Readonly<Record<string, number>> {
  return counts(failures.map(({ reason }) => reason));
}

function counts(texts: readonly string[]): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const text of texts) found[text] = (found[text] ?? 0) + 1;
  return found;
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Seconds that a question about a job waits, which is less than there are between two kills. */
const WAIT = 0.5;
/** Milliseconds between two questions, about. */
const LOOK_AGAIN = 2_000;
