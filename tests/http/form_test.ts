/** Forms are taken apart while they come, however they come. */

import assert from "node:assert/strict";
import { readForm, UnreadableForm } from "../../src/http/bodies/form.ts";
import { createRandom } from "../fuzz/random.ts";

const BOUNDS = { limit: 1_000_000, timeout: 10_000 };

Deno.test("a form in any pieces is what the platform makes of it", async () => {
  const random = createRandom(7);
  for (let round = 0; round < 200; round++) {
    const form = new FormData();
    for (let part = 0; part <= round % 5; part++) {
      const name = random.of(["image[]", "a b", 'quo"ted', "näme", "prompt"]);
      if (random.chance(0.5)) {
        form.append(name, random.of(["", "a cat", "\r\n--", "é\n", "\r\n\r\n"]));
      } else form.append(name, new File([bytesOf(random.below(400))], random.of(["a.png", ""])));
    }
    const request = new Response(form);
    const type = request.headers.get("content-type")!;
    const bytes = await request.bytes();
    const parts = await readForm(inPieces(bytes, type, () => 1 + random.below(90)), BOUNDS);
    const expected = [
      ...await new Response(bytes, { headers: { "content-type": type } }).formData(),
    ];
    assert.equal(parts.length, expected.length);
    const names = [...form.keys()];
    for (const [index, [, value]] of expected.entries()) {
      const { size, ...part } = parts[index]!;
      assert.equal(part.name, names[index]);
      assert.equal(part.isFile, typeof value !== "string");
      const whole = typeof value === "string"
        ? new TextEncoder().encode(value)
        : await value.bytes();
      assert.equal(size, whole.length);
      assert.deepEqual(parts[index]!.take(), whole);
    }
  }

  /** Bytes that look as much like a boundary as they can. */
  function bytesOf(length: number): Uint8Array<ArrayBuffer> {
    const letters = new TextEncoder().encode("\r\n-x");
    return Uint8Array.from({ length }, () => letters[random.below(letters.length)]!);
  }
});

Deno.test("what stands before the first part and behind the last means nothing", async () => {
  const text =
    'hello\r\n--B \t\r\nContent-Disposition: form-data; name=plain; filename="a;b"\r\n\r\n' +
    "\r\n--B--\r\nbye\r\n--B\r\n";
  const [part, ...others] = await readForm(textOf(text), BOUNDS);
  assert.deepEqual(others, []);
  assert.deepEqual([part?.name, part?.isFile, part?.size], ["plain", true, 0]);
});

const HEAD = 'Content-Disposition: form-data; name="a"';
const MALFORMED: Readonly<Record<string, [text: string, words: RegExp]>> = {
  "nothing at all": ["", /cut short/],
  "text that is no form": ["nothing", /cut short/],
  "a form that breaks off": [`--B\r\n${HEAD}\r\n\r\nvalue`, /cut short/],
  "a part without a name": ["--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", /has no name/],
  "headers without an end": [`--B\r\n${HEAD}; x=${"y".repeat(9_000)}`, /headers are too long/],
  "a boundary without an end": [`--B${"y".repeat(9_000)}`, /boundary has no end/],
  "parts without number": [`--B\r\n${HEAD}\r\n\r\n\r\n`.repeat(65) + "--B--", /over 64 parts/],
};

for (const [what, [text, words]] of Object.entries(MALFORMED)) {
  Deno.test(`${what} is refused with what is wrong`, async () => {
    await assert.rejects(readForm(textOf(text), BOUNDS), (error) => {
      assert.ok(error instanceof UnreadableForm);
      assert.equal(error.reason, "malformed");
      assert.match(error.message, words);
      return true;
    });
  });
}

Deno.test("a form is refused without a boundary, when it is too much, and when it takes too long", async () => {
  const named = (headers: Record<string, string>) =>
    readForm(new Response("--B--", { headers }), BOUNDS);
  await assert.rejects(named({ "content-type": "multipart/form-data" }), /No boundary/);
  const long = "b".repeat(71);
  await assert.rejects(
    named({ "content-type": `multipart/form-data; boundary=${long}` }),
    /No boundary/,
  );
  const form = `--B\r\n${HEAD}\r\n\r\n${"x".repeat(500)}\r\n--B--`;
  await assert.rejects(readForm(textOf(form), { ...BOUNDS, limit: 400 }), { reason: "large" });
  await assert.rejects(readForm(textOf(form), { ...BOUNDS, timeout: -1 }), { reason: "slow" });
});

function textOf(text: string) {
  return inPieces(new TextEncoder().encode(text), "multipart/form-data; boundary=B", () => 64);
}

function inPieces(bytes: Uint8Array<ArrayBuffer>, type: string, length: () => number) {
  function* pieces() {
    for (let start = 0; start < bytes.length;) {
      const end = start + length();
      yield bytes.slice(start, end);
      start = end;
    }
  }
  return { headers: new Headers({ "content-type": type }), body: ReadableStream.from(pieces()) };
}
