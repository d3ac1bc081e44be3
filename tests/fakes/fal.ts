/**
 * A small fal behind one address: a document for each endpoint without a key, a queue that wants to
 * see one, files that are announced and then put without it, and pictures at paths that want to see
 * none. A request ends as COMPLETED in any case; its result then has the status of the failure.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { documentOf, inputOf } from "./fal_models.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { mistakeIn } from "./openapi_schema.ts";
import { bytesOf } from "./replicate.ts";
import { picturesInZip } from "./zip.ts";
import { FaultPlan, plainFault, startGallery, startServer } from "./vendor_parts.ts";

type Body = Readonly<Record<string, unknown>>;

export interface FakeFal extends EditingVendor {
  /** The inputs of requests, oldest first, each with its endpoint. */
  readonly inputs: readonly (Body & { readonly endpoint: string })[];
  /** The endpoints whose documents were asked for, which are among no `requests`. */
  readonly reads: readonly string[];
  readonly uploads: number;
  readonly cancelled: readonly string[];
  /** The picture of that number, from 0, is gone when somebody comes for it. */
  losePicture(number: number): void;
  /** The pictures of each training. */
  readonly trained: readonly (readonly Uint8Array[])[];
  /** How long the files of each request are to be kept, as it says. */
  readonly lifetimes: readonly string[];
  /** The result of the next request is this. */
  endNext(body: Body, status?: number): void;
  /** The next file is to be put there. */
  uploadAt(address: string): void;
}

interface Queued {
  readonly app: string;
  readonly input: Body;
  readonly end?: { readonly body: unknown; readonly status: number };
  polls: number;
  images?: readonly unknown[];
}

export function startFal(): FakeFal {
  const key = `${crypto.randomUUID()}:${crypto.randomUUID().replaceAll("-", "")}`;
  const requests: SeenRequest[] = [];
  const reads: string[] = [];
  const edits: SeenEdit[] = [];
  const inputs: (Body & { endpoint: string })[] = [];
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const queue = new Map<string, Queued>();
  const cancelled: string[] = [];
  const trained: Uint8Array[][] = [];
  const lifetimes: string[] = [];
  const faults = new FaultPlan<Fault>();
  const gallery = startGallery();
  const closing = new AbortController();
  let isHeld = false;
  let ending: Queued["end"];
  let elsewhere: string | undefined;

  const server = startServer(gallery, async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/api/openapi/queue/openapi.json") {
      const endpoint = searchParams.get("endpoint_id") ?? "";
      reads.push(endpoint);
      const document = documentOf(endpoint);
      return document ? Response.json(document) : refused(404, "Application not found");
    }
    if (pathname.startsWith("/put/")) return await putFile(request);
    const asked = await seen(request);
    requests.push(asked);
    const fault = faults.next();
    if (fault && fault !== "refused by moderation") {
      return await plainFault(fault, request.signal, closing.signal) ?? faultAnswer(fault, asked);
    }
    if (asked.headers.authorization !== `Key ${key}`) {
      return refused(401, "invalid key credentials");
    }
    return answer(asked, fault);
  });
  const { url } = server;

  function answer(asked: SeenRequest, fault?: Fault): Response {
    const { method, path, json } = asked;
    if (path === "/storage/upload/initiate?storage_type=fal-cdn-v3" && method === "POST") {
      return announceFile(json as Body);
    }
    const [, app = "", id = "", rest = ""] =
      /^\/([^/]+\/[^/]+)\/requests\/([\w-]+)(\/status|\/cancel)?(?:\?logs=1)?$/.exec(path) ?? [];
    if (id === "") {
      return method === "POST" ? submit(path.slice(1), asked, fault) : refused(405, "Not allowed");
    }
    const queued = queue.get(id);
    if (queued?.app !== app) return Response.json({ status: "NOT_FOUND" }, { status: 404 });
    if (rest === "/status" && method === "GET") return statusOf(queued);
    if (rest === "/cancel" && method === "PUT") {
      cancelled.push(id);
      return Response.json({ status: "CANCELLATION_REQUESTED" }, { status: 202 });
    }
    return rest === "" && method === "GET" ? resultOf(queued) : refused(405, "Not allowed");
  }

  function submit(endpoint: string, asked: SeenRequest, fault?: Fault): Response {
    const { json } = asked;
    const known = inputOf(endpoint);
    if (!known) return refused(404, `Application '${endpoint.split("/")[1]}' not found`);
    const mistake = mistakeIn(json, known.schema, known.definitions);
    if (mistake) return invalid(mistake.field, mistake.type, mistake.message);
    const input = json as Body;
    const isTraining = "images_data_url" in input;
    const archive = picturesInZip(files.get(String(input.images_data_url)));
    if (isTraining && archive.length < 4) {
      return invalid("images_data_url", "invalid_archive", "Needs an archive with 4 images");
    }
    const wrong = isTraining
      ? undefined
      : addressesIn(input).find(([, address]) => !pictureAt(address));
    if (wrong) return invalid(wrong[0], "image_load_error", "Failed to load the image");
    inputs.push({ endpoint, ...input });
    if (isTraining) trained.push(archive);
    else noteEdit(input);
    lifetimes.push(asked.headers["x-fal-object-lifecycle-preference"] ?? "");
    const id = crypto.randomUUID();
    const app = endpoint.split("/").slice(0, 2).join("/");
    const end = fault ? { status: 422, body: REFUSAL } : ending;
    ending = undefined;
    queue.set(id, { app, input, polls: 0, ...end && { end } });
    const base = `${url}/${app}/requests/${id}`;
    return Response.json({
      status: "IN_QUEUE",
      request_id: id,
      response_url: base,
      status_url: `${base}/status`,
      cancel_url: `${base}/cancel`,
      queue_position: 0,
    });
  }

  function statusOf(queued: Queued): Response {
    const isFirst = queued.polls++ === 0;
    if (isHeld && isFirst) {
      return Response.json({ status: "IN_QUEUE", queue_position: 3 }, { status: 202 });
    }
    const logs = [{ message: "Loading" }, { message: " 40%|████      | 4/10" }];
    if (isHeld) return Response.json({ status: "IN_PROGRESS", logs }, { status: 202 });
    return Response.json({ status: "COMPLETED", logs, metrics: { inference_time: 1.5 } });
  }

  function resultOf(queued: Queued): Response {
    const { end, input } = queued;
    if (isHeld) return refused(400, "Request is still in progress");
    if (end) return Response.json(end.body, { status: end.status });
    if ("images_data_url" in input) {
      const file = {
        url: `${url}/files/lora.safetensors`,
        content_type: "application/octet-stream",
      };
      return Response.json({ diffusers_lora_file: file, config_file: file });
    }
    const [width, height] = sizeOf(input.image_size);
    queued.images ??= Array.from({ length: Number(input.num_images ?? 1) }, () => ({
      url: gallery.add(width, height),
      width,
      height,
      content_type: "image/png",
    }));
    const result = { images: queued.images, seed: input.seed ?? 4711, prompt: input.prompt };
    return Response.json(result, { headers: { "x-fal-billable-units": "1.5" } });
  }

  function announceFile(body: Body): Response {
    if (typeof body.content_type !== "string" || typeof body.file_name !== "string") {
      return invalid("content_type", "missing", "Field required");
    }
    const path = `${files.size}/${body.file_name}`;
    const answer = {
      upload_url: elsewhere ?? `${url}/put/${path}`,
      file_url: `${url}/files/${path}`,
    };
    elsewhere = undefined;
    return Response.json(answer);
  }

  async function putFile(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method !== "PUT" || request.headers.has("authorization")) {
      return refused(403, "The store of files takes a PUT without a key");
    }
    files.set(`${url}/files/${pathname.slice("/put/".length)}`, await request.bytes());
    return new Response(null, { status: 200 });
  }

  function pictureAt(address: string): Uint8Array<ArrayBuffer> | undefined {
    const bytes = files.get(address) ?? bytesOf(address);
    return bytes && identifyImage(bytes) ? bytes : undefined;
  }

  function noteEdit(input: Body): void {
    const pictures = addressesIn(input)
      .map(([name, address]) => [name, pictureAt(address)!] as const);
    const images = pictures.filter(([name]) => name !== "mask_url").map(([, bytes]) => bytes);
    const [mask] = pictures.filter(([name]) => name === "mask_url").map(([, bytes]) => bytes);
    if (images.length > 0) {
      edits.push({ prompt: String(input.prompt), images, ...mask && { mask } });
    }
  }

  return {
    url,
    environment: { FAL_KEY: key, FAL_ENDPOINT: url },
    secrets: [key],
    requests,
    downloads: gallery.downloads,
    pictures: gallery.pictures,
    edits,
    inputs,
    reads,
    get uploads() {
      return files.size;
    },
    cancelled,
    trained,
    lifetimes,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    endNext: (body, status = 200) => void (ending = { body, status }),
    uploadAt: (address) => void (elsewhere = address),
    hold: () => void (isHeld = true),
    finish: () => void (isHeld = false),
    expire: () => gallery.expire(),
    losePicture: (number) => void gallery.lost.add(number),
    forget: () => queue.clear(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
      gallery.close();
    },
  };
}

/** Every file in an input, by the name of its field. */
function addressesIn(input: Body): readonly (readonly [string, string])[] {
  return Object.entries(input).filter(([name]) => /_urls?$/.test(name))
    .flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)] as const));
}

function sizeOf(size: unknown): [number, number] {
  if (typeof size !== "object" || size === null) return [256, 192];
  const { width, height } = size as { width: number; height: number };
  return [width, height];
}

function refused(status: number, detail: string): Response {
  return Response.json({ detail }, { status });
}

/** As FastAPI writes it. */
function invalid(field: string, type: string, msg: string): Response {
  return Response.json({ detail: [{ loc: ["body", field], msg, type }] }, { status: 422 });
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  if (fault === "server error") {
    // A careless gateway that shows what it was sent, the key included.
    return refused(500, `failed: ${JSON.stringify(asked.headers)}`);
  }
  return refused(...FAULTS[fault] ?? [401, "invalid key credentials"]);
}

const FAULTS: Partial<Record<Fault, readonly [number, string]>> = {
  "no quota": [
    403,
    "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing.",
  ],
  "rate limited": [429, "Too many requests"],
  "retired model": [404, "Application 'flux-2-pro' not found"],
};

const REFUSAL = {
  detail: [{
    loc: ["body", "prompt"],
    msg:
      "The content could not be processed because it contained material flagged by a content checker.",
    type: "content_policy_violation",
  }],
};
