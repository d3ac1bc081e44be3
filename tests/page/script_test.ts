import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import packed from "../../src/http/page/page_script.txt" with { type: "text" };
import { unpack } from "../../src/images/svg/packed.ts";
import { buildPage } from "../tools/build_page.ts";

const script = new TextDecoder().decode(await unpack(packed));

Deno.test("the studio page runs what its source says", async () => {
  const built = await buildPage();
  assert.ok(
    script === built,
    "Run 'deno run -A tests/tools/build_page.ts' and commit what it writes",
  );
});

Deno.test("the page's script takes at most 120 KB on the line", () => {
  const { length } = gzipSync(script);
  assert.ok(length <= 120_000, `${length} bytes`);
});
