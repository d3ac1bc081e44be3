import assert from "node:assert/strict";
import { startIssuer } from "../../support/issuer.ts";
import { openHttpApp } from "../../support/http_app.ts";
import { examine } from "../examination.ts";
import { openTerminal } from "../terminal.ts";

const HTTP = { MCP_TRANSPORT: "http", MCP_PUBLIC_BASE_URL: "https://images.example.com" };

Deno.test("the doctor tells whether the keys of the identity provider can be had", async () => {
  await using there = await startIssuer();
  const environment = { ...HTTP, MCP_OAUTH_ISSUER: there.url };
  const examined = async (flags: Record<string, string> = {}) => {
    await using terminal = await openTerminal();
    return (await examine(terminal, flags, environment)).findings["sign-in"]!;
  };
  const what = `access tokens of '${there.url}' for 'https://images.example.com/mcp'`;
  assert.deepEqual(await examined(), {
    check: "sign-in",
    state: "ok",
    message: `${what}; its keys can be had`,
  });
  const asked = structuredClone(there.asked);
  assert.equal((await examined({ offline: "true" })).state, "skipped");
  assert.deepEqual(there.asked, asked);
  const metadata = "/.well-known/openid-configuration";
  there.answer(metadata, () => Response.json({ issuer: `${there.url}/` }));
  const broken = await examined();
  assert.equal(broken.state, "broken");
  assert.ok(broken.message.includes(`names its issuer '${there.url}/', not '${there.url}'`));
});

Deno.test("the doctor tells where people sign in here, and makes no key for it", async () => {
  const user = `ann=scrypt.15.8.3.${"s".repeat(22)}.${"k".repeat(43)}`;
  await using terminal = await openTerminal();
  const { findings } = await examine(terminal, {}, { ...HTTP, MCP_USERS: user });
  const address = "https://images.example.com";
  assert.deepEqual(findings["sign-in"], {
    check: "sign-in",
    state: "ok",
    message: `access tokens of '${address}' for '${address}/mcp', which this server gives itself`,
  });
  const made = [...Deno.readDirSync(terminal.project)].map(({ name }) => name);
  assert.deepEqual(made, [], "nothing was opened");
});

Deno.test("--url says that people sign in there, and why the access token given is refused", async () => {
  await using there = await startIssuer();
  await using app = await openHttpApp(() => ({ MCP_OAUTH_ISSUER: there.url }));
  const handshake = async (flags: Record<string, string>) => {
    await using terminal = await openTerminal();
    return (await examine(terminal, { url: app.url, ...flags })).findings.handshake!;
  };
  assert.match((await handshake({})).message, /or an access token of those who sign in there/);
  const stale = await there.sign({ aud: `${app.url}/mcp`, exp: 1 });
  const said = (await handshake({ token: stale })).message;
  assert.match(said, /^The token given \(--token\) is refused: .*has expired: sign in again/);
  const good = await there.sign({ aud: `${app.url}/mcp` });
  assert.equal((await handshake({ token: good })).state, "ok");
});
