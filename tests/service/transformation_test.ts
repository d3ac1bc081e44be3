import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { parseTransformation, type TransformArguments } from "../../src/service/transformation.ts";

Deno.test("a crop is read in fractions, percent and pixels", () => {
  const part = { left: 0.1, top: 0, width: 0.5, height: 1 };
  for (const crop of ["0.1,0,0.5,1", " 0.1, 0, 0.5, 1 ", "0.1 0 0.5 1", "10%,0%,50%,100%"]) {
    assert.deepEqual(parseTransformation({ crop }).steps, [{ do: "crop part", part }], crop);
  }
  const area = { left: 10, top: 0, width: 640, height: 480 };
  assert.deepEqual(parseTransformation({ crop: "10,0,640,480" }).steps, [{ do: "crop", area }]);
});

Deno.test("bytes are read as people write them", () => {
  const sizes: Record<string, number> = {
    "200k": 200_000,
    "200 KB": 200_000,
    "1.5MB": 1_500_000,
    "1.5 MiB": 1_500_000,
    "50000": 50_000,
    "50000 bytes": 50_000,
  };
  for (const [max_bytes, bytes] of Object.entries(sizes)) {
    assert.equal(parseTransformation({ max_bytes }).maxBytes, bytes, max_bytes);
  }
});

Deno.test("turns, colours and formats are read in the forms that people use", () => {
  const stepsOf = (args: TransformArguments) => parseTransformation(args).steps;
  assert.deepEqual(stepsOf({ rotate: -90 }), [{ do: "rotate", degrees: 270 }]);
  assert.deepEqual(stepsOf({ rotate: 360 }), []);
  for (const background of ["#f80", "ff8800", "#FF8800"]) {
    assert.deepEqual(stepsOf({ background }), [{ do: "flatten", background: [255, 136, 0] }]);
  }
  for (const format of ["jpg", "JPEG", "image/jpeg", ".jpg"]) {
    assert.equal(parseTransformation({ format }).format, "jpeg", format);
  }
  assert.deepEqual(stepsOf({ aspect_ratio: "16:9" }), [{ do: "crop to ratio", ratio: 16 / 9 }]);
});

Deno.test("what is cut comes before what is turned, and that before what is resized", () => {
  const { steps, summary } = parseTransformation({
    grayscale: true,
    background: "white",
    width: 100,
    flip: "Vertical",
    rotate: 90,
    aspect_ratio: "square",
    crop: "0,0,0.5,0.5",
  });
  assert.deepEqual(steps.map((step) => step.do), [
    "crop part",
    "crop to ratio",
    "rotate",
    "flip",
    "resize",
    "grayscale",
    "flatten",
  ]);
  assert.match(summary, /grayscale, background white, width 100/);
});

const REFUSED: readonly (readonly [TransformArguments, RegExp])[] = [
  [{}, /Nothing is asked for.*'width'/],
  [{ grayscale: false }, /Nothing is asked for/],
  [{ crop: "0.1,0.2" }, /x,y,width,height.*whole pixels/],
  [{ crop: "a,b,c,d" }, /Cannot read crop/],
  [{ crop: "-1,0,5,5" }, /Cannot read crop/],
  [{ crop: "0,0,0,1" }, /Cannot read crop/],
  [{ crop: "0.5,0,0.6,1" }, /at most 1/],
  [{ crop: "10.5,0,640,480" }, /Cannot read crop/],
  [{ aspect_ratio: "wide-ish" }, /16:9/],
  [{ aspect_ratio: "1000:1" }, /at most 100:1/],
  [{ rotate: 45 }, /90, 180 or 270/],
  [{ flip: "diagonal" }, /'horizontal' or 'vertical'/],
  [{ fit: "cover" }, /pass one of them/],
  [{ width: 10, fit: "squash" }, /'cover', 'contain', 'fill' or 'inside'/],
  [{ width: 0 }, /from 1 to 16384/],
  [{ height: 20_000 }, /from 1 to 16384/],
  [{ format: "avif" }, /'png', 'jpeg', 'webp'/],
  [{ quality: 101 }, /from 1 to 100/],
  [{ max_bytes: "tiny" }, /200k/],
  [{ max_bytes: "10" }, /at least 1000/],
  [{ background: "mauve-ish" }, /#ffffff/],
];

for (const [args, words] of REFUSED) {
  Deno.test(`${JSON.stringify(args)} is refused with what is legal`, () => {
    assert.throws(() => parseTransformation(args), (error) => {
      assert.ok(error instanceof ImageError, String(error));
      assert.equal(error.code, "invalid_parameters");
      assert.match(error.message, words);
      return true;
    });
  });
}

const WORDS: readonly (readonly [TransformArguments, TransformArguments])[] = [
  [{ flip: "horizontally" }, { flip: "horizontal" }],
  [{ flip: "Left-Right" }, { flip: "horizontal" }],
  [{ flip: "垂直" }, { flip: "vertical" }],
  [{ width: 10, fit: "stretch" }, { width: 10, fit: "fill" }],
  [{ width: 10, fit: "scale-down" }, { width: 10, fit: "inside" }],
  [{ width: 10, fit: "letterbox" }, { width: 10, fit: "contain" }],
];

for (const [given, meant] of WORDS) {
  Deno.test(`${JSON.stringify(given)} does what ${JSON.stringify(meant)} does`, () => {
    assert.deepEqual(parseTransformation(given).steps, parseTransformation(meant).steps);
  });
}
