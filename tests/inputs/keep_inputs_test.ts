import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { checkImage } from "../../src/images/check.ts";
import { keepInputs } from "../../src/inputs/keep_inputs.ts";
import { MAX_INPUT_BYTES } from "../../src/inputs/picture_source.ts";
import { silentLogger } from "../../src/log.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { drawPlainPng, drawPng } from "../fakes/pictures.ts";
import { type SmallPicture, smallPicture } from "../fakes/small_pictures.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

Deno.test("a picture that comes in is kept as it is, and told by its hash and size", async () => {
  await using opened = await openStorage();
  const bytes = drawPlainPng(64, 48, "base");
  const [info] = await keep(opened, bytes);
  assert.match(info!.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...info, hash: "" },
    {
      hash: "",
      role: "base",
      mediaType: "image/png",
      width: 64,
      height: 48,
      sizeBytes: bytes.length,
    },
  );
  assert.deepEqual(await opened.storage.inputs.get(info!.hash), bytes);
});

Deno.test("the same picture is kept once, whatever it is for and says beside", async () => {
  await using opened = await openStorage();
  const bytes = drawPng(16, 16, "one");
  const picture = { bytes, imageId: "img_one_1_ab" };
  const { images, mask } = await keepInputs(
    {
      images: [
        { picture: () => Promise.resolve(picture), role: "base" },
        { picture: { bytes: drawPng(16, 16, "another comment") }, role: "style" },
      ],
      mask: bytes,
    },
    opened.storage,
    { now: 1_000 },
  );
  assert.equal(new Set([...images, mask!].map(({ hash }) => hash)).size, 1);
  assert.deepEqual(images.map(({ imageId }) => imageId), ["img_one_1_ab", undefined]);
  const { inputs: records } = await opened.storage.records();
  assert.equal((await records.forgetBefore(2_000)).length, 1);
});

Deno.test("a turned picture is kept upright, without what its camera wrote", async () => {
  await using opened = await openStorage();
  const [info] = await keep(opened, smallPicture("turned JPEG"));
  assert.deepEqual([info!.width, info!.height, info!.changes], [32, 24, undefined]);
  const kept = await opened.storage.inputs.get(info!.hash);
  assert.doesNotMatch(new TextDecoder("latin1").decode(kept), /Exif/);
});

const CHANGED: readonly (readonly [SmallPicture, string, RegExp | undefined])[] = [
  ["CMYK JPEG", "image/jpeg", /^Picture 1 is in the colours of print \(CMYK\)/],
  ["16-bit grey PNG", "image/png", /^Picture 1 has 16 bits a channel/],
  ["animated GIF", "image/png", /^Picture 1 is animated, and its first picture was used/],
  ["animated WebP", "image/png", /^Picture 1 is animated/],
  ["APNG", "image/png", /^Picture 1 is animated/],
  ["GIF", "image/png", undefined],
  ["BMP", "image/png", undefined],
];

for (const [name, mediaType, change] of CHANGED) {
  Deno.test(`a picture in ${name} is kept as what every vendor reads`, async () => {
    await using opened = await openStorage();
    const [info] = await keep(opened, smallPicture(name));
    assert.deepEqual([info!.mediaType, info!.width, info!.height], [mediaType, 32, 24]);
    assert.equal(info!.changes?.length, change ? 1 : undefined);
    if (change) assert.match(info!.changes![0]!, change);
    const kept = await opened.storage.inputs.get(info!.hash);
    assert.equal(checkImage(kept!), undefined);
    assert.equal(kept![24] === 16 && mediaType === "image/png", false);
  });
}

Deno.test("a picture of 49 million pixels is made smaller, and that is told", async () => {
  await using opened = await openStorage();
  const [info] = await keep(opened, drawPng(7_000, 7_000, "large"));
  assert.deepEqual([info!.width, info!.height], [3_500, 3_500]);
  assert.match(info!.changes!.join(), /^Picture 1 is 7000x7000 and was made 2 times smaller/);
});

const CUT = drawPlainPng(64, 48, "cut short").slice(0, -20);
const REFUSED: readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>, RegExp])[] = [
  ["a text", new TextEncoder().encode("no picture at all"), /Picture 1 is not a picture/],
  ["nothing", new Uint8Array(), /Picture 1 is not a picture/],
  ["too many bytes", new Uint8Array(MAX_INPUT_BYTES + 1), /more than the 26214400 bytes/],
  ["too many pixels", withSize(drawPng(1, 1, ""), 30_000, 30_000), /is 30000x30000, more than/],
  ["no width", withSize(drawPng(1, 1, ""), 0, 8), /Picture 1 is not a picture/],
  ["a cut file", CUT, /^ImageError: Picture 1 is cut short after \d+ bytes/],
  ["pixels that are not there", withSize(drawPng(8, 8, ""), 8, 4_000), /^ImageError: Picture 1 /],
  [
    "AVIF",
    smallPicture("AVIF"),
    /AVIF pictures cannot be decoded here. Instead, save it as JPEG or PNG/,
  ],
  [
    "TIFF",
    smallPicture("TIFF"),
    /TIFF pictures cannot be decoded here. Instead, save it as JPEG or PNG/,
  ],
  [
    "SVG",
    new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /SVG pictures cannot be decoded here. Instead, save it as JPEG or PNG/,
  ],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`${what} is refused by name, and not kept`, async () => {
    await using opened = await openStorage();
    await assert.rejects(keep(opened, bytes), (error: Error & { code?: string }) => {
      assert.equal(error.code, "invalid_parameters");
      assert.match(String(error), message);
      return true;
    });
    assert.equal(await opened.storage.hasRecords(), false);
  });
}

Deno.test("a mask that is no picture is called the mask", async () => {
  await using opened = await openStorage();
  await assert.rejects(
    keepInputs({ images: [], mask: new Uint8Array(9) }, opened.storage, { now: 1_000 }),
    /The mask is not a picture/,
  );
});

async function keep({ storage }: { storage: Storage }, bytes: Uint8Array<ArrayBuffer>) {
  const images = [{ picture: { bytes }, role: "base" as const }];
  return (await keepInputs({ images }, storage, { now: 1_000 })).images;
}

async function openStorage() {
  const folder = await temporaryFolder();
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  return {
    storage,
    async [Symbol.asyncDispose]() {
      await storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A PNG whose header claims another size. */
function withSize(png: Uint8Array<ArrayBuffer>, width: number, height: number) {
  const header = new DataView(png.buffer);
  header.setUint32(16, width);
  header.setUint32(20, height);
  header.setUint32(29, crc32(png.subarray(12, 29)));
  return png;
}
