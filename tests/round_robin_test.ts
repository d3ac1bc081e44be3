/** Servers that share a database, behind a proxy that sends each request to the next of them. */

import {
  type Client,
  Client as NewClient,
  StreamableHTTPClientTransport as NewHttp,
} from "@modelcontextprotocol/client";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/index"
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/client/streamableHttp"
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
// @ts-types="npm:@modelcontextprotocol/sdk@1.32.2/types"
import {
  PromptListChangedNotificationSchema,
  ResourceListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  decide,
  makeProof,
  onward,
  parametersOf,
  PASSWORDS,
  redeem,
  register,
  registeredId,
  USERS,
} from "./authorization/support.ts";
import { drawPlainPng } from "./fakes/pictures.ts";
import { type FakeS3, startFakeS3 } from "./fakes/s3.ts";
import { heardBy } from "./storage/contracts/announcements.ts";
import { type HttpApps, openHttpApps } from "./support/http_app.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "./support/postgres.ts";
import { CLIENTS, signIn } from "./support/sign_in_clients.ts";
import { until } from "./support/wait.ts";

const ignore = POSTGRES === undefined;
const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };
const TOKENS = { ann: "token-of-ann-for-the-test", bob: "token-of-bob-for-the-test" };
type Person = keyof typeof TOKENS;
const MCP_AUTH_TOKEN = Object.entries(TOKENS).map(([name, token]) => `${name}=${token}`).join();
const MCP_USERS = USERS.map(({ name, passwordHash }) => `${name}=${passwordHash}`).join();
const PNG = drawPlainPng(64, 48, "base");
const SOURCE = {
  provider: "many",
  model: "many",
  operation: "import",
  prompt: "",
  parents: [],
  parameters: {},
} as const;
const SMALL = { prompt: "a cat", resolution: "64x64" };

/** One for all tests of this file, from the first to the last. */
let shared: Promise<PostgresServer> | undefined;
const postgres = () => shared ??= startPostgres();

interface RoundRobin extends HttpApps {
  readonly s3: FakeS3;
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Two servers that share a new database and a bucket, and hear each other. */
async function openRoundRobin(env: Readonly<Record<string, string>> = {}): Promise<RoundRobin> {
  const database = await (await postgres()).createDatabase();
  const s3 = startFakeS3({ bucket: "pictures", ...KEYS });
  const apps = await openHttpApps(2, () => ({
    MCP_DATABASE_URL: database,
    MCP_IMAGE_STORE: "s3://pictures/art",
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    ...env,
  }));
  const [one, other] = apps.servers.map(({ opened }) => opened.app.common!.announcements);
  await heardBy(one!, "ready", other!);
  await heardBy(other!, "ready", one!);
  return {
    ...apps,
    s3,
    ask: (path, init) => fetch(`${apps.url}${path}`, { redirect: "manual", ...init }),
    async [Symbol.asyncDispose]() {
      await apps[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
    },
  };
}

function test(name: string, fn: (context: Deno.TestContext) => Promise<void>) {
  Deno.test({ name, ignore, fn });
}

/** What a client is told, in a word each: `LIST`, `PROMPTS`, or the address of a resource. */
interface Line extends AsyncDisposable {
  readonly heard: string[];
  // deno-lint-ignore no-explicit-any
  call(name: string, args?: Record<string, unknown>): Promise<any>;
}
const LIST = "the list";
const PROMPTS = "the prompts";
const RECENT = "images://recent";

const ERAS: Readonly<Record<string, (url: string, person: Person) => Promise<Line>>> = {
  async "the 1.x client"(url, person) {
    const client = new OldClient({ name: person, version: "1" });
    const heard: string[] = [];
    client.setNotificationHandler(ResourceListChangedNotificationSchema, () => {
      heard.push(LIST);
    });
    client.setNotificationHandler(PromptListChangedNotificationSchema, () => {
      heard.push(PROMPTS);
    });
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => {
      heard.push(params.uri);
    });
    await client.connect(new OldHttp(new URL("/mcp", url), optionsOf(person)));
    await client.subscribeResource({ uri: RECENT });
    return {
      heard,
      call: async (name, args) =>
        (await client.callTool({ name, arguments: args })).structuredContent,
      [Symbol.asyncDispose]: () => client.close(),
    };
  },
  async "the 2.x client in a session"(url, person) {
    const client = new NewClient({ name: person, version: "1" });
    const line = lineOf(client);
    await client.connect(new NewHttp(new URL("/mcp", url), optionsOf(person)));
    await client.subscribeResource({ uri: RECENT });
    return line;
  },
  async "the 2.x client of 2026-07-28"(url, person) {
    const versionNegotiation = { mode: "auto" } as const;
    const client = new NewClient({ name: person, version: "1" }, { versionNegotiation });
    const line = lineOf(client);
    await client.connect(new NewHttp(new URL("/mcp", url), optionsOf(person)));
    const listening = await client.listen({
      resourcesListChanged: true,
      promptsListChanged: true,
      resourceSubscriptions: [RECENT],
    });
    return {
      ...line,
      async [Symbol.asyncDispose]() {
        await listening.close();
        await client.close();
      },
    };
  },
};

function optionsOf(person: Person) {
  return { requestInit: { headers: { authorization: `Bearer ${TOKENS[person]}` } } };
}

function lineOf(client: Client): Line {
  const heard: string[] = [];
  client.setNotificationHandler("notifications/resources/list_changed", () => {
    heard.push(LIST);
  });
  client.setNotificationHandler("notifications/prompts/list_changed", () => {
    heard.push(PROMPTS);
  });
  client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
    heard.push(params.uri);
  });
  return {
    heard,
    call: async (name, args) =>
      (await client.callTool({ name, arguments: args })).structuredContent,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

test("official clients draw and hear of changes, whichever server they come to", async (context) => {
  await using servers = await openRoundRobin({ MCP_AUTH_TOKEN });
  const folders = servers.servers.map(({ opened }) => join(opened.folder, "templates"));
  for (const folder of folders) await Deno.mkdir(folder);
  const views = { transport: "http", baseUrl: () => servers.url } as const;
  for (const [title, connect] of Object.entries(ERAS)) {
    await context.step(title, async () => {
      await using ann = await connect(servers.url, "ann");
      await using bob = await connect(servers.url, "bob");
      const [{ id: image_id }] = (await ann.call("generate_image", SMALL)).images;
      for (let times = 0; times < 3; times++) {
        const found = await ann.call("get_image_data", { image_id });
        assert.equal(found.error, null);
        const { error } = await bob.call("get_image_data", { image_id });
        assert.equal(error.code, "image_not_found");
      }
      await until("she hears of what she has drawn", () => hasAll(ann, LIST, RECENT));
      for (const { opened: { app } } of servers.servers) {
        ann.heard.length = 0;
        const about = { id: `img_${crypto.randomUUID()}`, owner: "ann", ...SOURCE };
        await app.images.save({ bytes: drawPlainPng(8, 8, "small") }, about);
        await until("she hears of what comes anywhere", () => hasAll(ann, LIST, RECENT));
      }
      const ofPictures = bob.heard.filter((each) => each !== PROMPTS);
      assert.deepEqual(ofPictures, [], "he hears of what is his alone");
      for (const [index, { opened: { app } }] of servers.servers.entries()) {
        using _telling = (await app.serverDependencies(views).templates()).tellOthers();
        bob.heard.length = 0;
        await until("he hears of prompts of any server", async () => {
          await Deno.writeTextFile(join(folders[index]!, "cat.md"), `A cat ${Math.random()}`);
          return hasAll(bob, PROMPTS);
        });
      }
    });
  }
  for (const { handler } of servers.servers) assert.ok(handler.sessions > 0);
});

test("people let clients in and renew their tokens, each step at the other server", async (context) => {
  await using servers = await openRoundRobin({ MCP_USERS, MCP_PRIVATE_IMAGES: "true" });
  for (const [title, open] of Object.entries(CLIENTS)) {
    await context.step(title, async () => {
      const { line, memory } = await signIn(open, `${servers.url}/mcp`, async (asked) => {
        const page = await fetch(asked);
        assert.match(await page.text(), /<strong>test<\/strong>/);
        const body = new URLSearchParams({
          name: "ann",
          password: PASSWORDS.ann,
          decision: "allow",
        });
        return await onward(await fetch(asked, { method: "POST", body }));
      });
      await using ann = line;
      const { access_token, refresh_token } = memory.tokens();
      memory.spoil(`${access_token.slice(0, -4)}AAAA`);
      for (let times = 0; times < 3; times++) {
        assert.equal((await ann.call("list_jobs")).ok, true, "the transport renewed it");
      }
      assert.notEqual(memory.tokens().refresh_token, refresh_token);
    });
  }
});

test("a code is redeemed once, at whichever server", async () => {
  await using servers = await openRoundRobin({ MCP_USERS, MCP_PRIVATE_IMAGES: "true" });
  const client = await registeredId(servers);
  const proof = makeProof();
  const resource = `${servers.url}/mcp`;
  const answer = await decide(servers, parametersOf(client, proof, { resource }));
  const code = (await onward(answer)).searchParams.get("code")!;
  const twice = await Promise.all(
    [1, 2].map(() => redeem(servers, client, code, proof, { resource })),
  );
  assert.deepEqual(twice.map(({ status }) => status).sort(), [200, 400]);
});

test("guesses, registrations and requests are counted over all servers", async (context) => {
  await using servers = await openRoundRobin({
    MCP_USERS,
    MCP_AUTH_TOKEN,
    MCP_PRIVATE_IMAGES: "true",
    MCP_RATE_LIMIT: "200",
  });
  const statusOf = async (path: string, init?: RequestInit) => {
    const response = await servers.ask(path, init);
    await response.body?.cancel();
    return response.status;
  };
  /** What one server lets through must be reached, and what two would alone must not. */
  const assertShared = async (most: number, times: number, ask: () => Promise<number>) => {
    const statuses = await Promise.all(Array.from({ length: times }, ask));
    const passed = statuses.filter((status) => status !== 429 && status !== 503).length;
    assert.ok(passed >= most && passed < 2 * most, `${passed} of ${times} passed`);
  };
  await context.step("guesses at a name's password", async () => {
    const guess = (password: string) => {
      const body = new URLSearchParams({ name: "ann", password });
      return statusOf("/sign_in", { method: "POST", body });
    };
    // Whoever is let through while others are looked at hears that many sign in just now.
    const letThrough = (status: number) => status === 503 ? 401 : status;
    await assertShared(10, 20, async () => letThrough(await guess("wrong")));
    assert.equal(await guess(PASSWORDS.ann), 429);
  });
  await context.step("guesses at the page's tokens", async () => {
    await assertShared(20, 40, () => statusOf("/page/sign_in", { method: "POST", body: "wrong" }));
  });
  await context.step("registrations", async () => {
    await assertShared(60, 120, async () => (await register(servers)).status);
  });
  await context.step("requests", async () => {
    const headers = { authorization: `Bearer ${TOKENS.ann}` };
    await assertShared(200, 400, () => statusOf("/v1/models", { headers }));
  });
});

test("cookies of the page open it at every server", async () => {
  await using servers = await openRoundRobin({
    MCP_USERS,
    MCP_AUTH_TOKEN,
    MCP_PRIVATE_IMAGES: "true",
  });
  const resource = `${servers.url}/mcp`;
  const client = await registeredId(servers);
  const proof = makeProof();
  const answer = await decide(servers, parametersOf(client, proof, { resource }));
  const code = (await onward(answer)).searchParams.get("code")!;
  const { body: tokens } = await redeem(servers, client, code, proof, { resource });
  const byPassword = { body: new URLSearchParams({ name: "ann", password: PASSWORDS.ann }) };
  const ways = [
    ["/page/sign_in", { body: TOKENS.ann }, "ann"],
    ["/page/sign_in", { body: String(tokens.access_token) }, `${servers.url} ann`],
    ["/sign_in", byPassword, `${servers.url} ann`],
  ] as const;
  for (const [path, init, owner] of ways) {
    const entered = await servers.ask(path, { method: "POST", ...init });
    await entered.body?.cancel();
    const cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
    for (let times = 0; times < 3; times++) {
      const data = await servers.ask("/page/data/start", { headers: { cookie } });
      assert.equal((await data.json()).owner, owner);
    }
  }
});

test("an upload is begun, done and waited for at different servers", async () => {
  await using servers = await openRoundRobin({ MCP_AUTH_TOKEN });
  await using ann = await ERAS["the 2.x client in a session"]!(servers.url, "ann");
  for (let times = 0; times < 2; times++) {
    const { upload } = await ann.call("create_upload_link");
    const waiting = ann.call("get_upload", { upload_id: upload.id, wait_seconds: 30 });
    waiting.catch(() => {}); // what fails below is told first
    const page = await fetch(upload.url);
    assert.equal(page.status, 200);
    await page.body?.cancel();
    const sent = await fetch(upload.url, { method: "POST", body: PNG });
    assert.equal(sent.status, 201, await sent.text());
    assert.equal((await waiting).upload.state, "received");
    const { images: [made] } = await ann.call("transform_image", { image: upload.id, width: 32 });
    assert.deepEqual([made.width, made.height], [32, 24]);
    await ann.call("list_jobs"); // the next link begins at the other server
  }
});

function hasAll({ heard }: Line, ...words: readonly string[]): boolean {
  return words.every((word) => heard.includes(word));
}

Deno.test({
  name: "PostgreSQL ends with these tests",
  ignore,
  fn: async () => await (await postgres())[Symbol.asyncDispose](),
});
