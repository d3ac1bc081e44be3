/** Sessions of older clients at servers that share a database, whichever of them a request comes to. */

import assert from "node:assert/strict";
import type { HttpDependencies } from "../../src/http/dependencies.ts";
import { silentLogger } from "../../src/log.ts";
import { openPostgresRecords } from "../../src/storage/postgres/postgres_records.ts";
import { heardBy } from "../storage/contracts/announcements.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/wait.ts";
import {
  errorOf,
  firstEvent,
  legacyPost,
  listen,
  messagesOf,
  openSession,
  type TestHandler,
  testHandler,
  toolCall,
} from "./support.ts";

const ignore = POSTGRES === undefined;

/** One for all tests of this file, from the first to the last. */
let server: Promise<PostgresServer> | undefined;
const postgres = () => server ??= startPostgres();

interface Servers extends AsyncDisposable {
  readonly one: TestHandler;
  readonly other: TestHandler;
  /** Ends the first one as a crash does: nobody hears of it. */
  crash(): Promise<void>;
}

/** Two servers that share a new database, and hear each other. */
async function openServers(
  settings: Record<string, string> = {},
  overrides: Partial<HttpDependencies> = {},
): Promise<Servers> {
  const url = await (await postgres()).createDatabase();
  const machines = [0, 1].map(() => {
    const { records, announcements } = openPostgresRecords(url, silentLogger);
    const common = { records: async () => (await records()).common!, announcements };
    const handler = testHandler(settings, { ...overrides, common });
    let isOver = false;
    return {
      handler,
      announcements,
      async stop() {
        if (isOver) return;
        isOver = true;
        await announcements.close();
        await handler.close();
        await (await records()).close();
      },
    };
  });
  const [one, other] = machines;
  await heardBy(one!.announcements, "ready", other!.announcements);
  await heardBy(other!.announcements, "ready", one!.announcements);
  return {
    one: one!.handler,
    other: other!.handler,
    crash: () => one!.stop(),
    async [Symbol.asyncDispose]() {
      for (const { stop } of machines) await stop();
    },
  };
}

function test(name: string, fn: () => Promise<void>) {
  Deno.test({ name, ignore, fn });
}

function call(
  { ask }: TestHandler,
  session: string,
  { name = "echo", id = 1, token }: { name?: string; id?: number | string; token?: string } = {},
): Promise<Response> {
  const body = { ...toolCall(name, { text: "hi" }), id };
  const headers = { "mcp-protocol-version": "2025-11-25" };
  return ask("/mcp", legacyPost(body, { session, token, headers }));
}

async function statusOf(response: Response | Promise<Response>): Promise<number> {
  const { body, status } = await response;
  await body?.cancel();
  return status;
}

function headersOf(session: string, lastEventId = ""): RequestInit {
  const accept = "text/event-stream";
  return { headers: { "mcp-session-id": session, accept, "last-event-id": lastEventId } };
}

test("a session that one server began goes on at another, which its client does not notice", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const answers = await Promise.all([1, 2, 3].map((id) => call(other, session, { id })));
  for (const answer of answers) {
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("mcp-session-id"), session);
    const [{ result } = {}] = await messagesOf(answer);
    assert.deepEqual(result, { content: [{ type: "text", text: "hi" }] });
  }
  assert.equal(other.dependencies.small.made(), 1, "it is made anew once");
  assert.equal(await statusOf(call(one, session)), 200);
});

test("a session that is done with is over everywhere", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  assert.equal(await statusOf(call(other, session)), 200);
  const done = { method: "DELETE", headers: { "mcp-session-id": session } };
  assert.equal(await statusOf(other.ask("/mcp", done)), 200);
  assert.equal(await statusOf(call(other, session)), 404);
  await until("the first one hears of it", () => one.sessions === 0);
  assert.equal(await statusOf(call(one, session)), 404);
});

test("another owner's session is an unknown one at every server", async () => {
  await using servers = await openServers({ MCP_AUTH_TOKEN: "ann=first-token,bob=second-token" });
  const { one, other } = servers;
  const session = await openSession(one, { token: "first-token" });
  for (const server of [one, other]) {
    const refused = await call(server, session, { token: "second-token" });
    assert.equal(refused.status, 404);
    assert.equal((await errorOf(refused)).message, "Session not found");
  }
  assert.equal(other.sessions, 0);
  assert.equal(await statusOf(call(other, session, { token: "first-token" })), 200);
  assert.equal(await statusOf(call(other, session, { token: "second-token" })), 404);
});

test("a call is cancelled at the server that works on it, wherever its client says so", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const answer = await call(one, session, { name: "wait", id: 7 });
  await until("it has begun", () => one.dependencies.small.begun() === 1);
  const cancelled = {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7 },
  };
  assert.equal(await statusOf(other.ask("/mcp", legacyPost(cancelled, { session }))), 202);
  await until("it is aborted", () => one.dependencies.small.aborted() === 1);
  assert.equal(one.running, 0);
  await answer.body?.cancel();
});

test("a session is idle when no server was asked for it", async () => {
  let time = 1_000_000;
  const settings = { MCP_SESSION_TIMEOUT: "1000" };
  await using servers = await openServers(settings, { now: () => time });
  const { one, other } = servers;
  const [idle, used] = [await openSession(one), await openSession(one)];
  time += 900_000;
  assert.equal(await statusOf(call(other, used)), 200);
  time += 900_000;
  assert.equal(await statusOf(call(one, used)), 200, "it was used at another server");
  for (const server of [one, other]) assert.equal(await statusOf(call(server, idle)), 404);
});

test("the number of sessions holds over all servers, and the longest idle makes room", async () => {
  await using servers = await openServers({ MCP_MAX_SESSIONS: "2" });
  const { one, other } = servers;
  const first = await openSession(one);
  const second = await openSession(other);
  const third = await openSession(other);
  await until("the first server hears of it", () => one.sessions === 0);
  assert.equal(await statusOf(call(one, first)), 404);
  for (const session of [second, third]) {
    assert.equal(await statusOf(call(one, session)), 200);
  }
});

test("a client that listens elsewhere is not listened to here any more", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const before = await listen(one, session);
  const after = await listen(other, session);
  assert.equal(after.status, 200);
  assert.equal(await before.text(), ": open\n\n", "the first stream ends");
  await other.dependencies.small.announce();
  assert.match(await firstEvent(after), /tools\/list_changed/);
});

test("word of a stream that comes after its client has gone on ends nothing", async () => {
  let time = 2_000_000;
  await using servers = await openServers({}, { now: () => time });
  const { one, other } = servers;
  const [gone, next] = [await openSession(one), await openSession(one)];
  const ended = await listen(other, next);
  const stream = await listen(other, gone);
  time -= 1000;
  const late = await listen(one, gone);
  time += 2000;
  const last = await listen(one, next);
  await ended.text(); // so that all has been heard
  await other.dependencies.small.announce();
  assert.match(await firstEvent(stream), /tools\/list_changed/);
  await Promise.all([late, last].map(({ body }) => body?.cancel()));
});

test("a call's stream that was lost is resumed at another server", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const cut = await call(one, session, { name: "retreat", id: "a.1" });
  const [, event] = /^id: (.*)$/m.exec(await cut.text()) ?? [];
  const resumed = await other.ask("/mcp", headersOf(session, event));
  assert.equal(resumed.status, 200);
  one.dependencies.small.gate.open();
  const [answer] = await messagesOf(resumed);
  assert.equal(answer?.id, "a.1");
  assert.match(JSON.stringify(answer), /welcome back/);

  const again = await other.ask("/mcp", headersOf(session, event));
  assert.match(await again.text(), /welcome back/, "what was sent once is sent again");
  const unknown = event!.replace(/^\d+/, "999");
  assert.equal(await statusOf(other.ask("/mcp", headersOf(session, unknown))), 400);
});

test("a call whose server has died is answered with where to look for it", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const cut = await call(one, session, { name: "retreat", id: 7 });
  const [, event] = /^id: (.*)$/m.exec(await cut.text()) ?? [];
  await servers.crash();
  const resumed = await other.ask("/mcp", headersOf(session, event));
  const [answer] = await messagesOf(resumed);
  assert.equal(answer?.id, 7);
  assert.match((answer?.error as { message: string }).message, /has ended.*list_jobs.*get_job/);
  assert.equal(await statusOf(call(other, session)), 200);
});

test("a client that comes back to another server for what belongs to no call is told to look again", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const headers = { "mcp-session-id": session, accept: "text/event-stream" };
  const lost = await one.ask("/mcp", {
    headers: { ...headers, "mcp-protocol-version": "2025-11-25" },
  });
  const [, event] = /^id: (.*)$/m.exec(await firstEvent(lost)) ?? [];
  assert.ok(event, "it can come back before it has heard of anything");
  await servers.crash();
  const resumed = await other.ask("/mcp", headersOf(session, event));
  assert.equal(resumed.status, 200);
  assert.match(await firstEvent(resumed), /resources\/list_changed/);
});

test("what a client says at its beginning is bounded where it is kept", async () => {
  await using servers = await openServers();
  const { one } = servers;
  const capabilities = { experimental: { long: { text: "x".repeat(40_000) } } };
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo };
  const body = { jsonrpc: "2.0", id: 0, method: "initialize", params };
  const refused = await one.ask("/mcp", legacyPost(body));
  assert.equal(refused.status, 400);
  assert.match((await errorOf(refused)).message, /at most 32768 characters/);
});

test("without the database sessions that a server holds go on, and others are asked to wait", async () => {
  await using servers = await openServers();
  const { one, other } = servers;
  const session = await openSession(one);
  const listening = await listen(one, session);
  let gaps = 0;
  one.dependencies.common!.announcements.onGap(() => gaps++);
  await (await postgres()).stop();
  try {
    assert.equal(await statusOf(call(one, session)), 200);
    const refused = await call(other, session);
    assert.equal(refused.status, 503);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    assert.match((await errorOf(refused)).message, /database.*cannot be reached.*try again/);
    const initialize = { protocolVersion: "2025-11-25", capabilities: {} };
    const params = { ...initialize, clientInfo: { name: "test", version: "1" } };
    const body = { jsonrpc: "2.0", id: 0, method: "initialize", params };
    assert.equal(await statusOf(other.ask("/mcp", legacyPost(body))), 503);
    assert.equal(other.sessions, 0);
  } finally {
    await (await postgres()).start();
  }
  await until("it can be asked again", async () => await statusOf(call(other, session)) === 200);
  await until("it hears the other again", () => gaps > 0);
  await one.close();
  const told = (await messagesOf(listening)).map(({ method }) => method);
  const both = ["notifications/resources/list_changed", "notifications/prompts/list_changed"];
  const each = Array.from({ length: gaps }, () => both);
  assert.deepEqual(told, each.flat(), "what may be missed is told, once each time");
});

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});
