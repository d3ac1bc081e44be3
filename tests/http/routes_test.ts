import assert from "node:assert/strict";
import {
  errorOf,
  initialize,
  legacyPost,
  messagesOf,
  modernPost,
  openSession,
  testHandler,
  toolCall,
} from "./support.ts";

Deno.test("/health tells that the process lives, its version and for how long", async () => {
  let now = 5_000_000;
  await using handler = testHandler({ MCP_AUTH_TOKEN: "token" }, { now: () => now });
  now += 61_900;
  const response = await handler.ask("/health");
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), {
    status: "healthy",
    service: "mcp-image-server",
    version: "1.2.3",
    uptime_seconds: 61,
  });
  assert.equal((await handler.ask("/health", { method: "HEAD" })).status, 200);
  assert.equal((await handler.ask("/health", { method: "POST" })).status, 405);
});

Deno.test("/ready is 503 with the reasons while something is missing", async () => {
  const reasons: string[] = [];
  await using handler = testHandler(
    { MCP_AUTH_TOKEN: "token" },
    { readiness: () => Promise.resolve(reasons) },
  );
  const ready = await handler.ask("/ready");
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { status: "ready" });
  reasons.push("No provider is configured");
  const unready = await handler.ask("/ready");
  assert.equal(unready.status, 503);
  assert.deepEqual(await unready.json(), { status: "not ready", reasons });
});

Deno.test("while the server stops it lives and is not ready, and takes nothing new", async () => {
  await using handler = testHandler();
  const { begun, gate } = handler.dependencies.small;
  const running = await handler.ask(
    "/mcp",
    modernPost("tools/call", { name: "wait", arguments: {} }),
  );
  assert.equal(begun(), 1);
  const closed = handler.close(5_000);
  assert.equal((await handler.ask("/health")).status, 200);
  const unready = await handler.ask("/ready");
  assert.equal(unready.status, 503);
  assert.deepEqual((await unready.json()).reasons, ["The server is stopping"]);
  const refused = await handler.ask("/mcp", legacyPost(initialize()));
  assert.equal(refused.status, 503);
  assert.ok(refused.headers.get("retry-after"));
  gate.open();
  const [answer] = await messagesOf(running);
  assert.ok(answer?.result);
  await closed;
});

Deno.test("calls that outlast the grace are aborted", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const streams = [
    await handler.ask("/mcp", modernPost("tools/call", { name: "wait", arguments: {} })),
    await handler.ask("/mcp", legacyPost(toolCall("wait"), { session })),
  ];
  await handler.close(30);
  for (const stream of streams) await stream.text();
  assert.equal(handler.dependencies.small.aborted(), 2);
});

Deno.test("an address that is none is a 404 that names the endpoint", async () => {
  await using handler = testHandler();
  for (const path of ["/", "/mcpx", "/mcp/v1", "/healthz", "/images"]) {
    const response = await handler.ask(path);
    assert.equal(response.status, 404, path);
    assert.match((await errorOf(response)).message, /\/mcp/);
  }
});

Deno.test("a slash at the end of an address does no harm", async () => {
  await using handler = testHandler();
  const response = await handler.ask("/mcp/", legacyPost(initialize()));
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

Deno.test("every answer has a request id, a proxy's own where it sends a decent one", async () => {
  await using handler = testHandler();
  const idOf = async (given?: string) => {
    const headers: Record<string, string> = given === undefined ? {} : { "x-request-id": given };
    return (await handler.ask("/health", { headers })).headers.get("x-request-id") ?? "";
  };
  assert.match(await idOf(), /^[\da-f-]{36}$/);
  assert.notEqual(await idOf(), await idOf());
  assert.equal(await idOf("proxy-7f:3.x_1"), "proxy-7f:3.x_1");
  for (const bad of ["a b", 'x"y', "x".repeat(200), "ü"]) {
    assert.match(await idOf(bad), /^[\da-f-]{36}$/);
  }
});

Deno.test("each request is one log line, without its query", async () => {
  await using handler = testHandler({ MCP_AUTH_TOKEN: "anna=token" });
  const headers = { authorization: "Bearer token", "x-request-id": "abc" };
  await handler.ask("/mcp?key=hidden", { method: "PUT", headers });
  await handler.ask("/nothing");
  const [first, second, ...others] = handler.dependencies.log.lines;
  assert.deepEqual(others, []);
  const { duration_ms, ...fields } = first?.fields ?? {};
  assert.equal(typeof duration_ms, "number");
  assert.deepEqual([first?.level, first?.event], ["info", "request"]);
  assert.deepEqual(fields, {
    method: "PUT",
    path: "/mcp",
    status: 405,
    client: "anna",
    request_id: "abc",
  });
  assert.equal(second?.fields.status, 404);
});

Deno.test("neither prompts nor tokens are logged", async () => {
  await using handler = testHandler({ MCP_AUTH_TOKEN: "s3cret-token" });
  const headers = { authorization: "Bearer s3cret-token" };
  const call = { name: "echo", arguments: { text: "a private prompt" } };
  await messagesOf(await handler.ask("/mcp", modernPost("tools/call", call, headers)));
  const lines = JSON.stringify(handler.dependencies.log.lines);
  assert.doesNotMatch(lines, /private prompt|s3cret/);
});

Deno.test("/metrics counts requests, sessions and how long answers took", async () => {
  await using handler = testHandler();
  await openSession(handler);
  await handler.ask("/nothing");
  await handler.ask("/mcp", { method: "BREW" });
  handler.dependencies.metrics.generations.add({ provider: "doubao", outcome: "ok" });
  const response = await handler.ask("/metrics");
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (
    const line of [
      'mcp_image_http_requests_total{route="/mcp",method="POST",status="200"} 1',
      'mcp_image_http_requests_total{route="/mcp",method="other",status="405"} 1',
      'mcp_image_http_requests_total{route="other",method="GET",status="404"} 1',
      'mcp_image_http_request_duration_seconds_count{route="/mcp"} 2',
      "mcp_image_sessions 1",
      'mcp_image_generations_total{provider="doubao",outcome="ok"} 1',
    ]
  ) assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
});

Deno.test("a fault of the server is a 500 that tells nothing, and a log line that tells all", async () => {
  await using handler = testHandler({}, {
    readiness: () => Promise.reject(new Error("inner detail")),
  });
  const response = await handler.ask("/ready");
  assert.equal(response.status, 500);
  assert.ok(response.headers.get("x-request-id"));
  assert.doesNotMatch(await response.text(), /inner detail/);
  const fault = handler.dependencies.log.lines.find(({ level }) => level === "error");
  assert.equal(fault?.fields.error, "inner detail");
  assert.match(String(fault?.fields.stack), /routes_test/);
});

Deno.test("a server that cannot be made is a 500 in both eras, and the reason is logged", async () => {
  await using handler = testHandler({}, {
    makeServer: () => {
      throw new Error("inner detail");
    },
  });
  for (const init of [legacyPost(initialize()), modernPost("tools/list")]) {
    const response = await handler.ask("/mcp", init);
    assert.equal(response.status, 500);
    assert.doesNotMatch(await response.text(), /inner detail/);
  }
  const errors = handler.dependencies.log.lines.filter(({ event }) =>
    event === "cannot make an MCP server"
  );
  assert.equal(errors.length, 2);
  assert.equal(handler.sessions, 0);
});
