import assert from "node:assert/strict";
import { fitInput } from "../../src/images/fit_input.ts";
import { png } from "../fakes/png.ts";
import { SMALL_PICTURES } from "../fakes/small_pictures.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const ALL = ["image/png", "image/jpeg", "image/webp"];

Deno.test("a picture becomes the size asked for, in its own format", async () => {
  for (const name of ["PNG", "baseline JPEG", "lossy WebP"] as const) {
    const bytes = Uint8Array.fromBase64(SMALL_PICTURES[name]);
    const fitted = await fitInput(bytes, {
      mediaTypes: ALL,
      width: 64,
      height: 48,
      maxBytes: null,
    });
    const mediaType = `image/${name.split(" ").at(-1)!.toLowerCase()}`;
    const { width, height } = fitted;
    assert.deepEqual([fitted.mediaType, width, height], [mediaType, 64, 48]);
  }
});

Deno.test("a format that is not taken becomes PNG, or the first of those that are", async () => {
  const bytes = Uint8Array.fromBase64(SMALL_PICTURES["lossy WebP"]);
  const size = { width: 32, height: 24, maxBytes: null };
  const types = [["image/jpeg", "image/png"], ["image/gif", "image/jpeg"]];
  const made = await Promise.all(
    types.map((mediaTypes) => fitInput(bytes, { ...size, mediaTypes })),
  );
  assert.deepEqual(made.map(({ mediaType }) => mediaType), ["image/png", "image/jpeg"]);
});

Deno.test("what is too long is packed with loss before it is made smaller", async () => {
  const size = { width: 200, height: 150 };
  const opaque = await fitInput(photo(2), { ...size, mediaTypes: ALL, maxBytes: 60_000 });
  assert.equal(opaque.mediaType, "image/jpeg");
  assert.deepEqual([opaque.width, opaque.height], [200, 150]);
  assert.ok(opaque.bytes.length <= 60_000);
  const clear = await fitInput(photo(6), { ...size, mediaTypes: ALL, maxBytes: 60_000 });
  assert.equal(clear.mediaType, "image/webp");
  const without = { ...size, mediaTypes: ["image/png", "image/jpeg"], maxBytes: 20_000 };
  const small = await fitInput(photo(6), without);
  assert.equal(small.mediaType, "image/png");
  assert.ok(small.width < 200 && small.bytes.length <= 20_000);
});

Deno.test("what cannot be made so small is told with the bound", async () => {
  const bounds = { mediaTypes: ALL, width: 200, height: 150, maxBytes: 50 };
  await assert.rejects(fitInput(photo(2), bounds), {
    code: "invalid_parameters",
    message: /cannot be made as small as the 50 bytes/,
  });
});

/** Noise, which nothing packs well. */
function photo(kind: 2 | 6): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(7);
  return png(
    200,
    150,
    kind,
    () => Array.from({ length: kind === 2 ? 3 : 4 }, () => Math.floor(random() * 256)),
  );
}
