import assert from "node:assert/strict";
import { anchors, escapeHtml, markdownToHtml } from "../../src/manual/html.ts";
import { STYLE, topicPage } from "../../src/manual/page.ts";
import { TOPICS } from "../../src/manual/topics.ts";

Deno.test("markup of a text's own is shown, never obeyed", () => {
  const html = markdownToHtml(
    "<script>alert(1)</script>\n\na <img src=x onerror=alert(1)> b\n\n`<b>` **bold**\n\n![x](y.png)",
  );
  assert.doesNotMatch(html, /<(script|img|b)\b/);
  assert.match(html, /&#60;script&#62;alert\(1\)/);
  assert.match(html, /<code>&lt;b&gt;<\/code> <strong>bold<\/strong>/);
});

for (
  const address of [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
  ]
) {
  Deno.test(`a link to ${address} is only its words`, () => {
    assert.equal(markdownToHtml(`[words](${address})`).trim(), "<p>words</p>");
  });
}

Deno.test("links to web addresses and beside the page stay", () => {
  for (const address of ["https://example.com/?a=1", "settings#variables", "#here", "../manual/"]) {
    assert.match(markdownToHtml(`[words](${address})`), new RegExp(`<a href="[^"]+">words</a>`));
  }
  assert.match(
    markdownToHtml('[a](https://example.com/"onclick=x)'),
    /href="[^"]*&#34;onclick=x"|%22/,
  );
});

Deno.test("an address is taken letter by letter, so that no entity becomes a scheme", () => {
  assert.match(markdownToHtml("[words](&#106;avascript:x)"), /href="&#38;#106;avascript:x"/);
});

Deno.test("headings have the anchors that GitHub gives them", () => {
  const anchorOf = anchors();
  assert.deepEqual(
    ["Several people", "`hunyuan`, with `A_B`", "Several people", "What's [this](x)?", "中文 标题"]
      .map(anchorOf),
    ["several-people", "hunyuan-with-a_b", "several-people-1", "whats-this", "中文-标题"],
  );
  assert.match(markdownToHtml("## A & `b`"), /<h2 id="a--b">A &amp; <code>b<\/code><\/h2>/);
});

Deno.test("what is put into a page is escaped", () => {
  assert.equal(escapeHtml(`<a b="c" d='e'>&`), "&#60;a b=&#34;c&#34; d=&#39;e&#39;&#62;&#38;");
});

Deno.test("every page is whole: a title, the topics, no script and only its own style", async () => {
  for (const topic of TOPICS) {
    const html = await topicPage(topic, "1.2.3");
    assert.match(html, /^<!DOCTYPE html>\n<html lang="en">/);
    assert.equal([...html.matchAll(/<h1 /g)].length, 1, topic.name);
    assert.equal([...html.matchAll(/<style>/g)].length, 1);
    assert.ok(html.includes(`<style>${STYLE}</style>`));
    assert.doesNotMatch(html, /<script|\son\w+=|\sstyle=|<img|<link/, topic.name);
    assert.ok(html.includes(`href="${topic.name}" aria-current="page"`));
    const targets = [...html.matchAll(/href="([^":]*)"/g)].map(([, target]) => target!);
    const names = new Set(TOPICS.flatMap(({ name }) => [name, `${name}.md`]));
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => `#${id}`));
    for (const target of targets) {
      const isKnown = target === "./" || ids.has(target) || names.has(target.split("#")[0]!);
      assert.ok(isKnown, `${topic.name}: ${target}`);
    }
  }
});
