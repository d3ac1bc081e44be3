import assert from "node:assert/strict";
import { join } from "node:path";
import { identifyImage } from "../../src/images/media_type.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { png } from "../fakes/png.ts";
import { connectTestClient, openTestApp, type TestApp, type TestClient } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const BASE = gradient(160, 120);
const URI = `data:image/png;base64,${BASE.toBase64()}`;

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`the last picture is changed, whole, and knows what it was made from (${mode})`, async () => {
    await using place = await openPlace({ mode });
    const first = await place.picture("generate_image", { prompt: "a cat", resolution: "256x256" });
    const edited = await place.picture("edit_image", { prompt: "a dog", images: ["last"] });
    assert.notEqual(edited.id, first.id);
    assert.deepEqual([edited.width, edited.height], [256, 256]);
    const again = await place.picture("edit_image", {
      prompt: "a bird",
      images: [{ image: `image://${edited.id}` }],
    });
    assert.notDeepEqual(await place.bytes(again), await place.bytes(edited));
  });
}

Deno.test("a picture comes from a path, an address of data, an object or a list in a text", async () => {
  await using place = await openPlace();
  const path = join(place.folder, "my picture.png");
  await Deno.writeFile(path, BASE);
  const ways = [[path], URI, [{ image: path, role: "base" }], JSON.stringify([{ image: path }])];
  for (const images of ways) {
    const { width, height } = await place.picture("edit_image", { prompt: "snow", images });
    assert.ok(width && height);
  }
  const named = await place.picture("edit_image", { prompt: "snow", image_path: path });
  assert.ok(named.id);
});

Deno.test("outside a region not one pixel changes, inside nearly all do", async () => {
  await using place = await openPlace();
  const edited = await place.picture("edit_image", {
    prompt: "a red balloon",
    images: [URI],
    mask_region: { x: 0.25, y: 0.25, width: 0.5, height: 0.5 },
  });
  const { outside, inside } = await changes(await place.bytes(edited), isInMiddle);
  assert.equal(outside, 0);
  assert.ok(inside > 0.5, `${inside} of the inside changed`);
});

Deno.test("an inverted region changes the rest", async () => {
  await using place = await openPlace();
  const edited = await place.picture("edit_image", {
    prompt: "a forest",
    images: [URI],
    mask_region: [{ x: 0.25, y: 0.25, width: 0.5, height: 0.5 }],
    invert: true,
  });
  const { outside, inside } = await changes(await place.bytes(edited), isInMiddle);
  assert.equal(inside, 0);
  assert.ok(outside > 0.5, `${outside} of the outside changed`);
});

Deno.test("a mask says the same as a region, whichever way it is painted", async () => {
  await using place = await openPlace();
  const white = png(160, 120, 0, (x, y) => [isInMiddle(x, y) ? 255 : 0]);
  const clear = png(160, 120, 6, (x, y) => [9, 9, 9, isInMiddle(x, y) ? 0 : 255]);
  for (const mask of [white, clear]) {
    const edited = await place.picture("edit_image", {
      prompt: "a red balloon",
      images: [URI],
      mask: `data:image/png;base64,${mask.toBase64()}`,
    });
    assert.equal((await changes(await place.bytes(edited), isInMiddle)).outside, 0);
  }
});

Deno.test("a mask of another size is scaled with a word, and one of another shape is refused", async () => {
  await using place = await openPlace();
  const half = png(80, 60, 0, (x) => [x > 40 ? 255 : 0]);
  const { envelope } = await place.client.call("edit_image", {
    prompt: "a red balloon",
    images: [URI],
    mask: `data:image/png;base64,${half.toBase64()}`,
  });
  assert.match(envelope.warnings.join(), /mask of 80x60 was scaled to the picture's 160x120/);
  const square = png(80, 80, 0, (x) => [x > 40 ? 255 : 0]);
  const message = await place.refusal({ mask: `data:image/png;base64,${square.toBase64()}` });
  assert.match(message, /mask is 80x80 and the picture 160x120/);
});

Deno.test("the format that is asked for is kept when pixels are put back", async () => {
  await using place = await openPlace();
  const edited = await place.picture("edit_image", {
    prompt: "a red balloon",
    images: [URI],
    mask_region: [{ x: 0, y: 0, width: 0.5, height: 0.5 }],
    output_format: "webp",
  });
  assert.equal(identifyImage(await place.bytes(edited))!.mediaType, "image/webp");
});

Deno.test("pictures that are examples alone make a new one", async () => {
  await using place = await openPlace();
  const made = await place.picture("edit_image", {
    prompt: "the same subject, running",
    images: [{ image: URI, role: "reference" }, { image: URI, role: "style" }],
  });
  assert.ok(made.id);
});

Deno.test("what became of a picture on its way in is told beside the answer", async () => {
  await using place = await openPlace();
  const deep = png(64, 48, 0, (x) => [x * 1_000], { depth: 16 });
  const { envelope } = await place.client.call("edit_image", {
    prompt: "snow",
    images: [`data:image/png;base64,${deep.toBase64()}`],
  });
  assert.match(envelope.warnings.join(), /Picture 1 has 16 bits a channel/);
});

Deno.test("a picture is varied by its id, with what is given anew", async () => {
  await using place = await openPlace();
  const asked = {
    prompt: "a cat",
    resolution: "256x128",
    style: "",
    seed: 7,
    output_format: "jpeg",
  };
  const first = await place.picture("generate_image", asked);
  const same = await place.picture("generate_image", { based_on: first.id, prompt: "" });
  assert.deepEqual(await place.bytes(same), await place.bytes(first));
  const { envelope } = await place.client.call("generate_image", {
    based_on: "last",
    seed: 8,
    n: 2,
  });
  assert.equal(envelope.images.length, 2);
  for (const varied of envelope.images) {
    assert.deepEqual([varied.width, varied.height, varied.mime_type], [256, 128, "image/jpeg"]);
    assert.notDeepEqual(await place.bytes(varied), await place.bytes(first));
  }
  const square = { based_on: first.id, prompt: "a dog", aspect_ratio: "1:1" };
  const shaped = await place.picture("generate_image", square);
  assert.equal(shaped.width, shaped.height);
});

Deno.test("a picture that was edited, and one that is not known, are no base of variations", async () => {
  await using place = await openPlace();
  const edited = await place.picture("edit_image", { prompt: "snow", images: [URI] });
  for (
    const [based_on, message] of [
      [edited.id, /was made of another one: call edit_image/],
      ["img_none_1_ab", /'img_none_1_ab' is not known here/],
    ]
  ) {
    const { envelope } = await place.client.call("generate_image", { based_on });
    assert.match(envelope.error.message, message as RegExp);
  }
  const { envelope } = await place.client.call("generate_image", {});
  assert.match(envelope.error.message, /'prompt' must be a text .* and is missing/);
});

const REFUSED: readonly (readonly [string, Readonly<Record<string, unknown>>, RegExp])[] = [
  ["no words and n", { prompt: "", n: 4 }, /prompt is empty: .*call generate_image .*based_on/],
  ["no picture", { images: [] }, /There is no picture to edit: pass one/],
  ["17 pictures", { images: Array(17).fill(URI) }, /'images' must be a list of at most 16/],
  [
    "two bases",
    { images: [{ image: URI, role: "base" }, { image: "/none.png", role: "base" }] },
    /exactly one picture has the role 'base', and 2 have it/,
  ],
  ["a role that there is not", { images: [{ image: URI, role: "hero" }] }, /'role' \('base'/],
  ["an unknown id", { images: ["img_none_1_ab"] }, /'img_none_1_ab' is not known here/],
  ["the second of two", { images: [URI, "img_none_1_ab"] }, /^Picture 2: Picture 'img_none/],
  [
    "a region outside the picture",
    { mask_region: [{ x: 0.6, y: 0, width: 0.5, height: 1 }] },
    /Region 1 is not within the picture: .*x \+ width/,
  ],
  [
    "a region in pixels",
    { mask_region: [{ x: 100, y: 0, width: 200, height: 50 }] },
    /'mask_region' must be a list .*'x' \(a number from 0 to 1\)/,
  ],
  [
    "a mask and a region",
    { mask: URI, mask_region: [{ x: 0, y: 0, width: 1, height: 1 }] },
    /both say what may change: leave one of them out/,
  ],
  ["an inversion of nothing", { invert: true }, /'invert' needs a 'mask' or a 'mask_region'/],
  [
    "a mask without a base",
    { images: [{ image: URI, role: "reference" }], mask: URI },
    /'mask' needs a picture with the role 'base'/,
  ],
  ["a strength over 1", { strength: 2 }, /'strength' must be a number from 0 to 1/],
  ["a text file", { images: ["data:image/png;base64,aGVsbG8="] }, /is no picture: its 5 bytes/],
  [
    "a cut file",
    { images: [`data:image/png;base64,${BASE.slice(0, -20).toBase64()}`] },
    /Picture 1 is cut short after/,
  ],
];

Deno.test("an edit that cannot be is refused in a sentence, before anything is drawn", async (test) => {
  await using place = await openPlace();
  for (const [what, args, message] of REFUSED) {
    await test.step(what, async () => assert.match(await place.refusal(args), message));
  }
  const { envelope } = await place.client.call("list_jobs");
  assert.deepEqual(envelope.jobs, []);
});

Deno.test("the list of tools tells of edit_image in 2 KB", async () => {
  await using place = await openPlace();
  const { tools } = await place.client.client.listTools();
  const tool = tools.find(({ name }) => name === "edit_image");
  assert.ok(JSON.stringify(tool).length <= 2 * 1024, `${JSON.stringify(tool).length} bytes`);
});

interface Place extends AsyncDisposable {
  readonly client: TestClient;
  readonly folder: string;
  /** The first picture of an answer. */
  // deno-lint-ignore no-explicit-any
  picture(tool: string, args: Record<string, unknown>): Promise<any>;
  bytes(picture: { readonly local_path: string }): Promise<Uint8Array<ArrayBuffer>>;
  /** The message of an edit of a good picture, with `args` in place of what is good. */
  refusal(args: Readonly<Record<string, unknown>>): Promise<string>;
}

async function openPlace(
  { mode = "auto" }: { readonly mode?: "legacy" | "auto" } = {},
): Promise<Place> {
  const folder = await temporaryFolder();
  const opened: TestApp = await openTestApp();
  const client = await connectTestClient(opened.app, { mode });
  return {
    client,
    folder: folder.path,
    async picture(tool, args) {
      const { envelope } = await client.call(tool, args);
      assert.ok(envelope.ok, JSON.stringify(envelope.error));
      return envelope.images[0];
    },
    bytes: async ({ local_path }) => await Deno.readFile(local_path),
    async refusal(args) {
      const all = { prompt: "snow", images: [URI], ...args };
      const { envelope, isError } = await client.call("edit_image", all);
      assert.ok(isError, JSON.stringify(envelope));
      return envelope.error.message;
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function isInMiddle(x: number, y: number): boolean {
  return x >= 40 && x < 120 && y >= 30 && y < 90;
}

/** The part of the pixels on each side of a border that is not as it was. */
async function changes(
  bytes: Uint8Array<ArrayBuffer>,
  isInside: (x: number, y: number) => boolean,
) {
  const [before, after] = [await decodeImage(BASE), await decodeImage(bytes)];
  assert.deepEqual([after.width, after.height], [before.width, before.height]);
  const counts = { inside: [0, 0], outside: [0, 0] };
  for (let y = 0; y < before.height; y++) {
    for (let x = 0; x < before.width; x++) {
      const at = (y * before.width + x) * 4;
      const isSame = [0, 1, 2].every((c) => before.pixels[at + c] === after.pixels[at + c]);
      const count = isInside(x, y) ? counts.inside : counts.outside;
      count[0]! += isSame ? 0 : 1;
      count[1]! += 1;
    }
  }
  const part = ([changed, all]: number[]) => changed! / all!;
  return { inside: part(counts.inside), outside: part(counts.outside) };
}

function gradient(width: number, height: number): Uint8Array<ArrayBuffer> {
  return png(width, height, 2, (x, y) => [x, y * 2, (x * y) % 256]);
}
