import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { DiskImageStore } from "../../src/storage/local/disk_image_store.ts";
import { ImageError } from "../../src/errors.ts";
import { serveHttp } from "../../src/http/server.ts";
import { modernPost, openSession, testParts, testServer, until } from "./support.ts";

const WAIT = modernPost("tools/call", { name: "wait", arguments: {} });

Deno.test("the address it really listens on is told, and logged once", async () => {
  await using server = testServer();
  assert.equal(server.address.host, "127.0.0.1");
  assert.ok(server.address.port > 0);
  const [line, ...others] = server.dependencies.log.lines;
  assert.deepEqual(line, { level: "info", event: "listening", fields: { address: server.url } });
  assert.deepEqual(others, []);
});

Deno.test("it listens on IPv6, with or without brackets", async () => {
  for (const host of ["::1", "[::1]"]) {
    await using server = testServer({ MCP_HOST: host });
    const response = await fetch(`http://[::1]:${server.address.port}/health`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
  }
});

Deno.test("a taken port is one clear sentence", async () => {
  await using server = testServer();
  const port = String(server.address.port);
  assert.throws(() => serveHttp(testParts({ MCP_PORT: port })), (error: unknown) => {
    assert.ok(error instanceof ImageError);
    assert.equal(error.code, "invalid_config");
    assert.match(error.message, new RegExp(`MCP_PORT ${port} .*taken`));
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
});

Deno.test("an address of another machine is one clear sentence", () => {
  const dependencies = testParts({ MCP_HOST: "192.0.2.1", MCP_PORT: "0", MCP_AUTH_TOKEN: "token" });
  assert.throws(
    () => serveHttp(dependencies),
    /^ImageError: MCP_HOST '192\.0\.2\.1' cannot be listened on/,
  );
});

Deno.test("it does not open itself to the network without a token", () => {
  const dependencies = testParts({ MCP_HOST: "0.0.0.0", MCP_PORT: "0" });
  assert.throws(() => serveHttp(dependencies), /MCP_AUTH_TOKEN must be set/);
});

Deno.test("stopping lets a running call finish and closes open streams", async () => {
  const server = testServer();
  const ask = (_path: string, init: RequestInit) => fetch(`${server.url}/mcp`, init);
  const session = await openSession({ ask });
  const headers = { accept: "text/event-stream", "mcp-session-id": session };
  const stream = await fetch(`${server.url}/mcp`, { headers });
  const call = await fetch(`${server.url}/mcp`, WAIT);
  await until(() => server.dependencies.small.begun() === 1);

  const stopped = server.stop();
  server.dependencies.small.gate.open();
  assert.match(await call.text(), /waited/);
  assert.equal(await stream.text(), ": open\n\n");
  await stopped;
  await server.finished;
  await assert.rejects(fetch(`${server.url}/health`));
});

Deno.test("stopping waits no longer than the grace for a call that hangs", async () => {
  const server = testServer({ MCP_SHUTDOWN_GRACE: "1" });
  const call = await fetch(`${server.url}/mcp`, WAIT);
  const began = performance.now();
  await server.stop();
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds > 0.9 && seconds < 10, `${seconds} s`);
  assert.equal(server.dependencies.small.aborted(), 1);
  await call.body?.cancel();
});

Deno.test("an idle server stops at once, though clients keep their connections", async () => {
  const server = testServer();
  await (await fetch(`${server.url}/health`)).text();
  const began = performance.now();
  await Promise.all([server.stop(), server.stop()]);
  assert.ok(performance.now() - began < 10_000);
});

Deno.test("a client that never takes its answer cannot hold the stop up", {
  // Its connection outlives the server by design, and ends with the process.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using file = await bigFile();
  const store = new DiskImageStore(dirname(file.path), dirname(file.path));
  const images = {
    openFile: async () => ({ ...(await store.open(basename(file.path)))!, mediaType: "image/png" }),
  };
  const server = testServer({ MCP_SHUTDOWN_GRACE: "0" }, { images });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
  const request = "GET /images/big.png HTTP/1.1\r\nHost: localhost\r\n\r\n";
  await connection.write(new TextEncoder().encode(request));
  await connection.read(new Uint8Array(10));
  const began = performance.now();
  await server.stop();
  await server.finished;
  assert.ok(performance.now() - began < 10_000);
});

async function bigFile() {
  const path = await Deno.makeTempFile();
  await Deno.truncate(path, 64 * 1024 * 1024);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
