import assert from "node:assert/strict";
import { STYLE } from "../../src/manual/page.ts";
import { TOPICS } from "../../src/manual/topics.ts";
import { testHandler } from "./support.ts";

/** Asks the guarded, token-protected server as a stranger would. */
async function ask(path: string, init?: RequestInit): Promise<Response> {
  await using handler = testHandler({ MCP_AUTH_TOKEN: "token" });
  return await handler.ask(path, init);
}

Deno.test("the manual is public: the contents name every topic, and each is a page", async () => {
  const response = await ask("/manual/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  const html = await response.text();
  for (const { name, title } of TOPICS) {
    assert.ok(html.includes(`<a href="${name}">${title}</a>`), name);
    const page = await ask(`/manual/${name}`);
    assert.equal(page.status, 200);
    assert.match(await page.text(), new RegExp(`<h1 [^>]*>${title}</h1>`));
  }
});

Deno.test("a browser is told to run, load and frame nothing, and to use this style alone", async () => {
  const { headers } = await ask("/manual/settings");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(STYLE));
  assert.equal(
    headers.get("content-security-policy"),
    `default-src 'none'; style-src 'sha256-${new Uint8Array(digest).toBase64()}'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("referrer-policy"), "no-referrer");
});

for (
  const [accept, isMarkdown] of [
    ["text/markdown", true],
    ["Text/Markdown, text/html, */*", true],
    ["text/html;q=0.5, text/markdown", true],
    ["text/markdown;q=0.9, text/plain;q=0.1", true],
    ["text/html, text/markdown", false],
    ["text/markdown;q=0.4, text/html", false],
    ["text/markdown;q=0", false],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false],
    ["*/*", false],
    ["", false],
  ] as const
) {
  Deno.test(`'Accept: ${accept}' gets ${isMarkdown ? "Markdown" : "HTML"}`, async () => {
    for (const path of ["/manual/", "/manual/http"]) {
      const { headers } = await ask(path, { headers: { accept } });
      const form = isMarkdown ? "text/markdown" : "text/html";
      assert.equal(headers.get("content-type"), `${form}; charset=utf-8`);
      assert.equal(headers.get("vary"), "Accept");
    }
  });
}

Deno.test("an address that ends in .md is the source, whose links lead to sources", async () => {
  const response = await ask("/manual/troubleshooting.md");
  assert.equal(response.headers.get("content-type"), "text/markdown; charset=utf-8");
  const text = await response.text();
  assert.match(text, /^# Troubleshooting\n/);
  assert.match(text, /\]\(settings\.md#where-settings-come-from\)/);
  assert.match(await (await ask("/manual/index.md")).text(), /\[Settings\]\(settings\.md\)/);
});

Deno.test("HEAD tells what GET would bring", async () => {
  for (const path of ["/manual/", "/manual/tools", "/manual/tools.md"]) {
    const got = await ask(path);
    const { length } = await got.bytes();
    const head = await ask(path, { method: "HEAD" });
    assert.deepEqual([head.status, (await head.bytes()).length], [200, 0]);
    assert.equal(head.headers.get("content-length"), String(length));
    for (const name of ["content-type", "etag", "cache-control"]) {
      assert.equal(head.headers.get(name), got.headers.get(name), name);
    }
  }
  assert.equal((await ask("/manual/", { method: "POST" })).status, 405);
});

Deno.test("a page that has not changed is not sent again, and its source is another page", async () => {
  const { headers } = await ask("/manual/tools");
  assert.equal(headers.get("cache-control"), "public, max-age=300");
  const etag = headers.get("etag")!;
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const again = await ask("/manual/tools", { headers: { "if-none-match": known } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
    assert.equal(again.headers.get("etag"), etag);
  }
  const source = await ask("/manual/tools.md", { headers: { "if-none-match": etag } });
  assert.equal(source.status, 200);
  await source.body?.cancel();
});

Deno.test("a topic that is none is a 404 that names the nearest, kept by nobody", async () => {
  const response = await ask("/manual/setings");
  assert.equal(response.status, 404);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.ok(response.headers.get("content-security-policy"));
  assert.match(await response.text(), /'setings'.*Did you mean <a href="settings">settings<\/a>\?/);
  const source = await ask("/manual/setings.md");
  assert.equal(source.status, 404);
  assert.match(await source.text(), /^No topic 'setings': did you mean 'settings'\?\n/);
  const head = await ask("/manual/setings", { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [404, ""]);
});

Deno.test("the links of a 404 lead back from however deep it is", async () => {
  const html = await (await ask("/manual/settings/deeper/")).text();
  assert.match(html, /<a href="\.\.\/\.\.\/settings">/);
  assert.match(html, /<a href="\.\.\/\.\.\/\.\/">All topics/);
});

Deno.test("nothing of an address becomes markup, and little of it is repeated", async () => {
  const attack = encodeURIComponent('"><script>alert(1)</script>');
  const html = await (await ask(`/manual/${attack}`)).text();
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /&#60;script&#62;/);
  for (const path of ["/manual/%ff", "/manual/..%2f..%2fmain.ts", "/manual/__proto__"]) {
    const response = await ask(path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
  const long = await (await ask(`/manual/${"y".repeat(5_000)}`)).text();
  assert.doesNotMatch(long, /y{61}/);
});

Deno.test("without its final slash the manual sends on to where links work", async () => {
  const response = await ask("/manual");
  assert.deepEqual([response.status, response.headers.get("location")], [308, "manual/"]);
});

Deno.test("the manual is no way round the guards", async () => {
  const strange = await ask("/manual/", { headers: { host: "evil.example" } });
  assert.equal(strange.status, 403);
  await using handler = testHandler({ MCP_AUTH_TOKEN: "token", MCP_RATE_LIMIT: "1" });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await handler.ask("/manual/settings")).status);
  assert.ok(statuses.includes(429), String(statuses));
});

Deno.test("a web page elsewhere may read the manual, as it may a picture", async () => {
  const { status, headers } = await ask("/manual/", { headers: { origin: "https://a.example" } });
  assert.deepEqual([status, headers.get("access-control-allow-origin")], [200, "*"]);
});
