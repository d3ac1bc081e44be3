import assert from "node:assert/strict";
import { joinBytes } from "../../src/bytes.ts";
import { checkImage } from "../../src/images/check.ts";
import { withoutMetadata } from "../../src/images/metadata.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { SMALL_PICTURES, type SmallPicture, smallPicture } from "../fakes/small_pictures.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

/** What a phone writes, in a few letters that are easy to find again. */
const SECRET = "GPS 52.52N 13.40E Phone 7";

const WITH_METADATA: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "a PNG with a comment": drawPng(16, 16, SECRET),
  "a JPEG with a comment": drawJpeg(16, 16, SECRET),
  "a JPEG with Exif, XMP, other makers' parts and a thumbnail": inJpeg("baseline JPEG", [
    [0xe1, `Exif\0\0${SECRET}`],
    [0xe1, `http://ns.adobe.com/xap/1.0/\0${SECRET}`],
    [0xe2, `MPF\0${SECRET}`],
    [0xe4, SECRET],
    [0xed, `Photoshop 3.0\0${SECRET}`],
    [0xe0, `JFXX\0${SECRET}`],
  ]),
  "a progressive JPEG with a film behind it": joinBytes([
    smallPicture("progressive JPEG"),
    new TextEncoder().encode(`ftypmp42${SECRET}`),
  ]),
  "a WebP with Exif and XMP": inWebp([["EXIF", SECRET], ["XMP ", SECRET]]),
};

for (const [what, bytes] of Object.entries(WITH_METADATA)) {
  Deno.test(`${what} loses it, and no pixel`, async () => {
    assert.ok(textOf(bytes).includes(SECRET));
    const clean = withoutMetadata(bytes);
    assert.ok(!textOf(clean).includes(SECRET));
    assert.ok(!textOf(clean).includes("Exif") && !textOf(clean).includes("EXIF"));
    assert.equal(checkImage(clean), undefined);
    const [before, after] = [await decodeImage(bytes), await decodeImage(clean)];
    assert.deepEqual(after, before);
    assert.equal(withoutMetadata(clean), clean, "there is nothing more to leave out");
  });
}

for (const name of Object.keys(SMALL_PICTURES) as (SmallPicture)[]) {
  if (name === "turned JPEG") continue;
  Deno.test(`a picture in ${name} stays as it is where it says nothing beside`, () => {
    const bytes = smallPicture(name);
    assert.deepEqual(withoutMetadata(bytes), bytes);
  });
}

Deno.test("a colour profile stays", () => {
  const profile = `ICC_PROFILE\0\x01\x01 a profile`;
  const bytes = inJpeg("baseline JPEG", [[0xe2, profile], [0xe1, `Exif\0\0${SECRET}`]]);
  const clean = textOf(withoutMetadata(bytes));
  assert.ok(clean.includes("a profile") && !clean.includes(SECRET));
});

function inJpeg(
  name: SmallPicture,
  segments: readonly (readonly [marker: number, content: string])[],
): Uint8Array<ArrayBuffer> {
  const bytes = smallPicture(name);
  const added = segments.map(([marker, content]) => {
    const length = content.length + 2;
    return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...latin1(content));
  });
  return joinBytes([bytes.subarray(0, 2), ...added, bytes.subarray(2)]);
}

/** The small WebP with alpha, whose header has flags for what is added. */
function inWebp(chunks: readonly (readonly [type: string, content: string])[]) {
  const bytes = smallPicture("lossy WebP with alpha");
  bytes[20]! |= 0x0c;
  const added = chunks.map(([type, content]) => {
    const padding = content.length % 2;
    return Uint8Array.of(
      ...latin1(type),
      content.length,
      0,
      0,
      0,
      ...latin1(content),
      ...[0].slice(0, padding),
    );
  });
  const whole = joinBytes([bytes, ...added]);
  new DataView(whole.buffer).setUint32(4, whole.length - 8, true);
  return whole;
}

function latin1(text: string): number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
