import { deepEqual, equal } from "node:assert/strict";
import { identifyImage } from "../../src/images/media_type.ts";

for (const [name, picture] of Object.entries(pictures())) {
  Deno.test(`${name} picture is known by its bytes, with its size`, () => {
    const { mediaType, extension } = picture;
    deepEqual(identifyImage(picture.bytes), { mediaType, extension, width: 17, height: 9 });
  });

  Deno.test(`${name} picture cut anywhere is never given a wrong size`, () => {
    for (let length = 0; length < picture.bytes.length; length++) {
      const found = identifyImage(picture.bytes.subarray(0, length));
      if (found === undefined) continue;
      equal(found.mediaType, picture.mediaType);
      if (found.width !== undefined) deepEqual([found.width, found.height], [17, 9]);
    }
  });
}

Deno.test("a JPEG is measured whichever of the frame kinds it has", () => {
  const frames = [0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15].map((kind) => 0xc0 + kind);
  for (const marker of frames) {
    deepEqual(identifyImage(jpegWith(marker)), {
      mediaType: "image/jpeg",
      extension: "jpg",
      width: 640,
      height: 480,
    });
  }
  for (const table of [0xc4, 0xc8, 0xcc]) equal(identifyImage(jpegWith(table)), undefined);
});

Deno.test("a BMP stored from the top down has the height of its rows", () => {
  const header = new DataView(new ArrayBuffer(54));
  header.setUint16(0, 0x424d);
  header.setUint32(14, 40, true);
  header.setInt32(18, 300, true);
  header.setInt32(22, -200, true);
  const found = identifyImage(new Uint8Array(header.buffer));
  deepEqual([found?.mediaType, found?.width, found?.height], ["image/bmp", 300, 200]);
});

Deno.test("a HEIC picture made of tiles has the size of the whole", () => {
  const found = identifyImage(heif("heic", [[512, 512], [4032, 3024], [320, 240]]));
  deepEqual(found, { mediaType: "image/heic", extension: "heic", width: 4032, height: 3024 });
});

Deno.test("an AVIF that calls itself a general still picture is still an AVIF", () => {
  equal(identifyImage(heif("mif1", [[8, 8]], "avif"))?.mediaType, "image/avif");
  equal(identifyImage(heif("isom", [], "mp42")), undefined);
});

Deno.test("an SVG is found behind its prologue, and measured by its size or its view box", () => {
  const prologue =
    '\uFEFF<?xml version="1.0"?>\n<!-- <svg> by hand -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD ' +
    'SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [<!ENTITY a "b">]>\n';
  const sizes: Record<string, [number?, number?]> = {
    '<svg width="120px" height="60.4">': [120, 60],
    "<svg viewBox='0 0 24 12' width='100%' height='100%'>": [24, 12],
    '<svg xmlns="http://www.w3.org/2000/svg" stroke-width="3">': [undefined, undefined],
  };
  for (const [tag, [width, height]] of Object.entries(sizes)) {
    const found = identifyImage(bytesOf(`${prologue}${tag}</svg>`));
    equal(found?.mediaType, "image/svg+xml");
    deepEqual([found?.width, found?.height], [width, height]);
  }
});

Deno.test("what is no picture is not taken for one", () => {
  const others = [
    "",
    "<!DOCTYPE html><html><body><svg width='1' height='1'></svg></body></html>",
    "<html><svg></svg></html>",
    '{"error":{"code":"InvalidParameter"}}',
    "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    "<!-- <svg></svg>",
    "<svgx></svgx>",
    "BMW is a maker of cars, not a picture of one at all",
    "GIF88a0000000000",
    "RIFF0000WAVEfmt ",
    "RIFF0000WEBPxxxx00000000000000000",
    "%PDF-1.7",
    "\x89PNG\r\n",
  ];
  for (const text of others) equal(identifyImage(bytesOf(text)), undefined, text);
});

Deno.test("a picture of no width or height is no picture", () => {
  const { png } = pictures();
  const flat = png.bytes.slice();
  flat.fill(0, 16, 20);
  equal(identifyImage(flat), undefined);
});

Deno.test("garbage behind a true signature neither throws nor hangs", () => {
  const random = randomNumbers(20_261_122);
  for (const { bytes } of Object.values(pictures())) {
    for (let round = 0; round < 300; round++) {
      const damaged = bytes.slice();
      for (let i = 0; i < 8; i++) {
        damaged[12 + Math.floor(random() * (damaged.length - 12))] = Math.floor(random() * 256);
      }
      const found = identifyImage(damaged);
      if (found?.width !== undefined) equal(Number.isInteger(found.width) && found.width > 0, true);
    }
  }
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A JPEG's beginning: a comment, padding, then a segment of `marker` that states 640x480. */
function jpegWith(marker: number): Uint8Array {
  return Uint8Array.of(
    ...[0xff, 0xd8, 0xff, 0xfe, 0, 4, 0xff, 0xc0],
    ...[0xff, 0xff, 0xff, marker, 0, 17, 8, 480 >> 8, 480 & 255, 640 >> 8, 640 & 255, 3],
    ...[1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xda, 0, 2],
  );
}

/** A HEIF file's boxes down to the sizes it names. */
function heif(
  brand: string,
  sizes: readonly (readonly [number, number])[],
  also = brand,
): Uint8Array {
  const ispe = sizes.map(([width, height]) =>
    box("ispe", new Uint8Array(4), unsigned(width), unsigned(height))
  );
  return Uint8Array.of(
    ...box("ftyp", bytesOf(brand), unsigned(0), bytesOf(also)),
    ...box("meta", unsigned(0), box("hdlr", unsigned(0)), box("iprp", box("ipco", ...ispe))),
  );
}

function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const body = content.flatMap((part) => [...part]);
  return Uint8Array.of(...unsigned(8 + body.length), ...bytesOf(type), ...body);
}

function unsigned(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** The same numbers from 0 to 1 for the same seed. */
function randomNumbers(seed: number): () => number {
  return () => (seed = (seed * 48_271) % 0x7fffffff) / 0x7fffffff;
}

/** One flat colour, 17x9 pixels, as libvips encodes it in each format. */
function pictures() {
  const picture = (mediaType: string, extension: string, base64: string) => ({
    mediaType,
    extension,
    bytes: Uint8Array.fromBase64(base64),
  });
  return {
    png: picture(
      "image/png",
      "png",
      "iVBORw0KGgoAAAANSUhEUgAAABEAAAAJCAYAAADU6McMAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAGUlEQVQo" +
        "kWM4EaDRQClmGDWkYTRMNAimEwAiWAvQaBcP3wAAAABJRU5ErkJggg==",
    ),
    jpeg: picture(
      "image/jpeg",
      "jpg",
      "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1x" +
        "eXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj" +
        "Y2NjY2NjY2NjY2NjY2P/wAARCAAJABEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAUEAEA" +
        "AAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAAT/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oA" +
        "DAMBAAIRAxEAPwCbATLwAH//2Q==",
    ),
    "progressive jpeg": picture(
      "image/jpeg",
      "jpg",
      "/9j/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8t" +
        "MC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgo" +
        "KCgoKCgoKCgoKCgoKCj/wgARCAAJABEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAb/xAAWAQEB" +
        "AQAAAAAAAAAAAAAAAAAABAX/2gAMAwEAAhADEAAAAY8R6QH/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEB" +
        "AAEFAl//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oACAEDAQE/AT//xAAUEQEAAAAAAAAAAAAAAAAAAAAQ/9oA" +
        "CAECAQE/AT//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Al//xAAUEAEAAAAAAAAAAAAAAAAAAAAg" +
        "/9oACAEBAAE/IV//2gAMAwEAAgADAAAAEAw//8QAFBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAwEBPxA//8QA" +
        "FBEBAAAAAAAAAAAAAAAAAAAAEP/aAAgBAgEBPxA//8QAFBABAAAAAAAAAAAAAAAAAAAAIP/aAAgBAQABPxBf" +
        "/9k=",
    ),
    "lossy webp": picture(
      "image/webp",
      "webp",
      "UklGRj4AAABXRUJQVlA4IDIAAADQAgCdASoRAAkAPm0skkWkIqGYBABABsSgB2AAEWMAAP709D/+vgCnqj//" +
        "O1sMQTwAAA==",
    ),
    "lossless webp": picture(
      "image/webp",
      "webp",
      "UklGRh4AAABXRUJQVlA4TBEAAAAvEAACAAdQlJKVov+BiOh/AAA=",
    ),
    "transparent webp": picture(
      "image/webp",
      "webp",
      "UklGRmoAAABXRUJQVlA4WAoAAAAQAAAAEAAACAAAQUxQSAoAAAABB1DAiAhERP8DVlA4IDoAAAAQAwCdASoR" +
        "AAkAPm0skkWkIqGYBABABsSgB2APwAAShYAA/uQBf//kFywuuRr//6En4JPwSfuAAAAA",
    ),
    gif: picture(
      "image/gif",
      "gif",
      "R0lGODlhEQAJAIAAAExpcWQoFCH5BAUAAAAALAAAAAARAAkAAAIKjI+py+0Po5y0FgA7",
    ),
    tiff: picture(
      "image/tiff",
      "tiff",
      "SUkqAD4AAACAGQUBQAQWDQeEQmFQuGQaBQSGxGJRMAQ+KReMQ6BxmOROLR2QQuPyGSRqISWSyOUSGVSuOwEQ" +
        "AAABAwABAAAAEQAAAAEBAwABAAAACQAAAAIBAwADAAAAFAEAAAMBAwABAAAABQAAAAYBAwABAAAAAgAAABEB" +
        "BAABAAAACAAAABIBAwABAAAAAQAAABUBAwABAAAAAwAAABYBAwABAAAAAAEAABcBBAABAAAANgAAABoBBQAB" +
        "AAAABAEAABsBBQABAAAADAEAABwBAwABAAAAAQAAACgBAwABAAAAAgAAAD0BAwABAAAAAgAAAFMBAwADAAAA" +
        "GgEAAAAAAAAzM8sAAAAIADMzywAAAAgACAAIAAgAAQABAAEA",
    ),
    avif: picture(
      "image/avif",
      "avif",
      "AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAA" +
        "AAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+gABAAAAAAAAACoAAAAjaWluZgAAAAAAAQAAABVp" +
        "bmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVmlwcnAAAAA4aXBjbwAAAAxhdjFDgSACAAAAABRp" +
        "c3BlAAAAAAAAABEAAAAJAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAAybWRhdBIA" +
        "Cgg4EOENICGg0jIcGUJjBMPPPPNBIADXcYA4rnxZ7h8GpTHlCBKp6Q==",
    ),
  };
}
