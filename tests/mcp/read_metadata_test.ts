import assert from "node:assert/strict";
import { join } from "node:path";
import type { Making } from "../../src/images/provenance/provenance.ts";
import { withProvenance } from "../../src/images/provenance/write.ts";
import { textChunk } from "../../src/images/provenance/png_text.ts";
import { joinBytes } from "../../src/bytes.ts";
import { drawPng } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const DRAW = { prompt: "a cat", style: "anime", resolution: "64x64", seed: 7 };

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`a picture's file tells how it was made, wherever it is carried (${mode})`, async () => {
    await using test = await openTestApp({ env: { MCP_EMBED_METADATA: "full" } });
    await using client = await connectTestClient(test.app, { mode });
    const drawn = await client.call("generate_image", DRAW);
    const path = join(test.folder, "carried.png");
    await Deno.copyFile(drawn.envelope.images[0].local_path, path);
    const { envelope, isError } = await client.call("read_metadata", { image: path });
    assert.equal(isError, false, JSON.stringify(envelope.error));
    const { made, digital_source_type, made_is_from, stable_diffusion } = envelope.metadata;
    assert.deepEqual(
      [made.prompt, made.provider, made.seed, made.parameters.style],
      ["a cat", "placeholder", 7, "anime"],
    );
    assert.deepEqual([digital_source_type, made_is_from], ["algorithmicMedia", "file"]);
    assert.deepEqual([stable_diffusion.prompt, stable_diffusion.settings.Size], ["a cat", "64x64"]);
  });
}

Deno.test("a picture whose file tells nothing is told of by its record", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await client.call("generate_image", DRAW);
  const { metadata } = (await client.call("read_metadata", { image: "last" })).envelope;
  assert.deepEqual([metadata.made.prompt, metadata.made_is_from], ["a cat", "record"]);
  assert.equal(metadata.digital_source_type, "algorithmicMedia");
});

Deno.test("what strangers wrote is cleaned and bounded before anybody reads it", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const prompt = `\u001b[2J\u202e${"x".repeat(60_000)}`;
  const graph = `{"nodes":"${"y".repeat(60_000)}"}`;
  const png = withTexts(
    withProvenance(drawPng(16, 16, "one"), {
      software: "a",
      making: making({ prompt, parameters: { "a\u001b": "b\u202e" } }),
    }),
    { workflow: graph },
  );
  const { envelope, content } = await client.call("read_metadata", { image: dataUri(png) });
  const { made, comfyui } = envelope.metadata;
  assert.ok(made.prompt.length < 33_000 && made.prompt.startsWith("\\u001b[2J\\u202e"));
  assert.deepEqual(made.parameters, { "a\\u001b": "b\\u202e" });
  assert.deepEqual(comfyui, {});
  assert.match(envelope.warnings.join(), /The prompt is cut: it has 600\d\d characters/);
  assert.match(envelope.warnings.join(), /The graph 'workflow' is left out/);
  assert.ok(JSON.stringify(content).length < 200_000);
});

Deno.test("a picture is drawn anew from a file that tells how, and the file decides nothing else", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const options = { save_as: join(test.folder, "taken.png"), n: 9, background: "opaque" };
  const parameters = { style: "anime", size: "96x64", options, saveAs: "/etc/taken", n: 9 };
  const own = making({ provider: "placeholder", parameters });
  const file = async (made: Making) => {
    const path = join(test.folder, `given-${made.provider}.png`);
    const bytes = withProvenance(drawPng(16, 32, "one"), { software: "a", making: made });
    await Deno.writeFile(path, bytes);
    return path;
  };
  const again = await client.call("generate_image", { based_on: await file(own) });
  const [image] = again.envelope.images;
  assert.deepEqual([image.width, image.height, image.seed], [96, 64, 7]);
  assert.equal(again.envelope.images.length, 1);
  await assert.rejects(Deno.stat(options.save_as), Deno.errors.NotFound);
  const elsewhere = await client.call("generate_image", {
    based_on: await file(making({ provider: "somebody", parameters })),
  });
  const [other] = elsewhere.envelope.images;
  assert.deepEqual([other.seed, other.height / other.width, other.provider], [7, 2, "placeholder"]);
});

Deno.test("a picture is drawn anew from what Stable Diffusion's tools wrote", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const path = join(test.folder, "sd.png");
  const parameters =
    "a hat\nNegative prompt: blur\nSteps: 20, Sampler: Euler, Seed: 99, Size: 16x16";
  await Deno.writeFile(path, withTexts(drawPng(16, 16, "one"), { parameters }));
  const { envelope } = await client.call("generate_image", { based_on: path });
  assert.equal(envelope.images[0].seed, 99);
  const { metadata } = (await client.call("read_metadata", { image: "last" })).envelope;
  assert.equal(metadata.made.prompt, "a hat");
  await Deno.writeFile(path, drawPng(16, 16, "one"));
  const refused = await client.call("generate_image", { based_on: path });
  assert.match(refused.envelope.error.message, /does not tell how it was made: give a prompt/);
});

Deno.test("an upload tells what its file told before it came in", async () => {
  await using test = await openTestApp({ env: { MCP_PUBLIC_BASE_URL: "https://example.com" } });
  await using client = await connectTestClient(test.app);
  const upload = async (bytes: Uint8Array<ArrayBuffer>) =>
    (await test.app.uploads.takeOf("", bytes)).id;
  const parameters = "a hat\nNegative prompt: blur\nSteps: 20, Sampler: Euler, Seed: 99";
  const ofDiffusion = await upload(withTexts(drawPng(16, 16, "one"), { parameters }));
  const ofThisServer = await upload(withProvenance(drawPng(16, 16, "one"), {
    software: "a",
    sourceType: "trainedAlgorithmicMedia",
    making: making({}),
  }));
  const silent = await upload(drawPng(16, 16, "one"));

  const got = async (upload_id: string) =>
    (await client.call("get_upload", { upload_id })).envelope.upload.metadata;
  assert.equal((await got(ofDiffusion)).stable_diffusion.settings.Seed, "99");
  const { made, digital_source_type } = await got(ofThisServer);
  assert.deepEqual([made.prompt, digital_source_type], ["a cat", "trainedAlgorithmicMedia"]);
  assert.equal(await got(silent), undefined);

  const read = async (image: string) => (await client.call("read_metadata", { image })).envelope;
  const { metadata, warnings } = await read(ofDiffusion);
  assert.deepEqual([metadata.stable_diffusion.prompt, metadata.width], ["a hat", 16]);
  assert.deepEqual([warnings, (await read(silent)).metadata.made], [[], undefined]);

  const again = await client.call("generate_image", { based_on: ofDiffusion });
  assert.equal(again.envelope.images[0].seed, 99);
  await client.call("transform_image", { image: ofThisServer, width: 8 });
  const { metadata: ofSmaller } = await read("last");
  assert.equal(ofSmaller.digital_source_type, "trainedAlgorithmicMedia", "it stays AI-made");
});

Deno.test("what an upload told is kept within bounds", async () => {
  await using test = await openTestApp({ env: { MCP_PUBLIC_BASE_URL: "https://example.com" } });
  await using client = await connectTestClient(test.app);
  const graph = `{"nodes":"${"y".repeat(70_000)}"}`;
  const png = withTexts(
    withProvenance(drawPng(16, 16, "one"), {
      software: "a",
      making: making({ prompt: "x".repeat(20_000) }),
    }),
    { workflow: graph },
  );
  const { id } = await test.app.uploads.takeOf("", png);
  const { envelope } = await client.call("get_upload", { upload_id: id });
  assert.deepEqual(envelope.upload.metadata, { made: "read_metadata tells it" });
  const { metadata, warnings } = (await client.call("read_metadata", { image: id })).envelope;
  assert.deepEqual([metadata.made.prompt.length, metadata.comfyui], [20_000, undefined]);
  assert.match(warnings.join(), /graphs of ComfyUI were too long to be kept/);
});

function making(more: Partial<Making>): Making {
  const made = { operation: "generate", provider: "vendor", model: "m", prompt: "a cat", seed: 7 };
  return { ...made, parameters: {}, ...more };
}

function withTexts(png: Uint8Array, texts: Readonly<Record<string, string>>) {
  const chunks = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return joinBytes([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

function dataUri(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytes.toBase64()}`;
}
