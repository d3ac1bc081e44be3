/** People's own workflows: what of a request goes where in them, and what is said of those that do not work. */

import assert from "node:assert/strict";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { usualSlots } from "../../src/providers/comfyui/usual_nodes.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { context, draw, input, nodeOf, refusalOf, request } from "./comfyui_requests.ts";
import {
  EXPORTED,
  FLUX_EXPORTED,
  IMAGE_TO_IMAGE,
  INPAINTING,
  INVERT,
  node,
} from "./comfyui_workflows.ts";
import { openProvider } from "./open_provider.ts";

Deno.test("the workflows of a folder are models, read again when they change", async () => {
  await using fake = await startComfyui({
    workflows: { "portrait.json": EXPORTED, "a list.json": "[]", "notes.txt": "{}" },
  });
  const provider = openProvider(comfyui, fake.environment);
  assert.deepEqual(provider.models, ["portrait"]);
  assert.equal(provider.capabilities("portrait").inputs, undefined);
  const folder = fake.environment.COMFYUI_WORKFLOWS!;
  await Deno.writeTextFile(`${folder}/portrait.json`, JSON.stringify(INVERT));
  await Deno.writeTextFile(`${folder}/second.json`, JSON.stringify(EXPORTED));
  assert.deepEqual(provider.models, ["portrait", "second"]);
  assert.equal(provider.capabilities("Portrait.json").inputs?.maxImages, 1);
});

Deno.test("a workflow as it is exported gets prompt, seed and size where its sampler reads them", async () => {
  await using fake = await startComfyui({ workflows: { "portrait.json": EXPORTED } });
  const { images, model, warnings } = await draw(fake, {
    model: "portrait",
    prompt: "a dog",
    negativePrompt: "a leash",
    style: "anime",
    seed: 9,
    size: "832x1248",
  });
  const graph = fake.graphs[0]!;
  assert.match(String(graph["6"]!.inputs.text), /^a dog\nStyle: Japanese anime/);
  assert.equal(graph["7"]!.inputs.text, "a leash");
  assert.deepEqual(graph["3"]!.inputs, { ...EXPORTED["3"].inputs, seed: 9 });
  assert.deepEqual(graph["5"]!.inputs, { width: 832, height: 1248, batch_size: 1 });
  assert.deepEqual([model, warnings, images[0]?.seed], ["portrait", [], 9]);
  assert.ok(!fake.questions.some((path) => path.startsWith("/models/")));
});

Deno.test("what a request leaves open stays as the workflow has it, but for the seed", async () => {
  await using fake = await startComfyui({ workflows: { "portrait.json": EXPORTED } });
  const { images } = await draw(fake, { model: "portrait" });
  const { "3": sampler, "5": empty, "7": negative } = fake.graphs[0]!;
  assert.deepEqual(empty!.inputs, EXPORTED["5"].inputs);
  assert.equal(negative!.inputs.text, "blurry");
  assert.notEqual(sampler!.inputs.seed, EXPORTED["3"].inputs.seed);
  assert.equal(sampler!.inputs.seed, images[0]?.seed);
  assert.equal(
    openProvider(comfyui, fake.environment).capabilities("portrait").sizes.default,
    "896x1152",
  );
});

Deno.test("a workflow of guiders, primitives and joined conditionings is understood, too", async () => {
  await using fake = await startComfyui({
    files: {
      diffusion_models: ["flux1-dev.safetensors"],
      text_encoders: ["clip_l.safetensors", "t5xxl_fp16.safetensors"],
      vae: ["ae.safetensors"],
    },
    workflows: { "guided.json": FLUX_EXPORTED },
  });
  const provider = openProvider(comfyui, fake.environment);
  assert.equal(provider.capabilities("guided").negativePrompt, "words");
  await provider.generate(
    request({ model: "guided", prompt: "a dog", negativePrompt: "a leash", size: "640x832" }),
    context(),
  );
  const graph = fake.graphs[0]!;
  assert.equal(graph["44"]!.inputs.value, "a dog\nDo not show: a leash");
  assert.deepEqual([graph["34"]!.inputs.value, graph["35"]!.inputs.value], [640, 832]);
  assert.notEqual(graph["25"]!.inputs.noise_seed, FLUX_EXPORTED["25"].inputs.noise_seed);
});

Deno.test("a loader that holds the texts itself is understood, and links in a circle come to an end", () => {
  const loader = node("Efficient Loader", { positive: "a bottle", negative: "blurry" });
  const { prompt, negative_prompt } = usualSlots({ "1": loader });
  assert.deepEqual([prompt, negative_prompt], [
    [{ node: "1", input: "positive" }],
    [{ node: "1", input: "negative" }],
  ]);
  const circle = { "1": node("KSampler", { positive: ["1", 0], negative: ["2", 0] }) };
  assert.deepEqual(usualSlots(circle).prompt, []);
});

Deno.test("where nothing is named and there are no weights, the first workflow with a prompt draws", async () => {
  const blank = node("EmptyImage", { width: 640, height: 320, batch_size: 1, color: "%seed%" });
  const prompted = { ...INVERT, "1": blank, "4": node("PrimitiveStringMultiline", { prompt: "" }) };
  await using fake = await startComfyui({
    files: { checkpoints: [] },
    workflows: { "a list.json": INVERT, "drawing.json": prompted },
  });
  const provider = openProvider(comfyui, fake.environment);
  const { model } = await provider.generate(request({ seed: 5 }), context());
  assert.equal(model, "drawing");
  assert.equal(fake.graphs[0]!["1"]!.inputs.color, 5);
  assert.equal(provider.capabilities().inputs, undefined);
});

Deno.test("gaps win over usual nodes, alone as values of their kind, within a text as text", async () => {
  const workflow = {
    ...EXPORTED,
    "3": node("KSampler", { ...EXPORTED["3"].inputs, seed: "%seed%", steps: 30 }),
    "5": node("EmptyLatentImage", { width: "%width%", height: "%height%", batch_size: 1 }),
    "6": node("CLIPTextEncode", { text: "masterpiece, %prompt%, %unknown%", clip: ["4", 1] }),
    "9": node("SaveImage", { images: ["8", 0], filename_prefix: "%date:yyyy%_%seed%" }),
  };
  await using fake = await startComfyui({ workflows: { "gaps.json": workflow } });
  await draw(fake, { model: "gaps", seed: 3, size: "512x768" });
  await draw(fake, { model: "gaps" });
  const [first, second] = fake.graphs;
  assert.equal(first!["6"]!.inputs.text, "masterpiece, a cat, %unknown%");
  assert.equal(first!["7"]!.inputs.text, "blurry", "what has no gap is found by its node");
  assert.equal(first!["9"]!.inputs.filename_prefix, "%date:yyyy%_3");
  assert.strictEqual(first!["3"]!.inputs.seed, 3);
  assert.deepEqual(first!["5"]!.inputs, { width: 512, height: 768, batch_size: 1 });
  assert.deepEqual(second!["5"]!.inputs, { width: 1024, height: 1024, batch_size: 1 });
});

Deno.test("pictures go to a workflow's nodes in their order, the one to change first", async () => {
  const two = {
    ...IMAGE_TO_IMAGE,
    "10": node("LoadImage", { image: "style.png" }),
    "11": node("ImageInvert", { image: ["10", 0] }),
    "12": node("PreviewImage", { images: ["11", 0] }),
  };
  await using fake = await startComfyui({ workflows: { "redraw.json": two } });
  const provider = openProvider(comfyui, fake.environment);
  const { inputs, strength, mask } = provider.capabilities("redraw");
  assert.deepEqual([inputs?.maxImages, strength?.maximum, mask], [2, 1, undefined]);
  const [reference, base] = [input("reference", "example"), input("base", "to change")];
  await draw(fake, { model: "redraw", inputs: [reference, base], strength: 0.3 });
  const graph = fake.graphs[0]!;
  assert.match(String(graph["2"]!.inputs.image), /to change\.png/);
  assert.match(String(graph["10"]!.inputs.image), /example\.png/);
  assert.equal(nodeOf(graph, "KSampler").denoise, 0.3);
});

Deno.test("a mask takes the place of what a workflow reads out of the picture's transparency", async () => {
  await using fake = await startComfyui({ workflows: { "inpaint.json": INPAINTING } });
  const provider = openProvider(comfyui, fake.environment);
  assert.equal(provider.capabilities("inpaint").mask, "white");
  const mask = input("base", "the mask");
  await draw(fake, { model: "inpaint", inputs: [input("base")], mask });
  await draw(fake, { model: "inpaint", inputs: [input("base")] });
  const [masked, plain] = fake.graphs;
  const [id, output] = masked!["9"]!.inputs.mask as [string, number];
  assert.equal(output, 0);
  assert.equal(masked![id]!.class_type, "LoadImageMask");
  assert.equal(masked![id]!.inputs.channel, "red");
  assert.deepEqual(fake.edits[0]?.mask, mask.bytes);
  assert.deepEqual(plain!["9"]!.inputs.mask, ["2", 1]);
});

Deno.test("whatever loads a mask finds it, though it looks for transparency", async () => {
  const loader = node("LoadImageMask", { image: "mask.png", channel: "alpha" });
  const masked = node("SetLatentNoiseMask", { samples: ["5", 0], mask: ["10", 0] });
  const found = { ...INPAINTING, "9": masked, "10": loader };
  const asPicture = {
    ...INPAINTING,
    "2": node("LoadImage", { image: "%image%" }),
    "9": node("SetLatentNoiseMask", { samples: ["5", 0], mask: ["10", 1] }),
    "10": node("LoadImage", { image: "%mask%" }),
  };
  await using fake = await startComfyui({
    workflows: { "found.json": found, "picture.json": asPicture },
  });
  const [base, mask] = [input("base"), input("base", "the mask")];
  for (const model of ["found", "picture"]) await draw(fake, { model, inputs: [base], mask });
  const loaders = fake.graphs.map((graph) => nodeOf(graph, "LoadImageMask"));
  for (const { image, channel } of loaders) {
    assert.match(String(image), /the mask\.png/);
    assert.equal(channel, "red");
  }
  assert.deepEqual(fake.graphs[1]!["9"]!.inputs.mask, ["mask_of_the_request", 0]);
  assert.deepEqual(fake.edits.map(({ mask }) => mask), [mask.bytes, mask.bytes]);
});

Deno.test("gaps for pictures must be filled, and the error says how many it takes", async () => {
  const workflow = {
    ...INPAINTING,
    "2": node("LoadImage", { image: "%image%" }),
    "10": node("LoadImageMask", { image: "%mask%", channel: "red" }),
    "9": node("SetLatentNoiseMask", { samples: ["5", 0], mask: ["10", 0] }),
  };
  await using fake = await startComfyui({
    workflows: { "inpaint.json": workflow },
    environment: { COMFYUI_MODEL: "inpaint" },
  });
  const mask = input("base", "the mask");
  for (
    const [asked, says] of [
      [{}, /needs 1 pictures/],
      [{ inputs: [input("base")] }, /needs a mask/],
      [{ inputs: [input("base"), input("style")], mask }, /takes at most 1/],
    ] as const
  ) {
    const error = await refusalOf(draw(fake, asked));
    assert.equal(error.code, "invalid_parameters");
    assert.match(error.message, says);
  }
  assert.equal(fake.requests.length, 0);
  await draw(fake, { inputs: [input("base")], mask });
  assert.deepEqual(fake.edits[0]?.mask, mask.bytes);
});

Deno.test("a workflow that takes neither prompt nor seed says so, and has no such capabilities", async () => {
  await using fake = await startComfyui({ workflows: { "invert.json": INVERT } });
  const can = openProvider(comfyui, fake.environment).capabilities("invert");
  assert.deepEqual([can.seed, can.styles, can.negativePrompt], [undefined, {}, "none"]);
  assert.deepEqual(Object.keys(can.sizes.listed), ["auto"]);
  const { warnings, images } = await draw(fake, { model: "invert", inputs: [input("base")] });
  assert.deepEqual(warnings, ["The workflow 'invert' takes no prompt, so it was left out"]);
  assert.ok(!("seed" in images[0]!));
});

Deno.test("COMFYUI_EDIT_MODEL draws where pictures come in that COMFYUI_MODEL does not take", async () => {
  await using fake = await startComfyui({
    workflows: { "portrait.json": EXPORTED, "redraw.json": IMAGE_TO_IMAGE },
    environment: { COMFYUI_MODEL: "portrait", COMFYUI_EDIT_MODEL: "redraw" },
  });
  const provider = openProvider(comfyui, fake.environment);
  assert.equal(provider.capabilities().inputs?.maxImages, 1);
  assert.equal((await draw(fake)).model, "portrait");
  assert.equal((await draw(fake, { inputs: [input("base")] })).model, "redraw");
});

Deno.test("of several pictures those of a node marked %output% count, else those that are saved", async () => {
  const shown = node("PreviewImage", { images: ["8", 0] });
  const saved = { ...EXPORTED, "20": shown };
  const marked = { ...saved, "20": { ...shown, _meta: { title: "the one %output%" } } };
  const twice = { ...EXPORTED, "20": EXPORTED["9"] };
  await using fake = await startComfyui({
    workflows: { "saved.json": saved, "marked.json": marked, "twice.json": twice },
  });
  for (const [model, type] of [["saved", "output"], ["marked", "temp"]] as const) {
    const { images, warnings } = await draw(fake, { model });
    assert.deepEqual([images.length, warnings], [1, []]);
    assert.match(fake.downloads.at(-1)!.path, new RegExp(`type=${type}`));
  }
  const { images, warnings } = await draw(fake, { model: "twice" });
  assert.equal(images.length, 1);
  assert.match(warnings[0]!, /2 pictures came where 1 was asked for/);
});

Deno.test("what would come over the socket alone becomes a file, which a crash does not lose", async () => {
  const workflow = { ...EXPORTED, "9": node("SaveImageWebsocket", { images: ["8", 0] }) };
  await using fake = await startComfyui({ workflows: { "socket.json": workflow } });
  const { images } = await draw(fake, { model: "socket" });
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
});
