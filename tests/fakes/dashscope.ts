/**
 * A small Model Studio (DashScope): a bearer key, a path per protocol, tasks that wait, draw and
 * can be cancelled while they wait, and its own codes for every field and value that a model does
 * not know. Pictures lie on a second host, which wants to see no key.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import { type Model, MODELS } from "./dashscope_models.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { FaultPlan, plainFault, startGallery, startServer } from "./vendor_parts.ts";

export interface DashScopeOptions {
  /** QWEN_MODEL of the environment; unset leaves the default. */
  readonly model?: string;
}

export interface FakeDashScope extends EditingVendor {
  /** Lets tasks wait in the queue, where they can be cancelled. */
  holdInQueue(): void;
  hold(): void;
  finish(): void;
  expire(): void;
  forget(): void;
  /** Ids of tasks that were cancelled. */
  readonly cancelled: readonly string[];
  /** The next call is answered with this. */
  answerNext(status: number, body: unknown): void;
  /** The next task ends with this as its `output`, beside its id. */
  endNextTask(output: Readonly<Record<string, unknown>>): void;
}

export function startDashScope({ model }: DashScopeOptions = {}): FakeDashScope {
  const key = `sk-${crypto.randomUUID().replaceAll("-", "")}`;
  const requests: SeenRequest[] = [];
  const edits: SeenEdit[] = [];
  const cancelled: string[] = [];
  const tasks = new Map<string, Task>();
  const scripted: Response[] = [];
  const outputs: Readonly<Record<string, unknown>>[] = [];
  const faults = new FaultPlan<Fault>();
  const gallery = startGallery();
  const closing = new AbortController();
  let heldAs: "PENDING" | "RUNNING" | undefined;

  const server = startServer(gallery, async (request) => {
    const asked = await seen(request);
    requests.push(asked);
    const next = scripted.shift();
    if (next) return next;
    const fault = faults.next();
    const plain = fault && await plainFault(fault, request.signal, closing.signal);
    if (plain) return plain;
    try {
      return Response.json({ ...answerTo(asked, fault), request_id: crypto.randomUUID() });
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });

  function answerTo(asked: SeenRequest, fault: Fault | undefined): object {
    if (asked.headers.authorization !== `Bearer ${key}`) throw WRONG_KEY;
    const [, id, verb] = asked.path.match(/^\/api\/v1\/tasks\/([\w-]+)(\/cancel)?$/) ?? [];
    if (id !== undefined) {
      if (verb && asked.method === "POST") return cancel(id);
      if (!verb && asked.method === "GET") return stateOf(id);
    }
    if (asked.method !== "POST") throw new Refusal(404, "NotFound", "");
    const isTask = asked.headers["x-dashscope-async"] === "enable";
    const isModerated = fault === "refused by moderation";
    if (fault && !(isModerated && isTask)) throw faultOf(fault, asked);
    return submit(asked, isTask, isModerated);
  }

  function submit(asked: SeenRequest, isTask: boolean, isModerated: boolean): object {
    if (asked.headers["content-type"] !== "application/json") throw invalid("not JSON");
    const body = fieldsOf(asked.json, ["model", "input", "parameters"]);
    const rules = MODELS[String(body.model)];
    if (rules === undefined) throw unknownModel(String(body.model));
    if (asked.path !== `/api/v1/services/aigc/${rules.path}`) {
      throw invalid("url error, please check url!");
    }
    if (isTask !== rules.isTask) {
      const kind = isTask ? "asynchronous" : "synchronous";
      throw new Refusal(403, "AccessDenied", `current user api does not support ${kind} calls.`);
    }
    const edit = rules.shape === "messages"
      ? readMessages(body.input, rules)
      : readFields(body.input, rules);
    if (edit.images.length > 0) edits.push(edit);
    const parameters = fieldsOf(body.parameters, rules.parameters);
    const task = { ...drawingOf(parameters, edit, rules), rules, prompt: edit.prompt, isModerated };
    if (!isTask) return { output: { choices: choicesOf(draw(task)) }, usage: usageOf(task) };
    const id = crypto.randomUUID();
    tasks.set(id, task);
    return { output: { task_id: id, task_status: "PENDING" } };
  }

  function stateOf(id: string): object {
    const task = tasks.get(id);
    if (task === undefined) return { output: { task_id: id, task_status: "UNKNOWN" } };
    const scriptedEnd = outputs.shift();
    if (scriptedEnd) return { output: { task_id: id, ...scriptedEnd } };
    if (cancelled.includes(id)) return { output: { task_id: id, task_status: "CANCELED" } };
    if (heldAs) return { output: { task_id: id, task_status: heldAs } };
    if (task.isModerated) {
      return {
        output: {
          task_id: id,
          task_status: "FAILED",
          code: "DataInspectionFailed",
          message: "Output data may contain inappropriate content.",
        },
      };
    }
    const urls = task.urls ??= draw(task);
    const output = task.rules.shape === "messages" ? { choices: choicesOf(urls) } : {
      results: urls.map((url) => ({
        orig_prompt: task.prompt,
        actual_prompt: `${task.prompt}, in fine detail`,
        url,
      })),
    };
    const task_metrics = { TOTAL: task.count, SUCCEEDED: task.count, FAILED: 0 };
    return {
      output: { task_id: id, task_status: "SUCCEEDED", task_metrics, ...output },
      usage: usageOf(task),
    };
  }

  function cancel(id: string): object {
    if (!tasks.has(id) || heldAs !== "PENDING") {
      throw new Refusal(
        400,
        "UnsupportedOperation",
        "Failed to cancel the task, please confirm if the task is in PENDING status.",
      );
    }
    cancelled.push(id);
    return {};
  }

  function draw({ count, width, height }: Drawing): readonly string[] {
    return Array.from({ length: count }, () => gallery.add(width, height));
  }

  return {
    url: server.url,
    environment: {
      DASHSCOPE_API_KEY: key,
      DASHSCOPE_ENDPOINT: server.url,
      ...(model ? { QWEN_MODEL: model } : {}),
    },
    secrets: [key],
    requests,
    downloads: gallery.downloads,
    pictures: gallery.pictures,
    edits,
    cancelled,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    answerNext: (status, body) => void scripted.push(Response.json(body, { status })),
    endNextTask: (output) => void outputs.push(output),
    holdInQueue: () => void (heldAs = "PENDING"),
    hold: () => void (heldAs = "RUNNING"),
    finish: () => void (heldAs = undefined),
    expire: () => Array.from({ length: 100 }, (_, number) => gallery.lost.add(number)),
    forget: () => tasks.clear(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
      gallery.close();
    },
  };
}

interface Drawing {
  readonly count: number;
  readonly width: number;
  readonly height: number;
}

interface Task extends Drawing {
  readonly rules: Model;
  readonly prompt: string;
  readonly isModerated: boolean;
  /** Of its pictures, once they are drawn. */
  urls?: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }

  answer(): Response {
    const { status, code, message } = this;
    return Response.json({ request_id: crypto.randomUUID(), code, message }, { status });
  }
}

function invalid(message: string): Refusal {
  return new Refusal(400, "InvalidParameter", message);
}

function unknownModel(model: string): Refusal {
  return new Refusal(404, "ModelNotFound", `Model '${model}' not found.`);
}

function fieldsOf(value: unknown, legal: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalid(`an object with ${legal} is wanted`);
  }
  const unknown = Object.keys(value).find((name) => !legal.includes(name));
  if (unknown !== undefined) throw invalid(`${unknown} is not supported by this model`);
  return { ...value };
}

/** One message of the user with one text, and pictures before it or after it. */
function readMessages(input: unknown, rules: Model): SeenEdit {
  const { messages } = fieldsOf(input, ["messages"]);
  if (!Array.isArray(messages) || messages.length !== 1) throw invalid("messages must be one");
  const { role, content } = fieldsOf(messages[0], ["role", "content"]);
  if (role !== "user" || !Array.isArray(content)) throw invalid("role must be user");
  const texts = content.filter((part) => "text" in fieldsOf(part, ["text"].concat("image")));
  if (texts.length !== 1) throw invalid("content must have exactly one text");
  const images = content.filter((part) => "image" in part).map(({ image }) => readImage(image));
  checkImages(images, rules);
  return { prompt: checkedPrompt(texts[0].text), images };
}

/** The older shape: a prompt, and pictures in fields of their own. */
function readFields(input: unknown, rules: Model): SeenEdit {
  const fields = fieldsOf(input, rules.input ?? ["prompt", "negative_prompt"]);
  const images = [fields.images ?? [], fields.base_image_url ?? []].flat().map(readImage);
  checkImages(images, rules);
  const { function: name, mask_image_url: address } = fields;
  if ("mask_image_url" in fields !== (name === "description_edit_with_mask")) {
    throw invalid("mask_image_url goes with description_edit_with_mask");
  }
  const prompt = checkedPrompt(fields.prompt);
  if (address === undefined) return { prompt, images };
  const mask = readImage(address);
  const [size, wanted] = [identifyImage(mask), identifyImage(images[0]!)];
  if (size?.width !== wanted?.width || size?.height !== wanted?.height) {
    throw invalid("the mask must have the size of the base image");
  }
  return { prompt, images, mask };
}

function checkedPrompt(prompt: unknown): string {
  if (typeof prompt !== "string" || prompt === "") throw invalid("prompt must not be empty");
  return prompt;
}

function readImage(address: unknown): Uint8Array<ArrayBuffer> {
  const base64 = String(address).match(/^data:image\/(?:png|jpeg|webp|bmp|tiff|gif);base64,(.+)$/)
    ?.[1];
  if (base64 === undefined) throw new Refusal(400, "InvalidURL", "url error, please check url!");
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new Refusal(400, "InvalidParameter.DataInspection", "Unable to decode the media");
  }
}

function checkImages(images: readonly Uint8Array<ArrayBuffer>[], { images: [least, most] }: Model) {
  if (images.length < least || images.length > most) {
    throw invalid(`the number of images must be in [${least}, ${most}]`);
  }
}

function drawingOf(parameters: Fields, edit: SeenEdit, rules: Model): Drawing {
  const { n, size, seed = 0, watermark, prompt_extend = true, strength = 0.5 } = parameters;
  // Model Studio takes an absent n for 4 of Wan's pictures; here nobody may forget it.
  if (!Number.isInteger(n) || Number(n) < 1 || Number(n) > rules.most) throw invalid("n");
  if (typeof watermark !== "boolean") throw invalid("watermark must be said");
  if (typeof prompt_extend !== "boolean") throw invalid("prompt_extend must be a boolean");
  const { negative_prompt = "" } = parameters;
  if (typeof negative_prompt !== "string") throw invalid("negative_prompt must be a string");
  const isSeed = Number.isInteger(seed) && Number(seed) >= 0 && Number(seed) <= 2_147_483_647;
  if (!isSeed) throw invalid("seed must be in [0, 2147483647]");
  if (!(Number(strength) >= 0 && Number(strength) <= 1)) {
    throw invalid("strength must be in [0, 1]");
  }
  return { count: Number(n), ...sizeOf(size, edit, rules) };
}

function sizeOf(size: unknown, { images }: SeenEdit, { area, sides, sizes, editArea }: Model) {
  if (size === undefined) return { width: 64, height: 64 };
  const [, width, height] = String(size).match(/^(\d+)\*(\d+)$/)?.map(Number) ?? [];
  if (!width || !height) throw invalid("size must match width*height");
  const [least, most] = images.length > 0 && editArea ? editArea : area ?? [0, Infinity];
  const pixels = width * height;
  const ratio = Math.max(width / height, height / width);
  const isLegal = pixels >= least && pixels <= most && ratio <= 8 &&
    [width, height].every((side) =>
      side >= (sides?.[0] ?? 0) && side <= (sides?.[1] ?? Infinity)
    ) &&
    (sizes === undefined || sizes.includes(`${width}*${height}`));
  if (!isLegal) throw invalid(`size ${size} is not supported`);
  return { width, height };
}

function choicesOf(urls: readonly string[]): readonly unknown[] {
  return urls.map((image) => ({
    finish_reason: "stop",
    message: { role: "assistant", content: [{ type: "image", image }] },
  }));
}

function usageOf({ count, width, height }: Drawing): object {
  return { image_count: count, width, height };
}

function faultOf(fault: Fault, { headers }: SeenRequest): Refusal {
  if (fault === "server error") {
    // A careless gateway that shows what it was sent, the key included.
    return new Refusal(500, "InternalError", `failed: ${JSON.stringify(headers)}`);
  }
  return FAULTS[fault] ?? WRONG_KEY;
}

const WRONG_KEY = new Refusal(401, "InvalidApiKey", "Invalid API-key provided.");

const FAULTS: Partial<Record<Fault, Refusal>> = {
  "refused by moderation": new Refusal(
    400,
    "DataInspectionFailed",
    "Input data may contain inappropriate content.",
  ),
  "no quota": new Refusal(
    400,
    "Arrearage",
    "Access denied, please make sure your account is in good standing.",
  ),
  "rate limited": new Refusal(
    429,
    "Throttling.RateQuota",
    "Requests rate limit exceeded, please try again later.",
  ),
  "retired model": unknownModel("qwen-image-3.0"),
};
