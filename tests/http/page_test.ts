/** The studio page's addresses: who may read and who may change what. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder.ts";
import { startHttpServer } from "../support/process.ts";

const TOKENS = { MCP_AUTH_TOKEN: "ann=first-token,bob=second-token" };
const DATA = ["start", "pictures", "jobs", "pictures/img_x", "pictures/img_x/file"];

Deno.test("the page's data is for whoever signed in, and other pages may ask nothing", async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: TOKENS });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}/${path}`, { redirect: "manual", ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const enter = async (token: string, headers = {}) =>
    await ask("page/sign_in", { method: "POST", body: token, headers });
  const cookieOf = async (token: string) =>
    (await enter(token)).headers.get("set-cookie")!.split(";")[0]!;

  await t.step("the page itself holds no data and a strict policy", async () => {
    const { status, headers, text } = await ask("");
    assert.equal(status, 200);
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
    assert.ok(!policy.includes("unsafe"));
    assert.ok(!/<script>|style=| on\w+=/.test(text));
  });

  for (const path of DATA) {
    await t.step(`${path} needs a cookie or a token`, async () => {
      assert.equal((await ask(`page/data/${path}`)).status, 401);
      const cookie = `mcp_image_server=99999999999999.${"A".repeat(43)}`;
      assert.equal((await ask(`page/data/${path}`, { headers: { cookie } })).status, 401);
    });
  }

  await t.step("a token becomes a cookie that scripts and other sites do not get", async () => {
    const { status, headers } = await enter("first-token");
    assert.equal(status, 200);
    assert.match(headers.get("set-cookie")!, /; HttpOnly; SameSite=Strict$/);
    const cookie = await cookieOf("first-token");
    const { text } = await ask("page/data/start", { headers: { cookie } });
    assert.equal(JSON.parse(text).owner, "ann");
  });

  await t.step("a wrong token is a 403, and many are a 429", async () => {
    assert.equal((await enter("wrong")).status, 403);
    const statuses = await Promise.all(Array.from({ length: 30 }, () => enter("wrong")));
    assert.ok(statuses.some(({ status }) => status === 429));
  });
});

Deno.test("another web page can neither sign in nor change anything", async (t) => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path });
  const post = async (path: string, headers: Record<string, string>, body = "{}") => {
    const response = await fetch(`${server.url}/${path}`, { method: "POST", headers, body });
    await response.body?.cancel();
    return response.status;
  };
  const foreign: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site", "content-type": "application/json" },
    { "sec-fetch-site": "same-site", "content-type": "application/json" },
    { "origin": "https://evil.example", "content-type": "application/json" },
  ];
  const paths = [
    "page/sign_in",
    "page/sign_out",
    "page/data/pictures",
    "page/data/uploads",
    "page/data/notes",
    "page/data/trash",
    "page/data/restore",
    "page/data/remove",
    "page/data/pictures/img_x/transform",
    "page/data/jobs/job_x/cancel",
  ];
  for (const path of paths) {
    await t.step(path, async () => {
      for (const headers of foreign) assert.equal(await post(path, headers), 403);
    });
  }
  await t.step("what is no JSON, or holds what nobody knows, is told", async () => {
    assert.equal(await post("page/data/pictures", { "content-type": "text/plain" }), 422);
    const json = { "content-type": "application/json" };
    assert.equal(await post("page/data/pictures", json, "[]"), 422);
    const more = JSON.stringify({ key: "12345678", args: { prompt: "a cat", n: "many" } });
    assert.equal(await post("page/data/pictures", json, more), 422);
  });
});
