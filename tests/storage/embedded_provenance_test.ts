import assert from "node:assert/strict";
import { readProvenance } from "../../src/images/provenance/read.ts";
import type { GeneratedImage } from "../../src/providers/provider.ts";
import { embedded, type Embedding } from "../../src/storage/embedded_provenance.ts";
import { drawPng } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";

const FULL: Embedding = { extent: "full", secrets: ["sk-very-secret"] };

Deno.test("a picture tells prompt, model and seed, and neither secrets, paths, people nor other pictures", () => {
  const about = {
    ...ABOUT,
    owner: "ann",
    id: "img_vendor_1_abc",
    parents: ["img_vendor_1_def"],
    prompt: "a cat, sk-very-secret",
    parameters: {
      ...ABOUT.parameters,
      job: "job_123",
      saveAs: "/home/ann/cat.png",
      somethingNew: "/home/ann",
    },
  };
  const bytes = embedded(image(), about, FULL);
  const { making, sourceType } = readProvenance(bytes);
  assert.deepEqual(making, {
    operation: "generate",
    provider: "vendor",
    model: "painter-2",
    prompt: "a cat, [hidden]",
    revisedPrompt: "a red cat",
    seed: 7,
    parameters: { style: "anime" },
  });
  assert.equal(sourceType, "trainedAlgorithmicMedia");
  const text = new TextDecoder("latin1").decode(bytes);
  for (const private_ of ["sk-very-secret", "ann", "job_", "img_vendor"]) {
    assert.ok(!text.includes(private_), private_);
  }
});

Deno.test("an edit, and what no trained model made, are told apart", () => {
  const typeOf = (more: Partial<typeof ABOUT>, drawn: Partial<GeneratedImage> = {}) =>
    readProvenance(embedded({ ...image(), ...drawn }, { ...ABOUT, ...more }, FULL)).sourceType;
  assert.equal(typeOf({ operation: "edit" }), "compositeWithTrainedAlgorithmicMedia");
  assert.equal(typeOf({ operation: "render" }), "algorithmicMedia");
  assert.equal(typeOf({}, { sourceType: "algorithmicMedia" }), "algorithmicMedia");
  assert.equal(typeOf({ operation: "transform" }), undefined, "nobody knows what it was");
});

Deno.test("the mark alone, or nothing, is written where it is asked for", () => {
  const mark = embedded(image(), ABOUT, { ...FULL, extent: "mark" });
  assert.ok(!new TextDecoder("latin1").decode(mark).includes("a cat"));
  assert.equal(readProvenance(mark).sourceType, "trainedAlgorithmicMedia");
  const given = image();
  assert.equal(embedded(given, ABOUT, { ...FULL, extent: "off" }), given.bytes);
});

Deno.test("a picture keeps its kind of media through a change of format", async () => {
  for (const extent of ["full", "mark"]) {
    await using test = await openTestApp({ env: { MCP_EMBED_METADATA: extent } });
    await using client = await connectTestClient(test.app);
    const drawn = await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
    const found = await provenanceOf(drawn);
    assert.equal(found.sourceType, "algorithmicMedia");
    assert.equal(found.making?.prompt, extent === "full" ? "a cat" : undefined);
    const smaller = await client.call("transform_image", { image: "last", format: "webp" });
    assert.equal((await provenanceOf(smaller)).sourceType, "algorithmicMedia");
    const turned = await client.call("transform_image", { image: "last", rotate: 90 });
    assert.equal((await provenanceOf(turned)).sourceType, "algorithmicMedia");
  }
});

Deno.test("a picture stored without the mark passes it on by its record", async () => {
  await using test = await openTestApp({ env: { MCP_EMBED_METADATA: "off" } });
  {
    await using client = await connectTestClient(test.app);
    await client.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  }
  const env = { MCP_EMBED_METADATA: "" }; // as where nobody sets it
  await using later = await openTestApp({ folder: test.folder, env });
  await using client = await connectTestClient(later.app);
  const made = await client.call("transform_image", { image: "last", format: "jpeg" });
  assert.equal((await provenanceOf(made)).sourceType, "algorithmicMedia");
});

Deno.test("what is written in counts towards the bytes that a picture may have", () => {
  const given = image();
  const lengthOf = (extent: "full" | "mark") => embedded(given, ABOUT, { ...FULL, extent }).length;
  const within = (maxBytes: number) => embedded(given, { ...ABOUT, maxBytes }, FULL).length;
  assert.equal(within(lengthOf("full")), lengthOf("full"));
  assert.equal(within(lengthOf("full") - 1), lengthOf("mark"));
  assert.equal(within(lengthOf("mark") - 1), given.bytes.length);
});

async function provenanceOf({ envelope }: Awaited<ReturnType<Client["call"]>>) {
  return readProvenance(await Deno.readFile(envelope.images[0].local_path));
}

type Client = Awaited<ReturnType<typeof connectTestClient>>;

const ABOUT = {
  operation: "generate" as "generate" | "edit" | "render" | "transform",
  provider: "vendor",
  model: "painter-2",
  prompt: "a cat",
  parameters: { style: "anime" } as Readonly<Record<string, unknown>>,
};

function image(): GeneratedImage {
  return { bytes: drawPng(16, 16, "one"), revisedPrompt: "a red cat", seed: 7 };
}
