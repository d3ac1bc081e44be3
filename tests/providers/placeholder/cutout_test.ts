/** Placeholders on clear ground. */

import assert from "node:assert/strict";
import { decodeImage } from "../../../src/images/transform.ts";
import { definePlaceholder } from "../../../src/providers/placeholder/provider.ts";
import type { ImageRequest, InputImage } from "../../../src/providers/provider.ts";
import { png } from "../../fakes/png.ts";
import { shareImageWorkers } from "../../support/image_workers.ts";

shareImageWorkers();

const opened = definePlaceholder(() => "SOME_API_KEY").open(
  new Map(),
  { fetch: () => Promise.reject(new Error("No network is needed")), now: () => 0 },
  [],
);
assert.ok(opened.on);
const { provider } = opened;
const { styles } = provider.capabilities();

/** Of something, of several things, and of nothing that it knows how to draw. */
const PROMPTS = ["a red fox", "a lighthouse and a boat", "sunset ocean"];

for (const style of [undefined, ...Object.keys(styles)]) {
  Deno.test(`what is named stands on clear ground, in ${style ?? "no style"}`, async () => {
    for (const prompt of PROMPTS) {
      const { bytes } = await draw({ prompt, style });
      const { opaque, edges } = await opacityOf(bytes);
      assert.ok(opaque > 0.05 && opaque < 0.6, `${prompt}: ${opaque}`);
      assert.ok(edges < 0.1, `${prompt}: ${edges} of the edges`);
    }
  });
}

Deno.test("an opaque background, and none that is said, leave nothing clear", async () => {
  for (const background of ["opaque", "auto", undefined]) {
    const { bytes } = await draw({ options: background ? { background } : {} });
    assert.equal((await decodeImage(bytes)).isOpaque, true);
  }
});

Deno.test("the same request gives the same bytes, and pictures that were shown as examples are on it", async () => {
  const first = await draw({});
  assert.deepEqual((await draw({})).bytes, first.bytes);
  const withCard = await draw({ operation: "edit", inputs: [picture("reference")] });
  const { opaque } = await opacityOf(withCard.bytes);
  assert.ok(opaque > (await opacityOf(first.bytes)).opaque && opaque < 0.8, `${opaque}`);
});

Deno.test("a picture that is changed keeps its background, and that is said", async () => {
  const { bytes, warnings } = await draw({ operation: "edit", inputs: [picture("base")] });
  assert.equal((await decodeImage(bytes)).isOpaque, true);
  assert.match(warnings.join("\n"), /keeps the background of a picture that it changes/);
});

async function draw(request: Partial<ImageRequest>) {
  const { images: [image], warnings } = await provider.generate({
    operation: "generate",
    prompt: "a red fox",
    inputs: [],
    count: 1,
    size: "256x256",
    options: { background: "transparent" },
    ...request,
  }, { signal: new AbortController().signal, onProgress() {}, onAccepted() {} });
  return { bytes: image!.bytes, warnings };
}

/** Which part of the picture nothing shines through, and which part of its edges something covers. */
async function opacityOf(bytes: Uint8Array) {
  const { width, height, pixels } = await decodeImage(bytes);
  let [opaque, edges] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const alpha = pixels[(y * width + x) * 4 + 3]!;
      const isEdge = x === 0 || y === 0 || x === width - 1 || y === height - 1;
      if (alpha === 255) opaque++;
      if (isEdge && alpha > 0) edges++;
    }
  }
  return { opaque: opaque / (width * height), edges: edges / (2 * (width + height)) };
}

function picture(role: InputImage["role"]): InputImage {
  const bytes = png(80, 60, 2, (x, y) => [x * 3, y * 4, 120]);
  return {
    hash: role,
    role,
    mediaType: "image/png",
    width: 80,
    height: 60,
    sizeBytes: bytes.length,
    bytes,
  };
}
