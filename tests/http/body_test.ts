import assert from "node:assert/strict";
import {
  errorOf,
  initialize,
  legacyPost,
  openSession,
  testHandler,
  testServer,
} from "./support.ts";

const SMALL = { MCP_MAX_BODY_BYTES: "1024", MCP_REQUEST_TIMEOUT: "1" };

Deno.test("a body that says it is too large is refused unread", async () => {
  await using handler = testHandler(SMALL);
  let wasRead = false;
  const body = new ReadableStream({
    pull() {
      wasRead = true;
    },
  }, { highWaterMark: 0 });
  const headers = { "content-length": "1025" };
  const init = { ...legacyPost("", { headers }), body };
  const response = await handler.ask("/mcp", init);
  assert.equal(response.status, 413);
  assert.match((await errorOf(response)).message, /1024 bytes/);
  assert.equal(wasRead, false);
});

Deno.test("an endless body is cut off at the limit", async () => {
  await using handler = testHandler(SMALL);
  let sent = 0;
  let isCancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      sent += 512;
      controller.enqueue(new Uint8Array(512).fill(0x20));
    },
    cancel() {
      isCancelled = true;
    },
  });
  assert.equal((await handler.ask("/mcp", { ...legacyPost(""), body })).status, 413);
  assert.ok(sent < 4096, `${sent} bytes were taken`);
  assert.equal(isCancelled, true);
});

Deno.test("a body of exactly the limit is read", async () => {
  await using handler = testHandler(SMALL);
  const message = JSON.stringify(initialize()).padEnd(1024, " ");
  const response = await handler.ask("/mcp", legacyPost(message));
  assert.equal(response.status, 200);
  await response.body?.cancel();
  assert.equal((await handler.ask("/mcp", legacyPost(`${message} `))).status, 413);
});

Deno.test("a body that does not arrive in time is a 408", async () => {
  await using server = testServer(SMALL);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Content-Length: 100\r\n\r\n{";
  await connection.write(new TextEncoder().encode(head));
  const answer = new Uint8Array(1024);
  const length = await connection.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 408 /);
});

Deno.test("a body that comes too slowly is not read on", async () => {
  await using handler = testHandler(SMALL);
  let isCancelled = false;
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("{")),
    cancel() {
      isCancelled = true;
    },
  });
  assert.equal((await handler.ask("/mcp", { ...legacyPost(""), body })).status, 408);
  assert.equal(isCancelled, true);
});

Deno.test("a body that announces a length and comes in chunks never gets in, since the length may lie", async () => {
  await using server = testServer(SMALL);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunk = `800\r\n${" ".repeat(0x800)}\r\n`;
  await connection.write(new TextEncoder().encode(head + chunk));
  const answer = new Uint8Array(1024);
  const length = await connection.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 400 /);
});

Deno.test("a length that is announced twice is not believed", async () => {
  await using server = testServer(SMALL);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const head = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Content-Length: 100000\r\nContent-Length: 100000\r\n\r\n";
  await connection.write(new TextEncoder().encode(head + " ".repeat(2048)));
  const answer = new Uint8Array(1024);
  const length = await connection.read(answer) ?? 0;
  assert.match(new TextDecoder().decode(answer.subarray(0, length)), /^HTTP\/1\.1 413 /);
});

for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""]) {
  Deno.test(`a body of type '${type}' is a 415`, async () => {
    await using handler = testHandler();
    for (const body of [initialize(), "no JSON at all"]) {
      const init = legacyPost(body, { headers: { "content-type": type } });
      assert.equal((await handler.ask("/mcp", init)).status, 415);
    }
    assert.equal(handler.sessions, 0);
  });
}

Deno.test("JSON may name its charset", async () => {
  await using handler = testHandler();
  const headers = { "content-type": "application/json; charset=utf-8" };
  const response = await handler.ask("/mcp", legacyPost(initialize(), { headers }));
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

for (const body of ["", "{", "not json", '{"jsonrpc":"2.0"', "\u0000"]) {
  Deno.test(`the body ${JSON.stringify(body)} is a parse error`, async () => {
    await using handler = testHandler();
    const response = await handler.ask("/mcp", legacyPost(body));
    assert.equal(response.status, 400);
    assert.equal((await errorOf(response)).code, -32700);
  });
}

for (const body of ["null", "[]", "{}", "1", '"text"', '{"method":"tools/list"}', "[[]]"]) {
  Deno.test(`the body ${body} is refused and leaves the server alive`, async () => {
    await using handler = testHandler();
    const response = await handler.ask("/mcp", legacyPost(body));
    assert.equal(response.status, 400);
    assert.ok((await errorOf(response)).code <= -32000);
    assert.equal(handler.sessions, 0);
    await openSession(handler);
  });
}
