/** Servers that share a PostgreSQL and a bucket: any of them answers, and none is needed. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { startFakeS3 } from "./fakes/s3.ts";
import { startTencent } from "./fakes/tencent.ts";
import { temporaryFolder } from "./support/folder.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "./support/postgres.ts";
import { type HttpServerProcess, startHttpServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };

Deno.test({
  name: "jobs are seen, stopped and, after a kill, finished from another server, and paid once",
  ignore: POSTGRES === undefined,
  async fn() {
    await using postgres = await startPostgres();
    await using vendor = await startTencent({ drawingTime: 1_500 });
    await using s3 = startFakeS3({ bucket: "pictures", ...KEYS });
    const env = {
      ...vendor.environment,
      HUNYUAN_CONCURRENCY: "1",
      MCP_DATABASE_URL: await postgres.createDatabase(),
      MCP_IMAGE_STORE: "s3://pictures/art",
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    };
    await using one = await startMachine(env);
    await using other = await startMachine(env);

    vendor.hold();
    const stopped = (await one.call("generate_image", { prompt: "a dog", wait_seconds: 0 })).job;
    await until("the vendor has it", () => vendor.requests.length > 0);
    const cancelled = await other.call("cancel_job", { job_id: stopped.id });
    assert.equal(cancelled.job.state, "cancelled");
    vendor.finish();

    const before = vendor.requests.length;
    const begun = (await one.call("generate_image", { prompt: "a cat", wait_seconds: 0 })).job;
    await until("it is accepted", async () => {
      const { jobs } = await other.call("list_jobs", {});
      return jobs.some((job: Job) => job.id === begun.id && job.state === "accepted");
    });
    // Their turns wait for the cat's, whose server dies with it.
    const unsent = (await one.call("generate_image", { prompt: "a cow", wait_seconds: 0 })).job;
    const others = (await other.call("generate_image", { prompt: "a hen", wait_seconds: 0 })).job;
    await until("both are recorded", async () => {
      const { jobs } = await other.call("list_jobs", {});
      return [unsent, others].every(({ id }) => jobs.some((job: Job) => job.id === id));
    });
    await one.server.kill();
    const answer = await other.call("get_job", { job_id: begun.id, wait_seconds: 60 });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    for (const { id } of [unsent, others]) {
      assert.equal((await other.call("get_job", { job_id: id, wait_seconds: 60 })).ok, true);
    }
    const asked = vendor.requests.slice(before).flatMap(({ json }) => (json as Query).JobId ?? []);
    assert.equal(new Set(asked).size, 3, "each was asked of the vendor once");
    const response = await fetch(answer.images[0].url);
    const drawn = await response.bytes();
    assert.ok(vendor.pictures.some((picture) => isDeepStrictEqual(picture, drawn)));

    await loseDatabase(postgres, other);
  },
});

/** Nothing is drawn that is not recorded, and all goes on by itself. */
async function loseDatabase(postgres: PostgresServer, { server, call }: Machine): Promise<void> {
  const isReady = async () => {
    const response = await fetch(`${server.url}/ready`);
    await response.body?.cancel();
    return response.status;
  };
  await postgres.stop();
  const { error } = await call("generate_image", { prompt: "a bird", provider: "hunyuan" });
  assert.equal(error.code, "busy");
  assert.match(error.message, /Nothing was drawn/);
  assert.equal(await isReady(), 503);
  await postgres.start();
  await until("it is ready again", async () => await isReady() === 200);
  assert.equal((await call("generate_image", { prompt: "a bird" })).ok, true);
}

/** Of a request to the vendor about a job. */
interface Query {
  readonly JobId?: string;
}

interface Job {
  readonly id: string;
  readonly state: string;
}

// deno-lint-ignore no-explicit-any
type Call = (name: string, args: Record<string, unknown>) => Promise<any>;

interface Machine extends AsyncDisposable {
  readonly server: HttpServerProcess;
  readonly call: Call;
}

/** A server with a folder of its own, as on another machine, and a client that keeps no session. */
async function startMachine(env: Readonly<Record<string, string>>): Promise<Machine> {
  const folder = await temporaryFolder();
  const server = await startHttpServer({ folder: folder.path, env });
  const client = new Client({ name: "test", version: "1" }, {
    versionNegotiation: { mode: "auto" },
  });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
  return {
    server,
    call: async (name, args) => {
      const options = { timeout: 120_000 };
      return (await client.callTool({ name, arguments: args }, options)).structuredContent;
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
