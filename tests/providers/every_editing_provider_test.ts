/** What every provider that takes pictures, or whose tasks outlive a call, owes its user, against each vendor's fake. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { decodeImage } from "../../src/images/transform.ts";
import { closeImageWorkers } from "../../src/images/workers.ts";
import { doubao } from "../../src/providers/doubao/provider.ts";
import { fal } from "../../src/providers/fal/provider.ts";
import { flux } from "../../src/providers/flux/provider.ts";
import { gemini } from "../../src/providers/gemini/provider.ts";
import { hunyuan } from "../../src/providers/hunyuan/provider.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import type {
  CallContext,
  ImageProvider,
  ImageRequest,
  ImageResult,
  InputImage,
  InputRole,
  ProviderDefinition,
} from "../../src/providers/provider.ts";
import { qwen } from "../../src/providers/qwen/provider.ts";
import { replicate } from "../../src/providers/replicate/provider.ts";
import { sdwebui } from "../../src/providers/sdwebui/provider.ts";
import { stability } from "../../src/providers/stability/provider.ts";
import { fakeArk } from "../fakes/ark.ts";
import { startBfl } from "../fakes/bfl.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { startDashScope } from "../fakes/dashscope.ts";
import type { EditingVendor } from "../fakes/editing_vendor.ts";
import { startFal } from "../fakes/fal.ts";
import { fakeGemini } from "../fakes/gemini.ts";
import { fakeOpenAI } from "../fakes/openai.ts";
import { drawPng } from "../fakes/pictures.ts";
import { png } from "../fakes/png.ts";
import { startReplicate } from "../fakes/replicate.ts";
import { startWebUi } from "../fakes/sdwebui.ts";
import { startStability } from "../fakes/stability.ts";
import { startTencent } from "../fakes/tencent.ts";
import { startTokenHub } from "../fakes/tokenhub.ts";
import { until } from "../support/wait.ts";
import { namedServer, startNamedServer } from "./named_server.ts";
import { openProvider } from "./open_provider.ts";

interface Vendor {
  /** The provider, with its models where they differ. */
  readonly name: string;
  readonly definition: ProviderDefinition;
  readonly start: () => EditingVendor | Promise<EditingVendor>;
  /** Whether it takes a mask. */
  readonly masks: boolean;
  /** Whether an accepted task can be fetched after a crash. */
  readonly resumes: boolean;
  /** Whether pictures are fetched from a download host, where they expire. */
  readonly downloads: boolean;
}

const VENDORS: readonly Vendor[] = [
  {
    name: "hunyuan",
    definition: hunyuan,
    start: () => startTencent(),
    masks: false,
    resumes: true,
    downloads: true,
  },
  ...["hy-image-v3", "hy-image-v3.5-preview"].map((model) => ({
    name: `hunyuan with ${model} of TokenHub`,
    definition: hunyuan,
    start: () => startTokenHub({ model }),
    masks: false,
    resumes: false,
    downloads: true,
  })),
  {
    name: "doubao",
    definition: doubao,
    start: fakeArk,
    masks: false,
    resumes: false,
    downloads: true,
  },
  {
    name: "openai",
    definition: openai,
    start: () => fakeOpenAI(),
    masks: true,
    resumes: false,
    downloads: false,
  },
  {
    name: "openai at a compatible server",
    definition: openai,
    start: () => fakeOpenAI({ like: { pictures: "url", errors: "text", edits: true } }),
    masks: true,
    resumes: false,
    downloads: false,
  },
  {
    name: "a server named in OPENAI_COMPATIBLE",
    definition: namedServer,
    start: () => startNamedServer({ pictures: "b64_json", errors: "detail", edits: true }),
    masks: true,
    resumes: false,
    downloads: false,
  },
  { name: "flux", definition: flux, start: startBfl, masks: true, resumes: true, downloads: true },
  {
    name: "stability",
    definition: stability,
    start: () => startStability(),
    masks: true,
    resumes: false,
    downloads: false,
  },
  {
    name: "stability with generations that take their time",
    definition: stability,
    start: () => startStability({ model: "upscale-creative" }),
    masks: true,
    resumes: true,
    downloads: false,
  },
  {
    name: "gemini",
    definition: gemini,
    start: fakeGemini,
    masks: false,
    resumes: false,
    downloads: false,
  },
  {
    name: "qwen",
    definition: qwen,
    start: () => startDashScope(),
    masks: false,
    resumes: false,
    downloads: true,
  },
  {
    name: "qwen with tasks of Wan",
    definition: qwen,
    start: () => startDashScope({ model: "wan2.7-image" }),
    masks: false,
    resumes: true,
    downloads: true,
  },
  { name: "fal", definition: fal, start: startFal, masks: true, resumes: true, downloads: true },
  {
    name: "replicate",
    definition: replicate,
    start: startReplicate,
    masks: true,
    resumes: true,
    downloads: true,
  },
  {
    name: "sdwebui",
    definition: sdwebui,
    start: () => startWebUi(),
    masks: true,
    resumes: false,
    downloads: false,
  },
  {
    name: "comfyui",
    definition: comfyui,
    start: () => startComfyui(),
    masks: true,
    resumes: true,
    downloads: false,
  },
];

for (const vendor of VENDORS) {
  const { name } = vendor;

  Deno.test(`${name} sends the picture to change as it came in`, async () => {
    await using fake = await vendor.start();
    const base = input("base");
    const { images } = await providerOf(vendor, fake).generate(edit([base]), context());
    assert.deepEqual(fake.edits.map(({ images }) => images), [[base.bytes]]);
    assert.match(fake.edits[0]!.prompt, /^make the sky red/);
    assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
  });

  Deno.test(`${name} takes as many pictures as it says, in every role it names`, async () => {
    await using fake = await vendor.start();
    const provider = providerOf(vendor, fake);
    const { inputs } = provider.capabilities();
    assert.ok(inputs);
    const others = inputs.roles.filter((role) => role !== "base");
    const images = Array.from(
      { length: inputs.maxImages },
      (_, index) => input(index === 0 ? "base" : others[index % others.length]!, String(index)),
    );
    await provider.generate(edit(images), context());
    assert.deepEqual(fake.edits[0]?.images, images.map(({ bytes }) => bytes));
  });
}

for (const vendor of VENDORS.filter(({ masks }) => masks)) {
  const { name } = vendor;

  Deno.test(`${name} sends a mask of the kind it says, for the picture to change`, async () => {
    await using fake = await vendor.start();
    const provider = providerOf(vendor, fake);
    const base = input("base");
    const mask = maskFor(base);
    await provider.generate({ ...edit([base]), mask }, context());
    assert.deepEqual(fake.edits[0]?.images, [base.bytes]);
    const sent = fake.edits[0]!.mask!;
    const kind = provider.capabilities().mask;
    if (kind === "white") return assert.deepEqual(sent, mask.bytes);
    assert.equal(kind, "alpha");
    const { pixels } = await decodeImage(sent);
    closeImageWorkers();
    assert.deepEqual([pixels[3], pixels[(base.width - 1) * 4 + 3]], [0, 255]);
  });
}

for (const vendor of VENDORS.filter(({ resumes }) => resumes)) {
  const { name } = vendor;

  Deno.test(`${name} fetches after a crash what was accepted before, and pays once`, async () => {
    await using fake = await vendor.start();
    const ticket = await crash(vendor, fake);
    for (const secret of fake.secrets) assert.ok(!ticket.includes(secret));
    fake.finish!();
    const { images, model } = await providerOf(vendor, fake).resume!(ticket, context());
    assert.deepEqual(images.map(({ bytes }) => bytes), fake.pictures);
    assert.equal(fake.edits.length, 1);
    assert.ok(model.length > 0);
  });

  Deno.test(`${name} says that a task it finds no more must be asked for again`, async () => {
    await using fake = await vendor.start();
    const ticket = await crash(vendor, fake);
    fake.forget!();
    for (const text of [ticket, "not a ticket"]) {
      const error = await failureOf(providerOf(vendor, fake).resume!(text, context()));
      assert.equal(error.code, "job_not_found");
      assert.match(error.message, /ask for the picture again/);
    }
  });
}

for (const vendor of VENDORS.filter(({ downloads }) => downloads)) {
  const { name } = vendor;

  Deno.test(`${name} says that a picture has expired, and asks for it no more than once`, async () => {
    await using fake = await vendor.start();
    fake.expire!();
    const error = await failureOf(providerOf(vendor, fake).generate(edit([]), context()));
    assert.equal(error.code, "missing_content");
    assert.match(error.message, /no longer keeps it.*again/);
    assert.equal(error.details.drawn, true);
    assert.equal(fake.downloads.length, 1);
  });
}

/** Stops a call after the vendor has accepted it, as the end of a process does; returns the ticket. */
async function crash(vendor: Vendor, fake: EditingVendor): Promise<string> {
  fake.hold!();
  const stop = new AbortController();
  let ticket: string | undefined;
  const asking = providerOf(vendor, fake).generate(edit([input("base")]), {
    ...context(),
    signal: stop.signal,
    onAccepted: (given) => void (ticket = given),
  });
  const accepted = await until("the task is accepted", () => ticket);
  const reason = new ImageError("interrupted", "The process ended");
  stop.abort(reason);
  assert.equal(await failureOf(asking), reason);
  return accepted;
}

function edit(inputs: readonly InputImage[]): ImageRequest {
  const operation = inputs.length > 0 ? "edit" : "generate";
  return { operation, prompt: "make the sky red", inputs, count: 1, options: {} };
}

function input(role: InputRole, note = "a picture"): InputImage {
  const bytes = drawPng(320, 256, note);
  const info = { mediaType: "image/png", width: 320, height: 256, sizeBytes: bytes.length };
  return { hash: note, role, bytes, ...info };
}

/** The left half may change. */
function maskFor({ width, height, ...base }: InputImage): InputImage {
  const bytes = png(width, height, 0, (x) => [x < width / 2 ? 255 : 0]);
  return { ...base, hash: "the mask", width, height, bytes, sizeBytes: bytes.length };
}

function context(): CallContext {
  return { signal: new AbortController().signal, onProgress() {}, onAccepted() {} };
}

function providerOf({ definition }: Vendor, { environment }: EditingVendor): ImageProvider {
  return openProvider(definition, environment);
}

async function failureOf(asking: Promise<ImageResult>): Promise<ImageError> {
  const outcome = await asking.catch((thrown: unknown) => thrown);
  assert.ok(outcome instanceof ImageError, Deno.inspect(outcome));
  return outcome;
}
