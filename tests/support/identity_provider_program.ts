/** The process of `identity_provider.ts`: prints its issuer and serves until stdin closes. */

import { createServer } from "node:http";
import Provider from "oidc-provider";
import { SCOPES } from "../../src/authorization/access_token.ts";
import { exportJWK, generateKeyPair } from "../../src/dependencies/jose.ts";

const resources = new Set(Deno.args);
const server = createServer();
server.listen(0, "127.0.0.1", async () => {
  const { port } = server.address() as { port: number };
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const key = { ...await exportJWK(privateKey), kid: "one", alg: "ES256", use: "sig" };
  const provider = new Provider(issuer, {
    jwks: { keys: [key] },
    scopes: ["openid", "offline_access", ...SCOPES],
    clients: [{
      client_id: "made-by-hand",
      redirect_uris: ["http://localhost:45678/callback"],
      application_type: "native",
      token_endpoint_auth_method: "none",
    }],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    cookies: { keys: ["of-a-test"] },
    features: {
      registration: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_context: unknown, resource: string) {
          if (!resources.has(resource)) throw new Error(`Nobody knows ${resource}`);
          return {
            scope: SCOPES.join(" "),
            audience: resource,
            accessTokenTTL: 3600,
            accessTokenFormat: "jwt",
            jwt: { sign: { alg: "ES256" } },
          };
        },
      },
    },
    // deno-lint-ignore no-explicit-any
  } as any);
  server.on("request", provider.callback());
  console.log(`issuer ${issuer}`);
});

for await (const _ of Deno.stdin.readable) { /* until whoever started it has gone */ }
Deno.exit(0);
