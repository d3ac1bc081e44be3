/** Two engines of the images API, in front of a picture vendor: what LocalAI and sd-server say of themselves. */

import { drawPng } from "./pictures.ts";

export interface FakeEngine extends AsyncDisposable {
  readonly url: string;
  /** "GET /path" of all that was asked, oldest first. */
  readonly asked: readonly string[];
  /** The JSON bodies of drawings. */
  // deno-lint-ignore no-explicit-any
  readonly drawings: readonly any[];
  readonly pictures: readonly Uint8Array<ArrayBuffer>[];
}

/** LocalAI with these models, the first of which may draw. */
export function startLocalAI(models: readonly LocalAIModel[] = [CHAT, DRAWING]): FakeEngine {
  return startEngine({
    "/.well-known/localai.json": { version: "v4.2.0", endpoints: {}, endpoint_groups: {} },
    "/v1/models/capabilities": { object: "list", data: models },
  }, ({ model, response_format }) => {
    if (response_format !== "b64_json") return "without response_format it answers with addresses";
    if (!models.some(({ id }) => id === model)) return `model "${model}" not found`;
  });
}

export interface LocalAIModel {
  readonly id: string;
  readonly object: "model";
  readonly capabilities: readonly string[];
  readonly output_modalities: readonly string[];
}

export const CHAT: LocalAIModel = {
  id: "qwen3-8b",
  object: "model",
  capabilities: ["chat", "completion"],
  output_modalities: ["text"],
};

const DRAWING: LocalAIModel = {
  id: "flux.1-schnell",
  object: "model",
  capabilities: ["image"],
  output_modalities: ["image"],
};

/** stable-diffusion.cpp's server, which has one model. */
export function startSdServer(mode = "img_gen"): FakeEngine {
  return startEngine({
    "/sdcpp/v1/capabilities": {
      model: { name: "z_image_turbo-Q4.gguf", stem: "z_image_turbo-Q4", path: "/models" },
      current_mode: mode,
      supported_modes: [mode],
      limits: { min_width: 64, max_width: 4096, max_batch_count: 8 },
    },
    "/v1/models": { data: [{ id: "sd-cpp-local", object: "model", owned_by: "local" }] },
  }, ({ prompt }) => typeof prompt === "string" ? undefined : "prompt required");
}

/** Something that has nothing to do with pictures, and answers whatever is asked. */
export function startOther(answer: (request: Request) => Response | Promise<Response>): FakeEngine {
  return serve(answer);
}

function startEngine(
  documents: Readonly<Record<string, unknown>>,
  // deno-lint-ignore no-explicit-any
  mistakeIn: (body: any) => string | undefined,
): FakeEngine {
  return serve(async (request, { drawings, pictures }) => {
    const { pathname } = new URL(request.url);
    if (request.method === "GET" && documents[pathname]) return Response.json(documents[pathname]);
    if (pathname !== "/v1/images/generations") return new Response("Not Found", { status: 404 });
    const body = await request.json();
    drawings.push(body);
    const error = mistakeIn(body);
    if (error) return Response.json({ error: { code: 404, message: error } }, { status: 404 });
    const [width = 512, height = 512] = String(body.size ?? "").split("x").map(Number);
    const picture = drawPng(width, height, crypto.randomUUID());
    pictures.push(picture);
    return Response.json({ created: 1, data: [{ b64_json: picture.toBase64() }] });
  });
}

interface Seen {
  readonly drawings: unknown[];
  readonly pictures: Uint8Array<ArrayBuffer>[];
}

function serve(
  handle: (request: Request, seen: Seen) => Response | Promise<Response>,
): FakeEngine {
  const asked: string[] = [];
  const seen: Seen = { drawings: [], pictures: [] };
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    return handle(request, seen);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    ...seen,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
