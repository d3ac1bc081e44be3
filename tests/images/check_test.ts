import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { checkImage } from "../../src/images/check.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import {
  jpegOfScans,
  SMALL_PICTURES,
  type SmallPicture,
  smallPicture,
} from "../fakes/small_pictures.ts";
import { processorTimeOf } from "../support/processor_time.ts";
import { DAMAGES } from "./damages.ts";

const NAMES = Object.keys(SMALL_PICTURES) as SmallPicture[];

for (const name of NAMES) {
  Deno.test(`a whole ${name} is whole, whatever follows its end`, () => {
    const whole = smallPicture(name);
    assert.equal(checkImage(whole), undefined);
    const isOpenEnded = /AVIF/.test(name); // what follows would have to be a box of its own
    if (!isOpenEnded) assert.equal(checkImage(Uint8Array.of(...whole, 1, 2, 3)), undefined);
  });

  Deno.test(`a ${name} cut anywhere is known as cut or damaged`, () => {
    const whole = smallPicture(name);
    const missed: number[] = [];
    for (let length = 0; length < whole.length - 1; length++) {
      const said = checkImage(whole.subarray(0, length));
      if (said === undefined) missed.push(length);
      else assert.match(said, /^(cut short after \d+ bytes: |damaged: |no picture)/);
    }
    // Some writers put what no picture needs at the end.
    assert.deepEqual(missed.filter((length) => length < whole.length * partNeeded(name)), []);
  });
}

/** From which part of a whole file on a cut takes away nothing that pixels need. */
function partNeeded(name: SmallPicture): number {
  return /TIFF/.test(name) ? 0.6 : 1;
}

Deno.test("a JPEG of more scans than any writer makes is refused before it is decoded", () => {
  assert.equal(checkImage(jpegOfScans(400)), undefined);
  assert.equal(checkImage(jpegOfScans(10_000)), "damaged: it holds more than 500 scans");
});

Deno.test("an SVG whose root is not closed is cut", () => {
  const svg = (text: string) => checkImage(new TextEncoder().encode(text));
  assert.equal(svg('<svg width="9" height="9"><path d=""/></svg>\n<!-- end -->\n'), undefined);
  assert.equal(svg('<svg width="9" height="9"/>'), undefined);
  assert.equal(svg(`<svg>${"<g/>".repeat(9_000)}</svg>`), undefined);
  assert.match(svg('<svg width="9" height="9"><path d="M0')!, /^cut short after 37 bytes/);
  assert.match(svg("<svg><svg></svg><g>")!, /not closed/);
});

Deno.test("what is no picture is told as such", () => {
  for (const text of ["", "<!DOCTYPE html><html></html>", '{"error":"busy"}', "RIFF"]) {
    assert.match(checkImage(new TextEncoder().encode(text))!, /^no picture of a known format/);
  }
});

Deno.test("the sentence tells where a picture ends and what is missing", () => {
  const png = drawPng(64, 64, "test");
  assert.equal(
    checkImage(png.subarray(0, 70))!,
    "cut short after 70 bytes: the chunk at byte 57 declares 16 bytes",
  );
  assert.equal(
    checkImage(drawJpeg(64, 64, "test").subarray(0, -2)),
    `cut short after ${drawJpeg(64, 64, "test").length - 2} bytes: its end marker (EOI) is missing`,
  );
});

Deno.test("a header that promises more pixels than its data can hold is a lie", () => {
  const png = drawPng(64, 64, "test");
  const view = new DataView(png.buffer);
  view.setUint32(16, 9_000);
  view.setUint32(20, 9_000);
  view.setUint32(29, crc32(png.subarray(12, 29)));
  assert.match(checkImage(png)!, /^damaged: its \d+ bytes of data cannot hold 9000x9000 pixels$/);

  const jpeg = drawJpeg(64, 64, "test");
  const frame = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xc0);
  jpeg.set([0x40, 0x00, 0x40, 0x00], frame + 5);
  assert.match(checkImage(jpeg)!, /cannot hold 16384x16384 pixels/);
});

for (const name of NAMES) {
  Deno.test(`twenty kinds of damage to a ${name} are survived, and the plain ones told`, () => {
    const whole = smallPicture(name);
    for (const [kind, { damage, isPlain }] of Object.entries(DAMAGES)) {
      for (let seed = 1; seed <= 25; seed++) {
        const broken = damage(whole, seed);
        const said = checkImage(broken);
        if (isPlain?.(name)) assert.ok(said, `${kind}, seed ${seed}`);
        assert.ok(said === undefined || said.length < 200, said);
      }
    }
  });
}

for (const [name, make] of Object.entries(largePictures())) {
  Deno.test(`50 MB of ${name} are checked within a second`, () => {
    const bytes = make();
    // At the first time the code is not yet compiled.
    const times = [1, 2, 3].map(() => processorTimeOf(() => checkImage(bytes)));
    assert.ok(Math.min(...times) < 1000, `${times} ms`);
  });
}

/** 50 MB each, as bad as the format allows. */
function largePictures(): Record<string, () => Uint8Array> {
  const size = 50_000_000;
  const begun = (name: SmallPicture, fill: (bytes: Uint8Array, start: number) => void) => () => {
    const head = smallPicture(name);
    const bytes = new Uint8Array(size);
    bytes.set(head);
    fill(bytes, head.length);
    return bytes;
  };
  return {
    "a PNG of one chunk": () => {
      const bytes = new Uint8Array(size).fill(77);
      bytes.set(smallPicture("PNG").subarray(0, 33));
      new DataView(bytes.buffer).setUint32(33, size - 60);
      bytes.set(new TextEncoder().encode("IDAT"), 37);
      return bytes;
    },
    "a PNG of empty chunks": begun("PNG", (bytes) => {
      const name = new TextEncoder().encode("teST");
      const chunk = new Uint8Array(12);
      chunk.set(name, 4);
      new DataView(chunk.buffer).setUint32(8, crc32(name));
      for (let at = 33; at + 12 <= size; at += 12) bytes.set(chunk, at);
      assert.match(checkImage(bytes.subarray(0, 33 + 1200))!, /after 1233 bytes.*IEND/);
    }),
    "a JPEG scan": begun("baseline JPEG", (bytes, end) => {
      for (let i = end - 2; i < size - 1; i += 2) bytes[i] = 0xff;
    }),
    "JPEG padding": begun("baseline JPEG", (bytes, end) => bytes.fill(0xff, end - 2)),
    "a GIF of short blocks": begun("GIF", (bytes, end) => bytes.fill(1, end - 2)),
    "a WebP of empty chunks": begun("lossy WebP", (bytes) => {
      new DataView(bytes.buffer).setUint32(4, size - 8, true);
    }),
    "an AVIF of empty boxes": begun("AVIF", (bytes, end) => {
      for (let i = end; i + 8 < size; i += 8) bytes.set([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65], i);
    }),
    "an SVG": () => new Uint8Array(size).fill(0x20).fill(0x3c, 0, 1).map((byte) => byte),
  };
}

Deno.test("damage is told of every kind of picture that the check knows", () => {
  const types = new Set(NAMES.map((name) => identifyImage(smallPicture(name))?.mediaType));
  assert.deepEqual(
    ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/avif", "image/tiff"]
      .filter((type) => !types.has(type as never)),
    [],
  );
});
