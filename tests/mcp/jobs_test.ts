import assert from "node:assert/strict";
import type { Progress } from "@modelcontextprotocol/client";
import { join } from "node:path";
import type { App } from "../../src/app.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { startTencent, type TencentFake } from "../fakes/tencent.ts";
import { startTokenHub } from "../fakes/tokenhub.ts";
import { initialize, legacyPost, messagesOf, modernPost, toolCall } from "../http/support.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { type HttpServerProcess, startHttpServer, startServer } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

/** A client's limit for silence, and a generation of a silent vendor that takes longer, in milliseconds. */
const CLIENT_LIMIT = 5_000;
const LONG = 7_000;

Deno.test("progress keeps a client waiting for longer than its limit", async () => {
  await using fake = await startTokenHub({ drawingTime: LONG });
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const seen: (Progress & { readonly at: number })[] = [];
  const began = performance.now();
  const { envelope } = await client.call("generate_image", { prompt: "a cat" }, {
    timeout: CLIENT_LIMIT,
    resetTimeoutOnProgress: true,
    onprogress: (progress) => seen.push({ ...progress, at: performance.now() - began }),
  });
  const took = performance.now() - began;
  assert.equal(envelope.images.length, 1);
  assert.ok(took > CLIENT_LIMIT);

  assert.ok(seen[0]!.at < CLIENT_LIMIT / 2, "the first is late");
  const times = [...seen.map(({ at }) => at), took];
  const silences = times.slice(1).map((at, index) => at - times[index]!);
  assert.ok(Math.max(...silences) <= 5_000, `a silence of ${Math.max(...silences)} ms`);
  const values = seen.map(({ progress }) => progress);
  assert.deepEqual(values, [...new Set(values)].sort((one, other) => one - other));
  assert.match(seen.at(-1)!.message ?? "", /\(\d+ s\)$/);
});

Deno.test("get_job brings a client the picture that takes longer than its limit", async () => {
  await using fake = await startTokenHub({ drawingTime: LONG });
  await using test = await openTestApp({ env: { ...fake.environment, MCP_MAX_WAIT: "3" } });
  await using client = await connectTestClient(test.app);
  const limit = { timeout: CLIENT_LIMIT };
  const first = await client.call("generate_image", { prompt: "a cat" }, limit);
  const job_id = first.envelope.job.id;
  let answer = first;
  let calls = 0;
  while (answer.envelope.job) {
    calls++;
    answer = await client.call("get_job", { job_id }, limit);
  }
  assert.equal(answer.envelope.images.length, 1);
  assert.equal(calls, 2);
});

Deno.test("a call that waited long enough answers with a job and what to do", async () => {
  await using fake = await startTencent({ drawingTime: 2_000 });
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  await client.client.listTools(); // from now on answers are held to the schema
  const { envelope, content, isError } = await client.call("generate_image", {
    prompt: "a cat",
    wait_seconds: 1,
  });
  assert.equal(isError, false);
  const { id, started_at, message, ...job } = envelope.job;
  assert.deepEqual(
    { ...envelope, job },
    {
      version: "1.0",
      ok: true,
      images: [],
      warnings: [],
      job: { state: "accepted", provider: "hunyuan" },
      next:
        `Not ready: call get_job with job_id ${id} to wait for it, and do not ask for the same ` +
        "again",
      error: null,
    },
  );
  assert.ok(Math.abs(Date.parse(started_at) - Date.now()) < 5_000);
  assert.match(message, /Tencent/);
  assert.deepEqual(content.map(({ type }) => type), ["text"]);
  assert.match(String(content[0]?.text), new RegExp(`call get_job with job_id ${id} `));

  const later = await client.call("get_job", { job_id: id });
  const again = await client.call("get_job", { job_id: id });
  assert.deepEqual(later, again);
  assert.deepEqual(later.content.map(({ type }) => type), ["text", "image"]);
  assert.equal(later.envelope.job, undefined);
});

Deno.test("MCP_MAX_WAIT=0 waits until the end, and wait_seconds longer than MCP_MAX_WAIT as long", async () => {
  await using fake = await startTencent({ drawingTime: 1_100 });
  for (const [MCP_MAX_WAIT, wait] of [["0", {}], ["1", { wait_seconds: 30 }]] as const) {
    await using test = await openTestApp({ env: { ...fake.environment, MCP_MAX_WAIT } });
    await using client = await connectTestClient(test.app);
    const { envelope } = await client.call("generate_image", { prompt: "a cat", ...wait });
    assert.equal(envelope.images.length, 1);
  }
});

Deno.test("wait_seconds 0 answers with the job at once, to be asked for in the background", async () => {
  await using fake = await startTencent({ drawingTime: 400 });
  await using test = await openTestApp({ env: { ...fake.environment, MCP_MAX_WAIT: "0" } });
  await using client = await connectTestClient(test.app);
  const args = { prompt: "a cat", wait_seconds: 0 };
  const { job } = (await client.call("generate_image", args)).envelope;
  assert.match(job.state, /queued|running/);
  const { envelope } = await client.call("get_job", { job_id: job.id, wait_seconds: 0 });
  assert.equal(envelope.job.id, job.id);
  const done = await client.call("get_job", { job_id: "last" });
  assert.equal(done.envelope.images.length, 1);
  const again = await client.call("get_job", { job_id: job.id, wait_seconds: 0 });
  assert.deepEqual(again.content.map(({ type }) => type), ["text", "image"]);
});

Deno.test("list_jobs finds a picture by the beginning of its prompt, newest first", async () => {
  await using vendor = fakeOpenAI();
  await using test = await openTestApp({
    env: { ...vendor.environment, MCP_ENABLE_PLACEHOLDER: "true" },
  });
  await using client = await connectTestClient(test.app);
  const prompt = `The cottage\n${"by the sea ".repeat(30)}`;
  const args = { prompt, provider: "placeholder", resolution: "64x64", n: 2 };
  const { images } = (await client.call("generate_image", args)).envelope;
  for (const prompt of ["one", "two"]) {
    await client.call("generate_image", { ...args, prompt, n: 1 });
  }
  const rows = async (args: Record<string, unknown>) =>
    (await client.call("list_jobs", args)).envelope.jobs;
  const all = await rows({});
  assert.deepEqual(all.map(({ prompt }: { prompt: string }) => prompt.slice(0, 11)), [
    "two",
    "one",
    "The cottage",
  ]);
  const { id: _, started_at, ...cottage } = all[2];
  assert.ok(Date.parse(started_at) <= Date.now());
  assert.match(cottage.age, /^\d+ s$/);
  assert.deepEqual({ ...cottage, age: "" }, {
    state: "finished",
    provider: "placeholder",
    age: "",
    prompt: "The cottage by the sea by the sea by the sea by the sea by …",
    image_ids: images.map(({ id }: { id: string }) => id),
  });
  assert.deepEqual((await rows({ limit: 1 })).map(({ id }: { id: string }) => id), [all[0].id]);
  assert.deepEqual(await rows({ status: "running" }), []);
  assert.equal((await rows({ status: "Finished" })).length, 3);
  const wrong = await client.call("list_jobs", { status: "asleep" });
  assert.match(
    wrong.envelope.error.message,
    /'status' must be 'running', 'finished', 'failed' or 'cancelled', current value is "asleep"/,
  );
});

Deno.test("a placeholder that was cancelled charged nothing, and says so", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const args = { prompt: "a forest", resolution: "2048x2048", n: 10, wait_seconds: 0 };
  const { job } = (await client.call("generate_image", args)).envelope;
  await isIn(test.app, job.id, "running");
  const { envelope } = await client.call("cancel_job", { job_id: job.id });
  assert.deepEqual(
    [envelope.cancelled, envelope.may_be_charged, envelope.message],
    [true, false, "placeholder stopped it; nothing is charged"],
  );
});

Deno.test("'last' is the newest job of the one who asks", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  for (const tool of ["get_job", "cancel_job"]) {
    const { envelope } = await client.call(tool, { job_id: "last" });
    assert.equal(envelope.error.code, "job_not_found");
  }
  await client.call("generate_image", { prompt: "first", resolution: "64x64" });
  const made = await client.call("generate_image", { prompt: "second", resolution: "64x64" });
  const [image] = made.envelope.images;
  assert.deepEqual((await client.call("get_job", { job_id: "last" })).envelope.images, [image]);
  assert.deepEqual((await client.call("get_image_data", { image_id: "LAST" })).envelope.images, [
    image,
  ]);
  const { envelope } = await client.call("cancel_job", { job_id: "last" });
  assert.equal(envelope.job.state, "finished");
});

Deno.test("get_job fails as the original call would have", async () => {
  await using fake = await startTencent({ drawingTime: 300 });
  fake.failNextJob("FailedOperation.GenerateImageFailed", "审核不通过");
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const args = { prompt: "a cat", wait_seconds: 0.1 };
  const { job } = (await client.call("generate_image", args)).envelope;
  const { envelope, isError } = await client.call("get_job", { job_id: job.id });
  assert.equal(isError, true);
  assert.equal(envelope.error.code, "content_refused");
});

Deno.test("jobs are seen by later sessions, as a tool and as a resource", async () => {
  await using fake = await startTencent({ drawingTime: 60_000 });
  await using test = await openTestApp({ env: fake.environment });
  {
    await using client = await connectTestClient(test.app);
    const args = { prompt: "a cat", wait_seconds: 0.1 };
    const { job } = (await client.call("generate_image", args)).envelope;
    await isIn(test.app, job.id, "accepted");
  }
  await using client = await connectTestClient(test.app);
  const { jobs } = (await client.call("list_jobs")).envelope;
  assert.deepEqual(jobs.map((job: { state: string }) => job.state), ["accepted"]);
  const { contents } = await client.client.readResource({ uri: "jobs://list" });
  assert.deepEqual(JSON.parse((contents[0] as { text: string }).text), jobs);
});

Deno.test("cancel_job tells at each stage what may have been charged", async () => {
  await using fake = await startTencent({ drawingTime: 60_000 });
  await using openai = fakeOpenAI();
  openai.misbehave("hangs");
  const env = { ...fake.environment, ...openai.environment };
  await using test = await openTestApp({ env });
  await using client = await connectTestClient(test.app);
  const start = async (state: string, provider: string): Promise<string> => {
    const args = { prompt: state, provider, wait_seconds: 0.1 };
    const { job } = (await client.call("generate_image", args)).envelope;
    await isIn(test.app, job.id, state);
    return job.id;
  };
  const accepted = await start("accepted", "hunyuan");
  const queued = await start("queued", "hunyuan");
  const running = await start("running", "openai");
  const stages = [
    [queued, false, /nothing was sent/],
    [running, true, /openai was aborted; it may have been charged/],
    [accepted, true, /hunyuan had accepted it and will most likely charge/],
  ] as const;
  for (const [job_id, mayBeCharged, words] of stages) {
    const { envelope } = await client.call("cancel_job", { job_id });
    assert.equal(envelope.cancelled, true);
    assert.equal(envelope.may_be_charged, mayBeCharged);
    assert.match(envelope.message, words);
    assert.equal(envelope.job.state, "cancelled");
    const again = (await client.call("cancel_job", { job_id })).envelope;
    assert.deepEqual([again.cancelled, again.may_be_charged], [false, mayBeCharged]);
    const end = await client.call("get_job", { job_id });
    assert.equal(end.envelope.error.code, "cancelled");
  }
  assert.deepEqual(promptsSent(fake), ["accepted"]);
});

Deno.test("cancel_job of an unknown job says so", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope, isError } = await client.call("cancel_job", { job_id: "job_none" });
  assert.equal(isError, true);
  assert.equal(envelope.error.code, "job_not_found");
});

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a cancelled call (${mode}) drops what is queued, and what is sent is stored`, async () => {
    await using fake = await startTencent({ drawingTime: 500 });
    await using test = await openTestApp({ env: fake.environment });
    await using client = await connectTestClient(test.app, { mode });
    const leaving = new AbortController();
    const calls = ["sent", "queued"].map((prompt) =>
      client.call("generate_image", { prompt }, { signal: leaving.signal })
    );
    await until("one is sent, the other waits", () => {
      const { running, waiting } = test.app.imageService.load;
      return running === 1 && waiting === 1 && promptsSent(fake).length === 1;
    });
    leaving.abort();
    const ends = await Promise.allSettled(calls);
    assert.deepEqual(ends.map(({ status }) => status), ["rejected", "rejected"]);
    assert.equal(await test.app.imageService.jobs.drain(5), true);
    const states = (await test.app.imageService.jobs.list("")).map(({ state }) => state);
    assert.deepEqual(states.sort(), ["cancelled", "finished"]);
    assert.deepEqual(promptsSent(fake), ["sent"]);
    assert.equal(pictureFiles(test.folder).length, 1);
  });
}

Deno.test("a client that closes stdin still gets its answer, and the picture is stored", async () => {
  await using fake = await startTencent({ drawingTime: 700 });
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path, env: fake.environment });
  await server.initialize();
  const params = { name: "generate_image", arguments: { prompt: "a cat" } };
  const call = await server.begin("tools/call", params);
  await server.closeStdin();
  assert.equal((await server.status).code, 0);
  const { result } = await server.answerTo(call);
  assert.equal(result.structuredContent.images.length, 1);
});

Deno.test("a server whose stdin has closed ends after the grace, and leaves the job to the next", async () => {
  await using fake = await startTencent();
  fake.hold();
  await using folder = await temporaryFolder();
  const env = { ...fake.environment, MCP_SHUTDOWN_GRACE: "1" };
  await using server = startServer({ folder: folder.path, env });
  await server.initialize();
  const args = { prompt: "a cat", wait_seconds: 0.3 };
  const { job } = await server.call("generate_image", args);
  const params = { name: "get_job", arguments: { job_id: job.id } };
  await server.begin("tools/call", params);
  const closed = performance.now();
  await server.closeStdin();
  assert.equal((await server.status).code, 0);
  const took = performance.now() - closed;
  assert.ok(took > 900 && took < 5_500, `it took ${took} ms`);

  fake.finish();
  await using next = startServer({ folder: folder.path, env });
  await next.initialize();
  const { images } = await next.call("get_job", { job_id: job.id });
  assert.deepEqual(await Deno.readFile(images[0].local_path), fake.pictures[0]);
  assert.deepEqual(promptsSent(fake), ["a cat"]);
});

Deno.test("an older client's broken stream drops what is queued; what is sent can be taken over", async () => {
  await using fake = await startTencent({ drawingTime: 1_500 });
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: fake.environment });
  const session = await openSession(server);
  const sent = await beginLegacyCall(server, session, "sent", 1);
  await until("it is sent", () => promptsSent(fake).length === 1);
  const queued = await beginLegacyCall(server, session, "queued", 2);
  await until("the other waits", async () => (await statesOf(server)).includes("queued"));
  queued.abort();
  await until("it is dropped", async () => (await statesOf(server)).includes("cancelled"));
  const before = await answersOver(server);
  sent.abort();
  await until("the server has noticed", async () => await answersOver(server) > before);

  const later = await callLegacy(server, await openSession(server), "sent");
  assert.match(later.warnings.join(), /not paid for twice/);
  assert.equal(later.images.length, 1);
  assert.deepEqual(promptsSent(fake), ["sent"]);
});

Deno.test("a request sent again after a broken stream finds its job", async () => {
  await using fake = await startTencent({ drawingTime: 700 });
  await using folder = await temporaryFolder();
  const env = { ...fake.environment, MCP_DEDUPE: "false" };
  await using server = await startHttpServer({ folder: folder.path, env });
  const session = await openSession(server);
  const first = await beginLegacyCall(server, session, "a cat", 7);
  await until("it is sent", () => promptsSent(fake).length === 1);
  first.abort();
  const again = await callLegacy(server, session, "a cat", 7);
  const afterTheEnd = await callLegacy(server, session, "a cat", 7);
  assert.equal(again.images[0].id, afterTheEnd.images[0].id);
  assert.deepEqual(promptsSent(fake), ["a cat"]);
  await callLegacy(server, session, "a cat", 8);
  assert.deepEqual(promptsSent(fake), ["a cat", "a cat"]);
});

Deno.test("a stream that broke can be resumed and brings the picture", async () => {
  await using fake = await startTencent({ drawingTime: 700 });
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: fake.environment });
  const session = await openSession(server);
  const call = await beginLegacyCall(server, session, "a cat", 1);
  await until("it is sent", () => promptsSent(fake).length === 1);
  call.abort();
  const headers = {
    accept: "text/event-stream",
    "mcp-session-id": session,
    "last-event-id": call.eventId,
  };
  const response = await until("the server sees that the stream broke", async () => {
    const resumed = await fetch(`${server.url}/mcp`, { headers });
    if (resumed.ok) return resumed;
    await resumed.body?.cancel();
  });
  const [message] = await messagesUntilAnswer(response);
  // deno-lint-ignore no-explicit-any
  const { result } = message as any;
  assert.equal(result.structuredContent.images.length, 1);
});

Deno.test("a newer client's closed stream lets the picture be stored and taken over", async () => {
  await using fake = await startTencent({ drawingTime: 1_500 });
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: fake.environment });
  const params = { name: "generate_image", arguments: { prompt: "a cat" } };
  const leaving = new AbortController();
  const post = modernPost("tools/call", params);
  const response = await fetch(`${server.url}/mcp`, { ...post, signal: leaving.signal });
  await until("it is sent", () => promptsSent(fake).length === 1);
  const before = await answersOver(server);
  leaving.abort();
  await response.body?.cancel().catch(() => {});
  await until("the server has noticed", async () => await answersOver(server) > before);

  const again = await fetch(`${server.url}/mcp`, modernPost("tools/call", params));
  const messages = await messagesOf(again);
  // deno-lint-ignore no-explicit-any
  const { structuredContent } = (messages.at(-1) as any).result;
  assert.match(structuredContent.warnings.join(), /not paid for twice/);
  assert.deepEqual(promptsSent(fake), ["a cat"]);
});

Deno.test("over HTTP a job is known to its token only, in whatever session", async () => {
  await using fake = await startTencent({ drawingTime: 300 });
  await using folder = await temporaryFolder();
  const env = { ...fake.environment, MCP_AUTH_TOKEN: `one=${ONE},two=${TWO}` };
  await using server = await startHttpServer({ folder: folder.path, env });
  const args = { prompt: "a cat", wait_seconds: 0.1 };
  const first = await openSession(server, ONE);
  const { job } = await callLegacy(server, first, args, 1, { token: ONE });
  const ask = async (token: string) => {
    const session = await openSession(server, token);
    return await callLegacy(server, session, { job_id: job.id }, 1, { token, tool: "get_job" });
  };
  assert.equal((await ask(TWO)).error.code, "job_not_found");
  assert.equal((await ask(ONE)).images.length, 1);
});

const ONE = "the-first-token-of-this-test-0123456789";
const TWO = "the-second-token-of-this-test-0123456789";

async function openSession({ url }: HttpServerProcess, token?: string): Promise<string> {
  const response = await fetch(`${url}/mcp`, legacyPost(initialize(), { token }));
  await response.body?.cancel();
  const session = response.headers.get("mcp-session-id");
  assert.ok(session);
  return session;
}

interface OpenCall {
  /** Of the event the stream opened with. */
  readonly eventId: string;
  /** Breaks the stream. */
  abort(): void;
}

/** Asks for a picture as an older client, and leaves the stream open. */
async function beginLegacyCall(
  { url }: HttpServerProcess,
  session: string,
  prompt: string,
  id: number,
): Promise<OpenCall> {
  const call = toolCall("generate_image", { prompt }, id);
  const leaving = new AbortController();
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const post = legacyPost(call, { session, headers });
  const response = await fetch(`${url}/mcp`, { ...post, signal: leaving.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  let eventId: string | undefined;
  while (eventId === undefined) {
    text += (await reader.read()).value ?? "";
    eventId = text.match(/^id: ?(\S+)$/m)?.[1];
  }
  return {
    eventId,
    abort() {
      leaving.abort();
      reader.cancel().catch(() => {});
    },
  };
}

/** Calls a tool as an older client; returns its structured content. */
async function callLegacy(
  { url }: HttpServerProcess,
  session: string,
  promptOrArgs: string | Record<string, unknown>,
  id = 1,
  { token, tool = "generate_image" }: { token?: string; tool?: string } = {},
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const args = typeof promptOrArgs === "string" ? { prompt: promptOrArgs } : promptOrArgs;
  const response = await fetch(
    `${url}/mcp`,
    legacyPost(toolCall(tool, args, id), { session, token }),
  );
  const messages = await messagesOf(response);
  // deno-lint-ignore no-explicit-any
  return (messages.at(-1) as any).result.structuredContent;
}

async function isIn(app: App, id: string, state: string): Promise<void> {
  await until(`job ${id} is ${state}`, async () => {
    return (await app.imageService.jobs.find(id, ""))?.state === state;
  });
}

/** How many POSTs are answered to their end, or were left by their clients. */
async function answersOver({ url }: HttpServerProcess): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = /^mcp_image_http_requests_total\{route="\/mcp",method="POST",status="200"\} (\d+)$/m;
  return Number(line.exec(text)?.[1] ?? 0);
}

async function statesOf(server: HttpServerProcess): Promise<readonly string[]> {
  const session = await openSession(server);
  const { jobs } = await callLegacy(server, session, {}, 1, { tool: "list_jobs" });
  return jobs.map(({ state }: { state: string }) => state);
}

/** The messages of a stream that stays open after the answer. */
async function messagesUntilAnswer(response: Response): Promise<Record<string, unknown>[]> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/^data: \{.*"result".*\}$/m.test(text)) {
    const { value, done } = await reader.read();
    assert.ok(!done, `The stream ended without an answer:\n${text}`);
    text += value;
  }
  await reader.cancel();
  return text.split("\n").filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice("data: ".length)));
}

function promptsSent({ requests }: TencentFake): readonly string[] {
  return requests.filter(({ headers }) => headers["x-tc-action"]?.startsWith("Submit"))
    .map(({ json }) => (json as { Prompt: string }).Prompt);
}

function pictureFiles(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile)
    .map(({ name }) => join(folder, name));
}
