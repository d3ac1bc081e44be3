/**
 * A small ComfyUI: a queue that runs one graph after another once it has found nothing wrong with
 * it, a socket that tells each client of its own, a history that knows a request when it is over,
 * and a gateway before it all that wants to see a token.
 */

import { Engine, type Extra, PREVIEW } from "./comfyui_engine.ts";
import { type FakeGraph, type Stock, validate } from "./comfyui_graph.ts";
import type { Folder } from "./comfyui_nodes.ts";
import type { EditingVendor } from "./editing_vendor.ts";
import { type Fault, seen, type SeenRequest } from "./fake_vendor.ts";
import { cutShort, FaultPlan, hang } from "./vendor_parts.ts";

export interface FakeComfyui extends EditingVendor {
  /** Every graph that began, oldest first. */
  readonly graphs: readonly FakeGraph[];
  /** What came with each of them. */
  readonly extras: readonly Readonly<Record<string, unknown>>[];
  /** Names of pictures that were uploaded, as nodes load them. */
  readonly uploads: readonly string[];
  /** Paths that were asked for beside those in `requests`. */
  readonly questions: readonly string[];
  /** The request that runs fails with this, as the node that draws would. */
  failRun(message: string, type?: string, node?: string): void;
  /** Ends every request as its Stop button does. */
  pressStop(): void;
  /** Puts somebody else's request before all that come. */
  occupy(): void;
  /** How many sockets were opened. */
  connections(): number;
  /** The id of the request that runs, where one does. */
  running(): string | undefined;
  /** Ids of requests that were taken out of the queue or stopped. */
  readonly stopped: readonly string[];
  /** The picture that is shown of every step. */
  readonly preview: Uint8Array<ArrayBuffer>;
}

export interface FakeComfyuiOptions {
  readonly files?: Partial<Record<Folder, readonly string[]>>;
  /** By the names of files. */
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Files of a folder of workflows, by their names; JSON, or a text as it is. */
  readonly workflows?: Readonly<Record<string, object | string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** What the gateway wants to see, where that is not the token in `environment`. */
  readonly authorization?: string;
  /** A gateway that lets no socket through. */
  readonly hasNoSocket?: boolean;
  /** No gateway, so no token. */
  readonly isOpen?: boolean;
}

export const SDXL_FILE = "sd_xl_base_1.0.safetensors";

export async function startComfyui(options: FakeComfyuiOptions = {}): Promise<FakeComfyui> {
  const key = `comfy_${crypto.randomUUID()}`;
  const { authorization = `Bearer ${key}` } = options;
  const folder = options.workflows && await workflowFolder(options.workflows);
  const stock = {
    files: { ...NO_FILES, checkpoints: [SDXL_FILE], ...options.files },
    pictures: new Map<string, Uint8Array<ArrayBuffer>>(),
  } satisfies Stock;
  const state = new Engine(stock);
  const requests: SeenRequest[] = [];
  const downloads: SeenRequest[] = [];
  const questions: string[] = [];
  const faults = { api: new FaultPlan<Fault>(), download: new FaultPlan<Fault>() };
  const closing = new AbortController();
  let isExpired = false;

  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      const isAllowed = options.isOpen ||
        request.headers.get("authorization") === authorization;
      if (!isAllowed) return new Response("Who are you?", { status: 401 });
      if (request.headers.has("origin")) return new Response(null, { status: 403 });
      if (pathname === "/upload/image") return await upload(request, state);
      if (pathname === "/ws") {
        if (options.hasNoSocket) return new Response(null, { status: 404 });
        return state.connect(request, searchParams.get("clientId") ?? "");
      }
      const asked = await seen(request);
      if (pathname === "/view") return view(asked, searchParams);
      if (pathname === "/prompt" && asked.method === "POST") return await prompt(asked, request);
      if (pathname.startsWith("/history/")) {
        requests.push(asked);
        return Response.json(state.history(pathname.slice("/history/".length)));
      }
      questions.push(asked.path);
      return answer(asked, pathname, searchParams);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;

  async function prompt(asked: SeenRequest, request: Request): Promise<Response> {
    requests.push(asked);
    const fault = faults.api.next();
    if (fault === "hangs") return await hang(request.signal, closing.signal);
    const wording = fault && RUN_FAULTS[fault];
    if (fault && !wording) return faultAnswer(fault, asked);
    const body = asked.json;
    if (typeof body !== "object" || body === null) return new Response("500", { status: 500 });
    const { prompt, client_id, extra_data, ...others } = body as Record<string, unknown>;
    if (Object.keys(others).length > 0) throw new Error(`Unknown: ${Object.keys(others)}`);
    const { refusal, node_errors } = validate(prompt, stock);
    if (refusal) return Response.json(refusal, { status: 400 });
    if (wording) state.failRun(...wording);
    const leftOut = Object.values(node_errors).flatMap(({ dependent_outputs }) =>
      dependent_outputs
    );
    const graph = Object.fromEntries(
      Object.entries(prompt as FakeGraph).filter(([node]) => !leftOut.includes(node)),
    );
    const id = state.add(graph, String(client_id), extra_data as Extra);
    return Response.json({ prompt_id: id, number: 1, node_errors });
  }

  function view(asked: SeenRequest, query: URLSearchParams): Response {
    const { authorization: _, ...headers } = asked.headers; // the gateway keeps it
    downloads.push({ ...asked, headers });
    const picture = isExpired ? undefined : state.files.get(String(query.get("filename")));
    if (!picture) return new Response(null, { status: 404 });
    return faults.download.next() ? cutShort(picture) : new Response(picture);
  }

  function answer(asked: SeenRequest, path: string, query: URLSearchParams): Response {
    const list = path.match(/^\/models\/(\w+)$/)?.[1];
    if (list) {
      const files = stock.files[list as Folder];
      return files ? Response.json(files) : new Response(null, { status: 404 });
    }
    if (path.startsWith("/view_metadata/")) {
      const metadata = options.metadata?.[String(query.get("filename"))];
      return metadata ? Response.json(metadata) : new Response(null, { status: 404 });
    }
    if (path === "/queue" && asked.method === "GET") return Response.json(state.queue());
    if (path === "/prompt") {
      const { queue_running, queue_pending } = state.queue();
      const queue_remaining = queue_running.length + queue_pending.length;
      return Response.json({ exec_info: { queue_remaining } });
    }
    const body = asked.json as { delete?: readonly string[]; prompt_id?: string };
    if (path === "/queue") state.remove(body.delete ?? []);
    else if (path === "/interrupt") state.interrupt(body.prompt_id);
    else return new Response("404: Not Found", { status: 404 });
    return new Response();
  }

  return {
    url,
    environment: {
      COMFYUI_URL: url,
      ...options.isOpen ? {} : { COMFYUI_API_KEY: key },
      ...folder ? { COMFYUI_WORKFLOWS: folder } : {},
      ...options.environment,
    },
    secrets: options.isOpen ? [] : [key],
    requests,
    downloads,
    questions,
    pictures: state.pictures,
    edits: state.edits,
    graphs: state.graphs,
    extras: state.extras,
    uploads: state.uploads,
    stopped: state.stopped,
    connections: () => state.connections,
    running: () => state.queue().queue_running[0]?.[1] as string | undefined,
    preview: PREVIEW,
    misbehave: (fault, times = Infinity) =>
      (fault === "cut download" ? faults.download : faults.api).set(fault, times),
    failRun: (message, type = "RuntimeError", node) => state.failRun(message, type, node),
    hold: () => void (state.isHeld = true),
    finish: () => state.finish(),
    expire: () => void (isExpired = true),
    forget: () => state.forget(),
    pressStop: () => state.interrupt(undefined),
    occupy: () => state.occupy(),
    async [Symbol.asyncDispose]() {
      closing.abort();
      state.close();
      await server.shutdown();
      if (folder) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** A name that is taken by other bytes gets a number. */
async function upload(request: Request, { stock, uploads }: Engine): Promise<Response> {
  const form = await request.formData();
  const image = form.get("image");
  if (!(image instanceof File)) return new Response(null, { status: 400 });
  const subfolder = String(form.get("subfolder") ?? "");
  const type = String(form.get("type") ?? "input");
  const bytes = await image.bytes();
  const [stem, ending] = [image.name.replace(/\.\w+$/, ""), /\.\w+$/.exec(image.name)?.[0] ?? ""];
  for (let number = 0;; number++) {
    const name = number === 0 ? image.name : `${stem} (${number})${ending}`;
    const place = `${subfolder ? `${subfolder}/` : ""}${name} [${type}]`;
    const there = stock.pictures.get(place);
    if (there && there.toBase64() !== bytes.toBase64()) continue;
    stock.pictures.set(place, bytes);
    uploads.push(place);
    return Response.json({ name, subfolder, type });
  }
}

async function workflowFolder(workflows: Readonly<Record<string, object | string>>) {
  const path = await Deno.makeTempDir({ prefix: "mcp-image-server-workflows-" });
  for (const [name, content] of Object.entries(workflows)) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return path;
}

function faultAnswer(fault: Fault, asked: SeenRequest): Response {
  switch (fault) {
    case "nonsense JSON":
      return new Response(`{"prompt_id":"7f`, { headers: { "content-type": "application/json" } });
    case "dead socket":
      return cutShort(new Uint8Array(2));
    case "wrong key":
      return new Response("<html>401 Authorization Required</html>", { status: 401 });
    case "rate limited":
      return new Response("Too many requests", { status: 429 });
    case "retired model":
      return Response.json(RETIRED, { status: 400 });
    default:
      // A careless gateway that shows what it was sent, the token included.
      return new Response(`failed: ${JSON.stringify(asked.headers)}`, { status: 500 });
  }
}

/** Of nodes that ask paid services, in those nodes' words. */
const RUN_FAULTS: Partial<Record<Fault, readonly [message: string, type: string]>> = {
  "no quota": [
    "Payment Required: Please add credits to your account to use this node.",
    "Exception",
  ],
  "refused by moderation": ["Task failed: Request Moderated by the safety system", "Exception"],
};

const RETIRED = {
  error: {
    type: "prompt_outputs_failed_validation",
    message: "Prompt outputs failed validation",
    details: "",
    extra_info: {},
  },
  node_errors: {
    weights: {
      errors: [{
        type: "value_not_in_list",
        message: "Value not in list",
        details: `ckpt_name: '${SDXL_FILE}' not in ['other.safetensors']`,
        extra_info: {
          input_name: "ckpt_name",
          input_config: [["other.safetensors"], {}],
          received_value: SDXL_FILE,
        },
      }],
      dependent_outputs: ["shown"],
      class_type: "CheckpointLoaderSimple",
    },
  },
};

const NO_FILES: Readonly<Record<Folder, readonly string[]>> = {
  checkpoints: [],
  diffusion_models: [],
  text_encoders: [],
  vae: [],
  loras: [],
};
