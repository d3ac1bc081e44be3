/** People sign in through a real identity provider, with the official clients of both lines unchanged. */

import assert from "node:assert/strict";
import { fakeOpenAI } from "./fakes/openai.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type HttpApp, openHttpApp } from "./support/http_app.ts";
import {
  type IdentityProvider,
  KNOWN_CLIENT,
  signInAs,
  startIdentityProvider,
} from "./support/identity_provider.ts";
import { startIssuer } from "./support/issuer.ts";
import { startHttpServer } from "./support/process.ts";
import {
  CLIENTS,
  isUnauthorized,
  Memory,
  type OpenLine,
  REDIRECT,
  signIn as signInWith,
} from "./support/sign_in_clients.ts";

const OTHER_RESOURCE = "https://other.example.com/mcp";
const LITTLE = { prompt: "a cat", resolution: "64x64" };

interface World extends AsyncDisposable {
  readonly app: HttpApp;
  readonly provider: IdentityProvider;
}

/** The server at `app.url`, whose people the provider knows. */
async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  let provider: IdentityProvider | undefined;
  const app = await openHttpApp(async (url) => {
    provider = await startIdentityProvider([`${url}/mcp`, OTHER_RESOURCE]);
    return { MCP_OAUTH_ISSUER: provider.issuer, MCP_PRIVATE_IMAGES: "true", ...env };
  });
  return {
    app,
    provider: provider!,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await provider![Symbol.asyncDispose]();
    },
  };
}

/** Signs in at the provider as `name`. */
function signIn(open: OpenLine, url: string, name: string, memory?: Memory) {
  return signInWith(open, url, (asked) => signInAs(name, asked), memory);
}

Deno.test("people sign in with unchanged clients, draw, and see what is theirs", async (test) => {
  await using world = await openWorld();
  const { app, provider } = world;
  const mcp = `${app.url}/mcp`;
  for (const [title, open] of Object.entries(CLIENTS)) {
    await test.step(title, async () => {
      const { line, memory } = await signIn(open, mcp, `ann of ${title}`);
      await using ann = line;
      const asked = memory.asked!.searchParams;
      assert.equal(memory.asked!.origin, provider.issuer);
      assert.equal(asked.get("resource"), mcp);
      assert.match(asked.get("scope")!, /^images:read images:write( offline_access)?$/);
      assert.equal(asked.get("code_challenge_method"), "S256");

      const [picture] = (await ann.call("generate_image", LITTLE)).images;
      const owner = `${provider.issuer} ann of ${title}`;
      assert.equal((await app.opened.app.images.find(picture.id, owner, Infinity))?.owner, owner);
      assert.equal((await ann.call("list_jobs")).jobs.length, 1);

      const { line: other, memory: his } = await signIn(open, mcp, `bob of ${title}`);
      await using bob = other;
      assert.deepEqual((await bob.call("list_jobs")).jobs, []);
      assert.equal((await bob.call("get_image_data", { image_id: picture.id })).ok, false);
      const statusFor = async ({ accessToken }: Memory) => {
        const headers = { authorization: `Bearer ${accessToken}` };
        const response = await fetch(picture.url, { headers });
        await response.body?.cancel();
        return response.status;
      };
      assert.deepEqual([await statusFor(memory), await statusFor(his)], [200, 404]);
    });
  }
});

Deno.test("a client goes back to its person for the scope of what concerns everybody", async (test) => {
  await using world = await openWorld();
  const mcp = `${world.app.url}/mcp`;
  for (const [title, open] of Object.entries(CLIENTS)) {
    await test.step(title, async () => {
      const { line, memory } = await signIn(open, mcp, "ann", new Memory(KNOWN_CLIENT));
      {
        await using ann = line;
        memory.asked = undefined;
        await assert.rejects(ann.call("reload_config"), isUnauthorized);
        const scopes = memory.asked!.searchParams.get("scope")!.split(" ");
        assert.ok(scopes.includes("images:admin"), String(scopes));
        await ann.finish(await signInAs("ann", memory.asked!));
      }
      await using again = open(mcp, memory);
      await again.connect();
      assert.equal((await again.call("reload_config")).ok, true);
      assert.equal((await again.call("list_jobs")).ok, true);
    });
  }
});

Deno.test("the provider's tokens for another resource, for none, or in the address open nothing", async () => {
  await using world = await openWorld();
  const { app, provider } = world;
  const { line, memory } = await signIn(CLIENTS["the 1.x client"]!, `${app.url}/mcp`, "ann");
  await using _ann = line;
  const statusOf = async (address: string, token?: string) => {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const response = await fetch(address, { headers });
    await response.body?.cancel();
    return response.status;
  };
  const data = `${app.url}/page/data/start`;
  assert.equal(await statusOf(data, memory.accessToken), 200);
  assert.equal(await statusOf(`${data}?access_token=${memory.accessToken}`), 401);
  assert.equal(await statusOf(data, await tokenFor(provider, OTHER_RESOURCE)), 401);
  const opaque = await tokenFor(provider, undefined);
  assert.ok(!opaque.includes("."));
  assert.equal(await statusOf(data, opaque), 401);
});

Deno.test("the access token goes to no vendor, into no log and into no record", async () => {
  await using vendor = fakeOpenAI();
  await using world = await openWorld(vendor.environment);
  const { app } = world;
  const open = CLIENTS["the 2.x client of 2026-07-28"]!;
  const { line, memory } = await signIn(open, `${app.url}/mcp`, "ann");
  await using ann = line;
  const drawn = await ann.call("generate_image", { prompt: "a cat", provider: "openai" });
  assert.equal(drawn.ok, true, JSON.stringify(drawn.error));
  const [, payload, signature] = memory.accessToken.split(".");
  const seen = JSON.stringify([vendor.requests, vendor.downloads, app.opened.log, drawn]);
  assert.ok(vendor.requests.length > 0);
  for (const part of [payload!, signature!]) assert.ok(!seen.includes(part));
  for await (const { name, isFile } of Deno.readDir(`${app.opened.folder}/.mcp-image-server`)) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${app.opened.folder}/.mcp-image-server/${name}`);
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(signature!), name);
  }
});

Deno.test("a client whose access token is good no more gets a new one by itself", async () => {
  await using world = await openWorld();
  const mcp = `${world.app.url}/mcp`;
  const open = CLIENTS["the 2.x client of 2026-07-28"]!;
  const { line, memory } = await signIn(open, mcp, "ann");
  await using ann = line;
  await ann.call("generate_image", LITTLE);
  const [header, payload] = memory.accessToken.split(".");
  memory.spoil(`${header}.${payload}.spoilt`);
  memory.asked = undefined;
  assert.equal((await ann.call("list_jobs")).jobs.length, 1);
  assert.ok(!memory.accessToken.endsWith("spoilt"));
  assert.equal(memory.asked, undefined, "the person was not asked again");
});

Deno.test("the program itself lets in whom the provider knows", async () => {
  await using folder = await temporaryFolder();
  await using issuer = await startIssuer();
  const env = { MCP_OAUTH_ISSUER: issuer.url, MCP_PUBLIC_BASE_URL: "https://images.example.com" };
  await using server = await startHttpServer({ folder: folder.path, env });
  const statusFor = async (headers: Record<string, string>) => {
    const response = await fetch(`${server.url}/v1/models`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await statusFor({}), 401);
  assert.equal(await statusFor({ authorization: `Bearer ${await issuer.sign()}` }), 200);
});

Deno.test("while the provider is away the server says that it is not ready, and keeps its own people", async () => {
  const own = { MCP_AUTH_TOKEN: "token-of-the-operator" };
  await using world = await openWorld(own);
  const { app, provider } = world;
  const ready = async () => await (await fetch(`${app.url}/ready`)).json();
  const token = await tokenFor(provider, `${app.url}/mcp`);
  await provider[Symbol.asyncDispose]();
  assert.deepEqual(await ready(), {
    status: "not ready",
    reasons: ["The keys that access tokens are checked with cannot be had"],
  });
  const statusFor = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${app.url}/v1/models`, { headers });
    return { status: response.status, body: await response.json() };
  };
  const away = await statusFor(token);
  assert.equal(away.status, 503);
  assert.match(away.body.error.message, /^Access tokens cannot be checked now/);
  assert.equal((await statusFor(own.MCP_AUTH_TOKEN)).status, 200);
  assert.ok(app.opened.log.some((line) => line.includes(provider.issuer)));
});

/** An access token as any program gets one of the provider: for a resource, or for none. */
async function tokenFor({ issuer }: IdentityProvider, resource: string | undefined) {
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  const registered = await fetch(metadata.registration_endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(new Memory().clientMetadata),
  });
  const { client_id } = await registered.json();
  const verifier = crypto.randomUUID() + crypto.randomUUID();
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const challenge = new Uint8Array(digest)
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const common = { client_id, redirect_uri: REDIRECT, ...resource && { resource } };
  const scope = resource === undefined ? "openid" : "images:read images:write";
  const address = new URL(metadata.authorization_endpoint);
  address.search = String(
    new URLSearchParams({
      ...common,
      response_type: "code",
      scope,
      code_challenge: challenge,
      code_challenge_method: "S256",
    }),
  );
  const code = (await signInAs("ann", address)).searchParams.get("code")!;
  const answer = await fetch(metadata.token_endpoint, {
    method: "POST",
    body: new URLSearchParams({
      ...common,
      grant_type: "authorization_code",
      code,
      code_verifier: verifier,
    }),
  });
  return (await answer.json()).access_token as string;
}
