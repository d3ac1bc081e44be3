/** The real server over HTTP as a process, and the little vendor it asks. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { definePlaceholder } from "../../src/providers/placeholder/provider.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));

export interface BenchServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Starts `serve --transport http` on a free port, quiet but for errors. */
export async function startBenchServer(
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, "serve", "--transport", "http", "--port", `${port}`],
    cwd: folder,
    env: { MCP_IMAGE_SAVE_DIR: join(folder, "pictures"), MCP_LOG_LEVEL: "error", ...env },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  const url = `http://127.0.0.1:${port}`;
  await untilHealthy(url);
  return {
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/**
 * Starts a small program of this folder that prints the port it listens on, such as the barest server
 * that could do a work.
 */
export async function startBareProgram(
  script: string,
  ...args: readonly string[]
): Promise<BenchServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", fileURLToPath(new URL(script, import.meta.url)), ...args],
    stdout: "piped",
  }).spawn();
  const { value } = await child.stdout.getReader().read();
  return {
    url: `http://127.0.0.1:${new TextDecoder().decode(value).trim()}`,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function untilHealthy(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`${url}/health`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`No server answers at ${url}`);
}

/** A vendor that speaks as OpenAI does and answers with one picture after `delay` milliseconds. */
export function startBenchVendor(picture: Uint8Array, delay: number) {
  const answer = JSON.stringify({ created: 1, data: [{ b64_json: picture.toBase64() }] });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    await request.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, delay));
    return new Response(answer, { headers: { "content-type": "application/json" } });
  });
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${server.addr.port}/v1`, OPENAI_MODEL: "bench" };
  return { env, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A picture of one megapixel as vendors send most: a JPEG. */
export async function onePicture(): Promise<Uint8Array<ArrayBuffer>> {
  const opened = definePlaceholder(() => "").open(new Map(), { fetch, now: Date.now }, []);
  if (!opened.on) throw new Error("The placeholder is always on");
  const { images } = await opened.provider.generate(
    {
      operation: "generate",
      prompt: "a harbour in the morning",
      size: "1024x1024",
      inputs: [],
      count: 1,
      options: {},
    },
    { signal: new AbortController().signal, onProgress() {}, onAccepted() {} },
  );
  const bitmap = await createImageBitmap(new Blob([images[0]!.bytes]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
  return new Uint8Array(await blob.arrayBuffer());
}
