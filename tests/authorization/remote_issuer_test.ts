/** Keys of a foreign issuer, over real sockets: found, kept, and had again after trouble. */

import assert from "node:assert/strict";
import { type Verdict, verifyAccessToken } from "../../src/authorization/access_token.ts";
import {
  isSafeAddress,
  metadataAddresses,
  remoteIssuer,
} from "../../src/authorization/remote_issuer.ts";
import { AUDIENCE, startIssuer, type TestIssuer } from "../support/issuer.ts";

const MINUTE = 60_000;

/** The issuer as this server knows it, and a clock to turn. */
function open({ url }: Pick<TestIssuer, "url">) {
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const issuer = remoteIssuer({ issuer: url, audience: [AUDIENCE] }, { fetch, now });
  const verify = (token: string) => verifyAccessToken(token, issuer);
  return { clock, issuer, verify };
}

function reasonOf(verdict: Verdict): string {
  return "refused" in verdict
    ? verdict.refused
    : "unavailable" in verdict
    ? verdict.unavailable
    : "good";
}

for (const path of ["", "/realms/main"]) {
  Deno.test(`the keys of an issuer at '${path}' are found and fetched once`, async () => {
    await using there = await startIssuer(path);
    const { verify } = open(there);
    const tokens = await Promise.all(["ann", "bob", "cyd"].map((sub) => there.sign({ sub })));
    const verdicts = await Promise.all(tokens.map(verify));
    assert.deepEqual(
      verdicts.map((verdict) => "token" in verdict && verdict.token.owner),
      ["ann", "bob", "cyd"].map((sub) => `${there.url} ${sub}`),
    );
    assert.deepEqual(there.asked, {
      [`${path}/.well-known/openid-configuration`]: 1,
      [`${path}/keys`]: 1,
    });
  });
}

Deno.test("metadata is looked for where OpenID Connect and RFC 8414 put it", async () => {
  assert.deepEqual(metadataAddresses("https://id.example.com/realms/main"), [
    "https://id.example.com/realms/main/.well-known/openid-configuration",
    "https://id.example.com/.well-known/oauth-authorization-server/realms/main",
    "https://id.example.com/.well-known/openid-configuration/realms/main",
  ]);
  for (const place of [1, 2]) {
    await using there = await startIssuer("/realms/main");
    const { pathname } = new URL(metadataAddresses(there.url)[place]!);
    there.answer("/realms/main/.well-known/openid-configuration", undefined);
    there.answer(
      pathname,
      () => Response.json({ issuer: there.url, jwks_uri: `${there.url}/keys` }),
    );
    assert.equal(reasonOf(await open(there).verify(await there.sign())), "good");
  }
});

Deno.test("a new key is fetched when its first token comes, and the old one is good no more", async () => {
  await using there = await startIssuer();
  const { verify, clock } = open(there);
  const old = await there.sign();
  assert.equal(reasonOf(await verify(old)), "good");
  await there.rotate();
  clock.now += MINUTE;
  assert.equal(reasonOf(await verify(await there.sign())), "good");
  assert.match(reasonOf(await verify(old)), /does not list/);
});

Deno.test("tokens of made-up keys have the issuer asked at most twice a minute", async () => {
  await using there = await startIssuer();
  const { verify, clock } = open(there);
  for (let second = 0; second < 120; second += 2) {
    const token = await there.sign({}, { kid: `made-up-${second}` });
    assert.match(reasonOf(await verify(token)), /does not list/);
    clock.now += 2_000;
  }
  assert.ok(there.asked["/keys"]! <= 5, `asked ${there.asked["/keys"]} times in two minutes`);
});

Deno.test("keys from before are good for an hour after the issuer has gone, and no longer", async () => {
  await using there = await startIssuer();
  const { verify, clock } = open(there);
  const token = await there.sign({ exp: Math.floor(Date.now() / 1000) + 7200 });
  assert.equal(reasonOf(await verify(token)), "good");
  there.answer("/keys", () => new Response(null, { status: 500 }));
  clock.now += 69 * MINUTE;
  assert.equal(reasonOf(await verify(token)), "good");
  clock.now += 2 * MINUTE;
  assert.match(reasonOf(await verify(token)), /cannot be fetched: .*\/keys answers 500$/);
  there.answer("/keys", undefined);
  assert.match(reasonOf(await verify(token)), /answers 500/, "not asked again at once");
  clock.now += 11_000;
  assert.equal(reasonOf(await verify(token)), "good");
});

Deno.test("an issuer that nobody answers for is unavailable, and is asked again later", async () => {
  const there = await startIssuer();
  const { verify, clock, issuer } = open(there);
  const token = await there.sign();
  await there[Symbol.asyncDispose]();
  const said = reasonOf(await verify(token));
  assert.ok(
    said.startsWith(`The keys of '${there.url}', which sign access tokens, cannot be`),
    said,
  );
  await assert.rejects(async () => await issuer.keySet(), { name: "IssuerUnavailable" });
  clock.now += 11_000;
  assert.match(reasonOf(await verify(token)), /cannot be fetched/);
});

const ANSWERS: readonly (readonly [string, RegExp, (url: string) => Response])[] = [
  [
    "another issuer's",
    /names its issuer 'https:\/\/evil\.example', not 'http/,
    () => Response.json({ issuer: "https://evil.example", jwks_uri: "https://evil.example/keys" }),
  ],
  [
    "the issuer with a slash more",
    /\/', not 'http/,
    (url) => Response.json({ issuer: `${url}/`, jwks_uri: `${url}/keys` }),
  ],
  ["no issuer", /names its issuer 'undefined'/, () => Response.json({})],
  [
    "keys at an unsafe address",
    /names no https address of keys/,
    (url) => Response.json({ issuer: url, jwks_uri: "http://keys.example.com/keys" }),
  ],
  ["no address of keys", /names no https address/, (url) => Response.json({ issuer: url })],
  ["a page", /what is no JSON object/, () => new Response("<html>")],
  ["a list", /what is no JSON object/, () => Response.json([])],
  ["a way elsewhere", /answers 302/, () => Response.redirect("https://evil.example/", 302)],
  ["more than a document", /larger than 1 MB/, () => new Response("x".repeat(1024 * 1024 + 1))],
];

for (const [what, sentence, answer] of ANSWERS) {
  Deno.test(`metadata that is ${what} is trusted for nothing`, async () => {
    await using there = await startIssuer();
    there.answer("/.well-known/openid-configuration", () => answer(there.url));
    assert.match(reasonOf(await open(there).verify(await there.sign())), sentence);
    assert.equal(there.asked["/keys"], undefined);
  });
}

Deno.test("what is no set of keys is told as such", async () => {
  for (const document of [{}, { keys: "none" }, { keys: [7] }]) {
    await using there = await startIssuer();
    there.answer("/keys", () => Response.json(document));
    assert.match(reasonOf(await open(there).verify(await there.sign())), /is no set of keys$/);
  }
});

Deno.test("only https and this machine are safe places for keys", () => {
  for (const good of ["https://id.example.com", "http://localhost:1", "http://[::1]/x"]) {
    assert.ok(isSafeAddress(good), good);
  }
  for (
    const bad of [
      "http://id.example.com",
      "http://localhost.example.com",
      "https://user:word@id.example.com",
      "ftp://localhost",
      "",
      undefined,
      7,
    ]
  ) assert.ok(!isSafeAddress(bad), String(bad));
});
