/**
 * A small Black Forest Labs: a key in `x-key`, one path per model whose schema refuses every field
 * and value it does not know, tasks that are asked about at an address only the answer tells, and
 * pictures at paths that want to see no key.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import { bytesOf, type Schema, SCHEMAS } from "./bfl_schemas.ts";
import { type EditingVendor, type SeenEdit } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { drawJpeg, drawPng } from "./pictures.ts";
import { cutShort, FaultPlan, hang } from "./vendor_parts.ts";

export interface FakeBfl extends EditingVendor {
  /** The next question about a task is answered with this. */
  answerNextPoll(body: unknown, status?: number): void;
  /** The next tasks name this address to ask at. */
  pollAt(address: string): void;
  /** The next picture is this one. */
  drawNext(picture: Uint8Array<ArrayBuffer>): void;
  /** Every task that was taken, which is to be paid for. */
  readonly submissions: readonly { readonly prompt: string }[];
  /** What was drawn last for these words. */
  pictureOf(prompt: string): Uint8Array<ArrayBuffer> | undefined;
}

/** `drawingTime`: how long a task takes, in milliseconds. */
export function startBfl({ drawingTime = 0 } = {}): FakeBfl {
  const key = `bfl_${crypto.randomUUID()}`;
  const requests: SeenRequest[] = [];
  const downloads: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const edits: SeenEdit[] = [];
  const tasks = new Map<string, Task>();
  const submissions: { prompt: string }[] = [];
  const drawn = new Map<string, Uint8Array<ArrayBuffer>>();
  const faults = { api: new FaultPlan<Fault>(), download: new FaultPlan<Fault>() };
  const closing = new AbortController();
  const scripted: { body: unknown; status: number }[] = [];
  let isHeld = false;
  let isExpired = false;
  let otherAddress: string | undefined;
  let nextPicture: Uint8Array<ArrayBuffer> | undefined;

  const server: Deno.HttpServer<Deno.NetAddr> = serve(async (request) => {
    const asked = await seen(request);
    if (asked.path.startsWith("/delivery/")) return download(asked);
    requests.push(asked);
    const fault = faults.api.next();
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    const isModerated = fault === "refused by moderation";
    if (fault !== undefined && !isModerated) return faultAnswer(fault, asked);
    try {
      if (asked.headers["x-key"] !== key) throw new Refusal(403, { detail: "Not authenticated" });
      return Response.json(asked.method === "GET" ? result(asked) : submit(asked, isModerated));
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });
  const url = `http://127.0.0.1:${server.addr.port}`;

  function submit({ path, headers, json }: SeenRequest, isModerated: boolean): unknown {
    const model = path.match(/^\/v1\/([\w.-]+)$/)?.[1] ?? "";
    const schema = SCHEMAS[model];
    if (schema === undefined) throw new Refusal(404, { detail: "Not Found" });
    if (headers["content-type"] !== "application/json") throw invalid("body", "not JSON");
    const body = checked(json, schema);
    const { width = 1024, height = 1024 } = schema.needs === undefined ? body : sizeOfInput(body);
    const images = Object.entries(body).filter(([name]) => /^(input_)?image/.test(name))
      .flatMap(([, value]) => value as string | string[]).map(bytesOf);
    if (images.length > 0) {
      const mask = body.mask === undefined ? {} : { mask: bytesOf(body.mask as string) };
      edits.push({ prompt: String(body.prompt), images, ...mask });
    }
    const id = crypto.randomUUID();
    const format = String(body.output_format ?? schema.format);
    tasks.set(id, {
      prompt: String(body.prompt),
      doneAt: performance.now() + drawingTime,
      width: Number(width),
      height: Number(height),
      format,
      seed: body.seed,
      isModerated,
    });
    submissions.push({ prompt: String(body.prompt) });
    return {
      id,
      polling_url: otherAddress ?? `${url}/region-7/v1/get_result?id=${id}`,
      cost: 3,
      input_mp: images.length,
      output_mp: 1.05,
    };
  }

  function result({ path }: SeenRequest): unknown {
    const next = scripted.shift();
    if (next) throw new Refusal(next.status, next.body);
    const id = path.match(/^\/(?:region-7\/)?v1\/get_result\?id=([\w-]+)$/)?.[1] ?? "";
    const task = tasks.get(id);
    const answer = { id, result: null, progress: null, details: null };
    if (task === undefined) throw new Refusal(404, { ...answer, status: "Task not found" });
    if (task.isModerated) {
      const details = { "Moderation Reasons": ["Derivative Works Filter"] };
      return { ...answer, status: "Request Moderated", details };
    }
    if (isHeld || performance.now() < task.doneAt) {
      return { ...answer, status: "Generating", progress: 0.4 };
    }
    if (task.number === undefined) {
      task.number = pictures.push(nextPicture ?? draw(task)) - 1;
      nextPicture = undefined;
      drawn.set(task.prompt, pictures[task.number]!);
    }
    const sample = `${url}/delivery/${task.number}.${task.format}?se=soon&sig=0123456789abcdef`;
    const seed = task.seed ?? 9_007_199_254_740_993n;
    return { ...answer, status: "Ready", cost: 3, result: { sample, seed: Number(seed) } };
  }

  function download(asked: SeenRequest): Response {
    downloads.push(asked);
    const picture = pictures[Number(asked.path.match(/^\/delivery\/(\d+)/)?.[1])];
    if (picture === undefined || isExpired) return new Response("expired", { status: 403 });
    return faults.download.next() ? cutShort(picture) : new Response(picture);
  }

  return {
    url,
    environment: { BFL_API_KEY: key, BFL_ENDPOINT: url },
    secrets: [key],
    requests,
    downloads,
    pictures,
    edits,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? faults.download : faults.api).set(fault, times),
    answerNextPoll: (body, status = 200) => void scripted.push({ body, status }),
    pollAt: (address) => void (otherAddress = address),
    submissions,
    pictureOf: (prompt) => drawn.get(prompt),
    drawNext: (picture) => void (nextPicture = picture),
    hold: () => void (isHeld = true),
    finish: () => void (isHeld = false),
    expire: () => void (isExpired = true),
    forget: () => tasks.clear(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
      if (downloads.some(({ headers }) => "x-key" in headers)) {
        throw new Error("The download host was sent the key");
      }
    },
  };
}

function serve(handle: (request: Request) => Promise<Response>) {
  return Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handle);
}

interface Task {
  readonly prompt: string;
  readonly doneAt: number;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly seed: unknown;
  readonly isModerated: boolean;
  /** Of its picture, once it is drawn. */
  number?: number;
}

type Body = Record<string, unknown>;

class Refusal extends Error {
  constructor(readonly status: number, readonly body: unknown) {
    super(`HTTP ${status}`);
  }

  answer(): Response {
    return Response.json(this.body, { status: this.status });
  }
}

function draw({ width, height, format }: Task): Uint8Array<ArrayBuffer> {
  return (format === "png" ? drawPng : drawJpeg)(width, height, crypto.randomUUID());
}

/** As FastAPI writes it. */
function invalid(name: string, msg: string) {
  return new Refusal(422, { detail: [{ loc: ["body", name], msg, type: "value_error" }] });
}

function checked(json: unknown, schema: Schema): Body {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalid("body", "Input should be a valid dictionary");
  }
  const body: Body = { ...json };
  if (typeof body.prompt !== "string" || body.prompt === "") throw invalid("prompt", "missing");
  for (const [name, value] of Object.entries(body)) {
    const rule = schema.fields[name];
    if (rule === undefined) throw invalid(name, "Extra inputs are not permitted");
    const mistake = rule(value);
    if (mistake) throw invalid(name, mistake);
  }
  if (schema.needs !== undefined && !(schema.needs in body)) throw invalid(schema.needs, "missing");
  if (Number(body.width ?? 0) * Number(body.height ?? 0) > (schema.maxPixels ?? Infinity)) {
    throw invalid("width", "Too many pixels");
  }
  if (body.mask !== undefined) checkMask(body);
  return body;
}

function checkMask(body: Body): void {
  const image = sizeOfInput(body);
  const mask = identifyImage(bytesOf(String(body.mask)));
  if (mask?.width !== image.width || mask?.height !== image.height) {
    throw invalid("mask", "The dimensions of the mask do not match the image");
  }
}

function sizeOfInput({ image }: Body) {
  const { width, height } = identifyImage(bytesOf(String(image))) ?? {};
  return { width, height };
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  switch (fault) {
    case "nonsense JSON":
      return new Response(`{"id":"7f`, { headers: { "content-type": "application/json" } });
    case "dead socket":
      return cutShort(new Uint8Array(2));
    case "server error":
      // A careless gateway that shows what it was sent, the key included.
      return Response.json({ detail: `failed: ${JSON.stringify(asked.headers)}` }, { status: 500 });
    default: {
      const [status, detail] = FAULTS[fault] ?? [403, "Not authenticated"];
      return Response.json({ detail }, { status });
    }
  }
}

const FAULTS: Partial<Record<Fault, readonly [number, string]>> = {
  "no quota": [402, "Insufficient credits"],
  "rate limited": [429, "Rate limit exceeded: too many active tasks"],
  "retired model": [404, "Not Found"],
};
