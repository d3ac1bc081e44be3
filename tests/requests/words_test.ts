/** What requests say in other words than ours. */

import assert from "node:assert/strict";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import { ANY_SEED } from "../../src/requests/request.ts";

type Given = Partial<RequestArguments>;

const SHAPES: readonly (readonly [args: Given, size: string | undefined, ratio?: number])[] = [
  [{ resolution: "1080p" }, "1920x1080"],
  [{ resolution: "Full HD" }, "1920x1080"],
  [{ resolution: "HD" }, "1280x720"],
  [{ resolution: "UHD" }, "3840x2160"],
  [{ resolution: "1080p", aspect_ratio: "9:16" }, "1080x1920", 9 / 16],
  [{ resolution: "1080p", aspect_ratio: "square" }, "1080x1080", 1],
  [{ resolution: "16:9" }, undefined, 16 / 9],
  [{ resolution: "1:1" }, undefined, 1],
  [{ resolution: "square" }, undefined, 1],
  [{ resolution: "16:9 landscape" }, undefined, 16 / 9],
  [{ resolution: "landscape", aspect_ratio: "16:9" }, undefined, 16 / 9],
  [{ resolution: "横長" }, undefined, 3 / 2],
];

for (const [args, size, ratio] of SHAPES) {
  Deno.test(`${JSON.stringify(args)} asks for ${size ?? "any size"} in ratio ${ratio}`, () => {
    const { resolution, aspectRatio } = parseRequest({ prompt: "a cat", ...args });
    const pixels = resolution?.size;
    const read = pixels && pixels !== "auto" ? `${pixels.width}x${pixels.height}` : undefined;
    assert.deepEqual([read, aspectRatio?.value], [size, ratio]);
  });
}

const OPTIONS: readonly (readonly [Given, Record<string, unknown>])[] = [
  [{ output_format: "jpg" }, { output_format: "jpeg" }],
  [{ output_format: "image/png" }, { output_format: "png" }],
  [{ output_format: ".WebP" }, { output_format: "webp" }],
  [{ background: "透明" }, { background: "transparent" }],
  [{ background: "solid" }, { background: "opaque" }],
  [{ background: "white" }, { background: "white" }],
];

for (const [args, options] of OPTIONS) {
  Deno.test(`${JSON.stringify(args)} is ${JSON.stringify(options)}`, () => {
    assert.deepEqual(parseRequest({ prompt: "a cat", ...args }).options, options);
  });
}

Deno.test("any seed is none", () => {
  assert.equal(parseRequest({ prompt: "a cat", seed: ANY_SEED }).seed, undefined);
});
