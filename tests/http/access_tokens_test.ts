/** Access tokens of an issuer at every endpoint of the HTTP transport, and what OAuth clients are told. */

import assert from "node:assert/strict";
import { remoteIssuer } from "../../src/authorization/remote_issuer.ts";
import type { HttpDependencies } from "../../src/http/dependencies.ts";
import { AUDIENCE, startIssuer, type TestIssuer } from "../support/issuer.ts";
import { errorOf, initialize, legacyPost, modernPost, testHandler, toolCall } from "./support.ts";

const BASE = "https://images.example.com";
const METADATA = `${BASE}/.well-known/oauth-protected-resource/mcp`;
const CHALLENGE = `Bearer scope="images:read images:write", resource_metadata="${METADATA}"`;

function openWith(
  there: Pick<TestIssuer, "url">,
  variables: Record<string, string> = {},
  overrides: Partial<HttpDependencies> = {},
) {
  const { now } = overrides;
  const issuers = [remoteIssuer({ issuer: there.url, audience: [AUDIENCE] }, { fetch, now })];
  const settings = { MCP_PUBLIC_BASE_URL: BASE, MCP_OAUTH_ISSUER: there.url, ...variables };
  return testHandler(settings, { issuers, ...overrides });
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const echo = (token: string) =>
  modernPost("tools/call", { name: "echo", arguments: { text: "hi" } }, bearer(token));

Deno.test("a good token comes in, in both eras, and its owner is its issuer's subject", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  const token = await there.sign();
  assert.equal((await handler.ask("/mcp", echo(token))).status, 200);
  assert.equal((await handler.ask("/mcp", legacyPost(initialize(), { token }))).status, 200);
  const [caller] = handler.dependencies.small.callers;
  assert.deepEqual(caller, { clientId: `${there.url} ann`, token: "" });
  const line = handler.dependencies.log.lines.find(({ event }) => event === "request");
  assert.equal(line?.fields.client, `${there.url} ann`);
  const logged = JSON.stringify(handler.dependencies.log.lines);
  assert.ok(!logged.includes(token.split(".")[2]!), "the log holds the token");
});

for (const method of ["GET", "POST", "DELETE"]) {
  Deno.test(`${method} /mcp without a token tells where to sign in, and for what`, async () => {
    await using there = await startIssuer();
    await using handler = openWith(there);
    const none = await handler.ask("/mcp", { method });
    assert.equal(none.status, 401);
    assert.equal(none.headers.get("www-authenticate"), CHALLENGE);
    assert.match((await errorOf(none)).message, new RegExp(`^Sign in at ${there.url}, and send`));
    assert.equal(handler.dependencies.small.made(), 0);
  });
}

Deno.test("the metadata of the resource is at both well-known addresses, for every web page", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  for (const path of ["", "/", "/mcp", "/mcp/", "/mcp/v1/messages"]) {
    const headers = { origin: "https://chat.example" };
    const answer = await handler.ask(`/.well-known/oauth-protected-resource${path}`, { headers });
    assert.equal(answer.status, 200, path);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual(await answer.json(), {
      resource: `${BASE}/mcp`,
      authorization_servers: [there.url],
      scopes_supported: ["images:read", "images:write"],
      bearer_methods_supported: ["header"],
      resource_name: "mcp-image-server",
      resource_documentation: `${BASE}/manual/sign-in`,
    });
  }
  const other = await handler.ask("/.well-known/oauth-protected-resource/other");
  assert.equal(other.status, 404);
});

Deno.test("below a path the metadata names the path, and is found where RFC 9728 puts it", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there, { MCP_PUBLIC_BASE_URL: `${BASE}/pictures` });
  const challenge = (await handler.ask("/mcp")).headers.get("www-authenticate")!;
  const [, address] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
  assert.equal(address, `${BASE}/.well-known/oauth-protected-resource/pictures/mcp`);
  const answer = await handler.ask(new URL(address!).pathname);
  assert.equal((await answer.json()).resource, `${BASE}/pictures/mcp`);
});

Deno.test("without an issuer there is no metadata, and the challenge is as it was", async () => {
  await using handler = testHandler({ MCP_AUTH_TOKEN: "token" });
  assert.equal((await handler.ask("/.well-known/oauth-protected-resource")).status, 404);
  assert.equal((await handler.ask("/mcp")).headers.get("www-authenticate"), "Bearer");
});

Deno.test("a bad token is told what is wrong with it, and nothing of it is repeated", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  const bad = {
    "has expired": await there.sign({ exp: 1 }),
    "is for another server": await there.sign({ aud: "https://other.example/mcp" }),
    "is another issuer's": await there.sign({ iss: "https://evil.example" }),
  };
  for (const [words, token] of Object.entries(bad)) {
    const answer = await handler.ask("/mcp", echo(token));
    assert.equal(answer.status, 401);
    assert.equal(
      answer.headers.get("www-authenticate"),
      `Bearer error="invalid_token", error_description="The access token ${words}", ` +
        `scope="images:read images:write", resource_metadata="${METADATA}"`,
    );
    assert.equal((await errorOf(answer)).message, `The access token ${words}: sign in again`);
  }
  const made = await handler.ask("/mcp", echo("no-token-at-all"));
  assert.match(made.headers.get("www-authenticate")!, /^Bearer error="invalid_token", scope=/);
  assert.equal(handler.dependencies.small.callers.length, 0);
});

Deno.test("a token in the address is no token", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  const token = await there.sign();
  for (const query of [`?access_token=${token}`, `?token=${token}`]) {
    assert.equal((await handler.ask(`/mcp${query}`, legacyPost(initialize()))).status, 401);
  }
});

Deno.test("the server's own tokens go on beside access tokens, and reach everything where they are named", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there, {
    MCP_AUTH_TOKEN: "anna=own-token,bob=bobs-token",
    MCP_ADMINS: "anna",
  });
  assert.equal((await handler.ask("/mcp", echo("own-token"))).status, 200);
  assert.equal((await handler.ask("/metrics", { headers: bearer("own-token") })).status, 200);
  assert.equal((await handler.ask("/metrics", { headers: bearer("bobs-token") })).status, 403);
  assert.deepEqual(there.asked, {}, "the issuer is asked for access tokens alone");
  assert.equal((await handler.ask("/mcp", echo(await there.sign()))).status, 200);
  const clients = handler.dependencies.small.callers.map((caller) => caller?.clientId);
  assert.deepEqual(clients, ["anna", `${there.url} ann`]);
});

Deno.test("no subject can be called as a token is, nor as another issuer's subject", async () => {
  await using one = await startIssuer();
  await using other = await startIssuer();
  const issuers = [one, other].map(({ url }) =>
    remoteIssuer({ issuer: url, audience: [AUDIENCE] }, { fetch })
  );
  await using handler = openWith(one, { MCP_AUTH_TOKEN: "ann=own-token" }, { issuers });
  for (const token of ["own-token", await one.sign(), await other.sign()]) {
    assert.equal((await handler.ask("/mcp", echo(token))).status, 200);
  }
  const names = handler.dependencies.small.callers.map((caller) => caller?.clientId);
  assert.equal(new Set(names).size, 3);
});

Deno.test("nobody goes on in the session of somebody else", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there, { MCP_AUTH_TOKEN: "ann=own-token" });
  const begun = await handler.ask("/mcp", legacyPost(initialize(), { token: await there.sign() }));
  await begun.body?.cancel();
  const session = begun.headers.get("mcp-session-id")!;
  const call = (token: string) =>
    handler.ask("/mcp", legacyPost(toolCall("echo", { text: "hi" }), { session, token }));
  assert.equal((await call(await there.sign({ sub: "bob" }))).status, 404);
  assert.equal((await call("own-token")).status, 404);
  const again = await call(await there.sign({ jti: "another token of the same person" }));
  assert.equal(again.status, 200);
  await again.body?.cancel();
});

const NEEDS: readonly (readonly [string, string])[] = [
  ["list_jobs", "images:read"],
  ["get_job", "images:read"],
  ["get_image_data", "images:read"],
  ["search_images", "images:read"],
  ["generate_image", "images:write"],
  ["edit_image", "images:write"],
  ["delete_images", "images:write"],
  ["cancel_job", "images:write"],
  ["create_upload_link", "images:write"],
  ["reload_config", "images:admin"],
  ["no_such_tool", "images:read"],
];
const LEVELS = ["images:read", "images:write", "images:admin"];

Deno.test("a tool needs its scope or a wider one, and a lacking one is named with the request's id", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  const tokens = await Promise.all(LEVELS.map((scope) => there.sign({ scope })));
  for (const [tool, needed] of NEEDS) {
    for (const [level, token] of tokens.entries()) {
      const call = modernPost("tools/call", { name: tool, arguments: {} }, bearer(token));
      const answer = await handler.ask("/mcp", call);
      const isEnough = level >= LEVELS.indexOf(needed);
      assert.equal(answer.status === 403, !isEnough, `${tool} with ${LEVELS[level]}`);
      const { id, error } = await answer.json();
      if (isEnough) continue;
      assert.equal(id, 1);
      assert.equal(error.message, `This needs the scope ${needed}, which the access token lacks`);
      assert.equal(
        answer.headers.get("www-authenticate"),
        `Bearer error="insufficient_scope", error_description="This needs the scope ${needed}", ` +
          `scope="${needed}", resource_metadata="${METADATA}"`,
      );
    }
  }
});

Deno.test("several messages at once need what the farthest of them needs", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  const batch = [toolCall("list_jobs"), toolCall("reload_config", {}, 2)];
  const token = await there.sign();
  const answer = await handler.ask("/mcp", legacyPost(batch, { token }));
  assert.equal(answer.status, 403);
  assert.match(answer.headers.get("www-authenticate")!, /scope="images:admin"/);
});

Deno.test("a token without any scope of ours opens nothing", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there);
  for (const scope of ["", "openid profile", "images:everything"]) {
    const answer = await handler.ask("/mcp", echo(await there.sign({ scope })));
    assert.equal(answer.status, 403);
    assert.match(answer.headers.get("www-authenticate")!, /scope="images:read"/);
  }
});

Deno.test("other endpoints ask for the token, and for the scope that fits what is done there", async () => {
  await using there = await startIssuer();
  const imagesApi = {} as NonNullable<HttpDependencies["imagesApi"]>;
  const page = {} as NonNullable<HttpDependencies["page"]>;
  await using handler = openWith(there, { MCP_PRIVATE_IMAGES: "true" }, { imagesApi, page });
  const endpoints = [
    ["GET", "/images/cat.png", "images:read"],
    ["POST", "/uploads", "images:write"],
    ["GET", "/v1/models", "images:read"],
    ["POST", "/v1/images/generations", "images:write"],
    ["GET", "/page/data/start", "images:read"],
    ["POST", "/page/data/pictures", "images:write"],
    ["GET", "/metrics", "images:admin"],
  ] as const;
  for (const [method, path, needed] of endpoints) {
    const none = await handler.ask(path, { method });
    assert.equal(none.status, 401, path);
    assert.match(none.headers.get("www-authenticate")!, /resource_metadata=/, path);
    const below = LEVELS[LEVELS.indexOf(needed) - 1] ?? "openid";
    const headers = bearer(await there.sign({ scope: below }));
    const short = await handler.ask(path, { method, headers });
    assert.equal(short.status, 403, path);
    assert.match(short.headers.get("www-authenticate")!, new RegExp(`scope="${needed}"`), path);
  }
  const headers = bearer(await there.sign());
  assert.equal((await handler.ask("/images/cat.png", { headers })).status, 404);
});

Deno.test("while the issuer is away its tokens get 503 and the server's own go on; then all is well", async () => {
  await using there = await startIssuer();
  const clock = { now: Date.now() };
  const variables = { MCP_AUTH_TOKEN: "ann=own-token" };
  await using handler = openWith(there, variables, { now: () => clock.now });
  there.answer("/keys", () => new Response(null, { status: 502 }));
  const token = await there.sign();
  const away = await handler.ask("/mcp", echo(token));
  assert.equal(away.status, 503);
  assert.equal(away.headers.get("retry-after"), "10");
  assert.equal(away.headers.get("www-authenticate"), null);
  const { message } = await errorOf(away);
  assert.match(message, /^Access tokens cannot be checked now.*try again in a moment$/);
  assert.ok(!message.includes(there.url));
  const told = handler.dependencies.log.lines.find(({ level }) => level === "warning");
  assert.match(String(told?.fields.reason), /\/keys answers 502$/);
  assert.equal((await handler.ask("/mcp", echo("own-token"))).status, 200);
  there.answer("/keys", undefined);
  clock.now += 11_000;
  assert.equal((await handler.ask("/mcp", echo(token))).status, 200);
});

Deno.test("requests are counted by the person, whichever of their tokens comes", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there, { MCP_RATE_LIMIT: "2" });
  const tokens = await Promise.all(["a", "b", "c"].map((jti) => there.sign({ jti })));
  const statuses = [];
  for (const token of tokens) statuses.push((await handler.ask("/mcp", echo(token))).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  const other = await handler.ask("/mcp", echo(await there.sign({ sub: "bob" })));
  assert.equal(other.status, 200);
});

Deno.test("nobody who signs in can hold more than half of what there is for all", async () => {
  await using there = await startIssuer();
  await using handler = openWith(there, { MCP_MAX_SESSIONS: "4" });
  const listen = async (sub: string) => {
    const params = { notifications: { toolsListChanged: true } };
    const post = modernPost("subscriptions/listen", params, bearer(await there.sign({ sub })));
    return await handler.ask("/mcp", post);
  };
  const streams = [await listen("ann"), await listen("ann")];
  assert.equal((await listen("ann")).status, 503);
  streams.push(await listen("bob"));
  assert.deepEqual(streams.map(({ status }) => status), [200, 200, 200]);
  for (const stream of streams) await stream.body?.cancel();
});

Deno.test("on the page an access token becomes a cookie that ends with it and reaches as far", async () => {
  await using there = await startIssuer();
  const clock = { now: Date.now() };
  const page = {} as NonNullable<HttpDependencies["page"]>;
  await using handler = openWith(there, {}, { page, now: () => clock.now });
  const enter = (token: string) => handler.ask("/page/sign_in", { method: "POST", body: token });
  assert.equal((await enter(await there.sign({ aud: "https://other.example" }))).status, 403);
  const end = Math.floor(clock.now / 1000) + 600;
  const entered = await enter(await there.sign({ scope: "images:read", exp: end }));
  assert.equal(entered.status, 200);
  const [cookie = ""] = entered.headers.getSetCookie();
  assert.match(cookie, /; Max-Age=(600|599); Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const headers = { cookie: cookie.split(";")[0]!, "sec-fetch-site": "same-origin" };
  const draw = await handler.ask("/page/data/pictures", { method: "POST", headers });
  assert.equal(draw.status, 403);
  assert.equal((await handler.ask("/page/data/nothing", { headers })).status, 404);
  const [until, signature, facts] = headers.cookie.split("=")[1]!.split(".");
  const wider = btoa(JSON.stringify({ name: `${there.url} bob`, scopes: LEVELS }));
  for (
    const forged of [
      [until, signature, wider],
      [`${until}0`, signature, facts],
      [until, "", facts],
      [until, signature],
    ]
  ) {
    const cookie = `mcp_image_server=${forged.join(".")}`;
    const answer = await handler.ask("/page/data/nothing", { headers: { ...headers, cookie } });
    assert.equal(answer.status, 401);
  }
  clock.now += 601_000;
  assert.equal((await handler.ask("/page/data/nothing", { headers })).status, 401);
});
