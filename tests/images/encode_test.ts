/** What is tried on the way to a file that fits leaves nothing behind. */

import assert from "node:assert/strict";
import type { Codecs } from "../../src/images/worker/decode.ts";
import { encode, type Output } from "../../src/images/worker/encode.ts";
import type { Raster } from "../../src/images/worker/raster.ts";
import { transform } from "../../src/images/worker/transform.ts";
import { png } from "../fakes/png.ts";

const OUTPUTS: Readonly<Record<string, Output>> = {
  "the best quality that fits": {
    format: "jpeg",
    quality: 92,
    maxBytes: 3_000,
    keepsSize: true,
  },
  "a smaller size that fits": { format: "jpeg", quality: 92, maxBytes: 1_500 },
  "nothing that fits": { format: "jpeg", quality: 92, maxBytes: 10 },
};

for (const [what, output] of Object.entries(OUTPUTS)) {
  Deno.test(`once ${what} is found, the memory of every other try has been given back`, async () => {
    const written: Uint8Array<ArrayBuffer>[] = [];
    const codecs = codecsThat((pixels, quality) => {
      const bytes = new Uint8Array(Math.ceil(pixels / 100) * quality / 10);
      written.push(bytes);
      return bytes;
    });
    const pixels = new Uint8ClampedArray(256 * 256 * 4).fill(255);
    const made = await encode({ width: 256, height: 256, pixels, isOpaque: true }, output, codecs);
    assert.ok(written.length > 1, "one try was enough");
    assert.deepEqual(written.filter(({ buffer }) => !buffer.detached), made ? [made.bytes] : []);
  });
}

Deno.test("a picture that was packed leaves no pixels behind", async () => {
  let seen: Uint8ClampedArray<ArrayBuffer> | undefined;
  const codecs = codecsThat((_size, _quality, pixels) => {
    seen = pixels;
    return new Uint8Array(8);
  });
  const bytes = png(16, 16, 6, () => [1, 2, 3, 4]);
  await transform({ bytes, steps: [], output: { format: "jpeg" } }, codecs);
  assert.equal(seen?.buffer.detached, true);
});

function codecsThat(
  write: (size: number, quality: number, pixels: Raster["pixels"]) => Uint8Array<ArrayBuffer>,
): Codecs {
  const jpeg = {
    read: () => Promise.reject(new Error("Nothing is read")),
    write: ({ width, height, pixels }: Raster, quality: number) =>
      Promise.resolve(write(width * height, quality, pixels)),
  };
  return { jpeg, webp: { ...jpeg, write: () => Promise.reject(new Error("Nothing is written")) } };
}
