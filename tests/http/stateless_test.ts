/** Requests without sessions, which take turns at few servers. */

import assert from "node:assert/strict";
import { until } from "../support/wait.ts";
import { modernPost, type TestHandler, testHandler } from "./support.ts";

const ECHO = { name: "echo", arguments: { text: "hi" } };

function call(handler: TestHandler, params: Record<string, unknown> = ECHO): Promise<Response> {
  return handler.ask("/mcp", modernPost("tools/call", params));
}

function begin(handler: TestHandler, name: string): Promise<Response> {
  return call(handler, { name, arguments: {} });
}

Deno.test("one server serves one request after another, of whatever kind", async () => {
  await using handler = testHandler();
  for (const method of ["tools/list", "server/discover"]) {
    const response = await handler.ask("/mcp", modernPost(method));
    assert.equal(response.status, 200, await response.text());
  }
  for (const params of [ECHO, { name: "nothing", arguments: {} }, ECHO]) {
    assert.equal((await call(handler, params)).status, 200);
  }
  await (await begin(handler, "progress")).text(); // a stream
  const contradiction = modernPost("tools/call", ECHO, { "mcp-name": "another" });
  assert.equal((await handler.ask("/mcp", contradiction)).status, 400);
  assert.equal((await call(handler)).status, 200);
  assert.equal(handler.dependencies.small.made(), 1);
});

Deno.test("requests at once have a server each", async () => {
  await using handler = testHandler();
  const { made, begun, gate } = handler.dependencies.small;
  const waiting = [1, 2].map(() => begin(handler, "wait"));
  await until("both have begun", () => begun() === 2);
  assert.equal(made(), 2);
  gate.open();
  for (const response of waiting) assert.match(await (await response).text(), /waited/);
  await Promise.all([1, 2].map(() => call(handler)));
  assert.equal(made(), 2);
});

Deno.test("a server whose client has left is not used again", async () => {
  await using handler = testHandler();
  const { made, aborted } = handler.dependencies.small;
  const left = await begin(handler, "wait");
  await left.body?.cancel();
  await until("the call is aborted", () => aborted() === 1);
  for (let count = 0; count < 2; count++) assert.equal((await call(handler)).status, 200);
  assert.equal(made(), 2);
});

Deno.test("what a call says after its client has left reaches nobody else", async () => {
  await using handler = testHandler();
  const { begun, gate } = handler.dependencies.small;
  const left = await begin(handler, "linger");
  await left.body?.cancel();
  const other = await begin(handler, "wait");
  await until("the other has begun", () => begun() === 2);
  gate.open();
  const text = await other.text();
  assert.match(text, /waited/);
  assert.doesNotMatch(text, /progress/);
});

Deno.test("after a rush few servers are kept", async () => {
  await using handler = testHandler();
  const { made, gate } = handler.dependencies.small;
  const rush = Array.from({ length: 40 }, () => begin(handler, "wait"));
  await until("all have begun", () => handler.dependencies.small.begun() === 40);
  gate.open();
  for (const response of rush) await (await response).text();
  await Promise.all(Array.from({ length: 40 }, () => call(handler)));
  assert.ok(made() > 50 && made() < 80, `${made()} servers were made`);
});

Deno.test("requests of an odd shape leave no listener behind on a signal they share", async () => {
  const listeners = new Map<EventTarget, number>();
  const { addEventListener } = AbortSignal.prototype;
  AbortSignal.prototype.addEventListener = function (...parameters: unknown[]) {
    listeners.set(this, (listeners.get(this) ?? 0) + 1);
    return Reflect.apply(addEventListener, this, parameters);
  };
  try {
    await using handler = testHandler({ MCP_ENABLE_SESSIONS: "false" });
    const { headers } = modernPost("tools/list");
    const body = JSON.stringify([{ jsonrpc: "2.0", id: 1, result: {} }]);
    for (let count = 0; count < 10; count++) {
      await (await handler.ask("/mcp", { method: "POST", headers, body })).text();
    }
  } finally {
    AbortSignal.prototype.addEventListener = addEventListener;
  }
  assert.ok(Math.max(...listeners.values()) < 5, `${[...listeners.values()]} listeners`);
  assert.ok(listeners.size >= 10, "nobody listened");
});
