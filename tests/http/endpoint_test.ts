import assert from "node:assert/strict";
import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewTransport,
} from "@modelcontextprotocol/client";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  initialize,
  legacyPost,
  messagesOf,
  modernPost,
  openSession,
  testHandler,
  testServer,
  toolCall,
} from "./support.ts";

for (const path of ["/mcp", "/mcp/v1/messages"]) {
  Deno.test(`both eras are answered at ${path}`, async () => {
    await using handler = testHandler();
    const legacy = await handler.ask(path, legacyPost(initialize()));
    assert.equal(legacy.status, 200);
    assert.ok(legacy.headers.get("mcp-session-id"));
    const [hello] = await messagesOf(legacy);
    assert.equal((hello?.result as { protocolVersion: string }).protocolVersion, "2025-11-25");

    const modern = await handler.ask(
      path,
      modernPost("tools/call", { name: "echo", arguments: { text: "hi" } }),
    );
    assert.equal(modern.status, 200);
    const [answer] = await messagesOf(modern);
    assert.deepEqual((answer?.result as { content: unknown }).content, [{
      type: "text",
      text: "hi",
    }]);
  });
}

Deno.test("a session answers calls until it is deleted, and then 404", async () => {
  await using handler = testHandler();
  const session = await openSession(handler);
  const call = legacyPost(toolCall("echo", { text: "hi" }), { session });
  const [answer] = await messagesOf(await handler.ask("/mcp", call));
  assert.equal(answer?.id, 1);
  const gone = await handler.ask("/mcp", {
    method: "DELETE",
    headers: { "mcp-session-id": session },
  });
  assert.ok([200, 202, 204].includes(gone.status));
  assert.equal((await handler.ask("/mcp", call)).status, 404);
  assert.equal(handler.sessions, 0);
});

Deno.test("the 1.x client lists and calls over a real port", async () => {
  await using server = testServer();
  const client = new OldClient({ name: "old", version: "1" });
  await client.connect(new OldTransport(new URL(`${server.url}/mcp`)));
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map(({ name }) => name), TOOLS);
  const { content } = await client.callTool({ name: "echo", arguments: { text: "hi" } });
  assert.deepEqual(content, [{ type: "text", text: "hi" }]);
  await client.close();
});

for (const era of ["legacy", "auto"] as const) {
  Deno.test(`the 2.x client lists and calls over a real port, negotiating ${era}`, async () => {
    await using server = testServer();
    const client = new NewClient({ name: "new", version: "1" }, {
      versionNegotiation: { mode: era },
    });
    await client.connect(new NewTransport(new URL(`${server.url}/mcp`)));
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(({ name }) => name), TOOLS);
    const { content } = await client.callTool({ name: "echo", arguments: { text: "hi" } });
    assert.deepEqual(content, [{ type: "text", text: "hi" }]);
    await client.close();
  });
}

Deno.test("the 1.x client ends its session when it is done", async () => {
  await using server = testServer();
  const transport = new OldTransport(new URL(`${server.url}/mcp`));
  const client = new OldClient({ name: "old", version: "1" });
  await client.connect(transport);
  const session = transport.sessionId;
  assert.ok(session);
  await transport.terminateSession();
  await client.close();
  const call = legacyPost(toolCall("echo", { text: "hi" }), { session });
  const response = await fetch(`${server.url}/mcp`, call);
  assert.equal(response.status, 404);
  await response.body?.cancel();
});

Deno.test("the 1.x client gets the answer of a call whose connection broke", {
  // A closed client leaves the clock of its reconnection behind.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using server = testServer();
  await using line = breakableLine(server.address.port);
  const client = new OldClient({ name: "old", version: "1" });
  await client.connect(new OldTransport(new URL(`http://127.0.0.1:${line.port}/mcp`)));
  const { begun, aborted, gate } = server.dependencies.small;
  const { promise: isResumable, resolve } = Promise.withResolvers<string>();
  const answer = client.callTool({ name: "wait", arguments: {} }, undefined, {
    onresumptiontoken: resolve,
  });
  await isResumable;
  line.break();
  gate.open();
  const { content } = await answer;
  assert.deepEqual(content, [{ type: "text", text: "waited" }]);
  assert.deepEqual([begun(), aborted()], [1, 0]);
  await client.close();
});

/** A proxy for bytes whose open connections a test can break. */
function breakableLine(port: number) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const pipes: Promise<unknown>[] = [];
  const breakAll = () => {
    for (const connection of open) {
      open.delete(connection);
      connection.close();
    }
  };
  const accepting = (async () => {
    for await (const near of listener) {
      const far = await Deno.connect({ hostname: "127.0.0.1", port });
      open.add(near).add(far);
      pipes.push(
        near.readable.pipeTo(far.writable).catch(() => {}),
        far.readable.pipeTo(near.writable).catch(() => {}),
      );
    }
  })();
  return {
    port: listener.addr.port,
    break: breakAll,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      breakAll();
      await Promise.all(pipes);
    },
  };
}

const TOOLS = ["echo", "wait", "progress", "retreat", "linger"];
