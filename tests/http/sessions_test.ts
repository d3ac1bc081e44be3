import assert from "node:assert/strict";
import {
  errorOf,
  firstEvent,
  initialize,
  legacyPost,
  listen,
  messagesOf,
  openSession,
  type TestHandler,
  testHandler,
  toolCall,
  until,
} from "./support.ts";

/** A clock that stands still until a test moves it. */
function clock() {
  let time = 1_000_000;
  return { now: () => time, pass: (seconds: number) => void (time += seconds * 1000) };
}

function call(handler: TestHandler, session: string, name = "echo", id = 1): Promise<Response> {
  return handler.ask("/mcp", legacyPost(toolCall(name, { text: "hi" }, id), { session }));
}

async function isOpen(handler: TestHandler, session: string): Promise<boolean> {
  const response = await call(handler, session);
  await response.body?.cancel();
  return response.status === 200;
}

for (const version of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
  Deno.test(`a client of ${version} gets that version and a session`, async () => {
    await using handler = testHandler();
    const response = await handler.ask("/mcp", legacyPost(initialize(version)));
    const [hello] = await messagesOf(response);
    assert.equal((hello?.result as { protocolVersion: string }).protocolVersion, version);
    assert.match(
      response.headers.get("mcp-session-id") ?? "",
      /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
    );
  });
}

Deno.test("an unknown session is a 404 for every method, so that clients start anew", async () => {
  await using handler = testHandler();
  const session = crypto.randomUUID();
  assert.equal((await call(handler, session)).status, 404);
  assert.equal((await listen(handler, session)).status, 404);
  const gone = await handler.ask("/mcp", {
    method: "DELETE",
    headers: { "mcp-session-id": session },
  });
  assert.equal(gone.status, 404);
  assert.equal((await errorOf(gone)).code, -32001);
});

Deno.test("a refused request makes no session", async () => {
  await using handler = testHandler();
  const jsonOnly = { headers: { accept: "application/json" } };
  const refused: [number, RequestInit][] = [
    [406, legacyPost(initialize(), jsonOnly)],
    [415, legacyPost(initialize(), { headers: { "content-type": "text/plain" } })],
    [403, legacyPost(initialize(), { headers: { origin: "https://evil.example" } })],
    [400, legacyPost({ jsonrpc: "2.0", id: 1, method: "initialize", params: {} })],
    [400, legacyPost({ jsonrpc: "2.0", id: 1, method: "tools/list" })],
    [400, legacyPost([initialize(), initialize()])],
    [400, { headers: { accept: "text/event-stream" } }],
    [406, {}],
    [400, { method: "DELETE" }],
  ];
  for (const [status, init] of refused) {
    const response = await handler.ask("/mcp", init);
    assert.equal(response.status, status, JSON.stringify(init));
    await response.body?.cancel();
  }
  assert.equal(handler.sessions, 0);
});

Deno.test("an idle session ends, a used one does not", async () => {
  const time = clock();
  await using handler = testHandler({ MCP_SESSION_TIMEOUT: "60" }, { now: time.now });
  const [idle, used] = [await openSession(handler), await openSession(handler)];
  time.pass(50);
  assert.equal(await isOpen(handler, used), true);
  time.pass(50);
  assert.equal(await isOpen(handler, used), true);
  assert.equal(await isOpen(handler, idle), false);
  assert.equal(handler.sessions, 1);
});

Deno.test("idle sessions are swept away though nobody asks for them", async () => {
  const time = clock();
  const settings = { MCP_SESSION_TIMEOUT: "60", MCP_SESSION_CLEANUP_INTERVAL: "1" };
  await using handler = testHandler(settings, { now: time.now });
  await openSession(handler);
  time.pass(61);
  assert.equal(handler.sessions, 1);
  await until(() => handler.sessions === 0);
});

Deno.test("a session whose event stream is open is in use", async () => {
  const time = clock();
  await using handler = testHandler({ MCP_SESSION_TIMEOUT: "60" }, { now: time.now });
  const session = await openSession(handler);
  const stream = await listen(handler, session);
  assert.equal(stream.status, 200);
  time.pass(1000);
  assert.equal(await isOpen(handler, session), true);
  await stream.body?.cancel();
  time.pass(59);
  assert.equal(await isOpen(handler, session), true);
  time.pass(61);
  assert.equal(await isOpen(handler, session), false);
});

Deno.test("a session with a running call is in use, even when nobody listens for the answer", async () => {
  const time = clock();
  await using handler = testHandler({ MCP_SESSION_TIMEOUT: "60" }, { now: time.now });
  const { gate, begun, aborted } = handler.dependencies.small;
  const session = await openSession(handler);
  const answer = await call(handler, session, "wait", 7);
  await until(() => begun() === 1);
  await answer.body?.cancel();
  time.pass(1000);
  assert.equal(handler.running, 1);
  assert.equal(await isOpen(handler, session), true);
  time.pass(1000);
  gate.open();
  await until(() => handler.running === 0);
  assert.equal(aborted(), 0);
  time.pass(61);
  assert.equal(await isOpen(handler, session), false);
});

Deno.test("a cancelled call no longer counts as running", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const answer = await call(handler, session, "wait", 7);
  await until(() => handler.dependencies.small.begun() === 1);
  const cancel = {
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7 },
  };
  assert.equal((await handler.ask("/mcp", legacyPost(cancel, { session }))).status, 202);
  await until(() => handler.dependencies.small.aborted() === 1);
  assert.equal(handler.running, 0);
  await answer.body?.cancel();
});

Deno.test("past the limit the session that has been idle longest goes", async () => {
  const time = clock();
  await using handler = testHandler({ MCP_MAX_SESSIONS: "2" }, { now: time.now });
  const first = await openSession(handler);
  const second = await openSession(handler);
  assert.equal(await isOpen(handler, first), true);
  const third = await openSession(handler);
  assert.equal(handler.sessions, 2);
  assert.equal(await isOpen(handler, second), false);
  assert.equal(await isOpen(handler, first), true);
  assert.equal(await isOpen(handler, third), true);
});

Deno.test("when no session is idle a new client is asked to come again", async () => {
  await using handler = testHandler({ MCP_MAX_SESSIONS: "1" });
  const session = await openSession(handler);
  const stream = await listen(handler, session);
  const refused = await handler.ask("/mcp", legacyPost(initialize()));
  assert.equal(refused.status, 503);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal(handler.dependencies.small.made(), 1, "nothing is built for the newcomer");
  await refused.body?.cancel();
  assert.equal(handler.sessions, 1);
  assert.equal(await isOpen(handler, session), true);
  await stream.body?.cancel();
  await openSession(handler);
  assert.equal(await isOpen(handler, session), false);
});

Deno.test("clients that open sessions at once do not get past the limit together", async () => {
  await using handler = testHandler({ MCP_MAX_SESSIONS: "3" });
  const answers = await Promise.all(Array.from({ length: 12 }, async () => {
    const response = await handler.ask("/mcp", legacyPost(initialize()));
    await response.body?.cancel();
    return response.status;
  }));
  assert.ok(answers.every((status) => status === 200 || status === 503), String(answers));
  assert.ok(handler.sessions <= 3);
});

Deno.test("a refused newcomer drives no session out", async () => {
  await using handler = testHandler({ MCP_MAX_SESSIONS: "1" });
  const session = await openSession(handler);
  const init = legacyPost(initialize(), { headers: { accept: "application/json" } });
  assert.equal((await handler.ask("/mcp", init)).status, 406);
  assert.equal(await isOpen(handler, session), true);
});

Deno.test("a second initialize in a session is refused", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const response = await handler.ask("/mcp", legacyPost(initialize(), { session }));
  assert.equal(response.status, 400);
  assert.equal((await errorOf(response)).code, -32600);
});

Deno.test("a second event stream of a session is a conflict", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const stream = await listen(handler, session);
  assert.equal((await listen(handler, session)).status, 409);
  await stream.body?.cancel();
});

Deno.test("a client that lost its stream resumes it and gets the answer it missed", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const lost = await handler.ask("/mcp", legacyPost(toolCall("wait", {}, 5), { session, headers }));
  const priming = await firstEvent(lost);
  const lastEventId = /^id: (.+)$/m.exec(priming)?.[1];
  assert.ok(lastEventId, priming);
  assert.match(priming, /^retry: \d+$/m);

  const other = await call(handler, session, "echo", 6);
  await other.body?.cancel();
  handler.dependencies.small.gate.open();
  await until(() => handler.running === 0);

  const resumed = await listen(handler, session, { "last-event-id": lastEventId });
  assert.equal(resumed.status, 200);
  const messages = await messagesOf(resumed);
  assert.deepEqual(messages.map(({ id }) => id), [5], "only its own stream's messages");
});

Deno.test("a client may resume while the call still runs", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const lost = await handler.ask("/mcp", legacyPost(toolCall("wait", {}, 5), { session, headers }));
  const lastEventId = /^id: (.+)$/m.exec(await firstEvent(lost))?.[1] ?? "";
  const resumed = await listen(handler, session, { "last-event-id": lastEventId });
  handler.dependencies.small.gate.open();
  assert.deepEqual((await messagesOf(resumed)).map(({ id }) => id), [5]);
});

Deno.test("an event id of another session resumes nothing", async () => {
  await using handler = testHandler();
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const theirs = await openSession(handler);
  const call = legacyPost(toolCall("wait"), { session: theirs, headers });
  const lastEventId = /^id: (.+)$/m.exec(await firstEvent(await handler.ask("/mcp", call)))?.[1];
  assert.ok(lastEventId);
  handler.dependencies.small.gate.open();
  await until(() => handler.running === 0);
  const mine = await openSession(handler);
  const resumed = await listen(handler, mine, { "last-event-id": lastEventId });
  assert.equal(resumed.status, 400);
  assert.match((await errorOf(resumed)).message, /Last-Event-ID/);
});

Deno.test("a tool may close its stream, and the client comes back for the answer", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const call = legacyPost(toolCall("retreat", {}, 5), { session, headers });
  const closed = await (await handler.ask("/mcp", call)).text();
  const lastEventId = /^id: (.+)$/m.exec(closed)?.[1] ?? "";
  const resumed = await listen(handler, session, { "last-event-id": lastEventId });
  handler.dependencies.small.gate.open();
  assert.deepEqual((await messagesOf(resumed)).map(({ id }) => id), [5]);
});

Deno.test("the end of a client's old connection leaves the stream that it resumed", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const call = legacyPost(toolCall("retreat", {}, 5), { session, headers });
  const [old, copy] = (await handler.ask("/mcp", call)).body!.tee();
  const lastEventId = /^id: (.+)$/m.exec(await new Response(copy).text())?.[1] ?? "";
  const unread = await handler.ask(
    "/mcp",
    legacyPost(toolCall("retreat", {}, 6), { session, headers }),
  );
  const next = { "last-event-id": String(Number(lastEventId) + 1) };
  const resumed = await listen(handler, session, next);
  await Promise.all([old.cancel(), unread.body?.cancel()]);
  handler.dependencies.small.gate.open();
  assert.deepEqual((await messagesOf(resumed)).map(({ id }) => id), [6]);
});

Deno.test("a cancel that the server does not understand leaves the call its answer", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const answer = await call(handler, session, "wait", 7);
  await until(() => handler.dependencies.small.begun() === 1);
  const params = { requestId: 7, reason: null };
  const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params };
  await handler.ask("/mcp", legacyPost(cancel, { session }));
  handler.dependencies.small.gate.open();
  assert.deepEqual((await messagesOf(answer)).map(({ id }) => id), [7]);
  assert.equal(handler.running, 0);
});

Deno.test("a stream that is still open is not resumed a second time", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const lost = await handler.ask("/mcp", legacyPost(toolCall("wait"), { session, headers }));
  const lastEventId = /^id: (.+)$/m.exec(await firstEvent(lost))?.[1] ?? "";
  const resumed = await listen(handler, session, { "last-event-id": lastEventId });
  const again = await listen(handler, session, { "last-event-id": lastEventId });
  assert.equal(again.status, 409);
  handler.dependencies.small.gate.open();
  assert.equal((await messagesOf(resumed)).length, 1);
});

Deno.test("the messages of a list are answered in a list", async () => {
  await using handler = testHandler();
  const session = await openSession(handler, { version: "2025-03-26" });
  const list = [toolCall("echo", { text: "one" }, 1), toolCall("echo", { text: "two" }, 2)];
  const quick = await handler.ask("/mcp", legacyPost(list, { session }));
  assert.deepEqual((await quick.json()).map(({ id }: { id: number }) => id), [1, 2]);
  const mixed = [toolCall("wait", {}, 3), toolCall("echo", { text: "four" }, 4)];
  const slow = await handler.ask("/mcp", legacyPost(mixed, { session }));
  await until(() => handler.dependencies.small.begun() === 1);
  handler.dependencies.small.gate.open();
  assert.deepEqual((await messagesOf(slow)).map(({ id }) => id), [4, 3]);
  const tooMany = Array.from({ length: 101 }, (_, id) => toolCall("echo", { text: "" }, id));
  for (const list of [tooMany, []]) {
    const response = await handler.ask("/mcp", legacyPost(list, { session }));
    assert.equal(response.status, 400);
    assert.equal((await errorOf(response)).code, -32600);
  }
});

Deno.test("a session takes no revision that it does not speak", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const headers = { "mcp-protocol-version": "2099-01-01" };
  const response = await handler.ask("/mcp", legacyPost(toolCall("echo"), { session, headers }));
  assert.equal(response.status, 400);
  assert.match((await errorOf(response)).message, /2025-11-25, 2025-06-18/);
  const stream = await listen(handler, session, { "mcp-protocol-version": "2026-07-28" });
  assert.equal(stream.status, 400);
  assert.match((await errorOf(stream)).message, /2025-11-25, 2025-06-18/);
});

Deno.test("what the server says of itself goes to the session's general stream", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const stream = await listen(handler, session);
  await handler.dependencies.small.announce();
  const event = await firstEvent(stream);
  assert.match(event, /^id: (.+)$/m);
  assert.match(event, /notifications\/tools\/list_changed/);
  const lastEventId = /^id: (.+)$/m.exec(event)?.[1] ?? "";
  await handler.dependencies.small.announce();
  const resumed = await listen(handler, session, { "last-event-id": lastEventId });
  assert.match(await firstEvent(resumed), /notifications\/tools\/list_changed/);
});

Deno.test("with MCP_ENABLE_SESSIONS=false older clients are served without a session", async () => {
  await using handler = testHandler({ MCP_ENABLE_SESSIONS: "false" });
  const hello = await handler.ask("/mcp", legacyPost(initialize()));
  assert.equal(hello.status, 200);
  assert.equal(hello.headers.get("mcp-session-id"), null);
  await hello.body?.cancel();
  const [answer] = await messagesOf(
    await handler.ask("/mcp", legacyPost(toolCall("echo", { text: "hi" }))),
  );
  assert.deepEqual((answer?.result as { content: unknown }).content, [{
    type: "text",
    text: "hi",
  }]);
  for (const method of ["GET", "DELETE"]) {
    const response = await handler.ask("/mcp", {
      method,
      headers: { accept: "text/event-stream" },
    });
    assert.equal(response.status, 405, method);
    await response.body?.cancel();
  }
  assert.equal(handler.sessions, 0);
});

Deno.test("with MCP_ENABLE_SSE=false there is no event stream on GET", async () => {
  await using handler = testHandler({ MCP_ENABLE_SSE: "false" });
  const session = await openSession(handler);
  const response = await listen(handler, session);
  assert.equal(response.status, 405);
  assert.equal(response.headers.get("allow"), "POST, DELETE");
  assert.equal(await isOpen(handler, session), true);
});

Deno.test("closing ends every session and its streams", async () => {
  const handler = testHandler();
  const session = await openSession(handler);
  const stream = await listen(handler, session);
  await handler.close();
  assert.equal(await stream.text(), ": open\n\n");
  assert.equal(handler.sessions, 0);
});

/** Reads an event stream up to its first event, then leaves. */
