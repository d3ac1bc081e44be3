/**
 * A small Stable Diffusion web UI in three kinds: it knows every field of the common API and its
 * type, lists what it has, draws one picture at a time and can be asked how far it is.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { drawPng } from "./pictures.ts";
import { cutShort, FaultPlan, hang } from "./vendor_parts.ts";

export type WebUiKind = "AUTOMATIC1111" | "Forge" | "SD.Next";

export interface FakeWebUi extends EditingVendor {
  /** What costs nothing: lists, questions how far it is, interrupts; drawings are in `requests`. */
  readonly looks: readonly SeenRequest[];
  /** How often it was told to stop. */
  readonly interrupts: number;
  /** The titles of its checkpoints, in order; may be changed. */
  readonly checkpoints: string[];
  /** Files that are found once it looks at its folders again. */
  readonly added: string[];
  readonly loras: string[];
  /** Begins or ends a drawing for somebody at its own pages. */
  drawForOthers(isDrawing: boolean): void;
  /** How far the drawing is that is held. */
  reach(step: number): void;
  /** Draws nothing more, as where no checkpoint can be loaded. */
  unload(): void;
}

export interface WebUiOptions {
  readonly kind?: WebUiKind;
  readonly hasAuth?: boolean;
  /** Whether its API was started, too. */
  readonly hasApi?: boolean;
  readonly checkpoints?: readonly string[];
  readonly loras?: readonly string[];
}

/** The checkpoint that is loaded is the first. */
const CHECKPOINTS = ["dreamshaper_8.safetensors [879db523c3]", "juggernautXL_v9.safetensors"];
const STEPS_OF_JOB = 20;

export function startWebUi({
  kind = "AUTOMATIC1111",
  hasAuth = true,
  hasApi = true,
  checkpoints: listed = CHECKPOINTS,
  loras: listedLoras = ["detail_tweaker", "film grain"],
}: WebUiOptions = {}): FakeWebUi {
  const password = crypto.randomUUID();
  const basic = `Basic ${btoa(`ann:${password}`)}`;
  const requests: SeenRequest[] = [];
  const looks: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const edits: SeenEdit[] = [];
  const checkpoints = [...listed];
  const loras = [...listedLoras];
  const added: string[] = [];
  const faults = new FaultPlan<Fault>();
  const closing = new AbortController();
  let interrupts = 0;
  let step = 0;
  let jobs = 0;
  let isUnloaded = false;
  let isDrawingForOthers = false;
  let held: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;
  let isDrawing = false;

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const asked = await seen(request);
    const [path = ""] = asked.path.split("?");
    if (path === "/internal/ping") return Response.json({});
    if (!hasApi) return Response.json({ detail: "Not Found" }, { status: 404 });
    const isDrawing = DRAWINGS.includes(path);
    (isDrawing ? requests : looks).push(asked);
    if (hasAuth && !OPEN_PATHS.includes(path) && asked.headers.authorization !== basic) {
      return UNAUTHORIZED[kind]();
    }
    const fault = isDrawing ? faults.next() : undefined;
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    if (fault !== undefined) return faultAnswer(fault, asked, kind);
    try {
      if (isDrawing) return Response.json(await draw(asked, path));
      const answer = look(asked, path);
      return answer instanceof Response ? answer : Response.json(answer);
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer(kind);
      throw refusal;
    }
  });

  function look({ method }: SeenRequest, path: string): unknown {
    const row = `${method} ${path.replace("/sdapi/v1/", "")}`;
    switch (row) {
      case "GET sd-models":
        return checkpoints.map(modelEntry);
      case "GET loras":
        return loras.map((name) => ({ name, alias: name, path: `/m/${name}`, metadata: {} }));
      case "GET options":
        return { sd_model_checkpoint: checkpoints[0] ?? null, samples_format: "png" };
      case "GET progress":
        return progress();
      case "POST interrupt":
        interrupts++;
        finish();
        return kind === "SD.Next" ? new Response(null, { status: 204 }) : {};
      case "POST refresh-checkpoints":
        checkpoints.push(...added.splice(0));
        return null;
      case "POST refresh-loras":
        return null;
      case "GET version":
        if (kind === "SD.Next") return { commit: "058a7f0", updated: "2026-07-23", branch: "dev" };
        break;
      case "GET sd-modules":
        if (kind === "Forge") return [{ model_name: "ae", filename: "/m/ae.safetensors" }];
    }
    throw new Refusal(404, "HTTPException", "Not Found");
  }

  function progress() {
    const isBusy = isDrawing || isDrawingForOthers;
    const job = jobs + (isDrawing && !isDrawingForOthers ? 1 : 0);
    return {
      progress: isBusy ? Math.min(0.01 + step / STEPS_OF_JOB, 1) : 0,
      eta_relative: isBusy ? (STEPS_OF_JOB - step) * 2 : 0,
      state: {
        skipped: false,
        interrupted: false,
        job: isBusy ? "scripts_txt2img" : "",
        job_count: isBusy ? 1 : 0,
        job_timestamp: `2026112518000${job}`,
        job_no: 0,
        sampling_step: step,
        sampling_steps: isBusy ? STEPS_OF_JOB : 0,
      },
      current_image: isBusy && step > 0 ? drawPng(64, 64, `step ${step}`).toBase64() : null,
      textinfo: null,
    };
  }

  async function draw({ json }: SeenRequest, path: string) {
    const body = checkedBody(json, path);
    const isEdit = path.endsWith("img2img");
    const images = isEdit ? body.init_images?.map(decode) ?? [] : [];
    if (isEdit && images.length === 0) {
      throw new Refusal(404, "HTTPException", "Init image not found");
    }
    const sampler = samplerFor(body.sampler_name, kind);
    const mask = body.mask === undefined ? {} : { mask: decode(body.mask) };
    if (isEdit) edits.push({ prompt: body.prompt ?? "", images, ...mask });
    isDrawing = true;
    await held?.promise;
    isDrawing = false;
    jobs++;
    if (isUnloaded) return { images: [], parameters: {}, info: "" };
    const picture = drawPng(body.width ?? 512, body.height ?? 512, crypto.randomUUID());
    pictures.push(picture);
    const title =
      checkpoints.find((each) => each === body.override_settings?.sd_model_checkpoint) ??
        checkpoints[0]!;
    const seed = body.seed === undefined || body.seed < 0 ? 2026112518 : body.seed;
    return {
      images: [picture.toBase64()],
      parameters: { ...body, init_images: null, mask: null },
      info: JSON.stringify({
        seed,
        all_seeds: [seed],
        sampler_name: sampler,
        steps: body.steps,
        cfg_scale: body.cfg_scale,
        sd_model_name: modelEntry(title).model_name,
        sd_model_hash: modelEntry(title).hash,
        index_of_first_image: 0,
      }),
    };
  }

  function finish(): void {
    held?.resolve();
    held = undefined;
  }

  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    environment: {
      SDWEBUI_URL: url,
      ...hasAuth ? { SDWEBUI_USERNAME: "ann", SDWEBUI_PASSWORD: password } : {},
    },
    secrets: [password, btoa(`ann:${password}`)],
    requests,
    looks,
    downloads: [],
    pictures,
    edits,
    checkpoints,
    added,
    loras,
    get interrupts() {
      return interrupts;
    },
    drawForOthers(isAtWork) {
      if (isDrawingForOthers && !isAtWork) jobs++;
      isDrawingForOthers = isAtWork;
    },
    reach: (reached) => void (step = reached),
    unload: () => void (isUnloaded = true),
    hold: () => void (held = Promise.withResolvers<void>()),
    finish,
    misbehave(fault, times = Infinity) {
      // A checkpoint whose file was deleted is in no list.
      if (fault === "retired model") checkpoints.splice(0);
      else faults.set(fault, times);
    },
    async [Symbol.asyncDispose]() {
      finish();
      closing.abort();
      await server.shutdown();
    },
  };
}

const DRAWINGS = ["/sdapi/v1/txt2img", "/sdapi/v1/img2img"];
/** The Lora extension's paths ask for no password. */
const OPEN_PATHS = ["/sdapi/v1/loras", "/sdapi/v1/refresh-loras"];
const SAMPLERS = ["DPM++ 2M", "Euler a", "Euler"];

interface Body {
  readonly prompt?: string;
  readonly seed?: number;
  readonly steps?: number;
  readonly cfg_scale?: number;
  readonly width?: number;
  readonly height?: number;
  readonly sampler_name?: string;
  readonly override_settings?: { readonly sd_model_checkpoint?: string };
  readonly init_images?: readonly string[];
  readonly mask?: string;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isWhole: Check = Number.isInteger;
const isFlag: Check = (value) => typeof value === "boolean";

/** The fields that all three know, with their types; Forge's guidance is passed over by the others. */
const FIELDS: Readonly<Record<string, Check>> = {
  prompt: isText,
  negative_prompt: isText,
  seed: isWhole,
  steps: isWhole,
  cfg_scale: isNumber,
  distilled_cfg_scale: isNumber,
  width: isWhole,
  height: isWhole,
  batch_size: isWhole,
  n_iter: isWhole,
  sampler_name: isText,
  override_settings: (value) => typeof value === "object" && value !== null,
  override_settings_restore_afterwards: isFlag,
  send_images: isFlag,
  save_images: isFlag,
};

const FIELDS_OF_EDIT: Readonly<Record<string, Check>> = {
  ...FIELDS,
  init_images: (value) => Array.isArray(value) && value.every(isText),
  mask: isText,
  denoising_strength: (value) => isNumber(value) && Number(value) >= 0 && Number(value) <= 1,
  resize_mode: isWhole,
  include_init_images: isFlag,
  inpainting_mask_invert: isWhole,
  inpainting_fill: isWhole,
  inpaint_full_res: isFlag,
  mask_blur: isWhole,
};

function checkedBody(json: unknown, path: string): Body {
  const fields = path.endsWith("img2img") ? FIELDS_OF_EDIT : FIELDS;
  const mistakes = Object.entries(json as Record<string, unknown>)
    .filter(([name, value]) => !fields[name]?.(value))
    .map(([name]) => ({ loc: ["body", name], msg: "is not what it may be", type: "type_error" }));
  if (mistakes.length > 0) throw new Refusal(422, "RequestValidationError", mistakes);
  return json as Body;
}

function samplerFor(name: string | undefined, kind: WebUiKind): string {
  const known = name === undefined
    ? "Euler"
    : SAMPLERS.find((each) => name.toLowerCase().startsWith(each.toLowerCase()));
  if (known) return known;
  if (kind === "Forge") return SAMPLERS[0]!; // in silence
  throw new Refusal(404, "HTTPException", "Sampler not found");
}

function modelEntry(title: string) {
  const [, file = title, hash = null] = /^(.*?)(?: \[([\da-f]+)\])?$/.exec(title) ?? [];
  const model_name = file.replace(/\.safetensors$/, "");
  return { title, model_name, hash, sha256: null, filename: `/models/${file}`, config: null };
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.fromBase64(text);
  if (!identifyImage(bytes)) throw new Refusal(500, "HTTPException", "Invalid encoded image");
  return bytes;
}

class Refusal extends Error {
  constructor(readonly status: number, readonly kind: string, readonly detail: unknown) {
    super(kind);
  }

  answer(kind: WebUiKind): Response {
    const { status, detail } = this;
    if (status === 422) return Response.json({ detail }, { status });
    const body = { error: this.kind, detail, body: "", errors: "" };
    return Response.json(kind === "SD.Next" ? { ...body, code: status } : body, { status });
  }
}

const BASIC = { headers: { "www-authenticate": "Basic" }, status: 401 };
const UNAUTHORIZED: Readonly<Record<WebUiKind, () => Response>> = {
  "AUTOMATIC1111": () => Response.json({ detail: "Incorrect username or password" }, BASIC),
  "Forge": () => Response.json({ detail: "Incorrect username or password" }, BASIC),
  "SD.Next": () => Response.json({ error: "HTTPException", detail: "Unauthorized" }, BASIC),
};

function faultAnswer(fault: Fault, asked: SeenRequest, kind: WebUiKind): Response {
  switch (fault) {
    case "nonsense JSON":
      return new Response(`{"images":["iVBO`, { headers: { "content-type": "application/json" } });
    case "dead socket":
      return cutShort(new Uint8Array(2));
    case "wrong key":
      return UNAUTHORIZED[kind]();
    case "rate limited":
      return Response.json({ error: "HTTPException", detail: "Rate limit exceeded", code: 429 }, {
        status: 429,
      });
    default: {
      // A careless extension that shows what it was sent, the password included.
      const errors = `RuntimeError with ${JSON.stringify(asked.headers)}`;
      return Response.json({ error: "RuntimeError", detail: "", body: "", errors }, {
        status: 500,
      });
    }
  }
}
