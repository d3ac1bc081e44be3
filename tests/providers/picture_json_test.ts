import assert from "node:assert/strict";
import { pictureBytes, readPictureJson } from "../../src/providers/picture_json.ts";

const LARGE = crypto.getRandomValues(new Uint8Array(65_536));

Deno.test("long base64 comes as bytes, wherever it stands, and all else as it is", () => {
  for (const length of [49_152, 49_153, 49_154, 60_000, 65_536]) {
    const [one, other] = [LARGE.slice(0, length), LARGE.slice(0, length - 1).reverse()];
    const { document, text } = read({
      created: 1,
      'a "quoted" key \\': ["é", "", "\\", '\\"', one.toBase64(), null, { deep: other.toBase64() }],
      after: "picture-0",
    });
    assert.deepEqual(document, {
      created: 1,
      'a "quoted" key \\': ["é", "", "\\", '\\"', one, null, { deep: other }],
      after: "picture-0",
    });
    assert.ok(text.length < 400, "the text is without them");
  }
});

Deno.test("what is short, or long and no base64, stays text", () => {
  const texts = [
    LARGE.slice(0, 3_000).toBase64(),
    "word ".repeat(20_000),
    `data:image/png;base64,${LARGE.toBase64()}`,
    `${LARGE.toBase64()}=`,
    `${LARGE.toBase64().slice(0, -3)}`,
    `AA==${LARGE.toBase64()}`,
    `${LARGE.slice(0, 49_152).toBase64()}é`,
    '"'.repeat(70_000),
    "\\".repeat(70_000),
  ];
  for (const text of texts) {
    assert.deepEqual(read([text, "end"]).document, [text, "end"], text.slice(0, 20));
  }
});

Deno.test("what is no JSON gives no document, and its words all the same", () => {
  for (const text of ["", "<html>", '{"a": "b', `{"a": "${"A".repeat(70_000)}`, '"a" "b"']) {
    const { document, text: words } = readPictureJson(bytesOf(text));
    assert.deepEqual([document, words.slice(0, 100)], [undefined, text.slice(0, 100)]);
  }
});

Deno.test("the memory of the answer is given back at once", () => {
  const bytes = bytesOf(JSON.stringify({ data: LARGE.toBase64() }));
  readPictureJson(bytes);
  assert.equal(bytes.length, 0);
});

Deno.test("a picture is bytes whether it was long or short", () => {
  const short = LARGE.slice(0, 300);
  assert.deepEqual(pictureBytes(short.toBase64()), short);
  assert.equal(pictureBytes(short), short);
  assert.throws(() => pictureBytes("no base64!"), SyntaxError);
});

function read(document: unknown) {
  return readPictureJson(bytesOf(JSON.stringify(document)));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
