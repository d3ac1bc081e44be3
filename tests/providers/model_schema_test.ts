/** What schemas of hosted models are understood as, and what requests become by them. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { closeImageWorkers } from "../../src/images/workers.ts";
import { modelCapabilities } from "../../src/providers/model_capabilities.ts";
import { maskFormOf } from "../../src/providers/model_fields.ts";
import { modelInput } from "../../src/providers/model_input.ts";
import { type ModelSchema, readModelSchema } from "../../src/providers/model_schema.ts";
import type { ImageRequest, InputImage, InputRole } from "../../src/providers/provider.ts";
import { png } from "../fakes/png.ts";
import { documentOf } from "../fakes/fal_models.ts";
import { MODELS } from "../fakes/replicate_models.ts";
import { processorNow } from "../support/processor_time.ts";

/** A schema of these properties alone. */
function schemaOf(properties: Readonly<Record<string, unknown>>, required: string[] = []) {
  const schema = readModelSchema({}, { type: "object", required, properties });
  assert.ok(schema);
  return schema;
}

function replicateSchema(name: keyof typeof MODELS): ModelSchema {
  const schema = readModelSchema(
    { components: { schemas: MODELS[name].schemas } },
    { $ref: "#/components/schemas/Input" },
  );
  assert.ok(schema);
  return schema;
}

function falSchema(endpoint: string): ModelSchema {
  const name = `${endpoint.replaceAll(/\W+/g, "")}Input`;
  const schema = readModelSchema(documentOf(endpoint), { $ref: `#/components/schemas/${name}` });
  assert.ok(schema);
  return schema;
}

const TEXT = { type: "string" };
const URI = { type: "string", format: "uri" };

function input(role: InputRole = "base", hash = "one"): InputImage {
  const bytes = png(8, 6, 0, () => [7]);
  const info = { mediaType: "image/png", width: 8, height: 6, sizeBytes: bytes.length };
  return { hash, role, bytes, ...info };
}

async function made(schema: ModelSchema, request: Partial<ImageRequest> = {}) {
  const whole: ImageRequest = {
    operation: request.inputs ? "edit" : "generate",
    prompt: "a lamp",
    inputs: [],
    count: 1,
    options: {},
    ...request,
  };
  const signal = new AbortController().signal;
  return await modelInput(whole, schema, { model: "a/model", signal });
}

async function valuesOf(schema: ModelSchema, request?: Partial<ImageRequest>) {
  const { prompt: _, ...values } = (await made(schema, request)).values;
  return values;
}

async function refusal(schema: ModelSchema, request: Partial<ImageRequest>): Promise<ImageError> {
  const outcome = await made(schema, request).catch((error: unknown) => error);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  assert.equal(outcome.code, "invalid_parameters");
  return outcome;
}

/** Each way in which models take a size: the fields of 1920x1080, and whether it is drawn so. */
const SIZES: readonly {
  readonly way: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly values: Readonly<Record<string, unknown>>;
  readonly isExact: boolean;
}[] = [
  {
    way: "width and height",
    fields: { width: { type: "integer" }, height: { type: "integer" } },
    values: { width: 1920, height: 1080 },
    isExact: true,
  },
  {
    way: "width and height within bounds",
    fields: {
      width: { type: "integer", minimum: 256, maximum: 1440, description: "a multiple of 32" },
      height: { type: "integer", minimum: 256, maximum: 1440 },
    },
    values: { width: 1440, height: 800 },
    isExact: false,
  },
  {
    way: "width and height where a shape says custom",
    fields: {
      width: { type: "integer", maximum: 2048 },
      height: { type: "integer", maximum: 2048 },
      aspect_ratio: { type: "string", enum: ["1:1", "custom"] },
    },
    values: { aspect_ratio: "custom", width: 1920, height: 1080 },
    isExact: true,
  },
  {
    way: "width and height where a tier says custom",
    fields: {
      size: { type: "string", enum: ["1K", "2K", "custom"] },
      width: { type: "integer", minimum: 1024, maximum: 4096 },
      height: { type: "integer", minimum: 1024, maximum: 4096 },
    },
    values: { size: "custom", width: 1920, height: 1080 },
    isExact: true,
  },
  {
    way: "an object",
    fields: {
      image_size: {
        anyOf: [
          {
            type: "object",
            properties: { width: { type: "integer" }, height: { type: "integer" } },
          },
          { type: "string", enum: ["square_hd"] },
        ],
      },
    },
    values: { image_size: { width: 1920, height: 1080 } },
    isExact: true,
  },
  {
    way: "an object whose sides are bounded in words",
    fields: {
      image_size: {
        anyOf: [{
          type: "object",
          properties: { width: { type: "integer" }, height: { type: "integer" } },
        }],
        description: "Width and height must be between 512 and 1536.",
      },
    },
    values: { image_size: { width: 1536, height: 864 } },
    isExact: false,
  },
  {
    way: "names of sizes",
    fields: { image_size: { type: "string", enum: ["square_hd", "landscape_16_9"] } },
    values: { image_size: "landscape_16_9" },
    isExact: false,
  },
  {
    way: "sizes as words",
    fields: { size: { type: "string", enum: ["1024x1024", "1536x1024", "1920x1080"] } },
    values: { size: "1920x1080" },
    isExact: true,
  },
  {
    way: "shapes",
    fields: { aspect_ratio: { type: "string", enum: ["1:1", "16:9", "9:16"] } },
    values: { aspect_ratio: "16:9" },
    isExact: false,
  },
  {
    way: "shapes in tiers",
    fields: {
      aspect_ratio: { type: "string", enum: ["1:1", "16:9"] },
      resolution: { type: "string", enum: ["1K", "2K", "4K"], default: "1K" },
    },
    values: { aspect_ratio: "16:9", resolution: "1K" },
    isExact: false,
  },
  {
    way: "shapes of so many megapixels",
    fields: {
      aspect_ratio: { type: "string", enum: ["1:1", "16:9"] },
      megapixels: { type: "string", enum: ["0.25", "1", "2"], default: "1" },
    },
    values: { aspect_ratio: "16:9", megapixels: "2" },
    isExact: false,
  },
  { way: "nothing", fields: {}, values: {}, isExact: false },
];

for (const { way, fields, values, isExact } of SIZES) {
  Deno.test(`a size is asked for by ${way}, and what is drawn instead is said`, async () => {
    const schema = schemaOf({ prompt: TEXT, ...fields });
    const { values: { prompt: _, ...asked }, warnings } = await made(schema, { size: "1920x1080" });
    assert.deepEqual(asked, values);
    assert.deepEqual(warnings.length, isExact ? 0 : 1, warnings.join());
    assert.deepEqual(await valuesOf(schema), {});
    // Whatever a model offers by name is drawn as it is.
    const { listed } = modelCapabilities(schema).sizes;
    for (const size of Object.keys(listed)) {
      const own = await made(schema, { size: size as ImageRequest["size"] });
      assert.deepEqual(own.warnings, [], size);
    }
  });
}

Deno.test("the result of an edit has the shape of the picture where the model can do that", async () => {
  const pro = replicateSchema("black-forest-labs/flux-2-pro");
  assert.equal((await valuesOf(pro, { inputs: [input()] })).aspect_ratio, "match_input_image");
  assert.equal("aspect_ratio" in await valuesOf(pro), false);
  const edit = falSchema("fal-ai/flux-2-pro/edit");
  assert.equal((await valuesOf(edit, { inputs: [input()] })).image_size, "auto");
  const sized = await valuesOf(edit, { inputs: [input()], size: "1024x768" });
  assert.deepEqual(sized.image_size, { width: 1024, height: 768 });
});

Deno.test("an argument goes into the field that the model has for it", async () => {
  const sdxl = replicateSchema("stability-ai/sdxl");
  const request = { seed: 7, count: 3, negativePrompt: "people" };
  assert.deepEqual(await valuesOf(sdxl, request), {
    seed: 7,
    num_outputs: 3,
    negative_prompt: "people",
  });
  const base = input();
  assert.deepEqual(await valuesOf(sdxl, { inputs: [base], strength: 0.6 }), {
    image: base,
    prompt_strength: 0.6,
  });
  const banana = falSchema("fal-ai/nano-banana-2");
  const { values, warnings } = await made(banana, request);
  assert.deepEqual(values, { prompt: "a lamp\nDo not show: people", num_images: 3 });
  assert.deepEqual(warnings, ["'a/model' takes no seed 7, so it was left out"]);
});

Deno.test("styles are words of the prompt", async () => {
  const { values } = await made(falSchema("fal-ai/flux-lora"), { style: "pixel_art" });
  assert.match(String(values.prompt), /^a lamp\nStyle: pixel art/);
});

Deno.test("output is asked for in the model's own words", async () => {
  const pro = replicateSchema("black-forest-labs/flux-2-pro");
  const options = { output_format: "jpeg", output_compression: 60, moderation: "low" };
  assert.deepEqual(await valuesOf(pro, { options }), {
    output_format: "jpg",
    output_quality: 60,
    safety_tolerance: 5,
  });
  const rules = modelCapabilities(pro).options;
  assert.deepEqual(rules.output_format, { values: ["webp", "jpeg", "png"] });
  assert.deepEqual(rules.output_compression, { minimum: 0, maximum: 100 });
  const atFal = await valuesOf(falSchema("fal-ai/flux-2-pro"), { options });
  assert.deepEqual(atFal, { output_format: "jpeg", safety_tolerance: "5" });
});

/** What each kind of fields makes of a base picture, a reference and one of a style. */
const PICTURES: readonly (readonly [
  string,
  Readonly<Record<string, unknown>>,
  Readonly<Record<string, readonly number[] | number>>,
])[] = [
  ["a list", { image_input: { type: "array", items: URI } }, { image_input: [1, 0, 2] }],
  [
    "a list without formats",
    { image_urls: { type: "array", items: TEXT } },
    { image_urls: [1, 0, 2] },
  ],
  [
    "numbered fields",
    { input_image: URI, input_image_2: URI, input_image_3: URI },
    { input_image: 1, input_image_2: 0, input_image_3: 2 },
  ],
  [
    "fields numbered from one",
    { image_1: URI, image_2: URI, style_image: URI },
    { image_1: 1, image_2: 0, style_image: 2 },
  ],
  [
    "a list for styles",
    {
      images: { type: "array", items: URI },
      style_reference_images: { type: "array", items: URI },
    },
    { images: [1, 0], style_reference_images: [2] },
  ],
];

for (const [way, fields, places] of PICTURES) {
  Deno.test(`pictures go into ${way}, the base first`, async () => {
    const pictures = [input("reference", "r"), input("base", "b"), input("style", "s")];
    const values = await valuesOf(schemaOf({ prompt: TEXT, ...fields }), { inputs: pictures });
    const expected = Object.entries(places).map((
      [name, place],
    ) => [name, typeof place === "number" ? pictures[place] : place.map((each) => pictures[each])]);
    assert.deepEqual(values, Object.fromEntries(expected));
  });
}

Deno.test("a field that must be filled gets the base, and the list what is left", async () => {
  const fields = { prompt: TEXT, image: URI, reference_images: { type: "array", items: URI } };
  const [base, other] = [input("base", "b"), input("reference", "r")];
  const inputs = [other, base];
  const apart = { image: base, reference_images: [other] };
  assert.deepEqual(await valuesOf(schemaOf(fields, ["image"]), { inputs }), apart);
  assert.deepEqual(await valuesOf(schemaOf(fields, ["image"]), { inputs: [base] }), {
    image: base,
  });
  assert.deepEqual(await valuesOf(schemaOf(fields), { inputs }), {
    reference_images: [base, other],
  });
  const masked = schemaOf({ ...fields, mask: URI });
  const { mask: _, ...values } = await valuesOf(masked, { inputs, mask: input() });
  assert.deepEqual(values, apart);
});

Deno.test("fields that only sound like pictures are none", () => {
  const schema = schemaOf({
    prompt: TEXT,
    image_size: { type: "string", enum: ["square"] },
    num_images: { type: "integer" },
    image_format: TEXT,
    lora_weights: URI,
    enable_image_prompt: { type: "boolean" },
  });
  assert.equal(modelCapabilities(schema).inputs, undefined);
  assert.equal(modelCapabilities(schema).mask, undefined);
});

Deno.test("how many pictures a model takes is read where it is said", () => {
  const inputs = (field: Readonly<Record<string, unknown>>) =>
    modelCapabilities(schemaOf({ image_input: { type: "array", items: URI, ...field } })).inputs;
  assert.equal(inputs({ maxItems: 4 })?.maxImages, 4);
  assert.equal(inputs({ description: "Maximum 8 images. Must be jpeg." })?.maxImages, 8);
  assert.equal(inputs({ description: "Up to 14 reference images" })?.maxImages, 14);
  assert.equal(inputs({})?.maxImages, 16);
});

Deno.test("a model that cannot do what is wanted with pictures says so, and what to do", async () => {
  const words = falSchema("fal-ai/flux-lora");
  assert.match((await refusal(words, { inputs: [input()] })).message, /takes no pictures.*edits/);
  const pro = replicateSchema("black-forest-labs/flux-2-pro");
  const masked = await refusal(pro, { inputs: [input()], mask: input() });
  assert.match(masked.message, /takes no mask/);
  const fill = replicateSchema("black-forest-labs/flux-fill-pro");
  assert.match((await refusal(fill, {})).message, /changes pictures.*pass one to edit_image/);
  const two = [input(), input("reference", "two")];
  assert.match((await refusal(fill, { inputs: two })).message, /at most 1 picture, not 2/);
  const hole = falSchema("fal-ai/flux-pro/v1/fill");
  assert.match(
    (await refusal(hole, { inputs: [input()] })).message,
    /pass 'mask' or 'mask_region'/,
  );
});

Deno.test("a mask is turned around for a model whose words say that white stays", async () => {
  const mask = { ...input(), bytes: png(8, 6, 0, (x) => [x < 4 ? 255 : 0]) };
  const request = { inputs: [input()], mask };
  const usual = await valuesOf(replicateSchema("black-forest-labs/flux-fill-pro"), request);
  assert.deepEqual(usual.mask, mask);
  const other = await valuesOf(replicateSchema("acme/keep-white"), request);
  const { pixels } = await decodeImage((other.mask as InputImage).bytes);
  closeImageWorkers();
  assert.deepEqual([pixels[0], pixels[7 * 4]], [0, 255]);
});

Deno.test("which colour of a mask changes is read in what models say of it", () => {
  const inverted = [
    "Black areas are inpainted, white areas are preserved",
    "The mask: black is the region to paint",
    "A black and white image of what to edit, where black marks the part to change",
    "White pixels will be kept",
  ];
  const usual = [
    "",
    "The URL of the mask. Needs to match the dimensions of the input image.",
    "A black-and-white image that describes the part of the image to inpaint. Black areas will be " +
    "preserved while white areas will be inpainted.",
    "White areas will be filled, black areas stay",
    "Black parts are kept",
  ];
  const told = (description: string, model = "a/model") =>
    maskFormOf({ name: "mask", description, forms: [] }, model);
  for (const words of inverted) assert.equal(told(words), "black", words);
  for (const words of usual) assert.equal(told(words), "white", words);
  assert.equal(told("Fully transparent areas are edited"), "alpha");
  assert.equal(told("", "fal-ai/gpt-image-1.5/edit"), "alpha");
});

Deno.test("other fields are passed as options, as the schema has them", async () => {
  const lora = falSchema("fal-ai/flux-lora");
  const loras = [{ path: "https://example.com/lamp.safetensors", scale: 0.8 }];
  const modelOptions = { guidance_scale: "3.5", loras, num_inference_steps: 12 };
  assert.deepEqual(await valuesOf(lora, { modelOptions }), {
    guidance_scale: 3.5,
    loras,
    num_inference_steps: 12,
  });
  const asText = { loras: JSON.stringify(loras), enable_safety_checker: "true" };
  assert.deepEqual(await valuesOf(lora, { modelOptions: asText }), {
    loras,
    enable_safety_checker: true,
  });
  assert.deepEqual(
    await valuesOf(falSchema("fal-ai/flux-2-pro"), { modelOptions: { safety_tolerance: 4 } }),
    { safety_tolerance: "4" },
  );
});

const WRONG_OPTIONS: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
  [{ guidance: 3 }, /no option 'guidance'\. Did you mean 'guidance_scale'\? It takes .*'loras'/],
  [{ steps: 3 }, /It takes .*'num_inference_steps'/],
  [{ num_inference_steps: 51 }, /must be a whole number from 1 to 50, current value is '51'/],
  [{ num_inference_steps: 1.5 }, /must be a whole number/],
  [{ guidance_scale: "much" }, /must be a number from 0 to 35, current value is '"much"'/],
  [{ loras: [{ scale: 1, weight: 2 }] }, /a list of an object with path, scale/],
  [{ enable_safety_checker: "perhaps" }, /true or false/],
  [{ prompt: "another" }, /is the argument 'prompt' here/],
  [{ sync_mode: true }, /no option 'sync_mode'/],
];

for (const [modelOptions, message] of WRONG_OPTIONS) {
  Deno.test(`the options ${JSON.stringify(modelOptions)} are refused with what is legal`, async () => {
    const error = await refusal(falSchema("fal-ai/flux-lora"), { modelOptions });
    assert.match(error.message, message);
  });
}

Deno.test("a key of another service is no option, since records keep options", async () => {
  const sdxl = replicateSchema("stability-ai/sdxl");
  const secret = "hf_abcdefghijklmnop";
  const error = await refusal(sdxl, { modelOptions: { hf_api_token: secret } });
  assert.match(error.message, /'hf_api_token'.*is a secret/);
  assert.ok(!JSON.stringify([error.message, error.details]).includes(secret));
  assert.equal("hf_api_token" in (modelCapabilities(sdxl).modelOptions ?? {}), false);
});

Deno.test("a field without which the model does not run is asked for", async () => {
  const schema = schemaOf({ prompt: TEXT, garment: TEXT }, ["prompt", "garment"]);
  assert.match((await refusal(schema, {})).message, /needs 'garment' beside: pass it in 'options'/);
  const values = await valuesOf(schema, { modelOptions: { garment: "a coat" } });
  assert.deepEqual(values, { garment: "a coat" });
});

Deno.test("capabilities are those of the schema", () => {
  const { seed, maxCount, negativePrompt, mask, strength, inputs, sizes, ...others } =
    modelCapabilities(replicateSchema("stability-ai/sdxl"));
  assert.deepEqual(
    { seed, maxCount, negativePrompt, mask, strength, images: inputs?.maxImages },
    {
      seed: { minimum: 0, maximum: 4_294_967_295 },
      maxCount: 4,
      negativePrompt: "native",
      mask: "white",
      strength: { minimum: 0, maximum: 1 },
      images: 1,
    },
  );
  assert.equal(sizes.default, "1024x1024");
  assert.equal(others.modelOptions?.scheduler, "'DDIM' or 'K_EULER'");
  assert.equal(others.modelOptions?.num_inference_steps, "a whole number from 1 to 500");
  const banana = modelCapabilities(falSchema("fal-ai/nano-banana-2"));
  assert.equal(banana.seed, undefined);
  assert.equal(banana.inputs, undefined);
  assert.ok("4096x4096" in banana.sizes.listed);
});

Deno.test("a schema that goes in circles, is huge or is none harms nobody", () => {
  const circle = {
    components: { schemas: { A: { allOf: [{ $ref: "#/components/schemas/A" }] } } },
  };
  const looping = readModelSchema(circle, {
    properties: { a: { $ref: "#/components/schemas/A" }, b: { type: "array", items: null } },
  });
  assert.deepEqual([...looping!.fields.keys()], ["a", "b"]);
  assert.ok(modelCapabilities(looping).sizes);
  const members = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`m${index}`, { $ref: "#/components/schemas/Wide" }]),
  );
  const wide = { components: { schemas: { Wide: { type: "object", properties: members } } } };
  const started = processorNow();
  assert.ok(readModelSchema(wide, { $ref: "#/components/schemas/Wide" }));
  assert.ok(processorNow() - started < 5_000, "200 to the power of 5 were read");
  const many = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, index) => [`field_${index}`, { type: "string" }]),
  );
  assert.equal(readModelSchema({}, { properties: many })?.fields.size, 200);
  for (const nothing of [undefined, null, 7, "x", [], {}, { properties: [] }]) {
    assert.equal(readModelSchema(nothing, nothing), undefined);
  }
});
