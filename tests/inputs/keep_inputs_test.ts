import assert from "node:assert/strict";
import { keepInputs } from "../../src/inputs/keep_inputs.ts";
import { MAX_INPUT_BYTES } from "../../src/inputs/picture_source.ts";
import { silentLogger } from "../../src/log.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("a picture that comes in is kept as it is, and told by its hash and size", async () => {
  await using opened = await openStorage();
  const bytes = drawJpeg(64, 48, "base");
  const { images: [info] } = await keepInputs(
    { images: [{ bytes, role: "base" }] },
    opened.storage,
    1_000,
  );
  assert.match(info!.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual(
    { ...info, hash: "" },
    {
      hash: "",
      role: "base",
      mediaType: "image/jpeg",
      width: 64,
      height: 48,
      sizeBytes: bytes.length,
    },
  );
  assert.deepEqual(await opened.storage.inputs.get(info!.hash), bytes);
});

Deno.test("the same picture is kept once, whatever it is for", async () => {
  await using opened = await openStorage();
  const bytes = drawPng(16, 16, "one");
  const inputs = { images: [{ bytes, role: "base" as const }, { bytes, role: "style" as const }] };
  const { images, mask } = await keepInputs({ ...inputs, mask: bytes }, opened.storage, 1_000);
  assert.equal(new Set([...images, mask!].map(({ hash }) => hash)).size, 1);
  const { inputs: records } = await opened.storage.records();
  assert.equal((await records.forgetBefore(2_000)).length, 1);
});

const REFUSED: readonly (readonly [what: string, bytes: Uint8Array<ArrayBuffer>, RegExp])[] = [
  ["a text", new TextEncoder().encode("no picture at all"), /Picture 1 is not a picture/],
  ["nothing", new Uint8Array(), /Picture 1 is not a picture/],
  ["too many bytes", new Uint8Array(MAX_INPUT_BYTES + 1), /more than the 26214400 bytes/],
  ["too many pixels", withSize(drawPng(1, 1, ""), 30_000, 30_000), /is 30000x30000, more than/],
];

for (const [what, bytes, message] of REFUSED) {
  Deno.test(`${what} is refused by name, and not kept`, async () => {
    await using opened = await openStorage();
    const inputs = { images: [{ bytes, role: "base" as const }] };
    await assert.rejects(keepInputs(inputs, opened.storage, 1_000), {
      code: "invalid_parameters",
      message,
    });
    assert.equal(await opened.storage.hasRecords(), false);
  });
}

Deno.test("a mask that is no picture is called the mask", async () => {
  await using opened = await openStorage();
  await assert.rejects(
    keepInputs({ images: [], mask: new Uint8Array(9) }, opened.storage, 1_000),
    /The mask is not a picture/,
  );
});

async function openStorage() {
  const folder = await temporaryFolder();
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  return {
    storage,
    async [Symbol.asyncDispose]() {
      await storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A PNG whose header claims another size. */
function withSize(png: Uint8Array<ArrayBuffer>, width: number, height: number) {
  const header = new DataView(png.buffer);
  header.setUint32(16, width);
  header.setUint32(20, height);
  return png;
}
