/** What goes on inside the small ComfyUI: its queue, its socket, its history. */

import {
  type FakeGraph,
  type FakeNode,
  runningOrder,
  sizeOf,
  type Stock,
  understood,
} from "./comfyui_graph.ts";
import type { SeenEdit } from "./editing_vendor.ts";
import { drawJpeg, drawPng } from "./pictures.ts";

export type Extra = Readonly<Record<string, unknown>>;

interface Job {
  readonly number: number;
  readonly id: string;
  readonly graph: FakeGraph;
  readonly client: string;
  readonly extra: Extra;
}

interface Failure {
  readonly message: string;
  readonly type: string;
  readonly node?: string;
}

/** One request runs at a time, and its client hears of it. */
export class Engine {
  isHeld = false;
  connections = 0;
  readonly pictures: Uint8Array<ArrayBuffer>[] = [];
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly edits: SeenEdit[] = [];
  readonly graphs: FakeGraph[] = [];
  readonly extras: Extra[] = [];
  readonly uploads: string[] = [];
  readonly stopped: string[] = [];
  readonly #sockets = new Map<string, { socket: WebSocket; tellsWhose: boolean }>();
  readonly #history = new Map<string, unknown>();
  #jobs: Job[] = [];
  #failure: Failure | undefined;
  #count = 0;

  constructor(
    readonly stock: Stock & { readonly pictures: Map<string, Uint8Array<ArrayBuffer>> },
  ) {}

  add(graph: FakeGraph, client: string, extra: Extra): string {
    const id = crypto.randomUUID();
    const edit = understood(graph, this.stock);
    if (edit.images.length > 0) this.edits.push(edit);
    this.graphs.push(graph);
    this.extras.push(extra);
    this.#jobs.push({ number: this.#count++, id, graph, client, extra });
    // After the answer, as the thread that runs graphs is another one.
    setTimeout(() => this.#run());
    return id;
  }

  occupy(): void {
    const graph = { "1": { class_type: "PreviewImage", inputs: {} } };
    const id = crypto.randomUUID();
    this.#jobs.push({ number: this.#count++, id, graph, client: "somebody else", extra: {} });
    this.isHeld = true;
  }

  finish(): void {
    this.isHeld = false;
    this.#run();
  }

  forget(): void {
    this.#jobs = [];
    this.#history.clear();
  }

  failRun(message: string, type = "RuntimeError", node?: string): void {
    this.#failure = { message, type, node };
  }

  queue() {
    const entries = this.#jobs.map((
      { number, id, graph, extra },
    ) => [number, id, graph, extra, []]);
    return { queue_running: entries.slice(0, 1), queue_pending: entries.slice(1) };
  }

  history(id: string): unknown {
    const entry = this.#history.get(id);
    return entry === undefined ? {} : { [id]: entry };
  }

  remove(ids: readonly string[]): void {
    const [running, ...pending] = this.#jobs;
    this.stopped.push(...pending.map(({ id }) => id).filter((id) => ids.includes(id)));
    this.#jobs = [...running ? [running] : [], ...pending.filter(({ id }) => !ids.includes(id))];
  }

  /** Without an id, whatever runs; with that of another request, nothing. */
  interrupt(id: string | undefined): void {
    const [running] = this.#jobs;
    if (!running || (id !== undefined && running.id !== id)) return;
    this.stopped.push(running.id);
    this.#end(running, "execution_interrupted", {});
  }

  connect(request: Request, client: string): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    const known = { socket, tellsWhose: false };
    this.#sockets.set(client, known);
    socket.onopen = () => {
      this.connections++;
      const status = { exec_info: { queue_remaining: this.#jobs.length } };
      this.#tell(client, "status", { status, sid: client });
    };
    socket.onmessage = ({ data }) => {
      const { type, data: flags } = JSON.parse(data);
      known.tellsWhose = type === "feature_flags" && flags.supports_preview_metadata === true;
    };
    socket.onclose = () => {
      if (this.#sockets.get(client) === known) this.#sockets.delete(client);
    };
    return response;
  }

  close(): void {
    for (const { socket } of this.#sockets.values()) socket.close();
  }

  #run(): void {
    const [job] = this.#jobs;
    if (!job) return;
    const { id, client, graph } = job;
    this.#tell(client, "execution_start", { prompt_id: id });
    for (const node of runningOrder(graph)) {
      if (this.#failure && this.#failsAt(graph[node]!)) return this.#fail(job, node);
      this.#tell(client, "executing", { node, display_node: node, prompt_id: id });
      if (graph[node]!.class_type === "KSampler") this.#sample(job, node);
    }
    if (this.isHeld) return;
    const outputs: Record<string, unknown> = {};
    for (const [node, { class_type, inputs }] of Object.entries(graph)) {
      const isSaved = class_type === "SaveImage";
      if (!isSaved && class_type !== "PreviewImage") continue;
      const [width, height] = sizeOf(graph, (inputs.images as [string])[0], this.stock);
      const picture = drawPng(width, height, crypto.randomUUID());
      const filename = `ComfyUI_${this.pictures.push(picture)}_.png`;
      this.files.set(filename, picture);
      outputs[node] = {
        images: [{ filename, subfolder: "", type: isSaved ? "output" : "temp" }],
      };
      this.#tell(client, "executed", { node, output: outputs[node], prompt_id: id });
    }
    this.#end(job, "execution_success", {}, outputs);
  }

  #failsAt({ class_type }: FakeNode): boolean {
    return class_type === (this.#failure?.node ?? "KSampler");
  }

  #fail(job: Job, node: string): void {
    const { message, type } = this.#failure!;
    this.#failure = undefined;
    this.#end(job, "execution_error", {
      node_id: node,
      node_type: job.graph[node]!.class_type,
      exception_message: message,
      exception_type: type,
      traceback: [`  File "/home/somebody/ComfyUI/execution.py", line 515, in execute\n`],
    });
  }

  #sample({ id, client, extra }: Job, node: string): void {
    this.#tell(client, "progress", { value: 5, max: 28, prompt_id: id, node });
    if (extra.preview_method === "auto") this.#show(client, id, node);
  }

  #show(client: string, id: string, node: string): void {
    const { socket, tellsWhose } = this.#sockets.get(client) ?? {};
    if (socket?.readyState !== WebSocket.OPEN) return;
    const facts = new TextEncoder().encode(
      JSON.stringify({ node_id: node, prompt_id: id, image_type: "image/jpeg" }),
    );
    // Somebody else's, which nobody may take for this client's own.
    const other = new TextEncoder().encode(JSON.stringify({ node_id: node, prompt_id: "other" }));
    socket.send(
      tellsWhose ? frame(4, other.length, other, PREVIEW.subarray(0, 9)) : new Uint8Array(),
    );
    socket.send(
      tellsWhose ? frame(4, facts.length, facts, PREVIEW) : frame(1, 1, new Uint8Array(), PREVIEW),
    );
  }

  #end(job: Job, event: string, data: Extra, outputs: unknown = {}): void {
    const { id, client, graph, extra, number } = job;
    const isGood = event === "execution_success";
    this.#tell(client, event, { ...data, prompt_id: id });
    this.#jobs = this.#jobs.filter((each) => each !== job);
    this.#history.set(id, {
      prompt: [number, id, graph, extra, []],
      outputs,
      status: {
        status_str: isGood ? "success" : "error",
        completed: isGood,
        messages: [["execution_start", { prompt_id: id }], [event, { ...data, prompt_id: id }]],
      },
      meta: {},
    });
    this.#tell(client, "executing", { node: null, prompt_id: id });
    this.#run();
  }

  #tell(client: string, type: string, data: Extra): void {
    const { socket } = this.#sockets.get(client) ?? {};
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type, data }));
  }
}

function frame(kind: number, number: number, ...parts: readonly Uint8Array[]) {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, kind);
  head.setUint32(4, number);
  const length = parts.reduce((sum, part) => sum + part.length, 8);
  const whole = new Uint8Array(length);
  whole.set(new Uint8Array(head.buffer));
  parts.reduce((offset, part) => (whole.set(part, offset), offset + part.length), 8);
  return whole;
}

/** The picture that is shown of every step. */
export const PREVIEW = drawJpeg(64, 64, "unfinished");
