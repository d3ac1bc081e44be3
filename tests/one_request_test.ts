/** One request, or one client that does not read, neither kills a server nor keeps others waiting. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { drawPng } from "./fakes/pictures.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type HttpServerProcess, startHttpServer, startServer } from "./support/process.ts";
import { callTool } from "./support/app.ts";
import { pause, until } from "./support/wait.ts";

const MEGABYTE = 1024 * 1024;
const deep = `{"a":`.repeat(3_000) + "1" + "}".repeat(3_000);

/** Messages that once froze or killed a server, with what is answered to each. */
const HOSTILE: readonly (readonly [name: string, message: string, words: RegExp])[] = [
  [
    "3,000 levels in _meta",
    `{"jsonrpc":"2.0","id":500,"method":"tools/list","params":{"_meta":{"x":${deep}}}}`,
    /deeper than 64 levels/,
  ],
  ["a megabyte of brackets", "[".repeat(1_000_000), /deeper than 64 levels/],
  ["fourteen megabytes of brackets", "[".repeat(14_000_000), /deeper than 64 levels|1048576 bytes/],
  [
    "unknown names without end",
    `{"jsonrpc":"2.0","id":500,"method":"tools/call","params":{"name":"generate_image","arguments":{` +
    Array.from({ length: 60_000 }, (_, number) => `"name${number}":1`).join() + "}}}",
    /more than 5000 members/,
  ],
  [
    "a style of ten megabytes",
    JSON.stringify({
      jsonrpc: "2.0",
      id: 500,
      method: "tools/call",
      params: { name: "generate_image", arguments: { prompt: "x", style: "s".repeat(10_000_000) } },
    }),
    /1048576 bytes/,
  ],
  [
    "a tool's name of a megabyte",
    JSON.stringify({
      jsonrpc: "2.0",
      id: 500,
      method: "tools/call",
      params: { name: "n".repeat(1_000_000) },
    }),
    /'name' must be no longer than 256 characters/,
  ],
];

Deno.test("a hostile message over HTTP is answered with a sentence, while others are served", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  await using neighbour = await connect(server);
  const waits = pings(neighbour.client);
  for (const [name, body, words] of HOSTILE) {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    const response = await fetch(`${server.url}/mcp`, { method: "POST", body, headers });
    const { error, id } = await response.json();
    assert.match(error.message, words, name);
    assert.ok(response.status >= 400 && response.status < 500, `${name}: ${response.status}`);
    if (response.status === 400) assert.equal(id, body.startsWith("[") ? null : 500, name);
  }
  const longest = await waits.longest();
  assert.ok(longest < 5_000, `a ping took ${longest} ms`); // generous: the machine is busy
});

Deno.test("a hostile line over stdio is answered with a sentence, and the next one served", async () => {
  await using folder = await temporaryFolder();
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  for (const [name, line, words] of HOSTILE) {
    const before = server.messages.length;
    await server.write(`${line}\n`);
    const answer = await until(name, () => server.messages[before]);
    assert.match(answer.error.message, words, name);
    assert.ok([-32600, -32602].includes(answer.error.code), name);
    await server.request("ping");
  }
});

Deno.test("answers that nobody reads are bounded, and others are served", async () => {
  await using folder = await temporaryFolder();
  await using vendor = largePictureVendor();
  const OPENAI_BASE_URL = `${vendor.url}/v1`;
  await using server = await startHttpServer({ folder: folder.path, env: { OPENAI_BASE_URL } });
  await using neighbour = await connect(server);
  const drawn = await callTool(neighbour.client, "generate_image", { prompt: "large" });
  const image_id = drawn.envelope.images[0].id;
  const idle: Deno.Conn[] = [];
  for (let number = 0; number < 40; number++) {
    idle.push(await askAndIgnore(server, "get_image_data", { image_id }));
  }
  const waits = pings(neighbour.client);
  await pause(4_000);
  const longest = await waits.longest();
  const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
  const now = Number(status.match(/VmRSS:\s+(\d+) kB/)?.[1]) * 1024 / MEGABYTE;
  for (const connection of idle) connection.close();
  assert.ok(longest < 5_000, `a ping took ${longest} ms`);
  assert.ok(now < 500, `${Math.round(now)} MB are held`);
  const began = performance.now();
  const again = await callTool(neighbour.client, "get_image_data", { image_id });
  const seconds = (performance.now() - began) / 1000;
  assert.equal(again.envelope.ok, true);
  assert.ok(seconds < 10, `waited ${seconds} s behind clients that had left`);
});

async function connect(server: HttpServerProcess) {
  const client = new Client({ name: "neighbour", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

/** Pings again and again; tells how long the slowest took, in milliseconds. */
function pings(client: Client) {
  let isOver = false;
  let slowest = 0;
  const running = (async () => {
    while (!isOver) {
      const began = performance.now();
      await client.ping();
      slowest = Math.max(slowest, performance.now() - began);
      await pause(20);
    }
  })();
  running.catch(() => {}); // a test that fails before closes the client, and is what should be told
  return {
    async longest() {
      isOver = true;
      await running;
      return slowest;
    },
  };
}

async function askAndIgnore(
  { url }: HttpServerProcess,
  name: string,
  args: Record<string, unknown>,
): Promise<Deno.Conn> {
  const { hostname, port, host } = new URL(url);
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const params = { name, arguments: args, _meta: meta };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const head = `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
    "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n" +
    `Mcp-Method: tools/call\r\nMcp-Name: ${name}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(head + body));
  return connection;
}

function largePictureVendor() {
  const b64_json = drawPng(64, 64, "x".repeat(9 * MEGABYTE)).toBase64();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => Response.json({ data: [{ b64_json }] }),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
