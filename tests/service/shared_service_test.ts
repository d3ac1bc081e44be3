/** Servers that share a database act as one: limits, cancels, waits, rests, and what a dead one left. */

import assert from "node:assert/strict";
import { fakeArk } from "../fakes/ark.ts";
import { drawPng } from "../fakes/pictures.ts";
import { startFakeS3 } from "../fakes/s3.ts";
import { startTencent } from "../fakes/tencent.ts";
import {
  connectTestClient,
  type Environment,
  openTestApp,
  type TestApp,
  type TestClient,
} from "../support/app.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: POSTGRES === undefined, fn });
}

test("a vendor's concurrency holds over all servers", async () => {
  await using vendor = await startTencent({ drawingTime: 50, concurrency: 1 });
  await using two = await openServers(vendor.environment);
  const [one, other] = two.clients;
  const answers = await Promise.all(
    [one, other, one, other].map((each, index) => draw(each!, `picture ${index}`)),
  );
  assert.ok(answers.every(({ envelope }) => envelope.ok));
  const submitted = vendor.requests.filter(({ json }) => !("JobId" in (json as object)));
  assert.equal(submitted.length, 4, "the vendor has refused none");
});

test("what waits at one server is counted, awaited and cancelled at another", async () => {
  await using vendor = await startTencent({ concurrency: 1 });
  await using two = await openServers(vendor.environment);
  const [one, other] = two.clients;
  vendor.hold();
  const first = await begin(one!, "first");
  await until("the vendor has it", () => vendor.requests.length > 0);
  const second = await begin(other!, "second");
  const third = await begin(one!, "third");
  await until("both are recorded", async () => {
    const { envelope } = await other!.call("list_jobs");
    return envelope.jobs.length === 3;
  });
  const told = async () => await two.apps[1]!.app.metrics.text();
  await until("both wait", async () => /^mcp_image_queue_depth 2$/m.test(await told()));
  assert.match(await told(), /^mcp_image_running_generations 1$/m);

  const awaited = one!.call("get_job", { job_id: second, wait_seconds: 60 });
  const { envelope: cancelled } = await other!.call("cancel_job", { job_id: third });
  assert.equal(cancelled.job.state, "cancelled");
  vendor.finish();

  assert.equal((await awaited).envelope.ok, true);
  const ended = await other!.call("get_job", { job_id: first, wait_seconds: 60 });
  assert.equal(ended.envelope.ok, true);
  assert.equal(vendor.pictures.length, 2);
});

test("a provider that rests after failures at one server is not asked by the others", async () => {
  await using vendor = await startTencent();
  await using ark = fakeArk();
  await using two = await openServers({ ...vendor.environment, ...ark.environment });
  const [one, other] = two.clients;
  assert.equal((await draw(other!, "before")).envelope.ok, true);
  vendor.misbehave("no quota");
  for (const index of [1, 2, 3]) await draw(one!, `failing ${index}`);
  await until("the other has heard of it", async () => {
    const asked = vendor.requests.length;
    const { envelope } = await draw(other!, `after ${asked}`);
    assert.equal(envelope.images[0].provider, "doubao");
    return vendor.requests.length === asked;
  });
});

test("what a dead server had accepted and sent to nobody is drawn by another, with what came in", async () => {
  await using vendor = await startTencent({ concurrency: 1 });
  await using s3 = startFakeS3({ bucket: "pictures", ...KEYS });
  await using two = await openServers({
    ...vendor.environment,
    MCP_IMAGE_STORE: "s3://pictures/art",
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  });
  const [dead, successor] = two.clients;
  vendor.hold();
  const sent = await begin(dead!, "sent");
  await until("the vendor has it", async () => await stateOf(successor!, sent) === "accepted");
  const image = `data:image/png;base64,${drawPng(256, 256, "base").toBase64()}`;
  const { envelope } = await dead!.call("edit_image", {
    prompt: "with a hat",
    images: [{ image, role: "reference" }],
    wait_seconds: 0,
  });
  await until(
    "it is recorded",
    async () =>
      await stateOf(successor!, envelope.job.id) === "running" ||
      await stateOf(successor!, envelope.job.id) === "queued",
  );

  await two.apps[0]!.app.close({ graceSeconds: 0 }); // leaves its records as a crash does
  await two.apps[1]!.app.imageService.recover();
  vendor.finish();

  for (const id of [sent, envelope.job.id]) {
    const { envelope: ended } = await successor!.call("get_job", { job_id: id, wait_seconds: 60 });
    assert.equal(ended.ok, true, JSON.stringify(ended));
  }
  assert.equal(vendor.pictures.length, 2, "each is drawn once");
  assert.equal(vendor.edits.length, 1);
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore: POSTGRES === undefined,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };

interface Servers extends AsyncDisposable {
  readonly apps: readonly TestApp[];
  readonly clients: readonly TestClient[];
}

/** Two servers with a folder each, as on two machines, that share a new database. */
async function openServers(env: Environment): Promise<Servers> {
  const MCP_DATABASE_URL = await (await postgres()).createDatabase();
  const open = () => openTestApp({ env: { ...env, MCP_DATABASE_URL } });
  const apps = [await open(), await open()];
  const clients = await Promise.all(apps.map(({ app }) => connectTestClient(app)));
  return {
    apps,
    clients,
    async [Symbol.asyncDispose]() {
      for (const each of [...clients, ...apps]) await each[Symbol.asyncDispose]();
    },
  };
}

function draw({ call }: TestClient, prompt: string) {
  return call("generate_image", { prompt, wait_seconds: 60 });
}

/** The id of a job that nobody waits for. */
async function begin({ call }: TestClient, prompt: string): Promise<string> {
  return (await call("generate_image", { prompt, wait_seconds: 0 })).envelope.job.id;
}

async function stateOf({ call }: TestClient, id: string): Promise<string | undefined> {
  const { envelope } = await call("list_jobs");
  return envelope.jobs.find((job: { id: string }) => job.id === id)?.state;
}
