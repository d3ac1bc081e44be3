/** Runs this server as people do: as a process of its own, with nothing but what it is given. */

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Start {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Deno with the cache of this machine, so that nothing is downloaded anew. */
export const CACHE: Readonly<Record<string, string>> = { DENO_DIR: await denoDirectory() };

/** Runs `program` to its end. */
export async function runToEnd(
  { command, args }: Program,
  more: readonly string[],
  { cwd, env = {} }: Start,
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args, ...more],
    cwd,
    clearEnv: true,
    env: { ...SYSTEM, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

type Message = Readonly<Record<string, unknown>>;

/** A program that speaks MCP over its standard streams, and the simplest client of it. */
export class StdioServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #stderr: Promise<string>;
  #lastId = 0;
  #isClosed = false;

  constructor({ command, args }: Program, { cwd, env = {} }: Start) {
    this.#process = new Deno.Command(command, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: { ...SYSTEM, ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(splitLines())
      .getReader();
    this.#stderr = new Response(this.#process.stderr).text();
  }

  /** The result of one request. @throws what the server says instead. */
  async request(method: string, params: Message = {}): Promise<Message> {
    const id = ++this.#lastId;
    await this.#send({ jsonrpc: "2.0", id, method, params });
    while (true) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`The server ended: ${await this.#stderr}`);
      const message = JSON.parse(value);
      if (message.id !== id) continue;
      if (message.error) throw new Error(JSON.stringify(message.error));
      return message.result;
    }
  }

  /** The handshake; the server's name and version. */
  async initialize(): Promise<Message> {
    const { serverInfo } = await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1" },
    });
    await this.#send({ jsonrpc: "2.0", method: "notifications/initialized" });
    return serverInfo as Message;
  }

  /** Ends the input, as a client does that goes away. */
  async close(): Promise<{ readonly code: number; readonly stderr: string }> {
    this.#isClosed = true;
    await this.#input.close();
    await this.#lines.cancel();
    const [{ code }, stderr] = await Promise.all([this.#process.status, this.#stderr]);
    return { code, stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isClosed) await this.close();
  }

  async #send(message: Message): Promise<void> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(message) + "\n"));
  }
}

/** A program that serves HTTP on a free port until it is disposed of. */
export class HttpServer implements AsyncDisposable {
  /** Such as http://127.0.0.1:40123. */
  readonly address: Promise<string>;
  readonly #process: Deno.ChildProcess;
  readonly #stderr: Promise<string>;

  constructor({ command, args }: Program, { cwd, env = {} }: Start) {
    this.#process = new Deno.Command(command, {
      args: [...args],
      cwd,
      clearEnv: true,
      env: { ...SYSTEM, ...env },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.address = promise;
    this.#stderr = readAll(this.#process.stderr, (text) => {
      const [address] = /http:\/\/[\d.]+:\d+/.exec(text) ?? [];
      if (address) resolve(address);
    });
    this.#stderr.then((text) => reject(new Error(`The server ended: ${text}`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await Promise.all([this.#process.status, this.#stderr]);
  }
}

function splitLines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(part, controller) {
      const lines = (rest + part).split("\n");
      rest = lines.pop()!;
      for (const line of lines) controller.enqueue(line);
    },
  });
}

async function readAll(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  look: (text: string) => void,
): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    look(text);
  }
  return text;
}

async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Windows programs cannot open a socket without it. */
const SYSTEM: Readonly<Record<string, string>> = Deno.env.get("SystemRoot")
  ? { SystemRoot: Deno.env.get("SystemRoot")! }
  : {};
