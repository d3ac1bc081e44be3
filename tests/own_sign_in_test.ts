/** People sign in at this server itself, with the official clients of both lines unchanged. */

import assert from "node:assert/strict";
import type { Scope } from "../src/authorization/access_token.ts";
import { createSignIn } from "../src/http/page/sign_in.ts";
import {
  decide,
  makeProof,
  onward,
  parametersOf,
  PASSWORDS,
  redeem,
  registeredId,
  USERS,
} from "./authorization/support.ts";
import { temporaryFolder } from "./support/folder.ts";
import { type HttpApp, openHttpApp } from "./support/http_app.ts";
import { startHttpServer } from "./support/process.ts";
import { CLIENTS, Memory, signIn } from "./support/sign_in_clients.ts";

type Name = keyof typeof PASSWORDS;

function openApp(env: Readonly<Record<string, string>> = {}): Promise<HttpApp> {
  const users = USERS.map(({ name, passwordHash }) => `${name}=${passwordHash}`).join(",");
  return openHttpApp(() => ({ MCP_USERS: users, MCP_PRIVATE_IMAGES: "true", ...env }));
}

/** A person with a browser: reads the page, gives name and password, and goes where it sends them. */
function asPerson(name: Name) {
  return async (asked: URL): Promise<URL> => {
    const page = await fetch(asked);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<strong>test<\/strong>/);
    const body = new URLSearchParams({ name, password: PASSWORDS[name], decision: "allow" });
    return await onward(await fetch(asked, { method: "POST", body }));
  };
}

Deno.test("people sign in here with unchanged clients, draw, and see what is theirs", async (test) => {
  await using app = await openApp();
  const mcp = `${app.url}/mcp`;
  for (const [title, open] of Object.entries(CLIENTS)) {
    await test.step(title, async () => {
      const { line, memory } = await signIn(open, mcp, asPerson("ann"));
      await using ann = line;
      assert.equal(memory.asked!.searchParams.get("resource"), mcp);
      const drawn = await ann.call("generate_image", { prompt: "a cat", resolution: "64x64" });
      const [picture] = drawn.images;
      const owner = `${app.url} ann`;
      assert.equal((await app.opened.app.images.find(picture.id, owner, Infinity))?.owner, owner);
      const { line: other } = await signIn(open, mcp, asPerson("bob"));
      await using bob = other;
      assert.deepEqual((await bob.call("list_jobs")).jobs, []);
      assert.equal((await bob.call("get_image_data", { image_id: picture.id })).ok, false);
    });
  }
});

Deno.test("a client renews its access token by itself, and goes back to its person when that is over", async (test) => {
  await using app = await openApp();
  const mcp = `${app.url}/mcp`;
  for (const [title, open] of Object.entries(CLIENTS)) {
    await test.step(title, async () => {
      const { line, memory } = await signIn(open, mcp, asPerson("ann"));
      await using ann = line;
      const first = memory.tokens();
      memory.spoil(`${first.access_token.slice(0, -4)}AAAA`);
      assert.equal((await ann.call("list_jobs")).ok, true, "the transport renewed it");
      assert.notEqual(memory.tokens().refresh_token, first.refresh_token);

      const { client_id } = memory.clientInformation();
      const body = new URLSearchParams({ client_id, token: memory.tokens().refresh_token });
      const revoked = await fetch(`${app.url}/revoke`, { method: "POST", body });
      assert.equal(revoked.status, 200);
      await revoked.body?.cancel();
      memory.asked = undefined;
      await assert.rejects(ann.call("list_jobs"));
      assert.equal(memory.asked!.pathname, "/authorize", "it asks its person again");
    });
  }
});

Deno.test("an admin gets the scope of what concerns everybody, when a client asks for it", async (test) => {
  await using app = await openApp({ MCP_ADMINS: "bob" });
  const mcp = `${app.url}/mcp`;
  const [title, open] = Object.entries(CLIENTS).at(-1)!;
  for (const [name, ok] of [["ann", false], ["bob", true]] as const) {
    await test.step(`${title} of ${name}`, async () => {
      const memory = new Memory();
      const { line } = await signIn(open, mcp, asPerson(name), memory);
      {
        await using before = line;
        memory.asked = undefined;
        await assert.rejects(before.call("reload_config"));
        const asked: URL = memory.asked!;
        assert.match(asked.searchParams.get("scope")!, /images:admin/);
        await before.finish(await asPerson(name)(asked));
      }
      await using after = open(mcp, memory);
      await after.connect();
      const scope: string = memory.tokens().scope;
      assert.equal(scope.includes("images:admin"), ok);
      if (ok) assert.equal((await after.call("reload_config")).ok, true);
    });
  }
});

Deno.test("the page of pictures asks for name and password, and shows what is theirs", async () => {
  await using app = await openApp({ MCP_AUTH_TOKEN: "a-token-of-the-operator" });
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${app.url}/${path}`, { redirect: "manual", ...init });
    const { status, headers } = response;
    return { status, headers, text: await response.text() };
  };
  const enter = (name: string, password: string, headers = {}) =>
    ask("sign_in", { method: "POST", body: new URLSearchParams({ name, password }), headers });

  const first = await ask("");
  assert.deepEqual([first.status, first.headers.get("location")], [303, "sign_in"]);
  const form = await ask("sign_in");
  assert.equal(form.status, 200);
  assert.match(form.headers.get("content-security-policy")!, /frame-ancestors 'none'/);
  const [, token = ""] = /href="\.\/(\?token)"/.exec(form.text) ?? [];
  assert.equal((await ask(token)).status, 200, "who has a token gives that");

  const wrong = await enter("ann", "a wrong password");
  assert.equal(wrong.status, 403);
  assert.equal(wrong.headers.get("set-cookie"), null);
  assert.match(wrong.text, /The name or the password is not right/);
  const foreign = { "sec-fetch-site": "cross-site" };
  assert.equal((await enter("ann", PASSWORDS.ann, foreign)).status, 403);

  const right = await enter("ann", PASSWORDS.ann);
  assert.deepEqual([right.status, right.headers.get("location")], [303, "./"]);
  assert.match(right.headers.get("set-cookie")!, /; HttpOnly; SameSite=Strict$/);
  const cookie = right.headers.get("set-cookie")!.split(";")[0]!;
  assert.equal((await ask("", { headers: { cookie } })).status, 200);
  const data = await ask("page/data/start", { headers: { cookie } });
  assert.equal(JSON.parse(data.text).owner, `${app.url} ann`);
});

Deno.test("a cookie of the page ends with the password that it was given for", () => {
  const signInOf = (key: string, scopes: readonly Scope[] = ["images:read"]) =>
    createSignIn({ MCP_AUTH_TOKEN: undefined }, {
      people: [{ name: "ann", owner: "https://images.example.com ann", key, scopes }],
    });
  const owner = "https://images.example.com ann";
  const cookie = signInOf("first").enterAs({ owner }, true)!;
  assert.match(cookie, /; Secure$/);
  const request = new Request("https://images.example.com/", {
    headers: { cookie: cookie.split(";")[0]! },
  });
  const visitor = { name: owner, scopes: ["images:read"] };
  assert.deepEqual(signInOf("first").visitorOf(request), visitor, "by any server");
  assert.equal(signInOf("second").visitorOf(request), undefined);
  assert.equal(createSignIn({ MCP_AUTH_TOKEN: "token" }).visitorOf(request), undefined);
  assert.equal(signInOf("first").enterAs({ owner: "bob" }, true), undefined);
});

Deno.test("the program serves it, and its log tells who failed and who let a client in", async () => {
  await using folder = await temporaryFolder();
  const users = USERS.map(({ name, passwordHash }) => `${name}=${passwordHash}`).join(",");
  const base = "http://localhost:8000";
  await using server = await startHttpServer({
    folder: folder.path,
    env: { MCP_USERS: users, MCP_PUBLIC_BASE_URL: base },
  });
  const at = (path: string) => `${server.url}${path}`;
  const metadata = await (await fetch(at("/.well-known/oauth-authorization-server"))).json();
  assert.equal(metadata.issuer, base);
  const test = {
    ask: (path: string, init?: RequestInit) => fetch(at(path), init),
  };
  const client = await registeredId(test);
  const proof = makeProof();
  const parameters = parametersOf(client, proof, { resource: `${base}/mcp` });
  const wrong = await decide(test, parameters, { name: "ann", password: PASSWORDS.bob });
  assert.equal(wrong.status, 403);
  await wrong.body?.cancel();
  const code = (await onward(await decide(test, parameters))).searchParams.get("code")!;
  const { body } = await redeem(test, client, code, proof, { resource: base });
  const headers = { authorization: `Bearer ${body.access_token}` };
  const models = await fetch(at("/v1/models"), { headers });
  assert.equal(models.status, 200);
  await models.body?.cancel();
  await server.sees(/sign-in failed reason=wrong user=ann address=127\.0\.0\.1/);
  await server.sees(new RegExp(`client let in client=${client} user=ann`));
  assert.ok(!server.stderr.includes(code));
});

Deno.test("no password, code or token of the server's own comes into its log or its files", async () => {
  await using app = await openApp();
  const open = CLIENTS["the 2.x client of 2026-07-28"]!;
  let code = "";
  const { line, memory } = await signIn(open, `${app.url}/mcp`, async (asked) => {
    const back = await asPerson("ann")(asked);
    code = back.searchParams.get("code")!;
    return back;
  });
  await using _ann = line;
  const { access_token, refresh_token } = memory.tokens();
  const secrets = [
    PASSWORDS.ann,
    encodeURIComponent(PASSWORDS.ann),
    code,
    memory.codeVerifier(),
    access_token.split(".")[2],
    ...refresh_token.split("."),
  ];
  const log = app.opened.log.join("\n");
  for (const secret of secrets) assert.ok(!log.includes(secret));
  const folder = `${app.opened.folder}/.mcp-image-server`;
  const files = [...Deno.readDirSync(folder)].filter(({ isFile }) => isFile);
  assert.ok(files.length > 0);
  for (const { name } of files) {
    const text = new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${name}`));
    for (const secret of secrets) assert.ok(!text.includes(secret), name);
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(`${folder}/${name}`).mode! & 0o077, 0, `${name} is private`);
    }
  }
});
