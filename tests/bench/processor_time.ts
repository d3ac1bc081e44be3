/** The processor time that one picture takes of the server itself, next to the barest program that does as much. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folder.ts";
import { median, milliseconds, ratio, report } from "./figures.ts";

const ROUNDS = 7;
const WARM_UP = 15;
const PICTURES = 10;

/** Whether the result carries the picture itself. */
const MODES: Readonly<Record<"always" | "never", string>> = {
  always: "file and result with the picture",
  never: "file and result without it",
};

export async function measureProcessorTime(): Promise<void> {
  await using vendor = await startVendor();
  for (const [mode, what] of Object.entries(MODES)) {
    await using folder = await temporaryFolder();
    await using ours = startGenerator(path("../../main.ts"), [], folder.path, {
      OPENAI_BASE_URL: vendor.url,
      OPENAI_MODEL: "bench",
      MCP_INLINE_IMAGE: mode,
      MCP_LOG_LEVEL: "error",
      MCP_IMAGE_SAVE_DIR: join(folder.path, "pictures"),
    });
    const bareArgs = [vendor.url, folder.path, mode];
    await using bare = startGenerator(path("bare_generator.ts"), bareArgs, folder.path, {});
    await ours.initialize();
    const times = { ours: [] as number[], bare: [] as number[] };
    await ours.draw(WARM_UP);
    await bare.draw(WARM_UP);
    for (let round = 0; round < ROUNDS; round++) { // in turns, since a machine's speed drifts
      times.ours.push(await ours.timeFor(PICTURES));
      times.bare.push(await bare.timeFor(PICTURES));
    }
    await checkMade(join(folder.path, "pictures"), WARM_UP + ROUNDS * PICTURES);
    await checkMade(folder.path, WARM_UP + ROUNDS * PICTURES);
    const [own, base] = [median(times.ours), median(times.bare)];
    report(
      `processor time for a 3 MB picture, ${what}`,
      `${milliseconds(own)}, ${milliseconds(base)} = ${ratio(own / base)}`,
      "at most 1.5 x",
    );
  }
}

/** An error that is answered quickly would be a good figure. */
async function checkMade(folder: string, count: number): Promise<void> {
  const files = await Array.fromAsync(Deno.readDir(folder));
  const made = files.filter(({ name }) => name.endsWith(".png")).length;
  if (made !== count) throw new Error(`${made} of ${count} pictures were made in ${folder}`);
}

function path(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

async function startVendor() {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", path("picture_vendor.ts")],
    stdout: "piped",
  }).spawn();
  const { value } = await process.stdout.getReader().read();
  return {
    url: `http://127.0.0.1:${new TextDecoder().decode(value).trim()}/v1`,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}

/** A program that draws for lines of JSON-RPC, in a process that tells its processor time. */
function startGenerator(
  script: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
) {
  const preload = ["--preload", path("tell_processor_time.ts")];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...preload, script, ...args],
    cwd,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = process.stdin.getWriter();
  const output = process.stdout.getReader();
  const told = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let lastId = 0;

  const send = (message: Readonly<Record<string, unknown>>) =>
    input.write(new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n"));

  /** Reads to the end of a line, as little as that takes. */
  async function readLine(): Promise<void> {
    while (true) {
      const { value, done } = await output.read();
      if (done) throw new Error(`The program ended: ${(await told.read()).value}`);
      if (value.at(-1) === NEWLINE) return;
    }
  }

  async function draw(count: number): Promise<void> {
    for (let number = 0; number < count; number++) {
      const id = ++lastId;
      const params = { name: "generate_image", arguments: { prompt: `harbour ${id}` } };
      await send({ id, method: "tools/call", params });
      await readLine();
    }
  }

  async function processorTime(): Promise<number> {
    process.kill("SIGUSR2");
    const { value } = await told.read();
    const microseconds = Number(value?.match(/processor time: (\d+)/)?.[1] ?? NaN);
    if (Number.isNaN(microseconds)) throw new Error(`No processor time but: ${value}`);
    return microseconds / 1000;
  }

  return {
    async initialize() {
      const params = {
        protocolVersion: "2025-11-25",
        capabilities: {},
        clientInfo: { name: "bench", version: "1" },
      };
      await send({ id: ++lastId, method: "initialize", params });
      await readLine();
      await send({ method: "notifications/initialized" });
    },
    draw,
    /** Milliseconds of processor time for one of `count` pictures. */
    async timeFor(count: number): Promise<number> {
      const before = await processorTime();
      await draw(count);
      return (await processorTime() - before) / count;
    },
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await process.status;
      await Promise.allSettled([input.abort(), output.cancel(), told.cancel()]);
    },
  };
}

const NEWLINE = 0x0a;
