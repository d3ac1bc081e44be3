/** Stable Diffusion web UIs against a strict stand-in in three kinds. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  InputImage,
} from "../../src/providers/provider.ts";
import { sdwebui } from "../../src/providers/sdwebui/provider.ts";
import { drawPng } from "../fakes/pictures.ts";
import { type FakeWebUi, startWebUi } from "../fakes/sdwebui.ts";
import { shortPauses, until } from "../support/wait.ts";
import { openProvider } from "./open_provider.ts";

const BASE = input("the base", 640, 480);
const MASK = input("the mask", 640, 480);

Deno.test("a checkpoint of no known kind draws as Stable Diffusion 1.5 does, at its size", async () => {
  await using fake = startWebUi();
  const { images, model, usage } = await draw(fake, {
    negativePrompt: "people",
    seed: 7,
    style: "watercolor",
  });
  assert.equal(fake.requests[0]?.path, "/sdapi/v1/txt2img");
  const { prompt, ...body } = bodies(fake)[0];
  assert.match(prompt, /^a cat, watercolour painting, /);
  assert.deepEqual(body, {
    negative_prompt: "people",
    seed: 7,
    width: 512,
    height: 512,
    batch_size: 1,
    n_iter: 1,
    steps: 25,
    cfg_scale: 7,
    override_settings: {},
    override_settings_restore_afterwards: true,
    send_images: true,
    save_images: false,
  });
  assert.equal(images[0]?.seed, 7);
  assert.equal(model, "dreamshaper_8");
  assert.deepEqual(usage, {
    sampler: "Euler",
    steps: 25,
    cfg_scale: 7,
    checkpoint_hash: "879db523c3",
  });
});

Deno.test("without a seed, the one that the web UI chose is told", async () => {
  await using fake = startWebUi();
  const { images } = await draw(fake, {});
  assert.equal(bodies(fake)[0].seed, -1);
  assert.equal(images[0]?.seed, 2026112518);
});

for (
  const [model, wanted] of [
    ["juggernautXL_v9", { width: 1024, height: 1024, steps: 25, cfg_scale: 6 }],
    ["juggernaut", { width: 1024, height: 1024, steps: 25, cfg_scale: 6 }],
    ["sd3.5_large", { width: 1024, height: 1024, steps: 28, cfg_scale: 4.5 }],
    ["dreamshaperXL_lightning", { width: 1024, height: 1024, steps: 8, cfg_scale: 1.5 }],
    ["v1-5-pruned-emaonly", { width: 512, height: 512, steps: 25, cfg_scale: 7 }],
    [
      "flux1-dev-Q8",
      { width: 1024, height: 1024, steps: 20, cfg_scale: 1, distilled_cfg_scale: 3.5 },
    ],
  ] as const
) {
  Deno.test(`${model} is asked for as its kind wants`, async () => {
    await using fake = startWebUi({
      checkpoints: [
        "dreamshaper_8.safetensors [879db523c3]",
        "juggernautXL_v9.safetensors",
        "sd/sd3.5_large.safetensors [ffef7a279d]",
        "dreamshaperXL_lightning.safetensors",
        "v1-5-pruned-emaonly.safetensors [6ce0161689]",
        "flux1-dev-Q8.gguf",
      ],
    });
    const result = await draw(fake, { model });
    const { override_settings, ...body } = bodies(fake)[0];
    for (const [name, value] of Object.entries(wanted)) assert.equal(body[name], value, name);
    assert.ok(fake.checkpoints.includes(override_settings.sd_model_checkpoint));
    assert.match(result.model, new RegExp(`${model}`, "i"));
    assert.deepEqual(result.warnings, []);
  });
}

for (
  const [quality, steps] of [["low", 13], ["medium", 25], ["high", 40], ["max", 75]] as const
) {
  Deno.test(`quality ${quality} is ${steps} steps of a checkpoint that wants 25`, async () => {
    await using fake = startWebUi();
    await draw(fake, { options: { quality } });
    assert.equal(bodies(fake)[0].steps, steps);
  });
}

Deno.test("variables say the model, the sampler, the steps and the scale", async () => {
  await using fake = startWebUi();
  const env = {
    SDWEBUI_MODEL: "juggernautXL_v9",
    SDWEBUI_SAMPLER: "DPM++ 2M Karras",
    SDWEBUI_STEPS: "30",
    SDWEBUI_CFG_SCALE: "5.5",
  };
  const { warnings } = await draw(fake, { options: { quality: "low" } }, env);
  const { sampler_name, steps, cfg_scale, override_settings } = bodies(fake)[0];
  assert.deepEqual([sampler_name, steps, cfg_scale], ["DPM++ 2M Karras", 15, 5.5]);
  assert.equal(override_settings.sd_model_checkpoint, "juggernautXL_v9.safetensors");
  assert.deepEqual(warnings, []);
});

Deno.test("a sampler that Forge passes over in silence is told", async () => {
  await using fake = startWebUi({ kind: "Forge" });
  const { warnings } = await draw(fake, {}, { SDWEBUI_SAMPLER: "DDIMM" });
  assert.match(warnings[0]!, /sampler "DPM\+\+ 2M" and not with "DDIMM".*SDWEBUI_SAMPLER/);
});

Deno.test("a sampler that AUTOMATIC1111 has not is an error that names the variable", async () => {
  await using fake = startWebUi();
  const error = await failureOf(draw(fake, {}, { SDWEBUI_SAMPLER: "DDIMM" }));
  assert.equal(error.code, "invalid_config");
  assert.match(error.message, /no sampler "DDIMM".*SDWEBUI_SAMPLER/);
});

Deno.test("a model may be a LoRA, or a checkpoint and LoRAs with weights", async () => {
  await using fake = startWebUi();
  const provider = providerOf(fake);
  const models = ["lora:detail_tweaker", "juggernautXL_v9+lora:detail_tweaker:0.7+film grain:-1"];
  const results = [];
  for (const model of models) results.push(await provider.generate(request({ model }), context()));
  assert.deepEqual(bodies(fake).map(({ prompt }) => prompt), [
    "a cat <lora:detail_tweaker:1>",
    "a cat <lora:detail_tweaker:0.7> <lora:film grain:-1>",
  ]);
  assert.deepEqual(bodies(fake)[0].override_settings, {});
  assert.deepEqual(results.map(({ model }) => model), [
    "dreamshaper_8+lora:detail_tweaker:1",
    "juggernautXL_v9+lora:detail_tweaker:0.7+lora:film grain:-1",
  ]);
});

Deno.test("what was read last is listed without a network, and before that nothing", async () => {
  await using fake = startWebUi();
  const provider = providerOf(fake);
  assert.deepEqual(provider.models, []);
  await provider.generate(request({}), context());
  const seen = fake.looks.length;
  assert.deepEqual(provider.models, [
    "dreamshaper_8",
    "juggernautXL_v9",
    "lora:detail_tweaker",
    "lora:film grain",
  ]);
  assert.equal(sizeOf(provider), 512);
  assert.equal(sizeOf(provider, "juggernautXL_v9"), 1024);
  assert.equal(fake.looks.length, seen);
});

Deno.test("what was just read is not read again for each picture", async () => {
  await using fake = startWebUi();
  const provider = providerOf(fake);
  for (let picture = 0; picture < 3; picture++) await provider.generate(request({}), context());
  assert.equal(fake.looks.filter(({ path }) => path.endsWith("/sd-models")).length, 1);
  assert.equal(fake.looks.filter(({ path }) => path.endsWith("/loras")).length, 1);
});

Deno.test("a checkpoint that was added while the web UI ran is found", async () => {
  await using fake = startWebUi();
  const provider = providerOf(fake);
  await provider.generate(request({}), context());
  fake.added.push("newcomerXL.safetensors");
  const { model } = await provider.generate(request({ model: "newcomerXL" }), context());
  assert.equal(model, "newcomerXL");
});

Deno.test("a model that is not there is refused, since a web UI would draw with another in silence", async () => {
  await using fake = startWebUi();
  const error = await failureOf(draw(fake, { model: "juggernautXl_v8" }));
  assert.equal(error.code, "model_unavailable");
  assert.match(
    error.message,
    /no checkpoint or LoRA "juggernautXl_v8"; did you mean 'juggernautXL_v9'\?/,
  );
  assert.match(error.message, /SDWEBUI_MODEL or the argument 'model'/);
  assert.equal(fake.requests.length, 0);
});

Deno.test("a web UI without a loaded checkpoint says what to do", async () => {
  await using fake = startWebUi({ kind: "SD.Next" });
  fake.unload();
  const error = await failureOf(draw(fake, {}));
  assert.equal(error.code, "model_unavailable");
  assert.match(error.message, /no checkpoint is loaded.*SDWEBUI_MODEL/);
});

Deno.test("a picture is changed at its own size, as far as its strength says", async () => {
  await using fake = startWebUi();
  await draw(fake, { operation: "edit", inputs: [BASE], strength: 0.4 });
  assert.equal(fake.requests[0]?.path, "/sdapi/v1/img2img");
  const body = bodies(fake)[0];
  assert.deepEqual([body.width, body.height, body.denoising_strength], [640, 480, 0.4]);
  assert.equal(body.mask, undefined);
  assert.deepEqual(fake.edits[0]?.images, [BASE.bytes]);
});

Deno.test("a mask is white where the picture is drawn anew, from what is there", async () => {
  await using fake = startWebUi();
  await draw(fake, { operation: "edit", inputs: [BASE], mask: MASK });
  const { inpainting_mask_invert, inpainting_fill, inpaint_full_res, denoising_strength } =
    bodies(fake)[0];
  assert.deepEqual(
    [inpainting_mask_invert, inpainting_fill, inpaint_full_res, denoising_strength],
    [0, 1, false, 0.75],
  );
  assert.deepEqual(fake.edits[0]?.mask, MASK.bytes);
});

Deno.test("a picture too large for a graphics card is changed smaller, in its shape, and told", async () => {
  await using fake = startWebUi();
  const large = input("large", 6000, 3000);
  const { warnings } = await draw(fake, { operation: "edit", inputs: [large] });
  const { width, height } = bodies(fake)[0];
  assert.deepEqual([width, height], [2896, 1448]);
  assert.match(warnings[0]!, /changed at 2896x1448.*6000x3000/);
});

Deno.test("a size far beyond what the checkpoint knows is drawn with a warning", async () => {
  await using fake = startWebUi();
  const { warnings } = await draw(fake, { size: "1024x1024" });
  assert.match(warnings[0]!, /trained with pictures of about 512x512.*twice/);
  const others = await draw(fake, { size: "1024x1024", model: "juggernautXL_v9" });
  assert.deepEqual(others.warnings, []);
});

Deno.test("steps are told and unfinished pictures shown while it draws", async () => {
  await using fake = startWebUi();
  using _ = shortPauses();
  fake.hold!();
  const messages: string[] = [];
  const partials: Uint8Array[] = [];
  const drawing = providerOf(fake).generate(request({}), {
    ...context(),
    onProgress: ({ message }) => void messages.push(message),
    onPartialImage: (bytes) => void partials.push(bytes),
  });
  fake.reach(4);
  await until("step 5 is told", () => messages.some((each) => /step 5 of 20, 21 %/.test(each)));
  fake.reach(9);
  await until("step 10 is told", () => messages.some((each) => /step 10 of 20/.test(each)));
  fake.finish!();
  await drawing;
  assert.deepEqual(partials, ["step 4", "step 9"].map((note) => drawPng(64, 64, note)));
  assert.ok(messages.some((each) => /about 22 s left/.test(each)));
});

Deno.test("unfinished pictures are not asked for where nobody sees them", async () => {
  await using fake = startWebUi();
  using _ = shortPauses();
  fake.hold!();
  const drawing = draw(fake, {});
  const questions = () => fake.looks.filter(({ path }) => path.includes("/progress"));
  await until("it is asked how far it is", () => questions().length > 2);
  fake.finish!();
  await drawing;
  assert.ok(questions().every(({ path }) => path.endsWith("?skip_current_image=true")));
});

for (const kind of ["AUTOMATIC1111", "SD.Next"] as const) {
  Deno.test(`${kind} is told to stop when nobody wants the picture any more`, async () => {
    await using fake = startWebUi({ kind });
    fake.hold!();
    const { cancel } = await begin(fake);
    await cancel();
    assert.equal(fake.interrupts, 1);
  });
}

Deno.test("what somebody draws at the web UI's own pages is neither shown nor stopped", async () => {
  await using fake = startWebUi();
  using _ = shortPauses();
  fake.drawForOthers(true);
  fake.reach(3);
  fake.hold!();
  const messages: string[] = [];
  const partials: Uint8Array[] = [];
  const { cancel } = await begin(fake, {
    onProgress: ({ message }) => void messages.push(message),
    onPartialImage: (bytes) => void partials.push(bytes),
  });
  await until("it waits", () => messages.some((each) => /for somebody else first/.test(each)));
  await cancel();
  assert.equal(fake.interrupts, 0);
  assert.deepEqual(partials, []);
});

Deno.test("once the other drawing is over, its own is told, shown and stopped", async () => {
  await using fake = startWebUi();
  using _ = shortPauses();
  fake.drawForOthers(true);
  fake.hold!();
  const messages: string[] = [];
  const { cancel } = await begin(fake, {
    onProgress: ({ message }) => void messages.push(message),
  });
  await until("it waits", () => messages.some((each) => /for somebody else first/.test(each)));
  fake.drawForOthers(false);
  fake.reach(2);
  await until("its own is told", () => messages.some((each) => /step 3 of 20/.test(each)));
  await cancel();
  assert.equal(fake.interrupts, 1);
});

Deno.test("a web UI that tells nothing of its progress draws all the same", async () => {
  await using fake = startWebUi({ hasAuth: false });
  const withoutProgress: typeof fetch = (input, init) =>
    String(input).includes("/progress")
      ? Promise.resolve(Response.json({ detail: "Not Found" }, { status: 404 }))
      : fetch(input, init);
  const opened = sdwebui.open(
    new Map([["SDWEBUI_URL", { value: fake.url, source: "a test" }]]),
    { fetch: withoutProgress, now: Date.now },
    [],
  );
  assert.ok(opened.on);
  const { images } = await opened.provider.generate(request({}), context());
  assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
});

Deno.test("a web UI whose API is off is an error that says how to start it", async () => {
  await using fake = startWebUi({ hasApi: false });
  const error = await failureOf(draw(fake, {}));
  assert.match(error.message, /API is off.*Start AUTOMATIC1111 or Forge with --api.*SDWEBUI_URL/);
});

Deno.test("a missing password is told apart from a wrong one", async () => {
  await using fake = startWebUi();
  for (
    const [env, tells] of [
      [
        { SDWEBUI_URL: fake.url },
        /asks for a name and password.*SDWEBUI_USERNAME and SDWEBUI_PASSWORD/,
      ],
      [
        { SDWEBUI_URL: fake.url, SDWEBUI_USERNAME: "ann", SDWEBUI_PASSWORD: "mistaken" },
        /does not accept SDWEBUI_USERNAME with SDWEBUI_PASSWORD/,
      ],
    ] as const
  ) {
    const asking = openProvider(sdwebui, env).generate(request({}), context());
    const error = await failureOf(asking);
    assert.equal(error.code, "authentication_failed");
    assert.match(error.message, tells);
    assert.ok(!error.message.includes("mistaken"));
  }
});

for (
  const [body, status, code, tells] of [
    [
      {
        error: "OutOfMemoryError",
        detail: "",
        body: "",
        errors: "CUDA out of memory. Tried 2 GiB",
      },
      500,
      "provider_error",
      /ran out of memory.*CUDA.*smaller resolution/,
    ],
    [
      { detail: [{ loc: ["body", "steps"], msg: "value is not a valid integer", type: "t" }] },
      422,
      "invalid_parameters",
      /body\.steps: value is not a valid integer/,
    ],
    ["TypeError", 500, "provider_error", /failed inside with HTTP 500/],
    [{ detail: "Model not found" }, 404, "model_unavailable", /SDWEBUI_MODEL/],
  ] as const
) {
  Deno.test(`HTTP ${status} with ${JSON.stringify(body).slice(0, 40)} becomes ${code}`, async () => {
    await using fake = startWebUi({ hasAuth: false });
    const failing: typeof fetch = (input, init) =>
      String(input).endsWith("/txt2img")
        ? Promise.resolve(Response.json(body, { status }))
        : fetch(input, init);
    const env = new Map([["SDWEBUI_URL", { value: fake.url, source: "a test" }]]);
    const opened = sdwebui.open(env, { fetch: failing, now: Date.now }, []);
    assert.ok(opened.on);
    const error = await failureOf(opened.provider.generate(request({}), context()));
    assert.equal(error.code, code);
    assert.match(error.message, tells);
  });
}

Deno.test("an address may end as people copy it", async () => {
  await using fake = startWebUi({ hasAuth: false });
  const provider = openProvider(sdwebui, { SDWEBUI_URL: `${fake.url}/sdapi/v1/` });
  await provider.generate(request({}), context());
  assert.equal(fake.requests[0]?.path, "/sdapi/v1/txt2img");
});

function draw(fake: FakeWebUi, changes: Partial<ImageRequest>, env: Record<string, string> = {}) {
  return providerOf(fake, env).generate(request(changes), context());
}

/** A drawing that has begun at the fake; `cancel` stops it, and sees that it ends for that reason. */
async function begin(fake: FakeWebUi, changes: Partial<CallContext> = {}) {
  const stop = new AbortController();
  const asking = providerOf(fake).generate(request({}), {
    ...context(),
    ...changes,
    signal: stop.signal,
  });
  asking.catch(() => {});
  await until("it draws", () => fake.requests.length === 1);
  const reason = new ImageError("cancelled", "The request was cancelled");
  return {
    async cancel() {
      stop.abort(reason);
      assert.equal(await failureOf(asking), reason);
    },
  };
}

function providerOf(fake: FakeWebUi, env: Record<string, string> = {}): ImageProvider {
  return openProvider(sdwebui, { ...fake.environment, ...env });
}

function request(changes: Partial<ImageRequest>): ImageRequest {
  return { operation: "generate", prompt: "a cat", inputs: [], count: 1, options: {}, ...changes };
}

function context(): CallContext {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };
}

function input(note: string, width: number, height: number): InputImage {
  const bytes = drawPng(width, height, note);
  const info = { mediaType: "image/png", width, height, sizeBytes: bytes.length };
  return { hash: note, role: "base", bytes, ...info };
}

// deno-lint-ignore no-explicit-any
function bodies(fake: FakeWebUi): any[] {
  return fake.requests.map(({ json }) => json);
}

/** The side of the first size that is listed. */
function sizeOf(provider: ImageProvider, model?: string): number {
  return Number(Object.keys(provider.capabilities(model).sizes.listed)[0]?.split("x")[0]);
}

async function failureOf(asking: Promise<unknown>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
