/** Several people on one server: none takes everything. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { fakeOpenAI } from "./fakes/openai.ts";
import { createEventStore } from "../src/http/sessions/events.ts";
import { createShares } from "../src/http/limits/shares.ts";
import { initialize, legacyPost } from "./http/support.ts";
import { callTool } from "./support/app.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type HttpServerProcess, startHttpServer } from "./support/process.ts";

const TOKENS = { MCP_AUTH_TOKEN: "ann=token-of-ann,bob=token-of-bob" };

Deno.test("half of the places are kept for each alike, the others go to who comes", () => {
  const places = createShares(8, { names: ["ann", "bob"], hasOthers: false });
  const given = Array.from({ length: 6 }, () => {
    assert.ok(places.hasRoom("ann"));
    return places.take("ann");
  });
  assert.equal(places.hasRoom("ann"), false);
  for (let number = 0; number < 2; number++) {
    assert.ok(places.hasRoom("bob"));
    places.take("bob");
  }
  assert.equal(places.hasRoom("bob"), false);
  given[0]!();
  given[0]!();
  assert.equal(places.hasRoom("bob"), true);
  const alone = createShares(2, { names: ["default"], hasOthers: false });
  alone.take("default");
  assert.equal(alone.hasRoom("default"), true);
});

Deno.test("whoever keeps most events makes room for the others", () => {
  const bounds = { count: 100, bytes: 1_000, age: 1_000, sharedBytes: 1_000 };
  const store = createEventStore(bounds, () => 0);
  const [ann, more, bob] = [
    store.forSession("ann"),
    store.forSession("ann"),
    store.forSession("bob"),
  ];
  const ids: string[] = [];
  const add = (to: typeof ann, bytes: number) =>
    to.add("1", (id) => {
      ids.push(id);
      return new Uint8Array(bytes);
    });
  add(bob, 200);
  add(ann, 400);
  add(more, 400);
  add(more, 300);
  assert.equal(bob.streamOf(ids[0]!), "1");
  assert.equal(ann.streamOf(ids[1]!), undefined);
  assert.equal(more.streamOf(ids[2]!), "1");
  assert.equal(store.bytes, 900);
});

Deno.test("one person's open sessions leave another theirs", async () => {
  await using folder = await temporaryFolder();
  const env = { ...TOKENS, MCP_MAX_SESSIONS: "8" };
  await using server = await startHttpServer({ folder: folder.path, env });
  const open = (token: string) => fetch(`${server.url}/mcp`, legacyPost(initialize(), { token }));
  const streams: Response[] = [];
  const statuses: number[] = [];
  for (let number = 0; number < 8; number++) {
    const response = await open("token-of-ann");
    await response.body?.cancel();
    statuses.push(response.status);
    const session = response.headers.get("mcp-session-id") ?? "";
    const headers = {
      accept: "text/event-stream",
      authorization: "Bearer token-of-ann",
      "mcp-session-id": session,
    };
    if (response.ok) streams.push(await fetch(`${server.url}/mcp`, { headers })); // so none is idle
  }
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 200, 503, 503]);
  const answer = await open("token-of-bob");
  await answer.body?.cancel();
  assert.equal(answer.status, 200);
  for (const stream of streams) await stream.body?.cancel();
});

Deno.test("one person's full queue is no wall to another", async () => {
  await using folder = await temporaryFolder();
  await using vendor = fakeOpenAI();
  vendor.misbehave("hangs");
  const env = { ...TOKENS, ...vendor.environment, MCP_MAX_CONCURRENT: "1", MCP_MAX_QUEUE: "4" };
  await using server = await startHttpServer({
    folder: folder.path,
    env: { ...env, MCP_SHUTDOWN_GRACE: "0" },
  });
  await using ann = await connect(server, "token-of-ann");
  await using bob = await connect(server, "token-of-bob");
  const ask = (client: Client, prompt: string) =>
    callTool(client, "generate_image", { prompt, wait_seconds: 0.2 });
  for (let number = 0; number < 5; number++) {
    assert.ok((await ask(ann.client, `ann ${number}`)).envelope.job);
  }
  assert.equal((await ask(ann.client, "one more")).envelope.error.code, "busy");
  const answer = await ask(bob.client, "bob");
  assert.ok(answer.envelope.job, JSON.stringify(answer.envelope));
  const turned = (await callTool(ann.client, "list_jobs")).envelope.jobs
    .filter(({ state }: { state: string }) => state === "failed");
  assert.equal(turned.length, 1);
  const { error } = (await callTool(ann.client, "get_job", { job_id: turned[0].id })).envelope;
  assert.equal(error.code, "busy");
});

Deno.test("with several tokens only those named may reload the configuration and read the metrics", async () => {
  await using folder = await temporaryFolder();
  const env = { ...TOKENS, MCP_ADMINS: "ann" };
  await using server = await startHttpServer({ folder: folder.path, env });
  await using ann = await connect(server, "token-of-ann");
  await using bob = await connect(server, "token-of-bob");
  assert.equal((await callTool(ann.client, "reload_config")).envelope.ok, true);
  const refused = await callTool(bob.client, "reload_config");
  assert.equal(refused.envelope.error.code, "not_allowed");
  assert.match(refused.envelope.error.message, /MCP_ADMINS/);
  const metrics = async (name: string) => {
    const headers = { authorization: `Bearer token-of-${name}` };
    const answer = await fetch(`${server.url}/metrics`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  assert.equal((await metrics("ann")).status, 200);
  const kept = await metrics("bob");
  assert.equal(kept.status, 403);
  assert.match(kept.text, /MCP_ADMINS/);
});

async function connect({ url }: HttpServerProcess, token: string) {
  const client = new Client({ name: "test", version: "1" });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  return { client, [Symbol.asyncDispose]: () => client.close() };
}
