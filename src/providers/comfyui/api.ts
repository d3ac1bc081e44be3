/** The calls of ComfyUI's own API (its server.py, version 0.38.1, read 2026-11-25). */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { asExpired } from "../expired.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import type { InputImage, ProviderDependencies } from "../provider.ts";
import { allOrNone } from "../together.ts";
import { failureOf, unreachable, unreadable } from "./errors.ts";
import type { Graph } from "./graph.ts";
import type { Installed } from "./installed.ts";
import type { Call } from "./refused_graph.ts";

export interface Account {
  readonly endpoint: string;
  readonly key?: string;
}

export interface Submission {
  readonly prompt: Graph;
  readonly client_id: string;
  readonly extra_data: Readonly<Record<string, unknown>>;
}

export interface Api {
  /** For every address of the server, also for its socket. */
  readonly headers: Readonly<Record<string, string>>;
  installed(signal: AbortSignal): Promise<Installed>;
  /** What a file says of itself; empty where it says nothing. */
  metadata(folder: string, file: string, signal: AbortSignal): Promise<Readonly<Metadata>>;
  /** The name by which nodes load it. */
  upload(input: InputImage, signal: AbortSignal): Promise<string>;
  submit(
    submission: Submission,
    call: Omit<Call, "endpoint">,
    signal: AbortSignal,
  ): Promise<Acceptance>;
  /** Undefined until the request is over. */
  ending(id: string, signal: AbortSignal): Promise<Ending | undefined>;
  /** How many requests come before it, 0 where it is drawn now; undefined where it is in no queue. */
  place(id: string, signal: AbortSignal): Promise<number | undefined>;
  /** Takes it out of the queue, or stops it. */
  stop(id: string, signal: AbortSignal): Promise<void>;
  view(picture: OutputFile, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
}

export function openApi({ endpoint, key }: Account, outside: ProviderDependencies): Api {
  const headers: Readonly<Record<string, string>> = key === undefined
    ? {}
    : { authorization: authorization(key) };
  const secrets = key === undefined ? [] : [key, authorization(key).replace(/^\w+ /, "")];
  const client = createVendorClient({
    title: "ComfyUI",
    endpoint,
    secrets,
    ownHeaders: headers,
    ...outside,
  });

  async function send(path: string, options: Options): Promise<VendorAnswer> {
    const { signal, body, call = {}, failure = failureOf } = options;
    const isForm = body instanceof FormData;
    try {
      return await client.send({
        url: endpoint + path,
        method: body === undefined ? "GET" : "POST",
        headers: body === undefined || isForm ? headers : { ...headers, ...JSON_TYPE },
        body: body === undefined || isForm ? body : JSON.stringify(body),
        signal,
        pictures: options.pictures,
        repeat: options.repeat ?? "freely",
        failure: (answer) => failure(answer, { endpoint, ...call }),
      });
    } catch (error) {
      throw unreachable(error, endpoint);
    }
  }

  const listFiles = async (folder: string, signal: AbortSignal): Promise<readonly string[]> => {
    const isNeeded = folder === "checkpoints";
    const { json } = await send(`/models/${folder}`, {
      signal,
      failure: (answer, call) =>
        !isNeeded && answer.status === 404
          ? undefined
          : failureOf(answer, call) ?? shaped(FILES, answer, call),
    });
    return FILES.safeParse(json).data ?? [];
  };

  return {
    headers,
    async installed(signal) {
      // Where that fails, nothing else need be asked.
      const checkpoints = await listFiles("checkpoints", signal);
      const [diffusion = [], encoders = [], decoders = [], loras = []] = await allOrNone(
        OTHER_FOLDERS.map((folder) => (signal: AbortSignal) => listFiles(folder, signal)),
        signal,
      );
      return { checkpoints, diffusion, encoders, decoders, loras };
    },
    async metadata(folder, file, signal) {
      const path = `/view_metadata/${folder}?filename=${encodeURIComponent(file)}`;
      // A file that tells nothing, or cannot be read, is met with HTTP 404 and 500.
      const { json } = await send(path, { signal, failure: () => undefined });
      return METADATA.safeParse(json).data ?? {};
    },
    async upload({ bytes, mediaType, hash }, signal) {
      const form = new FormData();
      const extension = mediaType.slice(mediaType.indexOf("/") + 1);
      form.set("image", new Blob([bytes], { type: mediaType }), `${hash}.${extension}`);
      form.set("subfolder", FOLDER_OF_INPUTS);
      // Emptied whenever ComfyUI starts.
      form.set("type", "temp");
      const { json } = await send("/upload/image", {
        signal,
        body: form,
        failure: (answer, call) => failureOf(answer, call) ?? shaped(UPLOADED, answer, call),
      });
      const { name, subfolder, type } = UPLOADED.parse(json);
      return `${subfolder ? `${subfolder}/` : ""}${name} [${type}]`;
    },
    async submit(submission, call, signal) {
      const { json } = await send("/prompt", {
        signal,
        call,
        body: submission,
        repeat: "if nothing happened",
        failure: (answer, call) => failureOf(answer, call) ?? shaped(ACCEPTANCE, answer, call),
      });
      return ACCEPTANCE.parse(json);
    },
    async ending(id, signal) {
      const { json } = await send(`/history/${encodeURIComponent(id)}`, {
        signal,
        pictures: ROOM_FOR_GRAPHS,
        failure: (answer, call) => failureOf(answer, call) ?? shaped(HISTORY, answer, call),
      });
      return HISTORY.parse(json)[id];
    },
    async place(id, signal) {
      const { queue_running, queue_pending } = await queue(signal);
      if (queue_running.some(([, each]) => each === id)) return 0;
      const own = queue_pending.find(([, each]) => each === id);
      if (!own) return undefined;
      return queue_running.length + queue_pending.filter(([number]) => number < own[0]).length;
    },
    async stop(id, signal) {
      // An older ComfyUI stops whatever runs when told to stop one, so it is told only where that runs.
      const { queue_running } = await queue(signal);
      const isRunning = queue_running.some(([, each]) => each === id);
      const [path, body] = isRunning
        ? ["/interrupt", { prompt_id: id }] as const
        : ["/queue", { delete: [id] }] as const;
      await send(path, { signal, body });
    },
    async view(picture, signal) {
      const query = new URLSearchParams({ ...picture });
      try {
        return await client.download(`${endpoint}/view?${query}`, signal);
      } catch (error) {
        throw asExpired(error, GONE);
      }
    },
  };

  async function queue(signal: AbortSignal) {
    const { json } = await send("/queue", {
      signal,
      pictures: ROOM_FOR_GRAPHS,
      failure: (answer, call) => failureOf(answer, call) ?? shaped(QUEUE, answer, call),
    });
    return QUEUE.parse(json);
  }
}

interface Options {
  readonly signal: AbortSignal;
  /** Posted, as JSON unless it is a form; without it the path is got. */
  readonly body?: FormData | object;
  readonly call?: Omit<Call, "endpoint">;
  readonly repeat?: "freely" | "if nothing happened";
  readonly pictures?: number;
  readonly failure?: (answer: VendorAnswer, call: Call) => ImageError | undefined;
}

function shaped(schema: z.ZodType, answer: VendorAnswer, call: Call): ImageError | undefined {
  return schema.safeParse(answer.json).success ? undefined : unreadable(answer, call);
}

/** As gateways want it: a name and password, or a token. */
function authorization(key: string): string {
  return key.includes(":") ? `Basic ${new TextEncoder().encode(key).toBase64()}` : `Bearer ${key}`;
}

/** Every entry of the queue and of the history holds its whole graph: as much as a picture, in all. */
const ROOM_FOR_GRAPHS = 1;

const JSON_TYPE = { "content-type": "application/json" };

const OTHER_FOLDERS = ["diffusion_models", "text_encoders", "vae", "loras"];

const FOLDER_OF_INPUTS = "mcp-image-server";

const GONE =
  "ComfyUI drew the picture, and its folder no longer has the file. Ask for the picture again";

const FILES = z.array(z.string());

const METADATA = z.object({
  "modelspec.architecture": z.string().optional().catch(undefined),
});

type Metadata = z.infer<typeof METADATA>;

const UPLOADED = z.object({
  name: z.string().min(1),
  subfolder: z.string().optional().catch(undefined),
  type: z.string(),
});

const ACCEPTANCE = z.object({
  prompt_id: z.string().min(1),
  /** Of nodes whose part of the graph will not run. */
  node_errors: z.record(z.string(), z.unknown()).optional().catch(undefined),
});

export type Acceptance = z.infer<typeof ACCEPTANCE>;

/** The number of an entry says its turn. */
const ENTRY = z.tuple([z.number(), z.string()]).rest(z.unknown());

const QUEUE = z.object({ queue_running: z.array(ENTRY), queue_pending: z.array(ENTRY) });

const FILE = z.object({
  filename: z.string().min(1),
  subfolder: z.string().default(""),
  /** The folder: "output" is kept, "temp" is emptied when ComfyUI starts. */
  type: z.string(),
});

export type OutputFile = z.infer<typeof FILE>;

const ENDING = z.object({
  outputs: z.record(
    z.string(),
    z.object({ images: z.array(FILE).optional().catch(undefined) }).catch({}),
  ).default({}),
  status: z.object({
    status_str: z.string().optional(),
    messages: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown())])).default([]),
  }).nullish(),
});

export type Ending = z.infer<typeof ENDING>;

const HISTORY = z.record(z.string(), ENDING);
