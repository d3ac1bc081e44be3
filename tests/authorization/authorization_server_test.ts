/** The authorization server as clients and people use it, and as whoever attacks it does. */

import assert from "node:assert/strict";
import { verifyAccessToken } from "../../src/authorization/access_token.ts";
import {
  type AuthorizationServer,
  createAuthorizationServer,
} from "../../src/authorization/authorization_server.ts";
import * as jose from "../../src/dependencies/jose.ts";
import {
  CALLBACK,
  codeFor,
  decide,
  ISSUER,
  makeProof,
  onward,
  openServer,
  parametersOf,
  PASSWORDS,
  post,
  redeem,
  refresh,
  register,
  registeredId,
  RESOURCE,
  signedIn,
  type TestServer,
  unescaped,
  USERS,
} from "./support.ts";

const HOUR = 3_600_000;

Deno.test("a person lets a client in, which gets tokens for this server in their name", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const proof = makeProof();
  const parameters = parametersOf(client, proof);
  const page = await test.ask(`/authorize?${parameters}`);
  assert.equal(page.status, 200);
  const answer = await onward(await decide(test, parameters));
  assert.equal(`${answer.origin}${answer.pathname}`, CALLBACK);
  assert.equal(answer.searchParams.get("state"), "a state");
  assert.equal(answer.searchParams.get("iss"), ISSUER);

  const { status, body } = await redeem(test, client, answer.searchParams.get("code")!, proof);
  assert.equal(status, 200);
  assert.equal(body.token_type, "Bearer");
  assert.equal(body.scope, "images:read images:write offline_access");
  assert.ok(body.refresh_token);
  assert.ok(body.expires_in >= 3600, "hours, since some clients renew theirs unreliably");
  const claims = jose.decodeJwt(body.access_token);
  assert.deepEqual(
    [claims.iss, claims.aud, claims.sub, claims.scope, claims.client_id],
    [ISSUER, RESOURCE, "ann", "images:read images:write", client],
  );
  const verdict = await verify(test, body.access_token);
  assert.ok("token" in verdict);
  assert.deepEqual(verdict.token.owner, `${ISSUER} ann`);
  assert.deepEqual(verdict.token.scopes, ["images:read", "images:write"]);
});

Deno.test("the metadata says what clients look for", async () => {
  await using test = await openServer();
  const read = async (path: string) => await (await test.ask(path)).json();
  const metadata = await read("/.well-known/oauth-authorization-server");
  assert.equal(metadata.issuer, ISSUER);
  const endpoints = ["authorization", "token", "registration", "revocation"]
    .map((name) => metadata[`${name}_endpoint`]);
  assert.deepEqual(
    endpoints,
    ["authorize", "token", "register", "revoke"].map((name) => `${ISSUER}/${name}`),
    "at the root, where claude.ai asks whatever is said here",
  );
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
  assert.deepEqual(metadata.token_endpoint_auth_methods_supported, ["none", "private_key_jwt"]);
  assert.deepEqual(metadata.scopes_supported, ["images:read", "images:write", "offline_access"]);
  assert.equal(metadata.client_id_metadata_document_supported, true);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  const configuration = await read("/.well-known/openid-configuration");
  assert.equal(configuration.issuer, ISSUER);
  assert.deepEqual(configuration.code_challenge_methods_supported, ["S256"]);
  const { keys } = await read("/.well-known/jwks.json");
  assert.deepEqual(Object.keys(keys[0]).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
  const crossOrigin = await test.ask("/token", {
    method: "OPTIONS",
    headers: { origin: "https://a.example", "access-control-request-method": "POST" },
  });
  assert.equal(crossOrigin.headers.get("access-control-allow-origin"), "*");
});

Deno.test("the page names the client, where the answer goes and what it may do, in two languages", async () => {
  await using test = await openServer();
  const client = await registeredId(test, { client_name: "<b>Claude</b>\u202e" });
  const parameters = parametersOf(client, makeProof());
  const html = await (await test.ask(`/authorize?${parameters}`)).text();
  assert.match(html, /&#60;b&#62;Claude&#60;&#47;b&#62;|&#60;b&#62;Claude&#60;\/b&#62;/);
  assert.doesNotMatch(html, /<b>Claude|\u202e/);
  assert.match(html, /<b>claude\.ai<\/b>/);
  assert.match(html, /nobody has checked that name/);
  assert.match(html, /see your pictures/);
  assert.match(html, /draw, change and delete/);
  assert.match(html, /stay connected/);
  assert.doesNotMatch(html, /<script|Any program on this computer/);
  const chinese = await test.ask(`/authorize?${parameters}`, {
    headers: { "accept-language": "zh-CN" },
  });
  assert.match(await chinese.text(), /允许程序访问/);
  const [, other = ""] = /href="(\?[^"]+)" hreflang="zh"/.exec(html) ?? [];
  const kept = new URLSearchParams(unescaped(other));
  assert.equal(kept.get("lang"), "zh");
  assert.equal(kept.get("client_id"), client);
});

Deno.test("a client that only this machine answers for is not trusted by its name", async () => {
  await using test = await openServer();
  const client = await registeredId(test, { redirect_uris: ["http://localhost/callback"] });
  const changes = { redirect_uri: "http://localhost:51234/callback" };
  const parameters = parametersOf(client, makeProof(), changes);
  const html = await (await test.ask(`/authorize?${parameters}`)).text();
  assert.match(html, /<b>localhost:51234<\/b> \(a program on this computer\)/);
  assert.match(html, /Any program on this computer could ask so/);
});

Deno.test("who says no sends the client an error, and needs no password for it", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const parameters = parametersOf(client, makeProof());
  const response = await decide(test, parameters, { decision: "deny", password: "" });
  const answer = await onward(response);
  assert.equal(answer.searchParams.get("error"), "access_denied");
  assert.equal(answer.searchParams.get("iss"), ISSUER);
  assert.equal(answer.searchParams.get("state"), "a state");
  assert.equal(answer.searchParams.get("code"), null);
});

Deno.test("what concerns everybody is granted by those who may do it alone", async () => {
  const scope = "images:read images:admin";
  await using test = await openServer({ admins: ["bob"] });
  const client = await registeredId(test);
  const granted = async (name: "ann" | "bob") => {
    const proof = makeProof();
    const person = { name, password: PASSWORDS[name] };
    const code = await codeFor(test, client, proof, { scope }, person);
    return (await redeem(test, client, code, proof)).body.scope;
  };
  assert.equal(await granted("ann"), "images:read");
  assert.equal(await granted("bob"), scope);
  const alone = parametersOf(client, makeProof(), { scope: "images:admin offline_access" });
  const refused = await decide(test, alone);
  assert.equal(refused.status, 403);
  assert.match(await refused.text(), /You may not give what the program asks for/);

  await using single = await openServer({ users: [USERS[0]!] });
  const only = await registeredId(single);
  assert.equal((await signedIn(single, only, { scope })).scope, scope);
});

Deno.test("a client that asks for no refresh token gets none", async () => {
  await using test = await openServer();
  const client = await registeredId(test, { grant_types: undefined });
  const scope = "images:read";
  assert.equal((await signedIn(test, client, { scope })).refresh_token, undefined);
  assert.ok((await signedIn(test, client, { scope: `${scope} offline_access` })).refresh_token);
});

Deno.test("a request without a scope asks for what drawing needs, and others' scopes are left out", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const scopeOf = async (scope: string | undefined) =>
    (await signedIn(test, client, { scope })).scope;
  assert.equal(await scopeOf(undefined), "images:read images:write");
  assert.equal(await scopeOf("openid images:read email"), "images:read");
});

// ---- Attacks

Deno.test("a code works once, and whoever brings it again ends all that it gave", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const proof = makeProof();
  const code = await codeFor(test, client, proof);
  const { body } = await redeem(test, client, code, proof);
  assert.ok("token" in await verify(test, body.access_token));
  const again = await redeem(test, client, code, proof);
  assert.deepEqual([again.status, again.body.error], [400, "invalid_grant"]);
  assert.deepEqual(await verify(test, body.access_token), { refused: "has been revoked" });
  const renewed = await refresh(test, client, body.refresh_token);
  assert.deepEqual([renewed.status, renewed.body.error], [400, "invalid_grant"]);
});

Deno.test("a code is of no use with another verifier, client or redirect address, or too late", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const other = await registeredId(test);
  const attempts = [
    (code: string) => redeem(test, client, code, makeProof()),
    (code: string, proof: ReturnType<typeof makeProof>) => redeem(test, other, code, proof),
    (code: string, proof: ReturnType<typeof makeProof>) =>
      redeem(test, client, code, proof, { redirect_uri: "https://evil.example/" }),
    (code: string, proof: ReturnType<typeof makeProof>) => {
      test.clock.now += 300_001;
      return redeem(test, client, code, proof);
    },
  ];
  for (const attempt of attempts) {
    const proof = makeProof();
    const code = await codeFor(test, client, proof);
    const { status, body } = await attempt(code, proof);
    assert.deepEqual([status, body.error], [400, "invalid_grant"]);
    const right = await redeem(test, client, code, proof);
    assert.equal(right.body.error, "invalid_grant", "whoever found it has spoilt it");
  }
  const unknown = await redeem(test, client, "guess", makeProof());
  assert.equal(unknown.body.error, "invalid_grant");
});

Deno.test("nobody is sent to an address that the client has not registered", async () => {
  await using test = await openServer();
  const client = await registeredId(test, {
    redirect_uris: [CALLBACK, "http://127.0.0.1/callback", "http://localhost/"],
  });
  const wrong = [
    "https://evil.example/",
    `${CALLBACK}/`,
    `${CALLBACK}?next=https://evil.example`,
    `${CALLBACK}#fragment`,
    "https://claude.ai.evil.example/api/mcp/auth_callback",
    "https://claude.ai@evil.example/api/mcp/auth_callback",
    "https://claude.ai:444/api/mcp/auth_callback",
    "HTTPS://claude.ai/api/mcp/auth_callback",
    "http://claude.ai/api/mcp/auth_callback",
    "http://127.0.0.1:1234/other",
    "http://127.0.0.1:1234/a/../callback",
    "http://127.0.0.1.evil.example/callback",
    "http://ann@127.0.0.1/callback",
    "http://localhost:1234/callback",
    "http://[::1]/callback",
    "javascript:alert(1)",
    "",
  ];
  for (const redirect of wrong) {
    const parameters = parametersOf(client, makeProof(), { redirect_uri: redirect });
    for (
      const response of [await test.ask(`/authorize?${parameters}`), await decide(test, parameters)]
    ) {
      const html = await response.text();
      assert.equal(response.status, 400, redirect);
      assert.doesNotMatch(html, /http-equiv|href="(?!\?|authorize\/|data:)/, redirect);
      assert.equal(response.headers.get("location"), null);
    }
  }
  const twice = parametersOf(client, makeProof());
  twice.append("redirect_uri", "https://evil.example/");
  assert.equal((await test.ask(`/authorize?${twice}`)).status, 400);
  const port = { redirect_uri: "http://127.0.0.1:40123/callback" };
  const good = await test.ask(`/authorize?${parametersOf(client, makeProof(), port)}`);
  assert.equal(good.status, 200, "any port of this machine will do");
});

const MISTAKES:
  readonly (readonly [string, string, Readonly<Record<string, string | undefined>>])[] = [
    ["plain PKCE", "invalid_request", { code_challenge_method: "plain" }],
    ["no PKCE", "invalid_request", { code_challenge: undefined, code_challenge_method: undefined }],
    ["a challenge without its method", "invalid_request", { code_challenge_method: undefined }],
    ["a challenge that is no SHA-256", "invalid_request", { code_challenge: "short" }],
    ["another server's resource", "invalid_target", { resource: "https://other.example/mcp" }],
    ["another path's resource", "invalid_target", { resource: `${RESOURCE}/other` }],
    ["a token without a code", "unsupported_response_type", { response_type: "token" }],
    ["an answer in the fragment", "invalid_request", { response_mode: "fragment" }],
    ["an unknown scope alone", "invalid_scope", { scope: "openid" }],
    ["a signed request", "request_not_supported", { request: "eyJ" }],
    ["a request elsewhere", "request_uri_not_supported", { request_uri: "https://a.example" }],
  ];

for (const [what, error, changes] of MISTAKES) {
  Deno.test(`${what} is refused, and the client hears of it when the person wants that`, async () => {
    await using test = await openServer();
    const client = await registeredId(test);
    const parameters = parametersOf(client, makeProof(), changes);
    for (
      const response of [await test.ask(`/authorize?${parameters}`), await decide(test, parameters)]
    ) {
      assert.equal(response.status, 400);
      const html = await response.text();
      assert.doesNotMatch(html, /http-equiv/, "nobody is sent anywhere by a link alone");
      const [, link = ""] = /href="(https:[^"]+)"/.exec(html) ?? [];
      const back = new URL(unescaped(link));
      assert.equal(`${back.origin}${back.pathname}`, CALLBACK);
      assert.equal(back.searchParams.get("error"), error);
      assert.equal(back.searchParams.get("iss"), ISSUER);
      assert.equal(back.searchParams.get("state"), "a state");
    }
  });
}

Deno.test("tokens are given for this server alone, however its address is written", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  for (
    const resource of [RESOURCE, `${RESOURCE}/`, ISSUER, `${ISSUER}/`, "HTTP://127.0.0.1:8000/mcp"]
  ) {
    const { access_token } = await signedIn(test, client, { resource });
    assert.equal(jose.decodeJwt(access_token).aud, RESOURCE);
  }
  await signedIn(test, client, { resource: undefined });
  const proof = makeProof();
  const code = await codeFor(test, client, proof);
  const wrong = await redeem(test, client, code, proof, { resource: "https://other.example/mcp" });
  assert.deepEqual([wrong.status, wrong.body.error], [400, "invalid_target"]);
});

Deno.test("a refresh token is replaced each time, and a lost answer can be asked for again", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const first = await signedIn(test, client);
  const second = (await refresh(test, client, first.refresh_token)).body;
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.ok("token" in await verify(test, second.access_token));
  test.clock.now += 60_000;
  const again = await refresh(test, client, first.refresh_token);
  assert.equal(again.status, 200, "its answer was lost");
  test.clock.now += 48 * HOUR;
  const later = await refresh(test, client, again.body.refresh_token);
  assert.equal(later.status, 200);
  const less = await refresh(test, client, later.body.refresh_token, { scope: "images:read" });
  assert.equal(less.body.scope, "images:read");
  const more = await refresh(test, client, less.body.refresh_token, { scope: "images:admin" });
  assert.deepEqual([more.status, more.body.error], [400, "invalid_scope"]);
  const all = await refresh(test, client, less.body.refresh_token);
  assert.equal(all.body.scope, first.scope, "what was granted stays so");
});

Deno.test("a refresh token that somebody else has used ends the grant for both", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const stolen = (await signedIn(test, client)).refresh_token;
  const own = (await refresh(test, client, stolen)).body;
  test.clock.now += 120_001;
  const thief = await refresh(test, client, stolen);
  assert.deepEqual([thief.status, thief.body.error], [400, "invalid_grant"]);
  assert.equal((await refresh(test, client, own.refresh_token)).body.error, "invalid_grant");
  assert.deepEqual(await verify(test, own.access_token), { refused: "has been revoked" });
});

Deno.test("a refresh token is of no use to another client, nor after ninety days of silence", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const { refresh_token } = await signedIn(test, client);
  const other = await refresh(test, await registeredId(test), refresh_token);
  assert.deepEqual([other.status, other.body.error], [400, "invalid_grant"]);
  test.clock.now += 89 * 24 * HOUR;
  const next = await refresh(test, client, refresh_token);
  assert.equal(next.status, 200, "the client's own is as it was");
  test.clock.now += 90 * 24 * HOUR;
  const late = await refresh(test, client, next.body.refresh_token);
  assert.equal(late.status, 401, "the client itself is forgotten by then");
});

Deno.test("who is no user any more, or has another password, is out at once", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const { access_token, refresh_token } = await signedIn(test, client);
  const [ann, bob] = USERS;
  const changed = test.withUsers([{ ...ann!, passwordHash: bob!.passwordHash }, bob!]);
  const gone = test.withUsers([bob!]);
  for (const server of [changed, gone]) {
    assert.deepEqual(await verify(test, access_token, server), { refused: "has been revoked" });
  }
  const fields = { grant_type: "refresh_token", client_id: client, refresh_token };
  await assert.rejects(gone.token(new URLSearchParams(fields)), { code: "invalid_grant" });
});

Deno.test("a client can end what it was given, with either token, and only its own", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const other = await registeredId(test);
  for (const which of ["access_token", "refresh_token"] as const) {
    const tokens = await signedIn(test, client);
    const revoke = async (client_id: string) =>
      (await post(test, "/revoke", { client_id, token: tokens[which] })).status;
    assert.equal(await revoke(other), 200);
    assert.ok("token" in await verify(test, tokens.access_token));
    assert.equal(await revoke(client), 200);
    assert.deepEqual(await verify(test, tokens.access_token), { refused: "has been revoked" });
    assert.equal((await refresh(test, client, tokens.refresh_token)).status, 400);
    assert.equal(await revoke(client), 200, "that it is unknown by now is nobody's business");
  }
});

Deno.test("other web pages can neither frame the page nor send its form", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const parameters = parametersOf(client, makeProof());
  const { headers } = await test.ask(`/authorize?${parameters}`);
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
    assert.ok(policy.includes(part), part);
  }
  assert.doesNotMatch(policy, /script|unsafe/);
  assert.equal(headers.get("x-frame-options"), "DENY");
  assert.equal(headers.get("cache-control"), "no-store");
  const foreign = [
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "", origin: "https://evil.example" },
    { "sec-fetch-site": "", origin: "null" },
  ];
  for (const headers of foreign) {
    const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""));
    for (const decision of ["allow", "deny"]) {
      const response = await test.ask(`/authorize?${parameters}`, {
        method: "POST",
        headers: sent,
        body: new URLSearchParams({ name: "ann", password: PASSWORDS.ann, decision }),
      });
      assert.equal(response.status, 403, JSON.stringify(sent));
      await response.body?.cancel();
    }
  }
});

Deno.test("guessing passwords is slowed down for a name and for an address", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const parameters = parametersOf(client, makeProof());
  const attempt = async (name: string, address: string, password = "a wrong password") => {
    const response = await decide(test, parameters, { name, password, address });
    await response.body?.cancel();
    return response.status;
  };
  const guesses = (name: string, from: (guess: number) => string, count: number) =>
    Array.fromAsync({ length: count }, (_, guess) => attempt(name, from(guess)));
  const ofBoth = await guesses("ann", () => "192.0.2.1", 30);
  assert.deepEqual(ofBoth, [...Array(10).fill(403), ...Array(20).fill(429)]);
  assert.equal(await attempt("ann", "192.0.2.1", PASSWORDS.ann), 429, "the right one, too");
  assert.equal(await attempt("bob", "192.0.2.1", PASSWORDS.bob), 200, "others sign in meanwhile");
  assert.equal(await attempt("ann", "192.0.2.99", PASSWORDS.ann), 200, "ann does from elsewhere");
  const ofNobody = await guesses("nobody", () => "192.0.2.1", 11);
  assert.deepEqual(ofNobody, ofBoth.slice(0, 11), "a name that nobody has looks just the same");
  test.clock.now += 90_001;
  assert.equal(await attempt("ann", "192.0.2.1", PASSWORDS.ann), 200, "one more after a while");
  const ofName = await guesses("carl", (guess) => `203.0.113.${guess}`, 101);
  assert.deepEqual([ofName.at(-2), ofName.at(-1)], [403, 429], "from ever new addresses");
  const ofAddress = await Array.fromAsync(
    { length: 61 },
    (_, guess) => attempt(`name${guess}`, "198.51.100.7"),
  );
  assert.deepEqual([ofAddress.at(-2), ofAddress.at(-1)], [403, 429]);
});

Deno.test("ten thousand registrations take no more room than a thousand, and drive nobody out", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const { refresh_token } = await signedIn(test, client);
  const statuses = new Set<number>();
  const made: string[] = [];
  for (let each = 0; each < 10_000; each++) {
    // One address may register sixty in a minute; many do here.
    const { status, body } = await register(test, {}, `198.51.100.${each % 20}`);
    statuses.add(status);
    if (status === 201) made.push(String(body.client_id));
  }
  assert.deepEqual([...statuses].sort(), [201, 503]);
  assert.equal(made.length, 20 * 60);
  const { authorization } = test.records;
  const kept = await Promise.all(made.map((id) => authorization.findClient(id, test.clock.now)));
  assert.equal(kept.filter((each) => each).length, 999, "and the one that is in use");
  assert.equal(kept[0], undefined);
  assert.equal((await refresh(test, client, refresh_token)).status, 200);
  const last = await registeredId(test);
  const unused = await authorization.findClient(last, test.clock.now + 24 * HOUR);
  assert.equal(unused, undefined, "who is never let in is forgotten after a day");
});

Deno.test("a registration is taken as clients send it, and refused with a word where it is not safe", async () => {
  await using test = await openServer();
  const cursor = await register(test, {
    client_name: "Cursor",
    application_type: "web",
    redirect_uris: [
      "cursor://anysphere.cursor-mcp/oauth/callback",
      "https://www.cursor.com/agents/mcp/oauth/callback",
      "http://localhost:8787/callback",
    ],
  });
  assert.equal(cursor.status, 201);
  assert.equal(cursor.body.client_secret, undefined);
  const redirect_uri = "cursor://anysphere.cursor-mcp/oauth/callback";
  const { access_token } = await signedIn(test, String(cursor.body.client_id), { redirect_uri });
  assert.ok("token" in await verify(test, access_token));
  const secret = await register(test, { token_endpoint_auth_method: "client_secret_post" });
  assert.equal(secret.body.token_endpoint_auth_method, "none", "secrets are not given out");

  const refusals: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
    [{ redirect_uris: [] }, "invalid_redirect_uri"],
    [{ redirect_uris: "https://a.example" }, "invalid_redirect_uri"],
    [{ redirect_uris: Array(21).fill(CALLBACK) }, "invalid_redirect_uri"],
    [{ redirect_uris: [CALLBACK, "http://a.example/callback"] }, "invalid_redirect_uri"],
    [{ redirect_uris: ["javascript:alert(1)"] }, "invalid_redirect_uri"],
    [{ redirect_uris: ["data:text/html,hello"] }, "invalid_redirect_uri"],
    [{ redirect_uris: ["ms-msdt:/id"] }, "invalid_redirect_uri"],
    [{ redirect_uris: ["https://a.example/#token"] }, "invalid_redirect_uri"],
    [{ redirect_uris: ["https://ann:secret@a.example/"] }, "invalid_redirect_uri"],
    [{ grant_types: ["client_credentials"] }, "invalid_client_metadata"],
    [{ response_types: ["token"] }, "invalid_client_metadata"],
    [{ token_endpoint_auth_method: "private_key_jwt" }, "invalid_client_metadata"],
    [
      {
        token_endpoint_auth_method: "private_key_jwt",
        jwks: { keys: [{ kty: "EC", d: "private" }] },
      },
      "invalid_client_metadata",
    ],
  ];
  for (const [metadata, error] of refusals) {
    const { status, body } = await register(test, metadata);
    assert.deepEqual([status, body.error], [400, error], JSON.stringify(metadata));
    assert.match(String(body.error_description), /^[ !#-[\]-~]+$/);
  }
});

Deno.test("the endpoints for clients answer in the form that clients read", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const unknown = await redeem(test, "client_unknown", "code", makeProof());
  assert.deepEqual([unknown.status, unknown.body.error], [401, "invalid_client"]);
  const nobody = await post(test, "/token", { grant_type: "refresh_token", refresh_token: "a" });
  assert.deepEqual([nobody.status, nobody.body.error], [401, "invalid_client"]);
  const type = await post(test, "/token", { grant_type: "client_credentials", client_id: client });
  assert.deepEqual([type.status, type.body.error], [400, "unsupported_grant_type"]);
  const json = await test.ask("/token", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  assert.equal(json.status, 400);
  assert.equal(json.headers.get("cache-control"), "no-store");
  assert.equal((await json.json()).error, "invalid_request");
  const method = await test.ask("/token");
  assert.equal(method.status, 405);
  assert.equal((await method.json()).error, "invalid_request");
  const large = await test.ask("/token", {
    method: "POST",
    body: new URLSearchParams({ grant_type: "a".repeat(70_000) }),
  });
  assert.equal(large.status, 400);
  await large.body?.cancel();
});

Deno.test("while the records cannot be read nobody is sent away to sign in again", async () => {
  await using test = await openServer();
  const { access_token } = await signedIn(test, await registeredId(test));
  const broken = createAuthorizationServer({
    issuer: ISSUER,
    users: USERS,
    admins: [],
    records: () => Promise.reject(new Error("the disk is gone")),
  });
  assert.deepEqual(await verify(test, access_token, broken), {
    unavailable: "The records of who signed in cannot be read: the disk is gone",
  });
});

Deno.test("codes and tokens stand in no record, and the key is in none that is shown", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  const proof = makeProof();
  const code = await codeFor(test, client, proof);
  const { body } = await redeem(test, client, code, proof);
  const { authorization } = test.records;
  const { sid } = jose.decodeJwt(body.access_token);
  const grant = JSON.stringify(await authorization.findGrant(String(sid), test.clock.now));
  for (const secret of [code, proof.verifier, ...body.refresh_token.split("."), PASSWORDS.ann]) {
    assert.ok(!grant.includes(secret));
  }
  const [key] = await authorization.signingKeys();
  const shown = await (await test.ask("/.well-known/jwks.json")).text();
  assert.ok(!shown.includes(String(key!.privateKey.d)));
});

Deno.test("keys are replaced after ninety days, and tokens of the one before stay good", async () => {
  await using test = await openServer();
  const client = await registeredId(test);
  test.clock.now += 90 * 24 * HOUR - HOUR;
  const before = await signedIn(test, await registeredId(test));
  test.clock.now += 2 * HOUR;
  const after = await signedIn(test, await registeredId(test));
  const kid = (token: string) => jose.decodeProtectedHeader(token).kid;
  assert.equal(kid(before.access_token), kid(after.access_token), "made at the first token");
  test.clock.now += 90 * 24 * HOUR - 3 * HOUR;
  const last = await signedIn(test, await registeredId(test));
  test.clock.now += 2 * HOUR;
  const first = await signedIn(test, await registeredId(test));
  assert.notEqual(kid(last.access_token), kid(first.access_token));
  assert.ok("token" in await verify(test, last.access_token));
  const elsewhere = test.withUsers(USERS);
  assert.ok("token" in await verify(test, first.access_token, elsewhere), "on another server");
  assert.ok(client);
});

async function verify(
  test: TestServer,
  token: string,
  server: AuthorizationServer = test.server,
) {
  return await verifyAccessToken(token, server.accessTokens, test.clock.now);
}
