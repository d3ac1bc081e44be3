import assert from "node:assert/strict";
import { brotliDecompressSync } from "node:zlib";
import asset from "../../src/images/worker.txt" with { type: "text" };
import { bundledProgram } from "../tools/build_image_worker.ts";

Deno.test("image workers run what their source says", async () => {
  const [, base64] = /^program:(\S+)$/m.exec(asset) ?? [];
  const carried = brotliDecompressSync(Uint8Array.fromBase64(base64!));
  const built = await bundledProgram();
  assert.ok(
    carried.equals(built),
    "Run 'deno run -A tests/tools/build_image_worker.ts' and commit what it writes",
  );
});

Deno.test("the worker's program and codecs take at most 400 KB", () => {
  assert.ok(asset.length <= 400_000, `${asset.length} bytes`);
});
