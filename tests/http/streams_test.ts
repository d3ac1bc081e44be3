import assert from "node:assert/strict";
import {
  initialize,
  legacyPost,
  messagesOf,
  modernPost,
  openSession,
  smallServer,
  testHandler,
  testServer,
  toolCall,
  until,
} from "./support.ts";

const WAIT = { name: "wait", arguments: {} };

/** Reads what a stream has brought once `isEnough`, and goes on to hold it. */
async function readUntil(
  reader: ReadableStreamDefaultReader<string>,
  isEnough: (text: string) => boolean,
): Promise<string> {
  let text = "";
  while (!isEnough(text)) {
    const { done, value } = await reader.read();
    assert.ok(!done, `The stream ended with ${JSON.stringify(text)}`);
    text += value;
  }
  return text;
}

function textReader(response: Response): ReadableStreamDefaultReader<string> {
  return response.body!.pipeThrough(new TextDecoderStream()).getReader();
}

Deno.test("every kind of event stream begins at once and carries comments while nothing happens", async () => {
  await using server = testServer({ MCP_SSE_KEEPALIVE: "1" });
  const url = `${server.url}/mcp`;
  const ask = (_path: string, init: RequestInit) => fetch(url, init);
  const session = await openSession({ ask });
  const old = await openSession({ ask }, { version: "2025-03-26" });
  const kinds: [string, RequestInit][] = [
    ["a call of 2026-07-28", modernPost("tools/call", WAIT)],
    [
      "a call of 2025-11-25",
      legacyPost(toolCall("wait"), {
        session,
        headers: { "mcp-protocol-version": "2025-11-25" },
      }),
    ],
    ["a call of 2025-03-26", legacyPost(toolCall("wait"), { session: old })],
    ["GET", { headers: { accept: "text/event-stream", "mcp-session-id": session } }],
  ];
  await Promise.all(kinds.map(async ([kind, init]) => {
    const response = await fetch(url, init);
    assert.equal(response.headers.get("content-type"), "text/event-stream", kind);
    const reader = textReader(response);
    await readUntil(reader, (text) => text.startsWith(": open\n\n"));
    await readUntil(reader, (text) => /^: keep-?alive$/m.test(text));
    await readUntil(reader, (text) => /^: keep-?alive$/m.test(text));
    await readUntil(reader, (text) => /^: keep-?alive$/m.test(text));
    await reader.cancel();
  }));
  server.dependencies.small.gate.open();
});

Deno.test("without sessions, too, an older client's long call is kept alive", async () => {
  await using server = testServer({ MCP_SSE_KEEPALIVE: "1", MCP_ENABLE_SESSIONS: "false" });
  const reader = textReader(await fetch(`${server.url}/mcp`, legacyPost(toolCall("wait"))));
  await readUntil(reader, (text) => text.startsWith(": open\n\n"));
  await readUntil(reader, (text) => /^: keep-?alive$/m.test(text));
  await reader.cancel();
});

Deno.test("a quick call is answered in one piece", async () => {
  await using server = testServer();
  const ask = (_path: string, init: RequestInit) => fetch(`${server.url}/mcp`, init);
  const session = await openSession({ ask });
  const quick = { name: "echo", arguments: { text: "hi" } };
  for (
    const init of [
      modernPost("tools/call", quick),
      legacyPost(toolCall("echo", { text: "hi" }), { session }),
    ]
  ) {
    const answer = await ask("", init);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.ok(answer.headers.get("content-length"));
    assert.equal((await answer.json()).id, 1);
  }
});

Deno.test("an answer with something before it is a stream, though all of it comes at once", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  for (const version of ["2025-06-18", "2025-11-25"]) {
    const headers = { "mcp-protocol-version": version };
    const call = legacyPost(toolCall("progress"), { session, headers });
    const response = await handler.ask("/mcp", call);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const messages = await messagesOf(response);
    assert.deepEqual(messages.map(({ method = "answer" }) => method), [
      "notifications/progress",
      "answer",
    ]);
  }
});

Deno.test("a client of 2026-07-28 that leaves its call has cancelled it", async () => {
  await using server = testServer();
  const { begun, aborted } = server.dependencies.small;
  const leaving = new AbortController();
  const { signal } = leaving;
  const response = await fetch(`${server.url}/mcp`, { ...modernPost("tools/call", WAIT), signal });
  await until(() => begun() === 1);
  leaving.abort();
  await assert.rejects(response.text());
  await until(() => aborted() === 1);
});

Deno.test("an older client that leaves its call has not cancelled it", async () => {
  await using handler = testHandler();
  const { begun, aborted, gate } = handler.dependencies.small;
  const session = await openSession(handler);
  const response = await handler.ask("/mcp", legacyPost(toolCall("wait"), { session }));
  await until(() => begun() === 1);
  await response.body?.cancel();
  gate.open();
  await until(() => handler.running === 0);
  assert.equal(aborted(), 0);
});

Deno.test("the log line of a long call tells how long it really took", async () => {
  await using handler = testHandler();
  const response = await handler.ask("/mcp", modernPost("tools/call", WAIT));
  assert.equal(handler.dependencies.log.lines.length, 0);
  assert.equal(handler.running, 1);
  handler.dependencies.small.gate.open();
  await messagesOf(response);
  assert.equal(handler.running, 0);
  assert.deepEqual(handler.dependencies.log.lines.map(({ event }) => event), ["request"]);
});

Deno.test("a stream whose client leaves while nothing happens has ended once", async () => {
  await using handler = testHandler({ MCP_MAX_SESSIONS: "1" });
  const session = await openSession(handler);
  const get = { headers: { accept: "text/event-stream", "mcp-session-id": session } };
  const reader = textReader(await handler.ask("/mcp", get));
  await readUntil(reader, (text) => text.startsWith(": open"));
  const call = await handler.ask("/mcp", modernPost("tools/call", WAIT));
  await until(() => handler.dependencies.small.begun() === 1);
  const before = handler.dependencies.log.lines.length;
  await Promise.all([reader.cancel(), call.body?.cancel()]);
  await until(() => handler.dependencies.small.aborted() === 1);
  assert.equal(handler.running, 0);
  assert.equal(handler.dependencies.log.lines.length, before + 2);
  await openSession(handler); // the idle session makes room
});

Deno.test("what is no call keeps its status, however long the server takes", async () => {
  const { makeServer } = smallServer();
  await using handler = testHandler({}, {
    async makeServer(context) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return await makeServer(context);
    },
  });
  const init = modernPost("notifications/cancelled", { requestId: 1 });
  const { id: _, ...notification } = JSON.parse(String(init.body));
  const response = await handler.ask("/mcp", { ...init, body: JSON.stringify(notification) });
  assert.equal(response.status, 202);
  assert.equal(await response.text(), "");
});

Deno.test("a subscription is an open stream and no running call", async () => {
  await using handler = testHandler();
  const response = await handler.ask(
    "/mcp",
    modernPost("subscriptions/listen", { notifications: { toolsListChanged: true } }),
  );
  const reader = textReader(response);
  await readUntil(reader, (text) => text.includes("notifications/subscriptions/acknowledged"));
  assert.equal(handler.running, 0);
  await reader.cancel();
});

Deno.test("an answer larger than many chunks arrives whole", async () => {
  await using server = testServer({ MCP_MAX_BODY_BYTES: "4000000" });
  const words = "図".repeat(700_000);
  const call = { name: "echo", arguments: { text: words } };
  const [answer] = await messagesOf(
    await fetch(`${server.url}/mcp`, modernPost("tools/call", call)),
  );
  const { content } = answer?.result as { content: { text: string }[] };
  assert.equal(content[0]?.text === words, true);
  await (await fetch(`${server.url}/mcp`, legacyPost(initialize()))).body?.cancel();
});
