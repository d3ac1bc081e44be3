import assert from "node:assert/strict";
import { pause } from "../support/wait.ts";
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
  const headers = { "content-length": String(32 * 1024 * 1024 + 1) };
  const init = { ...legacyPost("", { headers }), body };
  const response = await handler.ask("/mcp", init);
  assert.equal(response.status, 413);
  assert.match((await errorOf(response)).message, /33554432 bytes/);
  assert.equal(wasRead, false);
});

Deno.test("a body is read beyond the limit only where a call that takes pictures begins so", async () => {
  const picture = "A".repeat(100_000);
  const call = (name: string) =>
    JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: { prompt: "x", images: [`data:image/png;base64,${picture}`] } },
    });
  await using handler = testHandler(SMALL);
  for (const [name, status] of [["edit_image", 200], ["generate_image", 413]] as const) {
    const session = await openSession(handler);
    const body = new Blob([call(name)]).stream();
    const response = await handler.ask("/mcp", { ...legacyPost("", { session }), body });
    assert.equal(response.status, status, name);
    await response.body?.cancel();
  }
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

Deno.test("a long body is refused at what is wrong with it, and the rest is left unread", async () => {
  await using handler = testHandler(SMALL);
  for (const wrong of ["[", "1,", '""']) {
    let sent = 0;
    const begin =
      '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"edit_image","x":';
    const body = new ReadableStream({
      pull(controller) {
        const text = sent === 0 ? begin : wrong.repeat(4_000);
        sent += text.length;
        controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const response = await handler.ask("/mcp", { ...legacyPost(""), body });
    assert.equal(response.status, 400, wrong);
    assert.equal((await response.json()).id, 7, wrong);
    assert.ok(sent < 100_000, `${sent} bytes were taken`);
  }
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
  assert.match(await readAll(connection).text, /^HTTP\/1\.1 413 /);
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

const ENDLESS: Readonly<Record<string, { head: string; status: number; token?: string }>> = {
  "of no announced length": { head: "Transfer-Encoding: chunked", status: 413 },
  "that says it is too large": { head: "Content-Length: 900000000000", status: 413 },
  "that comes too slowly": { head: "Transfer-Encoding: chunked", status: 408 },
  "of a stranger": { head: "Transfer-Encoding: chunked", status: 401, token: "a-secret" },
};

/** What a write to a connection that the other side has ended throws, by system. */
const ENDED = [
  Deno.errors.BrokenPipe,
  Deno.errors.ConnectionReset,
  Deno.errors.ConnectionAborted,
];

for (const [name, { head, status, token }] of Object.entries(ENDLESS)) {
  Deno.test(`an endless body ${name} is answered and its connection ended`, async () => {
    await using server = testServer({ ...SMALL, ...(token && { MCP_AUTH_TOKEN: token }) });
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
    const answer = readAll(connection);
    const encoder = new TextEncoder();
    const start = `POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    await connection.write(encoder.encode(`${start}${head}\r\n\r\n`));
    const ofSpaces = (count: number) =>
      encoder.encode(
        head.startsWith("Transfer")
          ? `${count.toString(16)}\r\n${" ".repeat(count)}\r\n`
          : " ".repeat(count),
      );
    const giveUp = setTimeout(() => connection.close(), 10_000);
    const isHurried = () => status !== 408 || answer.hasBegun();
    await assert.rejects(async () => {
      while (true) {
        await writeAll(connection, ofSpaces(isHurried() ? 65_536 : 1));
        if (!isHurried()) await pause(50);
      }
    }, (error) => ENDED.some((kind) => error instanceof kind));
    clearTimeout(giveUp);
    assert.match(await answer.text, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(await answer.text, /^connection: close/im);
  });
}

Deno.test("a refused body of known length leaves its connection to the next request", async () => {
  await using server = testServer({ MCP_AUTH_TOKEN: "a-secret" });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const answer = readAll(connection);
  const one = "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
    "Content-Length: 2\r\n\r\n{}";
  const last = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  await connection.write(new TextEncoder().encode(one + last));
  const statuses = (await answer.text).match(/HTTP\/1\.1 \d+/g);
  assert.deepEqual(statuses, ["HTTP/1.1 401", "HTTP/1.1 200"]);
});

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await connection.write(bytes.subarray(written));
  }
}

/** What a connection brings until it ends. */
function readAll(connection: Deno.Conn): { text: Promise<string>; hasBegun: () => boolean } {
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    const bytes = new Uint8Array(4096);
    while (true) {
      const length = await connection.read(bytes).catch(() => null); // it may have been reset
      if (length === null) return text;
      text += decoder.decode(bytes.subarray(0, length));
    }
  };
  return { text: read(), hasBegun: () => text !== "" };
}
