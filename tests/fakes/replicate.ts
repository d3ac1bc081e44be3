/**
 * A small Replicate: a bearer token, models that describe their input, official ones behind a path
 * of their own and others by their version, files, predictions that are asked about, and pictures at
 * paths that want to see no token. It refuses what a schema does not know, where the real one leaves
 * that out in silence.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, type SeenRequest, seenWithForm } from "./fake_vendor.ts";
import { mistakeIn, type Schema } from "./openapi_schema.ts";
import { type FakeModel, MODELS, newVersion } from "./replicate_models.ts";
import { picturesInZip } from "./zip.ts";
import { FaultPlan, plainFault, startGallery, startServer } from "./vendor_parts.ts";

export interface FakeReplicate extends EditingVendor {
  /** The inputs of predictions, oldest first, each with the path it was asked for at. */
  readonly inputs: readonly (Readonly<Record<string, unknown>> & { readonly path: string })[];
  /** Questions about models, which are among no `requests`. */
  readonly reads: readonly string[];
  readonly uploads: number;
  readonly cancelled: readonly string[];
  /** The picture of that number, from 0, is gone when somebody comes for it. */
  losePicture(number: number): void;
  /** The pictures of each training. */
  readonly trained: readonly (readonly Uint8Array[])[];
  /** The next prediction ends like this. */
  endNext(prediction: Readonly<Record<string, unknown>>): void;
}

export function startReplicate(): FakeReplicate {
  const token = `r8_${crypto.randomUUID()}`;
  const requests: SeenRequest[] = [];
  const reads: string[] = [];
  const edits: SeenEdit[] = [];
  const inputs: (Record<string, unknown> & { path: string })[] = [];
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const predictions = new Map<string, Record<string, unknown> & { input: Schema }>();
  const cancelled: string[] = [];
  const trained: Uint8Array[][] = [];
  const own = new Map<string, FakeModel>();
  const trainings = new Map<string, { destination: string; polls: number; version?: string }>();
  const faults = new FaultPlan<Fault>();
  const gallery = startGallery();
  const closing = new AbortController();
  let isHeld = false;
  let ending: Readonly<Record<string, unknown>> | undefined;

  const server = startServer(gallery, async (request) => {
    const { asked, form } = await seenWithForm(request);
    const isRead = asked.path.startsWith("/v1/models/") && asked.method === "GET";
    if (isRead) reads.push(asked.path);
    else requests.push(asked);
    const fault = isRead ? undefined : faults.next();
    if (fault && fault !== "refused by moderation") {
      return await plainFault(fault, request.signal, closing.signal) ?? faultAnswer(fault, asked);
    }
    if (asked.headers.authorization !== `Bearer ${token}`) return refused(...WRONG_TOKEN);
    if (form) return await keepFile(form);
    for (const { method, path, answer } of ROUTES) {
      const match = asked.method === method && path.exec(asked.path);
      if (match) return answer(match, asked, fault);
    }
    return refused(404, "", "The requested resource could not be found.");
  });
  const { url } = server;

  type Answer = (match: RegExpExecArray, asked: SeenRequest, fault?: Fault) => Response;
  const ROUTES: readonly { method: string; path: RegExp; answer: Answer }[] = [
    { method: "GET", path: /^\/v1\/models\/([^/]+\/[^/]+)$/, answer: describe },
    {
      method: "GET",
      path: /^\/v1\/models\/([^/]+\/[^/]+)\/versions\/(\w{64})$/,
      answer: describeVersion,
    },
    { method: "POST", path: /^\/v1\/models\/([^/]+\/[^/]+)\/predictions$/, answer: official },
    { method: "POST", path: /^\/v1\/predictions$/, answer: byVersion },
    {
      method: "GET",
      path: /^\/v1\/account$/,
      answer: () => Response.json({ type: "user", username: "ann" }),
    },
    { method: "POST", path: /^\/v1\/models$/, answer: makeModel },
    {
      method: "POST",
      path: /^\/v1\/models\/([^/]+\/[^/]+)\/versions\/(\w{64})\/trainings$/,
      answer: train,
    },
    { method: "GET", path: /^\/v1\/trainings\/([\w-]+)$/, answer: trainingNow },
    { method: "POST", path: /^\/v1\/trainings\/([\w-]+)\/cancel$/, answer: cancelTraining },
    { method: "GET", path: /^\/v1\/predictions\/([\w-]+)$/, answer: predictionNow },
    { method: "POST", path: /^\/v1\/predictions\/([\w-]+)\/cancel$/, answer: cancel },
  ];

  function modelOf(name: string): FakeModel | undefined {
    return own.get(name) ?? (MODELS as Readonly<Record<string, FakeModel>>)[name];
  }

  function describe([, name = ""]: RegExpExecArray): Response {
    const found = modelOf(name);
    if (!found) return refused(404, "Not found", "The requested resource could not be found.");
    const [owner, short] = name.split("/");
    return Response.json({
      owner,
      name: short,
      visibility: "public",
      is_official: found.isOfficial,
      latest_version: versionOf(found),
    });
  }

  function describeVersion([, name = "", version]: RegExpExecArray): Response {
    const found = modelOf(name);
    return found && found.version === version
      ? Response.json(versionOf(found))
      : refused(404, "Not found", "The requested resource could not be found.");
  }

  function official([, name = ""]: RegExpExecArray, asked: SeenRequest, fault?: Fault): Response {
    const found = modelOf(name);
    if (!found?.isOfficial) {
      return refused(404, "", "The requested resource could not be found.");
    }
    const { input, ...others } = asked.json as Record<string, unknown>;
    if (Object.keys(others).length > 0) return refused(422, "Input validation failed", "version");
    return start(found, name, input, asked, fault);
  }

  function byVersion(_: RegExpExecArray, asked: SeenRequest, fault?: Fault): Response {
    const { input, version } = asked.json as Record<string, unknown>;
    const [name, found] = [...Object.entries<FakeModel>(MODELS), ...own]
      .find(([, each]) => each.version === version) ?? [];
    return found && name
      ? start(found, name, input, asked, fault)
      : refused(422, "Invalid version or not permitted", "The specified version does not exist");
  }

  function start(
    { schemas }: FakeModel,
    model: string,
    input: unknown,
    { path }: SeenRequest,
    fault?: Fault,
  ): Response {
    const mistake = mistakeIn(input, schemas.Input!, schemas);
    const given = input as Record<string, unknown>;
    const wrong = mistake ? `input.${mistake.field}: ${mistake.message}` : wrongFile(given);
    if (wrong) return refused(422, "Input validation failed", `- ${wrong}\n`);
    inputs.push({ path, ...given });
    noteEdit(given);
    const id = crypto.randomUUID().replaceAll("-", "");
    const end = fault ? { status: "failed", error: FLAGGED } : ending ?? {};
    ending = undefined;
    predictions.set(id, { id, model, input: given, polls: 0, ...end });
    const urls = {
      get: `${url}/v1/predictions/${id}`,
      cancel: `${url}/v1/predictions/${id}/cancel`,
    };
    const prediction = { id, model, status: "starting", output: null, error: null, logs: "", urls };
    return Response.json(prediction, { status: 201 });
  }

  function makeModel(_: RegExpExecArray, { json }: SeenRequest): Response {
    const { owner, name, visibility, hardware, ...others } = json as Record<string, unknown>;
    const isWhole = owner === "ann" && typeof name === "string" && typeof hardware === "string" &&
      ["private", "public"].includes(String(visibility)) && Object.keys(others).length === 0;
    if (!isWhole) return refused(422, "Input validation failed", "owner, name, visibility");
    const id = `${owner}/${name}`;
    if (own.has(id)) return refused(422, "", "A model with that name and owner already exists");
    own.set(id, { ...MODELS["acme/lamp-style"], version: "" });
    return Response.json({ owner, name, visibility, latest_version: null }, { status: 201 });
  }

  function train([, name = "", version]: RegExpExecArray, { json }: SeenRequest): Response {
    const found = modelOf(name);
    const { destination, input } = json as { destination: string; input: Schema };
    if (found?.version !== version || !found?.schemas.TrainingInput) {
      return refused(422, "Invalid version or not permitted", "This version cannot be trained");
    }
    if (!own.has(destination)) return refused(422, "", "The destination does not exist");
    const { schemas } = found;
    const mistake = mistakeIn(input, schemas.TrainingInput!, schemas);
    if (mistake) return refused(422, "Input validation failed", `- input.${mistake.field}\n`);
    const pictures = picturesInZip(files.get(String(input.input_images)));
    if (pictures.length === 0) return refused(422, "Input validation failed", "- input_images\n");
    trained.push(pictures);
    const id = crypto.randomUUID().replaceAll("-", "");
    trainings.set(id, { destination, polls: 0 });
    return Response.json({ id, status: "starting", output: null, error: null }, { status: 201 });
  }

  function trainingNow([, id = ""]: RegExpExecArray): Response {
    const training = trainings.get(id);
    if (!training) return refused(404, "", "The requested resource could not be found.");
    if (cancelled.includes(id)) return Response.json({ id, status: "canceled", output: null });
    if (isHeld) {
      const status = training.polls++ === 0 ? "starting" : "processing";
      return Response.json({ id, status, output: null, logs: " 40%|████      | 400/1000" });
    }
    if (training.version === undefined) {
      training.version = newVersion();
      own.set(training.destination, {
        ...own.get(training.destination)!,
        version: training.version,
      });
    }
    const version = `${training.destination}:${training.version}`;
    const weights = `${url}/weights/${id}.tar`;
    return Response.json({ id, status: "succeeded", output: { version, weights }, error: null });
  }

  function cancelTraining([, id = ""]: RegExpExecArray): Response {
    if (!trainings.has(id)) return refused(404, "", "The requested resource could not be found.");
    cancelled.push(id);
    return Response.json({ id, status: "canceled" });
  }

  function predictionNow([, id = ""]: RegExpExecArray): Response {
    const prediction = predictions.get(id);
    if (!prediction) return refused(404, "", "The requested resource could not be found.");
    const { input, polls, ...known } = prediction;
    prediction.polls = Number(polls) + 1;
    if (isHeld && !known.status) {
      const isStarting = polls === 0;
      const logs = isStarting ? "" : "Using seed: 4711\n 20%|██        |\n 40%|████      | 4/10";
      return Response.json({ ...known, status: isStarting ? "starting" : "processing", logs });
    }
    if (!known.status) {
      prediction.output ??= Array.from(
        { length: Number(input.num_outputs ?? 1) },
        () => gallery.add(...sizeOf(input)),
      );
      Object.assign(known, { status: "succeeded", output: prediction.output });
    }
    const logs = "Using seed: 4711\n100%|██████████| 10/10";
    return Response.json({ logs, metrics: { predict_time: 2.5 }, ...known });
  }

  function cancel([, id = ""]: RegExpExecArray): Response {
    const prediction = predictions.get(id);
    if (!prediction) return refused(404, "", "The requested resource could not be found.");
    cancelled.push(id);
    return Response.json({ id, status: "canceled" });
  }

  async function keepFile(form: FormData): Promise<Response> {
    const content = form.get("content");
    if (!(content instanceof File)) return refused(400, "", "content is missing");
    const id = `file-${files.size}`;
    files.set(`${url}/v1/files/${id}`, await content.bytes());
    return Response.json({ id, urls: { get: `${url}/v1/files/${id}` } }, { status: 201 });
  }

  /** Data of a file is taken up to 256 kB, an address only where a file is. */
  function wrongFile(input: Schema): string | undefined {
    return addressesIn(input).map(([name, address]) => {
      if (files.has(address)) return undefined;
      const bytes = bytesOf(address);
      if (!bytes || !identifyImage(bytes)) return `input.${name}: not a picture`;
      return bytes.length > 256_000 ? `input.${name}: data over 256kb` : undefined;
    }).find((wrong) => wrong);
  }

  function noteEdit(input: Schema): void {
    const pictures = addressesIn(input)
      .map(([name, address]) => [name, files.get(address) ?? bytesOf(address)!] as const);
    const images = pictures.filter(([name]) => name !== "mask").map(([, bytes]) => bytes);
    const [mask] = pictures.filter(([name]) => name === "mask").map(([, bytes]) => bytes);
    if (images.length > 0) {
      edits.push({ prompt: String(input.prompt), images, ...mask && { mask } });
    }
  }

  return {
    url,
    environment: { REPLICATE_API_TOKEN: token, REPLICATE_ENDPOINT: url },
    secrets: [token],
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
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? gallery.faults : faults).set(fault, times),
    endNext: (prediction) => void (ending = prediction),
    hold: () => void (isHeld = true),
    finish: () => void (isHeld = false),
    expire: () => gallery.expire(),
    losePicture: (number) => void gallery.lost.add(number),
    forget: () => predictions.clear(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.close();
      gallery.close();
    },
  };
}

function versionOf({ version, schemas }: FakeModel) {
  return { id: version, cog_version: "0.16.0", openapi_schema: { components: { schemas } } };
}

/** Every file in an input, by the name of its field. */
function addressesIn(input: Schema): readonly (readonly [string, string])[] {
  return Object.entries(input).flatMap(([name, value]) =>
    [value].flat().filter((each) => typeof each === "string" && /^(data:|http)/.test(each))
      .map((each) => [name, each as string] as const)
  );
}

export function bytesOf(address: string): Uint8Array<ArrayBuffer> | undefined {
  const [, base64] = /^data:image\/\w+;base64,(.+)$/.exec(address) ?? [];
  return base64 === undefined ? undefined : Uint8Array.fromBase64(base64);
}

function sizeOf({ width, height, aspect_ratio }: Schema): [number, number] {
  const [across, down] = String(aspect_ratio).split(":").map(Number);
  if (width && height) return [Number(width), Number(height)];
  return across && down ? [across * 32, down * 32] : [256, 256];
}

function refused(status: number, title: string, detail: string): Response {
  return Response.json({ ...title && { title }, detail, status }, { status });
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  if (fault === "server error") {
    // A careless gateway that shows what it was sent, the token included.
    return refused(500, "", `failed: ${JSON.stringify(asked.headers)}`);
  }
  return refused(...FAULTS[fault] ?? WRONG_TOKEN);
}

const WRONG_TOKEN = [
  401,
  "Unauthenticated",
  "You did not pass a valid authentication token",
] as const;

const FAULTS: Partial<Record<Fault, readonly [number, string, string]>> = {
  "no quota": [
    402,
    "Insufficient credit",
    "You have insufficient credit to run this model. Go to https://replicate.com/account/billing",
  ],
  "rate limited": [429, "", "Request was throttled. Your rate limit resets in ~1s."],
  "retired model": [404, "", "The requested resource could not be found."],
};

const FLAGGED = "The input or output was flagged as sensitive. Please try again with different " +
  "inputs. (E005) (uIJ6l3ruRD)";
