/** An authorization server on a loopback port: its metadata, its keys and its tokens, as a test wants them. */

import * as jose from "../../src/dependencies/jose.ts";

export interface TestIssuer extends AsyncDisposable {
  /** Its identifier. */
  readonly url: string;
  /** How many requests came, by path. */
  readonly asked: Readonly<Record<string, number>>;
  /** Signs a token with the newest key; `claims` and `header` are put over the usual ones. */
  sign(claims?: jose.JWTPayload, header?: Partial<jose.JWTHeaderParameters>): Promise<string>;
  /** From now on signs with a new key, and lists it alone. */
  rotate(): Promise<void>;
  /** What it answers at a path from now on, in place of what it should; undefined ends that. */
  answer(path: string, response: (() => Response | Promise<Response>) | undefined): void;
}

/** What the tokens of `startIssuer` are for, unless a claim says otherwise. */
export const AUDIENCE = "https://images.example.com/mcp";

export async function startIssuer(path = ""): Promise<TestIssuer> {
  let { key, jwk } = await newKey();
  const asked: Record<string, number> = {};
  const answers = new Map<string, () => Response | Promise<Response>>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked[pathname] = (asked[pathname] ?? 0) + 1;
    return answers.get(pathname)?.() ?? new Response(null, { status: 404 });
  });
  const url = `http://127.0.0.1:${server.addr.port}${path}`;
  answers.set(
    `${path}/.well-known/openid-configuration`,
    () => Response.json({ issuer: url, jwks_uri: `${url}/keys` }),
  );
  const listed = () => Response.json({ keys: [jwk] });
  answers.set(`${path}/keys`, listed);
  return {
    url,
    asked,
    async sign(claims = {}, header = {}) {
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: url, aud: AUDIENCE, sub: "ann", exp: now + 3600 };
      const scope = "images:read images:write";
      return await new jose.SignJWT({ ...usual, scope, ...claims })
        .setProtectedHeader({ alg: "ES256", kid: jwk.kid, typ: "at+jwt", ...header }).sign(key);
    },
    async rotate() {
      ({ key, jwk } = await newKey());
    },
    answer(at, response) {
      if (response) answers.set(at, response);
      else if (at === `${path}/keys`) answers.set(at, listed);
      else answers.delete(at);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function newKey() {
  const { publicKey, privateKey } = await jose.generateKeyPair("ES256");
  const jwk = await jose.exportJWK(publicKey);
  return { key: privateKey, jwk: { ...jwk, kid: crypto.randomUUID(), alg: "ES256" } };
}
