/** Bodies with pictures: read while they come, in pieces of any length, one picture at a time. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { readFields } from "../../src/http/images_api/body.ts";
import type { SentPicture } from "../../src/service/image_service.ts";
import { createRandom } from "../fuzz/random.ts";
import { longestParsed } from "../support/parsed_texts.ts";
import { until } from "../support/wait.ts";

const BOUNDS = { limit: 100_000_000, textLimit: 200_000, timeout: 60_000 };
const JSON_TYPE = "application/json";

Deno.test("JSON in any pieces is what JSON.parse makes of it, but for its pictures", async () => {
  const random = createRandom(11);
  for (let round = 0; round < 60; round++) {
    const pictures = [pictureOf(60_000 + round), pictureOf(90_000)];
    const body = {
      prompt: random.of(['a "quoted" \\ cat', "é\n\u2028", "data:image/png;base64,short", "\\\\"]),
      images: pictures.map((bytes) => ({ image_url: uriOf(bytes) })),
      "image_url\\": ["", "\\", '"', "\u0000"],
      n: 1,
    };
    const text = JSON.stringify(body).replaceAll("/", random.of(["/", "\\/", "\\u002f"]));
    const lengths = random.of([[1, 400], [65_000, 66_000], [999_999, 1]] as const);
    const kept = keeper();
    const request = requestOf(chunksOf(text, () => lengths[0] + random.below(lengths[1])));
    const { values, files } = await readFields(request, BOUNDS, kept.keep);
    assert.deepEqual(files, []);
    assert.deepEqual(kept.pictures.map((each) => each.toHex()), pictures.map((b) => b.toHex()));
    const { images, ...others } = values;
    const { images: _, ...expected } = body;
    assert.deepEqual(others, expected);
    const hashes = await Promise.all(sentIn(images).map(async (sent) => (await sent()).hash));
    assert.deepEqual(hashes, ["0", "1"]);
  }
});

Deno.test("no picture in JSON is ever one text, however large", async () => {
  const picture = pictureOf(24_000_000);
  const texts = [`{"prompt":"a cat","images":[`];
  for (let count = 0; count < 3; count++) {
    texts.push(`${count > 0 ? "," : ""}{"image_url":"${uriOf(picture)}"}`);
  }
  const request = requestOf(chunksOf([...texts, "]}"].join(""), () => 65_536));
  const longest = await longestParsed(async () => {
    const { keep, pictures } = keeper();
    await readFields(request, BOUNDS, keep);
    assert.deepEqual(pictures.map(({ length }) => length), Array(3).fill(picture.length));
  });
  assert.ok(longest < 1_000, `a text of ${longest} characters was parsed`);
});

const FORM = `--B\r\nContent-Disposition: form-data; name="image[]"; filename="a.png"\r\n\r\n`;
const BODIES = {
  [JSON_TYPE]: {
    before: `{"images":[{"image_url":"data:image/png;base64,`,
    between: `"},{"image_url":"data:image/png;base64,`,
    after: `"}]}`,
    letters: pictureOf(90_000).toBase64(),
  },
  "multipart/form-data; boundary=B": {
    before: FORM,
    between: `\r\n${FORM}`,
    after: "\r\n--B--",
    letters: "x".repeat(90_000),
  },
};

for (const [type, { before, between, after, letters }] of Object.entries(BODIES)) {
  Deno.test(`a picture of ${type} is kept before the next has come`, async () => {
    const { keep, pictures } = keeper();
    async function* chunks() {
      yield encode(before + letters + between);
      await until("the first picture is kept", () => pictures.length === 1);
      yield encode(letters + after);
    }
    await readFields(requestOf(chunks(), type), BOUNDS, keep);
    assert.equal(pictures.length, 2);
  });

  Deno.test(`what cannot be kept of ${type} is told when its turn comes`, async () => {
    const refuse = () => Promise.reject(new ImageError("invalid_parameters", "It is cut short"));
    const chunks = chunksOf(before + letters + after, () => 10_000);
    const { values, files } = await readFields(requestOf(chunks, type), BOUNDS, refuse);
    const [sent] = [...sentIn(values.images), ...files.map(({ picture }) => picture)];
    await assert.rejects(sent!(), { message: "It is cut short" });
  });
}

Deno.test("a data URI that is too large or broken is told when its turn comes, and not held", async () => {
  const cases = [["A".repeat(36_000_000), /than the 26214400 bytes/], [
    `${"A".repeat(100_000)}*`,
    /cannot be read/,
  ]] as const;
  for (const [letters, message] of cases) {
    const text = `{"images":[{"image_url":"data:image/png;base64,${letters}"}]}`;
    const { keep, pictures } = keeper();
    const { values } = await readFields(requestOf(chunksOf(text, () => 65_536)), BOUNDS, keep);
    await assert.rejects(sentIn(values.images)[0]!(), { message });
    assert.deepEqual(pictures, []);
  }
});

Deno.test("what is no picture is bounded, in JSON and in a form", async () => {
  const long = "a".repeat(BOUNDS.textLimit);
  const bodies = [
    [JSON_TYPE, `{"prompt":"${long}"}`],
    [JSON_TYPE, `{"prompt":"a",${" ".repeat(BOUNDS.textLimit)}`],
    [
      "multipart/form-data; boundary=B",
      [0, 1, 2].map((index) =>
        `--B\r\nContent-Disposition: form-data; name="a${index}"\r\n\r\n${
          long.slice(0, BOUNDS.textLimit / 2)
        }\r\n`
      ).join("") + "--B--",
    ],
  ] as const;
  for (const [type, text] of bodies) {
    const reading = readFields(requestOf(chunksOf(text, () => 9_999), type), BOUNDS, keeper().keep);
    await assert.rejects(reading, { status: 413, message: /larger than 200000 bytes/ });
  }
});

/** Keeps pictures in their order, each with its number as its hash. */
function keeper() {
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const keep = (bytes: Uint8Array<ArrayBuffer>) => {
    const hash = String(pictures.push(bytes) - 1);
    const sizeBytes = bytes.length;
    return Promise.resolve({ hash, mediaType: "image/png", width: 1, height: 1, sizeBytes });
  };
  return { keep, pictures };
}

function sentIn(images: unknown): SentPicture[] {
  return Array.isArray(images) ? images.map(({ image_url }) => image_url) : [];
}

function pictureOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => (index * index) >> 3);
}

function uriOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytes.toBase64()}`;
}

function requestOf(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  type: string = JSON_TYPE,
): Request {
  return new Request("http://localhost/", {
    method: "POST",
    headers: { "content-type": type },
    body: ReadableStream.from(chunks),
  });
}

async function* chunksOf(text: string, length: () => number) {
  const bytes = encode(text);
  for (let start = 0; start < bytes.length;) {
    const end = start + length();
    yield bytes.slice(start, end);
    start = end;
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
