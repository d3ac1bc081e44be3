import assert from "node:assert/strict";
import { makePreview } from "../../src/images/preview.ts";
import { SMALL_PICTURES, type SmallPicture, smallPicture } from "../fakes/small_pictures.ts";
import { DAMAGES } from "./damages.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

for (const name of Object.keys(SMALL_PICTURES) as SmallPicture[]) {
  Deno.test(`twenty kinds of damage to a ${name} are decoded or told, and the next picture is whole`, async () => {
    const cases = Object.entries(DAMAGES).flatMap(([kind, { damage }]) =>
      [1, 2].map((seed) => ({ kind, bytes: damage(smallPicture(name), seed) }))
    );
    const results = await Promise.all(cases.map(async ({ kind, bytes }) => ({
      kind,
      preview: await makePreview(() => Promise.resolve(bytes), WISH),
    })));
    const [first] = results.filter(({ kind }) => kind === "empty");
    assert.equal(first?.preview, undefined);
    for (const { kind, preview } of results) {
      assert.ok(preview === undefined || preview.bytes.length <= WISH.maxBytes, kind);
    }
    const whole = await makePreview(() => Promise.resolve(smallPicture("PNG")), WISH);
    assert.equal(whole?.width, 32);
  });
}

const WISH = { maxBytes: 100_000, format: "webp" } as const;
