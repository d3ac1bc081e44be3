import assert from "node:assert/strict";
import { convertImage } from "../../src/images/convert.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { UndecodableImageError } from "../../src/images/workers.ts";
import { png } from "../fakes/png.ts";
import { smallPicture } from "../fakes/small_pictures.ts";
import { randomNumbers } from "../support/random.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const random = randomNumbers(9);
const OPAQUE = png(60, 40, 2, () => [random() * 256, random() * 256, 9]);
const CLEAR = png(60, 40, 6, (x, y) => [x * 4, y * 6, 90, x < 30 ? 100 : 255]);

Deno.test("a PNG becomes a WebP without losing anything, what lies under clear pixels included", async () => {
  for (const source of [OPAQUE, CLEAR]) {
    const { bytes, mediaType, warnings } = await convertImage(source, { format: "webp" });
    assert.deepEqual([mediaType, warnings], ["image/webp", []]);
    assert.deepEqual((await decodeImage(bytes)).pixels, (await decodeImage(source)).pixels);
  }
});

Deno.test("a lower compression gives a smaller file", async () => {
  for (const format of ["jpeg", "webp"] as const) {
    const sizes = [];
    for (const quality of [100, 90, 50, 10, 0]) {
      const { bytes } = await convertImage(OPAQUE, { format, quality });
      assert.equal(identifyImage(bytes)?.mediaType, `image/${format}`);
      sizes.push(bytes.length);
    }
    assert.deepEqual(sizes, sizes.toSorted((one, other) => other - one), format);
  }
});

Deno.test("a picture that is as wished already is given back byte for byte", async () => {
  const jpeg = smallPicture("baseline JPEG");
  const unchanging = [{}, { format: "jpeg" }, { background: "opaque" }, { quality: 100 }] as const;
  for (const options of unchanging) {
    assert.equal((await convertImage(jpeg, options)).bytes, jpeg);
  }
  for (const options of [{ quality: 100 }, { background: "transparent" }] as const) {
    const { bytes, warnings } = await convertImage(CLEAR, options);
    assert.deepEqual([bytes === CLEAR, warnings], [true, []]);
  }
});

Deno.test("what JPEG cannot keep is laid on white and told, unless that was wished", async () => {
  const told = await convertImage(CLEAR, { format: "jpeg" });
  assert.match(told.warnings.join(), /^JPEG has no transparency, so the picture was laid on white/);
  const wished = await convertImage(CLEAR, { format: "jpeg", background: "opaque" });
  assert.deepEqual(wished.warnings, []);
  const { pixels, isOpaque } = await decodeImage(told.bytes);
  assert.ok(isOpaque && pixels[0]! > 140, `${pixels[0]}`);
});

Deno.test("what has no place for transparency is not decoded to make it opaque", async () => {
  const headOf = (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, bytes.length - 30);
  const { bytes: webp } = await convertImage(OPAQUE, { format: "webp" });
  for (
    const cut of [OPAQUE, webp, smallPicture("baseline JPEG"), smallPicture("lossy WebP")].map(
      headOf,
    )
  ) {
    assert.equal((await convertImage(cut, { background: "opaque" })).bytes, cut);
  }
  const { bytes: clearWebp } = await convertImage(CLEAR, { format: "webp" });
  const clearRed = png(60, 40, 2, (x) => [x < 30 ? 200 : 9, 0, 0], {
    transparency: [0, 200, 0, 0, 0, 0],
  });
  for (const clear of [CLEAR, clearWebp, clearRed, smallPicture("lossy WebP with alpha")]) {
    const { bytes } = await convertImage(clear, { background: "opaque" });
    assert.ok(bytes !== clear && (await decodeImage(bytes)).isOpaque);
  }
});

Deno.test("an opaque background is made, a transparent one cannot be", async () => {
  const opaque = await convertImage(CLEAR, { background: "opaque" });
  assert.deepEqual([opaque.mediaType, opaque.warnings], ["image/png", []]);
  const { pixels } = await decodeImage(opaque.bytes);
  assert.deepEqual([...pixels.subarray(0, 4)], [155, 155, 190, 255]);
  const clear = await convertImage(OPAQUE, { background: "transparent" });
  assert.equal(clear.bytes, OPAQUE);
  assert.match(clear.warnings.join(), /came without transparency, which cannot be added/);
});

Deno.test("a compression for PNG and the frames of an animation are told of", async () => {
  const { bytes, warnings } = await convertImage(OPAQUE, { format: "png", quality: 50 });
  assert.equal(bytes, OPAQUE);
  assert.match(warnings.join(), /PNG loses nothing, so a compression of 50 was not used/);
  for (const name of ["animated GIF", "animated WebP"] as const) {
    const still = await convertImage(smallPicture(name), { format: "png" });
    assert.match(still.warnings.join(), /only its first frame was converted/);
    assert.equal((await decodeImage(still.bytes)).width, 32);
  }
});

Deno.test("a picture in a format that is not written here becomes a PNG", async () => {
  for (const name of ["GIF", "BMP"] as const) {
    const { mediaType } = await convertImage(smallPicture(name), { background: "opaque" });
    assert.equal(mediaType, "image/png");
  }
});

Deno.test("what cannot be decoded is refused with the reason", async () => {
  await assert.rejects(
    convertImage(smallPicture("TIFF"), { format: "png" }),
    (error: Error) =>
      error instanceof UndecodableImageError &&
      error.message === "TIFF pictures cannot be decoded here",
  );
});
