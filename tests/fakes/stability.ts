/**
 * A small Stability AI: bearer keys, forms only, one schema per path that refuses every field and
 * value it does not know, and the picture in the answer, or later by the id of a generation.
 */

import { identifyImage } from "../../src/images/media_type.ts";
import type { EditingVendor, SeenEdit } from "./editing_vendor.ts";
import { type Fault, type SeenRequest, seenWithForm } from "./fake_vendor.ts";
import { drawJpeg, drawPng } from "./pictures.ts";
import { SCHEMAS } from "./stability_schemas.ts";
import { cutShort, FaultPlan, hang } from "./vendor_parts.ts";

export interface FakeStability extends EditingVendor {
  hold(): void;
  finish(): void;
  forget(): void;
  /** The next picture is blurred by the filter. */
  filterNext(): void;
  /** The next picture has this many bytes more than it needs. */
  padNext(bytes: number): void;
}

/** `model` draws where a request names none. */
export function startStability({ model }: { readonly model?: string } = {}): FakeStability {
  const key = `sk-${crypto.randomUUID()}`;
  const requests: SeenRequest[] = [];
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const edits: SeenEdit[] = [];
  const faults = new FaultPlan<Fault>();
  const closing = new AbortController();
  let isFiltered = false;
  let padding = 0;
  const generations = new Map<string, object>();
  let isHeld = false;

  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { asked, form } = await seenWithForm(request);
    requests.push(asked);
    const fault = faults.next();
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    if (fault !== undefined) return faultAnswer(fault, asked);
    try {
      if (asked.headers.authorization !== `Bearer ${key}`) throw WRONG_KEY;
      if (asked.path.startsWith(RESULTS)) return result(asked);
      return Response.json(await draw(asked, form));
    } catch (refusal) {
      if (refusal instanceof Refusal) return refusal.answer();
      throw refusal;
    }
  });

  function result({ path, method, headers }: SeenRequest): Response {
    const id = path.slice(RESULTS.length);
    const generation = generations.get(id);
    if (method !== "GET" || !generation) throw new Refusal(404, "not_found", ["id: not found"]);
    if (headers.accept !== "application/json") throw bad("accept: must be 'application/json'");
    return isHeld
      ? Response.json({ id, status: "in-progress" }, { status: 202 })
      : Response.json(generation);
  }

  async function draw({ path, method, headers }: SeenRequest, form: FormData | undefined) {
    const schema = SCHEMAS[path];
    if (schema === undefined || method !== "POST") throw new Refusal(404, "not_found", ["path"]);
    if (headers.accept !== "application/json") throw bad("accept: must be 'application/json'");
    if (form === undefined) throw bad("content-type: must be 'multipart/form-data'");
    const files = await filesOf(form);
    const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
    if (bytes > 10 * 1024 * 1024) {
      throw new Refusal(413, "payload_too_large", ["Larger than 10MiB"]);
    }
    const texts = new Map(
      [...form].filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    const mistakes = schema.mistakesIn(texts, files);
    if (mistakes.length > 0) throw bad(...mistakes);
    const { mask, ...images } = Object.fromEntries(files);
    if (files.size > 0) {
      const prompt = texts.get("prompt") ?? "";
      edits.push({ prompt, images: Object.values(images), ...mask ? { mask } : {} });
    }
    const picture = (texts.get("output_format") === "jpeg" ? drawJpeg : drawPng)(
      64,
      64,
      crypto.randomUUID() + "-".repeat(padding),
    );
    padding = 0;
    const finish_reason = isFiltered ? "CONTENT_FILTERED" : "SUCCESS";
    isFiltered = false;
    pictures.push(picture);
    const image = picture.toBase64();
    const drawn = { finish_reason, seed: Number(texts.get("seed") ?? 343940597) };
    if (!schema.isAsynchronous) return { image, ...drawn };
    const id = crypto.randomUUID().replaceAll("-", "").repeat(2);
    generations.set(id, { result: image, ...drawn });
    return { id };
  }

  const url = `http://127.0.0.1:${server.addr.port}`;
  return {
    url,
    environment: {
      STABILITY_API_KEY: key,
      STABILITY_ENDPOINT: url,
      ...model && { STABILITY_MODEL: model },
    },
    secrets: [key],
    requests,
    downloads: [],
    pictures,
    edits,
    misbehave: (fault, times = Infinity) => faults.set(fault, times),
    hold: () => void (isHeld = true),
    finish: () => void (isHeld = false),
    forget: () => generations.clear(),
    filterNext: () => void (isFiltered = true),
    padNext: (bytes) => void (padding = bytes),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.shutdown();
    },
  };
}

const RESULTS = "/v2beta/results/";

async function filesOf(form: FormData): Promise<ReadonlyMap<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [name, value] of form) {
    if (typeof value === "string") continue;
    const bytes = await value.bytes();
    if (identifyImage(bytes)?.mediaType !== value.type) {
      throw bad(`${name}: is not the ${value.type} that it says`);
    }
    files.set(name, bytes);
  }
  return files;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly errors: readonly string[],
  ) {
    super(title);
  }

  answer(): Response {
    const { status, title: name, errors } = this;
    return Response.json({ id: "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4", name, errors }, { status });
  }
}

function bad(...errors: readonly string[]): Refusal {
  return new Refusal(400, "bad_request", errors);
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  switch (fault) {
    case "nonsense JSON":
      return new Response(`{"image":"iVBO`, { headers: { "content-type": "application/json" } });
    case "dead socket":
      return cutShort(new Uint8Array(2));
    case "server error":
      // A careless gateway that shows what it was sent, the key included.
      return new Refusal(500, "internal_error", [JSON.stringify(asked.headers)]).answer();
    default:
      return (FAULTS[fault] ?? WRONG_KEY).answer();
  }
}

const WRONG_KEY = new Refusal(401, "unauthorized", ["authorization: invalid or missing"]);

const FAULTS: Partial<Record<Fault, Refusal>> = {
  "refused by moderation": new Refusal(403, "content_moderation", [
    "Your request was flagged by our content moderation system, as a result your request was " +
    "denied and you were not charged.",
  ]),
  "no quota": new Refusal(402, "payment_required", ["You lack sufficient credits"]),
  "rate limited": new Refusal(429, "rate_limit_exceeded", ["150 requests in 10 seconds"]),
  "retired model": bad("model: must be one of sd3.5-large, sd3.5-medium"),
};
