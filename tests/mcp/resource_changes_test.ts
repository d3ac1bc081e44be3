/** Clients are told when what they can read has changed: those who listen, of what is theirs. */

import {
  Client as NewClient,
  StreamableHTTPClientTransport as NewHttp,
} from "@modelcontextprotocol/client";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import assert from "node:assert/strict";
import { makeMcpServer } from "../../src/mcp/server.ts";
import { ResourceChanges } from "../../src/mcp/resource_changes.ts";
import type { HttpDependencies } from "../../src/http/dependencies.ts";
import { ProcessAnnouncements } from "../../src/storage/announcements.ts";
import { PictureChanges } from "../../src/storage/picture_changes.ts";
import {
  firstEvent,
  legacyPost,
  listen,
  modernPost,
  openSession,
  testServer,
} from "../http/support.ts";
import { drawPng } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp, type TestApp } from "../support/app.ts";
import { until } from "../support/wait.ts";
import { initialize, initialized, modern, openLine, request } from "./line.ts";

const TOKENS = { ann: "token-of-ann-for-the-test", bob: "token-of-bob-for-the-test" };
type Person = keyof typeof TOKENS;
const MCP_AUTH_TOKEN = Object.entries(TOKENS).map(([name, token]) => `${name}=${token}`).join();
const SMALL = { prompt: "a cat", resolution: "64x64" };
const LIST = "the list";
const SOURCE = { operation: "import", prompt: "", parents: [], parameters: {} } as const;

Deno.test("whoever shakes hands over stdio hears of a list that changed and of what they subscribed to", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const heard = hearing(client.client);
  assert.deepEqual(client.client.getServerCapabilities()?.resources, {
    listChanged: true,
    subscribe: true,
  });
  const id = await draw(client);
  await until("the list has changed", () => heard.includes(LIST));
  assert.deepEqual(heard, [LIST], "nothing else was asked for");

  await client.client.subscribeResource({ uri: `image://${id}/record` });
  await client.client.subscribeResource({ uri: "images://recent" });
  await client.call("update_images", { image_ids: [id], title: "Tom" });
  await until("both are told", () => heard.length >= 4);
  assert.deepEqual(
    new Set(heard.splice(0)),
    new Set([LIST, `image://${id}/record`, "images://recent"]),
  );

  await client.client.unsubscribeResource({ uri: "images://recent" });
  await client.call("transform_image", { image: id, width: 32 });
  await until("the record has changed: something was made of it", () => heard.length >= 2);
  assert.deepEqual(new Set(heard.splice(0)), new Set([LIST, `image://${id}/record`]));
  await client.client.subscribeResource({ uri: `image://${id}` });
  await client.call("delete_images", { image_ids: [id], permanent: true });
  await until("the picture has gone", () => heard.includes(`image://${id}`));
});

Deno.test("a client without a handshake hears by stdio what it listens to, until it is done", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app, { mode: "auto" });
  const heard = hearing(client.client);
  const first = await draw(client);
  const listening = await client.client.listen({
    resourcesListChanged: true,
    resourceSubscriptions: [`image://${first}/record`],
  });
  await client.call("update_images", { image_ids: [first], title: "Tom" });
  await until("both are told", () => heard.length >= 2);
  assert.deepEqual(heard.splice(0), [LIST, `image://${first}/record`]);
  await listening.close();
  const narrow = await client.client.listen({ resourceSubscriptions: ["images://recent"] });
  await draw(client);
  await until("the newest have changed", () => heard.length >= 1);
  assert.deepEqual(heard, ["images://recent"], "what is listened to no more is not told");
  await narrow.close();
});

for (const era of ["1.x", "2025-11-25", "2026-07-28"] as const) {
  Deno.test(`over HTTP each hears of their own pictures alone (${era})`, async () => {
    await using test = await openTestApp({ env: { MCP_AUTH_TOKEN } });
    await using server = serverOf(test);
    await using ann = await connect(server.url, "ann", era);
    await using bob = await connect(server.url, "bob", era);
    await ann.call("generate_image", SMALL);
    await until("ann hears", () => ann.heard.length >= 2);
    assert.deepEqual(new Set(ann.heard), new Set([LIST, "images://recent"]));
    await bob.call("generate_image", { ...SMALL, prompt: "a dog" });
    await until("bob hears", () => bob.heard.length >= 2);
    assert.deepEqual(new Set(bob.heard), new Set([LIST, "images://recent"]));
    assert.equal(ann.heard.length, 2, "ann hears nothing of bob's");
  });
}

Deno.test("what may have changed unheard at another server is told to whoever listens", async () => {
  await using test = await openTestApp({ env: { MCP_AUTH_TOKEN } });
  const announcements = new ProcessAnnouncements();
  const records = () => Promise.reject(new Error("Nothing is recorded here"));
  await using server = serverOf(test, {}, { common: { announcements, records } });
  await using ann = await connect(server.url, "ann", "2026-07-28");
  assert.deepEqual(ann.heard, []);
  announcements.tellGap();
  await until("she is told of both", () => ann.heard.length >= 2);
  assert.deepEqual(new Set(ann.heard), new Set([LIST, "images://recent"]));
});

Deno.test("a picture of another's cannot be subscribed to, as if it were not there", async () => {
  await using test = await openTestApp({ env: { MCP_AUTH_TOKEN } });
  await using server = serverOf(test);
  await using ann = await connect(server.url, "ann", "2025-11-25");
  await using bob = await connect(server.url, "bob", "2025-11-25");
  const made = await ann.call("generate_image", SMALL);
  const id = (made.structuredContent as { images: { id: string }[] }).images[0]!.id;
  for (const uri of [`image://${id}`, "image://img_none", "image://img_none/record"]) {
    await assert.rejects(bob.client.subscribeResource({ uri }), {
      code: -32602,
      message: `Resource not found: ${uri}`,
    });
  }
  await ann.client.subscribeResource({ uri: `image://${id}` });
});

Deno.test("what tells of no changes is refused with what does", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  for (const uri of ["styles://list", "image://x/y", "image://last?width=9", "nonsense"]) {
    await assert.rejects(client.client.subscribeResource({ uri }), (error: Error) => {
      assert.match(
        error.message,
        /images:\/\/recent, image:\/\/\{id\} and image:\/\/\{id\}\/record/,
      );
      assert.ok(error.message.includes(uri));
      return true;
    });
  }
  const nothing = {} as { uri: string };
  await assert.rejects(client.client.subscribeResource(nothing), /'uri'|expected string/);
});

Deno.test("a client has a hundred subscriptions at most, and each once", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(initialize(), initialized);
  const bytes = drawPng(8, 8, "small");
  const ids = Array.from({ length: 51 }, (_, n) => `img_many_1_${n}`);
  for (const id of ids) {
    const about = { id, owner: "", provider: "many", model: "many", ...SOURCE };
    await test.app.images.save({ bytes }, about);
  }
  const addresses = ids.flatMap((id) => [`image://${id}`, `image://${id}/record`]);
  const subscribe = (uri: string) => request(uri, "resources/subscribe", { uri });
  await line.say(...addresses.slice(0, 100).map(subscribe));
  for (const uri of addresses.slice(0, 100)) {
    assert.deepEqual((await line.answerTo(uri)).result, {});
  }
  const [last] = addresses.slice(100);
  await line.say(subscribe(last!));
  assert.match((await line.answerTo(last!)).error?.message ?? "", /100 subscriptions at most/);
  await line.say(request("again", "resources/subscribe", { uri: addresses[0] }));
  assert.deepEqual((await line.answerTo("again")).result, {}, "one there is already costs nothing");
});

Deno.test("a stream that would listen to too much is refused in both places", async () => {
  const resourceSubscriptions = Array.from({ length: 101 }, (_, n) => `image://img_${n}`);
  const params = { notifications: { resourceSubscriptions } };
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(modern(1, "subscriptions/listen", params));
  assert.match((await line.answerTo(1)).error?.message ?? "", /no more than 100 resources/);
  await using server = serverOf(test);
  const response = await fetch(`${server.url}/mcp`, modernPost("subscriptions/listen", params));
  assert.match(await response.text(), /no more than 100 resources/);
});

Deno.test("a revision has its own way of listening, and not the other's", async () => {
  await using test = await openTestApp();
  await using line = openLine(test.app);
  await line.say(modern(1, "resources/subscribe", { uri: "images://recent" }));
  assert.equal((await line.answerTo(1)).error?.code, -32601);
});

Deno.test("without sessions older clients are promised no news, and cannot subscribe", async () => {
  await using test = await openTestApp();
  await using server = serverOf(test, { MCP_ENABLE_SESSIONS: "false" });
  const hello = await fetch(`${server.url}/mcp`, legacyPost(initialize()));
  assert.match(await hello.text(), /"resources":\{"listChanged":false\}/);
  const ask = request(2, "resources/subscribe", { uri: "images://recent" });
  const answer = await fetch(`${server.url}/mcp`, legacyPost(ask));
  assert.match(await answer.text(), /-32601/);
});

Deno.test("a session that does not listen is sent nothing, neither then nor later", async () => {
  await using test = await openTestApp();
  await using server = serverOf(test);
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
  const session = await openSession({ ask });
  const post = async (body: unknown) =>
    await (await ask("/mcp", legacyPost(body, { session }))).body?.cancel();
  await post(initialized);
  await using client = await connectTestClient(test.app);
  const heard = hearing(client.client);
  await draw(client);
  await until("it was told to another", () => heard.includes(LIST));
  const stream = await listen({ ask }, session);
  await client.call("update_images", { image_ids: ["last"], title: "Tom" });
  const event = await firstEvent(stream);
  assert.match(event, /resources\/list_changed/);
  assert.match(event, /^id: 1$/m, "it is the first event that was kept for the session");
});

Deno.test("however much changes, one message a second tells of it", async () => {
  const pictures = new PictureChanges();
  const changes = new ResourceChanges(pictures);
  const told: { readonly at: number; readonly addresses: ReadonlySet<string> }[] = [];
  const leave = changes.listen("ann", (addresses) => {
    told.push({ at: performance.now(), addresses });
  });
  const change = (id: string) => pictures.tell({ id, owner: "ann", kind: "picture" });
  for (let n = 0; n < 50; n++) change(`img_${n}`);
  pictures.tell({ id: "img_other", owner: "bob", kind: "picture" });
  await until("the first are told", () => told.length === 1);
  for (let n = 50; n < 99; n++) change(`img_${n}`);
  await until("the others are told", () => told.length === 2);
  assert.ok(told[1]!.at - told[0]!.at >= 990, `${told[1]!.at - told[0]!.at} ms`);
  const all = told.flatMap(({ addresses }) => [...addresses]);
  assert.equal(all.filter((each) => /^image:\/\/img_\d+$/.test(each)).length, 99);
  assert.ok(!all.some((each) => each.includes("img_other")));
  change("img_100");
  leave();
  changes.close();
});

type AnyClient = Pick<NewClient, "setNotificationHandler">;

/** What a client is told from now on: `LIST`, or the address of a resource. */
function hearing(client: AnyClient): string[] {
  const heard: string[] = [];
  client.setNotificationHandler(
    "notifications/resources/list_changed",
    () => void heard.push(LIST),
  );
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.push(params.uri),
  );
  return heard;
}

async function draw(
  client: { call(tool: string, args: Record<string, unknown>): Promise<{ envelope: unknown }> },
): Promise<string> {
  const { envelope } = await client.call("generate_image", SMALL);
  return (envelope as { images: { id: string }[] }).images[0]!.id;
}

function serverOf(
  { app }: TestApp,
  variables: Record<string, string> = {},
  overrides: Partial<HttpDependencies> = {},
) {
  const dependencies = app.serverDependencies({ transport: "http", baseUrl: () => null });
  const { MCP_AUTH_TOKEN } = app.configuration.settings;
  return testServer({ ...MCP_AUTH_TOKEN && { MCP_AUTH_TOKEN }, ...variables }, {
    makeServer: (conversation) => makeMcpServer(dependencies, conversation),
    changes: dependencies.changes,
    ...overrides,
  });
}

/** A client over HTTP that listens to the list and to the newest pictures. */
async function connect(url: string, person: Person, era: "1.x" | "2025-11-25" | "2026-07-28") {
  const headers = { authorization: `Bearer ${TOKENS[person]}` };
  const options = { requestInit: { headers } };
  const uri = "images://recent";
  if (era === "1.x") {
    const client = new OldClient({ name: person, version: "1" });
    const heard: string[] = [];
    client.setNotificationHandler(
      ResourceListChangedNotificationSchema,
      () => void heard.push(LIST),
    );
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    await client.connect(new OldHttp(new URL("/mcp", url), options));
    await client.subscribeResource({ uri });
    return {
      heard,
      client,
      call: (name: string, args: Record<string, unknown>) =>
        client.callTool({ name, arguments: args }),
      [Symbol.asyncDispose]: () => client.close(),
    };
  }
  const mode = era === "2026-07-28" ? "auto" : "legacy";
  const client = new NewClient({ name: person, version: "1" }, { versionNegotiation: { mode } });
  const heard = hearing(client);
  await client.connect(new NewHttp(new URL("/mcp", url), options));
  const listening = mode === "auto"
    ? await client.listen({ resourcesListChanged: true, resourceSubscriptions: [uri] })
    : await client.subscribeResource({ uri });
  return {
    heard,
    client,
    call: (name: string, args: Record<string, unknown>) =>
      client.callTool({ name, arguments: args }),
    async [Symbol.asyncDispose]() {
      if ("close" in listening && typeof listening.close === "function") await listening.close();
      await client.close();
    },
  };
}
