import assert from "node:assert/strict";
import {
  errorOf,
  initialize,
  legacyPost,
  messagesOf,
  modernPost,
  openSession,
  testHandler,
  testServer,
  toolCall,
} from "./support.ts";

const TOKENS = { MCP_AUTH_TOKEN: "anna=first-token,bob=second-token" };

for (const method of ["GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"]) {
  for (const path of ["/mcp", "/mcp/v1/messages", "/metrics"]) {
    Deno.test(`${method} ${path} needs a token`, async () => {
      await using handler = testHandler(TOKENS);
      const none = await handler.ask(path, { method });
      assert.equal(none.status, 401);
      assert.equal(none.headers.get("www-authenticate"), "Bearer");
      const wrong = await handler.ask(path, { method, headers: { authorization: "Bearer wrong" } });
      assert.equal(wrong.status, 401);
      assert.equal(wrong.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
      assert.equal(handler.dependencies.small.made(), 0);
    });
  }
}

Deno.test("bytes that are not ASCII in the token are a 401", async () => {
  await using server = testServer(TOKENS);
  const head =
    "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer ";
  const answer = await exchange(server.address.port, [
    ...new TextEncoder().encode(head),
    ...[0xc3, 0xa9, 0xff, 0xfe],
    ...new TextEncoder().encode("\r\n\r\n"),
  ]);
  assert.match(answer, /^HTTP\/1\.1 401 /);
});

Deno.test("a token in the address is no token", async () => {
  await using handler = testHandler(TOKENS);
  for (const query of ["?token=first-token", "?access_token=first-token"]) {
    assert.equal((await handler.ask(`/mcp${query}`, legacyPost(initialize()))).status, 401);
  }
});

Deno.test("tools learn the name of the token and never the token", async () => {
  await using handler = testHandler(TOKENS);
  const { callers } = handler.dependencies.small;
  const session = await openSession(handler, { token: "second-token" });
  const options = { session, token: "second-token" };
  await handler.ask("/mcp", legacyPost(toolCall("echo", { text: "hi" }), options));
  const echo = { name: "echo", arguments: { text: "hi" } };
  for (const token of ["first-token", "second-token"]) {
    await handler.ask("/mcp", modernPost("tools/call", echo, { authorization: `Bearer ${token}` }));
  }
  assert.deepEqual(callers.map((caller) => caller?.clientId), ["bob", "anna", "bob"]);
  assert.deepEqual(callers.map((caller) => caller?.token), ["", "", ""]);
});

Deno.test("without tokens no authentication is claimed", async () => {
  await using handler = testHandler();
  const echo = { name: "echo", arguments: { text: "hi" } };
  await handler.ask("/mcp", modernPost("tools/call", echo));
  assert.deepEqual(handler.dependencies.small.callers, [undefined]);
});

for (const path of ["/mcp", "/health", "/ready", "/metrics", "/images/x.png"]) {
  Deno.test(`${path} is not answered to a name that was rebound to this machine`, async () => {
    await using handler = testHandler();
    for (const host of ["evil.example", "evil.example:8000", "localhost.evil.example"]) {
      const response = await handler.ask(path, { headers: { host } });
      assert.equal(response.status, 403, host);
      assert.match((await errorOf(response)).message, /MCP_ALLOWED_HOSTS/);
    }
    for (const host of ["localhost:8000", "127.0.0.1", "[::1]:1"]) {
      assert.notEqual((await handler.ask(path, { headers: { host } })).status, 403, host);
    }
  });
}

Deno.test("a reverse proxy on the same machine may pass its own Host on", async () => {
  await using handler = testHandler({ MCP_PUBLIC_BASE_URL: "https://images.example.com" });
  const ask = (host: string) => handler.ask("/health", { headers: { host } });
  assert.equal((await ask("images.example.com")).status, 200);
  assert.equal((await ask("other.example.com")).status, 403);
});

Deno.test("a Host that is no host name is a 400", async () => {
  await using server = testServer();
  const request = "GET /health HTTP/1.1\r\nHost: a b<>\r\nConnection: close\r\n\r\n";
  const answer = await exchange(server.address.port, new TextEncoder().encode(request));
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

Deno.test("a page of a foreign origin is refused before anything else happens", async () => {
  await using handler = testHandler(TOKENS);
  for (const origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
    const headers = { origin, authorization: "Bearer first-token" };
    const response = await handler.ask("/mcp", legacyPost(initialize(), { headers }));
    assert.equal(response.status, 403);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    assert.equal((await errorOf(response)).code, -32000);
  }
  assert.equal(handler.sessions, 0);
  assert.equal(handler.dependencies.small.made(), 0);
});

Deno.test("a program, which sends no origin, is answered", async () => {
  await using handler = testHandler();
  await openSession(handler);
});

Deno.test("an allowed page may read answers and the session id in them", async () => {
  await using handler = testHandler({ MCP_ALLOWED_ORIGINS: "https://*.example.com" });
  const origin = "https://app.example.com";
  const response = await handler.ask("/mcp", legacyPost(initialize(), { headers: { origin } }));
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), origin);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /Mcp-Session-Id/);
  assert.equal(response.headers.get("vary"), "Origin");
});

Deno.test("an allowed page may read why it was refused", async () => {
  await using handler = testHandler(TOKENS);
  const origin = "http://localhost:3000";
  const response = await handler.ask("/mcp", { headers: { origin } });
  assert.equal(response.status, 401);
  assert.equal(response.headers.get("access-control-allow-origin"), origin);
});

Deno.test("a browser's preflight is answered without a token, to allowed pages only", async () => {
  await using handler = testHandler(TOKENS);
  const preflight = (origin: string) =>
    handler.ask("/mcp", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,mcp-param-region,x-stainless-os,x-evil",
      },
    });
  const allowed = await preflight("http://localhost:3000");
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get("access-control-allow-origin"), "http://localhost:3000");
  assert.equal(allowed.headers.get("access-control-allow-methods"), "GET, POST, DELETE");
  const headers = allowed.headers.get("access-control-allow-headers")?.split(", ") ?? [];
  for (
    const name of [
      "authorization",
      "content-type",
      "mcp-session-id",
      "mcp-protocol-version",
      "mcp-method",
      "mcp-name",
      "last-event-id",
      "mcp-param-region",
      "x-stainless-os",
    ]
  ) assert.ok(headers.includes(name), name);
  assert.ok(!headers.includes("x-evil"));
  assert.equal((await preflight("https://evil.example")).status, 403);
});

Deno.test("OPTIONS that is no preflight is not allowed, and says what is", async () => {
  await using handler = testHandler();
  for (const method of ["OPTIONS", "PUT"]) {
    const response = await handler.ask("/mcp", { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, POST, DELETE");
  }
});

Deno.test("each token has its own requests a minute, and is told when to come again", async () => {
  await using handler = testHandler({ ...TOKENS, MCP_RATE_LIMIT: "2" }, { now: () => 0 });
  const ask = async (token: string) => {
    const response = await handler.ask(
      "/mcp",
      modernPost("tools/list", {}, { authorization: `Bearer ${token}` }),
    );
    await response.body?.cancel();
    return response;
  };
  assert.deepEqual([(await ask("first-token")).status, (await ask("first-token")).status], [
    200,
    200,
  ]);
  const refused = await ask("first-token");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("retry-after"), "30");
  assert.equal((await ask("second-token")).status, 200);
});

Deno.test("without tokens, and for wrong ones, each address has its requests a minute", async () => {
  await using open = testHandler({ MCP_RATE_LIMIT: "1" }, { now: () => 0 });
  const from = (address: string) => open.ask("/mcp", { method: "PUT", address });
  assert.equal((await from("192.0.2.1")).status, 405);
  assert.equal((await from("192.0.2.1")).status, 429);
  assert.equal((await from("192.0.2.2")).status, 405);
  assert.equal((await from("2001:db8::1")).status, 405);
  assert.equal((await from("2001:db8::2:1")).status, 429, "the network of one IPv6 connection");
  assert.equal((await from("2001:db8:0:1::1")).status, 405);

  await using closed = testHandler({ ...TOKENS, MCP_RATE_LIMIT: "1" }, { now: () => 0 });
  const guess = () => closed.ask("/mcp", { headers: { authorization: "Bearer guess" } });
  assert.deepEqual([(await guess()).status, (await guess()).status], [401, 429]);
});

Deno.test("probes are never limited", async () => {
  await using handler = testHandler({ MCP_RATE_LIMIT: "1" }, { now: () => 0 });
  for (let i = 0; i < 5; i++) assert.equal((await handler.ask("/health")).status, 200);
});

Deno.test("a session is open to the token that opened it and unknown to others", async () => {
  await using handler = testHandler(TOKENS);
  const session = await openSession(handler, { token: "first-token" });
  const call = (token: string) =>
    handler.ask("/mcp", legacyPost(toolCall("echo", { text: "hi" }), { session, token }));
  const foreign = await call("second-token");
  assert.equal(foreign.status, 404);
  assert.equal((await errorOf(foreign)).code, -32001);
  for (const method of ["GET", "DELETE"]) {
    const headers = {
      accept: "text/event-stream",
      "mcp-session-id": session,
      authorization: "Bearer second-token",
    };
    assert.equal((await handler.ask("/mcp", { method, headers })).status, 404, method);
  }
  const [answer] = await messagesOf(await call("first-token"));
  assert.ok(answer?.result);
});

/** Sends raw bytes and reads until the server closes. */
async function exchange(port: number, bytes: Iterable<number>): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(Uint8Array.from(bytes));
  let text = "";
  for await (const chunk of connection.readable.pipeThrough(new TextDecoderStream())) text += chunk;
  return text;
}
