/** Whether an access token is good here, on real keys and every forgery there is a name for. */

import assert from "node:assert/strict";
import {
  type AccessTokenIssuer,
  ALGORITHMS,
  allows,
  IssuerUnavailable,
  type Verdict,
  verifyAccessToken,
} from "../../src/authorization/access_token.ts";
import * as jose from "../../src/dependencies/jose.ts";

const ISSUER = "https://id.example.com";
const AUDIENCE = "https://images.example.com/mcp";
const NOW = Date.UTC(2026, 10, 25);
const SECONDS = NOW / 1000;

const keys = await jose.generateKeyPair("ES256", { extractable: true });
const others = await jose.generateKeyPair("ES256");
const rsa = await jose.generateKeyPair("RS256", { extractable: true });
const issuer = issuerOf([
  { ...await jose.exportJWK(keys.publicKey), kid: "one", alg: "ES256" },
  { ...await jose.exportJWK(rsa.publicKey), kid: "rsa", alg: "RS256" },
]);

Deno.test("a good token tells whose it is, what it may do and until when", async () => {
  const verdict = await verify(await sign({ scope: "openid images:read images:write" }));
  assert.deepEqual(verdict, {
    token: {
      owner: "https://id.example.com ann",
      scopes: ["images:read", "images:write"],
      expiresAt: NOW + 3_600_000,
    },
  });
});

Deno.test("scopes are read as older providers write them, and those of others are left out", async () => {
  const scopes = async (claims: jose.JWTPayload) => {
    const verdict = await verify(await sign(claims));
    return "token" in verdict && verdict.token.scopes;
  };
  assert.deepEqual(await scopes({ scp: ["images:admin", "mail"] }), ["images:admin"]);
  assert.deepEqual(await scopes({ scp: "images:read mail" }), ["images:read"]);
  assert.deepEqual(await scopes({ scope: 7, scp: { images: "images:read" } }), []);
  assert.deepEqual(await scopes({}), []);
});

Deno.test("every algorithm that is accepted signs with a private key", async () => {
  const privateRsa = await jose.exportJWK(rsa.privateKey);
  for (const alg of ALGORITHMS) {
    const isRsa = /^[PR]S/.test(alg); // whose keys take a second to make, and fit every one of them
    const pair = isRsa ? rsa : await jose.generateKeyPair(alg, { extractable: true });
    const own = issuerOf([{ ...await jose.exportJWK(pair.publicKey), alg }]);
    const key = isRsa ? await jose.importJWK(privateRsa, alg) : pair.privateKey;
    const token = await sign({}, { alg, kid: undefined }, key);
    assert.ok("token" in await verify(token, own), alg);
  }
});

const FORGERIES: readonly (readonly [string, RegExp, () => Promise<string>])[] = [
  ["of another issuer", /^is another issuer's$/, () => sign({ iss: "https://evil.example" })],
  ["of an issuer with one slash more", /another issuer's/, () => sign({ iss: `${ISSUER}/` })],
  ["for another server", /^is for another server$/, () => sign({ aud: "https://a.example/mcp" })],
  ["for the same server's other path", /for another/, () => sign({ aud: `${AUDIENCE}/other` })],
  ["for nobody", /for another server/, () => sign({ aud: undefined })],
  ["that has expired", /^has expired$/, () => sign({ exp: SECONDS - 61 })],
  ["without an end", /^says not when it ends$/, () => sign({ exp: undefined })],
  ["that begins later", /^is not valid yet$/, () => sign({ nbf: SECONDS + 61 })],
  ["without a subject", /^says not whose it is$/, () => sign({ sub: undefined })],
  ["with a subject that breaks lines", /subject/, () => sign({ sub: "ann\nbob" })],
  ["with an endless subject", /subject/, () => sign({ sub: "a".repeat(256) })],
  ["bound to a client's key", /bound to a key/, () => sign({ cnf: { jkt: "abc" } })],
  ["that tells of a logout", /^is a token of another kind$/, () => sign({}, { typ: "logout+jwt" })],
  ["signed with swapped keys", /signature/, () => sign({}, {}, others.privateKey)],
  ["signed with a key nobody lists", /does not list/, () => sign({}, { kid: "two" })],
  [
    "that brings its own key",
    /signature/,
    async () =>
      sign({}, { jwk: await jose.exportJWK(others.publicKey) as jose.JWK }, others.privateKey),
  ],
  ["without a signature", /not accepted|no signed/, () => Promise.resolve(unsigned())],
  ["that keeps a signature and says none", /not accepted/, async () => {
    const [, payload, signature] = (await sign({})).split(".");
    return `${jose.base64url.encode('{"alg":"none"}')}.${payload}.${signature}`;
  }],
  ["signed with the public key as a secret", /not accepted/, async () => {
    const secret = new TextEncoder().encode(await jose.exportSPKI(rsa.publicKey));
    return await sign({}, { alg: "HS256", kid: "rsa" }, secret);
  }],
  ["whose claims were changed", /signature/, async () => {
    const [header, , signature] = (await sign({})).split(".");
    const payload = jose.base64url.encode(JSON.stringify({ ...CLAIMS, sub: "bob" }));
    return `${header}.${payload}.${signature}`;
  }],
  ["with an extension that must be understood", /not accepted|no signed/, async () => {
    return await sign({}, { crit: ["exp2"], exp2: 1 } as Partial<jose.JWTHeaderParameters>)
      .catch(() => rawWithCrit());
  }],
  ["that is no token", /^is no signed JWT$/, () => Promise.resolve("abc.def.ghi")],
  ["that is too long", /longer than 16384/, () => Promise.resolve("a".repeat(16_385))],
];

for (const [what, reason, forge] of FORGERIES) {
  Deno.test(`a token ${what} is refused`, async () => {
    const token = await forge();
    const verdict = await verify(token);
    assert.ok("refused" in verdict, JSON.stringify(verdict));
    assert.match(verdict.refused, reason);
    assert.ok(!verdict.refused.includes(token.slice(0, 20)), "the reason repeats the token");
  });
}

Deno.test("a shared secret checks no token, even where an issuer hands one out", async () => {
  const secret = new TextEncoder().encode("a secret of at least thirty-two bytes");
  const keySet = () => Promise.resolve(() => Promise.resolve(secret));
  const token = await sign({}, { alg: "HS256" }, secret);
  const verdict = await verify(token, { ...issuer, keySet });
  assert.deepEqual(verdict, { refused: "is signed in a way that is not accepted" });
});

Deno.test("a key that is none checks no token, and is told in words that a header can carry", async () => {
  for (const jwk of [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }, { kty: "EC", crv: "P-256" }]) {
    const verdict = await verify(await sign({}), issuerOf([{ ...jwk, kid: "one" }]));
    assert.match("refused" in verdict ? verdict.refused : "", /^[\w' ]+$/);
  }
});

Deno.test("a wider scope means the narrower ones", () => {
  assert.ok(allows(["images:admin"], "images:read"));
  assert.ok(allows(["images:write"], "images:write"));
  assert.ok(!allows(["images:read", "images:write"], "images:admin"));
  assert.ok(!allows([], "images:read"));
});

Deno.test("clocks may differ by a minute", async () => {
  assert.ok("token" in await verify(await sign({ exp: SECONDS - 59 })));
  assert.ok("token" in await verify(await sign({ nbf: SECONDS + 59 })));
});

Deno.test("nobody can tell while the issuer's keys cannot be had", async () => {
  const keySet = () => Promise.reject(new IssuerUnavailable("No keys now"));
  const verdict = await verify(await sign({}), { ...issuer, keySet });
  assert.deepEqual(verdict, { unavailable: "No keys now" });
  const late = () => Promise.resolve(keySet);
  assert.deepEqual(await verify(await sign({}), { ...issuer, keySet: late }), verdict);
});

function issuerOf(keys: jose.JWK[]): AccessTokenIssuer {
  const found = jose.createLocalJWKSet({ keys });
  return { issuer: ISSUER, audience: [AUDIENCE], keySet: () => Promise.resolve(found) };
}

function verify(token: string, by: AccessTokenIssuer = issuer): Promise<Verdict> {
  return verifyAccessToken(token, by, NOW);
}

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "ann", exp: SECONDS + 3600 };

async function sign(
  claims: jose.JWTPayload,
  header: Partial<jose.JWTHeaderParameters> = {},
  key: CryptoKey | Uint8Array = keys.privateKey,
): Promise<string> {
  return await new jose.SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: "ES256", kid: "one", typ: "at+jwt", ...header })
    .sign(key);
}

function unsigned(): string {
  const encode = (value: unknown) => jose.base64url.encode(JSON.stringify(value));
  return `${encode({ alg: "none", typ: "at+jwt" })}.${encode(CLAIMS)}.`;
}

/** Signed by hand, since no honest library signs what it does not understand. */
async function rawWithCrit(): Promise<string> {
  const encode = (value: unknown) => jose.base64url.encode(JSON.stringify(value));
  const head = { alg: "ES256", kid: "one", crit: ["exp2"], exp2: 1 };
  const signed = `${encode(head)}.${encode(CLAIMS)}`;
  const bytes = await crypto.subtle.sign(
    { name: "ECDSA", hash: "SHA-256" },
    keys.privateKey,
    new TextEncoder().encode(signed),
  );
  return `${signed}.${jose.base64url.encode(new Uint8Array(bytes))}`;
}
