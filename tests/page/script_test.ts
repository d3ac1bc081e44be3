import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import packed from "../../src/http/page/page_script.txt" with { type: "text" };
import { unpack } from "../../src/images/svg/packed.ts";
import view from "../../src/mcp/view/view.txt" with { type: "text" };
import { buildPage, buildView } from "../tools/build_page.ts";

const script = new TextDecoder().decode(await unpack(packed));

Deno.test("the studio page runs what its source says", async () => {
  const built = await buildPage();
  assert.ok(
    script === built,
    "Run 'deno run -A tests/tools/build_page.ts' and commit what it writes",
  );
});

Deno.test("the view of pictures is what its source says, and needs nothing from elsewhere", async () => {
  const text = new TextDecoder().decode(await unpack(view));
  assert.ok(
    text === await buildView(),
    "Run 'deno run -A tests/tools/build_page.ts' and commit what it writes",
  );
  assert.doesNotMatch(text, /\b(?:src|href)="|@import|url\(|\bfetch\(|window\.openai/);
  assert.ok(text.length < 50_000, `${text.length} characters`);
});

Deno.test("the page's script takes at most 120 KB on the line", () => {
  const { length } = gzipSync(script);
  assert.ok(length <= 120_000, `${length} bytes`);
});
