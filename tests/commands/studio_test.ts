import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder.ts";
import { startIssuer } from "../support/issuer.ts";
import { startProgram } from "../support/process.ts";

Deno.test("studio lets one browser in, once, whatever tokens the settings have", async () => {
  await using folder = await temporaryFolder();
  await using issuer = await startIssuer();
  const env = {
    MCP_AUTH_TOKEN: "ann=1,bob=2",
    MCP_ADMINS: "ann",
    MCP_OAUTH_ISSUER: issuer.url,
    MCP_PUBLIC_BASE_URL: "https://images.example.com",
  };
  await using program = startProgram({ folder: folder.path, env, args: ["studio", "--no-open"] });
  await program.sees(/Ctrl-C ends it/, 60);
  const address = program.stdout.trim();
  assert.match(address, /^http:\/\/127\.0\.0\.1:\d+\/\?key=[\w-]{43}$/);
  const { origin } = new URL(address);
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(path, origin), { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  assert.equal((await ask("/page/data/start")).status, 401);
  const first = await ask(address);
  const cookie = first.headers.get("set-cookie")!.split(";")[0]!;
  const start = await ask("/page/data/start", { headers: { cookie } });
  assert.equal(JSON.parse(start.text).owner, "");
  assert.equal((await ask(address)).headers.get("set-cookie"), null);
  for (const token of ["1", await issuer.sign()]) {
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await ask("/mcp", { method: "POST", headers })).status, 401);
  }
});
