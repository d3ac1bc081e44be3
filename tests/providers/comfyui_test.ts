/** The graphs that are made for ComfyUI, each of which its strict stand-in takes. */

import assert from "node:assert/strict";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { SDXL_FILE, startComfyui } from "../fakes/comfyui.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { context, draw, input, nodeOf, refusalOf, request } from "./comfyui_requests.ts";
import { openProvider } from "./open_provider.ts";

const FLUX_FILES = {
  checkpoints: [],
  diffusion_models: ["flux1-dev.safetensors", "flux1-fill-dev.safetensors", "wan.safetensors"],
  text_encoders: ["clip_l.safetensors", "t5xxl_fp8_e4m3fn.safetensors"],
  vae: ["ae.safetensors"],
};

Deno.test("each family of weights gets its own steps, scale and space", async () => {
  const checkpoints = [
    "v1-5-pruned-emaonly.safetensors",
    SDXL_FILE,
    "sdxl_lightning_4step.safetensors",
    "sd3.5_large_fp8_scaled.safetensors",
    "flux1-dev-fp8.safetensors",
    "flux1-schnell-fp8.safetensors",
  ];
  await using fake = await startComfyui({ files: { checkpoints } });
  for (const model of checkpoints) await draw(fake, { model });
  const facts = fake.graphs.map((graph) => {
    const { steps, cfg, sampler_name, scheduler, denoise } = nodeOf(graph, "KSampler");
    const empty = Object.values(graph).find(({ class_type }) => class_type.startsWith("Empty"))!;
    const { width, height } = empty.inputs;
    return [`${empty.class_type} ${width}x${height}`, steps, cfg, sampler_name, scheduler, denoise];
  });
  assert.deepEqual(facts, [
    ["EmptyLatentImage 512x512", 25, 7, "dpmpp_2m", "karras", 1],
    ["EmptyLatentImage 1024x1024", 28, 6, "dpmpp_2m", "karras", 1],
    ["EmptyLatentImage 1024x1024", 6, 1, "euler", "sgm_uniform", 1],
    ["EmptySD3LatentImage 1024x1024", 28, 4.5, "euler", "sgm_uniform", 1],
    ["EmptySD3LatentImage 1024x1024", 20, 1, "euler", "simple", 1],
    ["EmptySD3LatentImage 1024x1024", 4, 1, "euler", "simple", 1],
  ]);
  assert.ok(fake.graphs.slice(4).every((graph) => "guided" in graph && !("FluxGuidance" in graph)));
});

Deno.test("a file whose name tells nothing is drawn with as it says of itself", async () => {
  await using fake = await startComfyui({
    files: { checkpoints: ["holiday.safetensors", "other.safetensors"] },
    metadata: {
      "holiday.safetensors": { "modelspec.architecture": "stable-diffusion-v1" },
    },
  });
  const provider = openProvider(comfyui, fake.environment);
  const { images } = await provider.generate(request({ model: "holiday" }), context());
  assert.equal(identifyImage(images[0]!.bytes)?.width, 512);
  assert.equal(provider.capabilities("holiday").sizes.default, "512x512");
  await provider.generate(request({ model: "other" }), context());
  assert.equal(nodeOf(fake.graphs[1]!, "EmptyLatentImage").width, 1024);
  await provider.generate(request({ model: "holiday" }), context());
  const asked = fake.questions.filter((path) => path.startsWith("/view_metadata/"));
  assert.equal(asked.length, 2, "what a file says of itself is asked for once");
});

Deno.test("FLUX's own files are put together with the encoders and the decoder there are", async () => {
  await using fake = await startComfyui({ files: FLUX_FILES });
  const provider = openProvider(comfyui, fake.environment);
  const { model } = await provider.generate(
    request({ negativePrompt: "people", style: "watercolor", options: { quality: "low" } }),
    context(),
  );
  const [graph] = fake.graphs;
  assert.equal(model, "flux1-dev.safetensors");
  assert.deepEqual(nodeOf(graph!, "DualCLIPLoader"), {
    clip_name1: "clip_l.safetensors",
    clip_name2: "t5xxl_fp8_e4m3fn.safetensors",
    type: "flux",
  });
  assert.equal(nodeOf(graph!, "FluxGuidance").guidance, 3.5);
  assert.equal(nodeOf(graph!, "KSampler").steps, 12);
  assert.match(
    String(nodeOf(graph!, "CLIPTextEncode").text),
    /^a cat\nStyle: watercolour .*\nDo not show: people$/,
  );
  assert.deepEqual(provider.models, ["flux1-dev.safetensors", "flux1-fill-dev.safetensors"]);
});

Deno.test("what FLUX lacks beside its own file is named, and where it belongs", async () => {
  await using fake = await startComfyui({ files: { ...FLUX_FILES, text_encoders: [], vae: [] } });
  const error = await refusalOf(draw(fake));
  assert.equal(error.code, "model_unavailable");
  assert.match(error.message, /text_encoders\/clip_l.*t5xxl.*vae\/ae\.safetensors/);
  assert.equal(fake.graphs.length, 0);
});

Deno.test("FLUX's filling model gets picture and mask, and nothing to draw anew", async () => {
  await using fake = await startComfyui({ files: FLUX_FILES });
  const base = input("base");
  await draw(fake, { model: "flux1-fill-dev", inputs: [base], mask: input("base", "mask") });
  const [graph] = fake.graphs;
  assert.equal(nodeOf(graph!, "FluxGuidance").guidance, 30);
  assert.deepEqual(nodeOf(graph!, "KSampler").latent_image, ["filling", 2]);
  const error = await refusalOf(draw(fake, { model: "flux1-fill-dev" }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /Pass a picture and a mask/);
});

Deno.test("FLUX's Kontext sees the picture beside the one it draws", async () => {
  await using fake = await startComfyui({
    files: { checkpoints: ["flux1-dev-kontext_fp8.safetensors"] },
  });
  await draw(fake, { model: "flux1-dev-kontext_fp8", inputs: [input("base")] });
  const [graph] = fake.graphs;
  assert.deepEqual(nodeOf(graph!, "ReferenceLatent").latent, ["encoded", 0]);
  assert.deepEqual(nodeOf(graph!, "FluxGuidance").conditioning, ["context", 0]);
  const { latent_image, denoise } = nodeOf(graph!, "KSampler");
  assert.deepEqual([latent_image, denoise], [["empty", 0], 1]);
});

Deno.test("Stable Diffusion 3.5 takes its text encoders from their own files where all are there", async () => {
  const text_encoders = ["clip_g.safetensors", "clip_l.safetensors", "t5xxl_fp16.safetensors"];
  const checkpoints = ["sd3.5_large.safetensors"];
  await using whole = await startComfyui({ files: { checkpoints } });
  await using apart = await startComfyui({ files: { checkpoints, text_encoders } });
  await draw(whole);
  await draw(apart);
  assert.deepEqual(nodeOf(whole.graphs[0]!, "CLIPTextEncode").clip, ["weights", 1]);
  assert.deepEqual(nodeOf(apart.graphs[0]!, "CLIPTextEncode").clip, ["encoders", 0]);
});

Deno.test("prompt, negative prompt, seed, size and steps stand where the sampler reads them", async () => {
  await using fake = await startComfyui();
  const { images, model } = await draw(fake, {
    negativePrompt: "people",
    seed: 7,
    size: "1248x832",
    options: { quality: "high", output_format: "png" },
  });
  const { weights, positive, negative, sampler, empty } = fake.graphs[0]!;
  assert.equal(weights!.inputs.ckpt_name, SDXL_FILE);
  assert.deepEqual([positive!.inputs.text, negative!.inputs.text], ["a cat", "people"]);
  assert.deepEqual([sampler!.inputs.seed, sampler!.inputs.steps], [7, 45]);
  assert.deepEqual([empty!.inputs.width, empty!.inputs.height], [1248, 832]);
  assert.equal(images[0]?.seed, 7);
  assert.equal(model, SDXL_FILE);
});

Deno.test("a prompt with the name of a gap in it stays as it is written", async () => {
  await using fake = await startComfyui();
  await draw(fake, { prompt: "a sign that says %seed%", negativePrompt: "%prompt%" });
  const { positive, negative } = fake.graphs[0]!;
  assert.equal(positive!.inputs.text, "a sign that says %seed%");
  assert.equal(negative!.inputs.text, "%prompt%");
});

Deno.test("no seed asked for is another seed each time, which the result tells", async () => {
  await using fake = await startComfyui();
  const seeds = [await draw(fake), await draw(fake)].map(({ images }) => images[0]?.seed);
  assert.notEqual(seeds[0], seeds[1]);
  assert.deepEqual(seeds, fake.graphs.map((graph) => nodeOf(graph, "KSampler").seed));
});

Deno.test("a picture that comes in is drawn anew in its own shape, as far as strength says", async () => {
  await using fake = await startComfyui();
  await draw(fake, { inputs: [input("base", "wide", 640, 320)], strength: 0.4 });
  await draw(fake, { inputs: [input("base", "huge", 4000, 2000)] });
  await draw(fake, { inputs: [input("base", "wide", 640, 320)], size: "1024x1024" });
  const facts = fake.graphs.map((graph) => {
    const { width, height } = nodeOf(graph, "ImageScale");
    return [width, height, nodeOf(graph, "KSampler").denoise];
  });
  assert.deepEqual(facts, [[1448, 728, 0.4], [1448, 728, 0.75], [1024, 1024, 0.75]]);
});

Deno.test("outside a mask every pixel of the picture stays", async () => {
  await using fake = await startComfyui();
  await draw(fake, { inputs: [input("base")], mask: input("base", "mask") });
  const { sampler, masked, joined, shown, mask } = fake.graphs[0]!;
  assert.deepEqual(sampler!.inputs.latent_image, ["masked", 0]);
  assert.equal(sampler!.inputs.denoise, 1);
  assert.deepEqual(masked!.inputs.mask, joined!.inputs.mask);
  assert.deepEqual(joined!.inputs.destination, ["scaled", 0]);
  assert.deepEqual(shown!.inputs.images, ["joined", 0]);
  assert.equal(mask!.inputs.channel, "red");
});

Deno.test("the same picture is uploaded under one name, to a folder that ComfyUI empties", async () => {
  await using fake = await startComfyui();
  for (let times = 0; times < 2; times++) await draw(fake, { inputs: [input("base")] });
  await draw(fake, { inputs: [{ ...input("base"), bytes: input("base", "other").bytes }] });
  assert.deepEqual(fake.uploads, [
    "mcp-image-server/a picture.png [temp]",
    "mcp-image-server/a picture.png [temp]",
    "mcp-image-server/a picture (1).png [temp]",
  ]);
  assert.equal(nodeOf(fake.graphs[2]!, "LoadImage").image, fake.uploads[2]);
});

Deno.test("LoRAs are named in the prompt, or with the checkpoint", async () => {
  const loras = ["pixel.safetensors", "styles/ink.safetensors"];
  await using fake = await startComfyui({ files: { loras } });
  const provider = openProvider(comfyui, fake.environment);
  for (const model of [`${SDXL_FILE}+lora:ink:0.5`, "lora:ink:0.5"]) {
    const prompt = "a cat <lora:pixel:0.8>";
    await provider.generate(request({ model, prompt }), context());
    const { lora_1, lora_2, sampler, positive } = fake.graphs.at(-1)!;
    assert.equal(lora_1!.inputs.lora_name, "styles/ink.safetensors");
    assert.equal(lora_1!.inputs.strength_model, 0.5);
    assert.deepEqual(lora_2!.inputs.model, ["lora_1", 0]);
    assert.deepEqual(sampler!.inputs.model, ["lora_2", 0]);
    assert.deepEqual(positive!.inputs, { text: "a cat", clip: ["lora_2", 1] });
  }
  assert.deepEqual(provider.models, [SDXL_FILE, ...loras.map((file) => `lora:${file}`)]);
  const error = await refusalOf(draw(fake, { prompt: "a cat <lora:pixle:1>" }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /no LoRA 'pixle'.*'pixel\.safetensors'/);
});

Deno.test("what there is to draw with is listed without asking, as it was last read", async () => {
  await using fake = await startComfyui();
  const provider = openProvider(comfyui, { ...fake.environment, COMFYUI_MODEL: "sd_xl_base_1.0" });
  assert.deepEqual(provider.models, ["sd_xl_base_1.0"]);
  await provider.generate(request({}), context());
  assert.deepEqual(provider.models, ["sd_xl_base_1.0", SDXL_FILE]);
  const asked = fake.questions.length;
  void [provider.models, provider.capabilities()];
  assert.equal(fake.questions.length, asked);
});

Deno.test("where nothing draws, the error says what to put where", async () => {
  await using empty = await startComfyui({ files: { checkpoints: [] } });
  const nothing = await refusalOf(draw(empty));
  assert.equal(nothing.code, "model_unavailable");
  assert.match(nothing.message, /models\/checkpoints.*COMFYUI_WORKFLOWS/);
  await using fake = await startComfyui();
  const unknown = await refusalOf(draw(fake, { model: "sd_xl_bas_1.0.safetensor" }));
  assert.match(unknown.message, /COMFYUI_MODEL .*'sd_xl_base_1\.0\.safetensors'/);
});
