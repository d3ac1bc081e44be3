/** A real nginx with what the manual shows, in a folder of its own, where it is installed. */

import { join } from "node:path";
import { temporaryFolder } from "./folder.ts";
import { steadyPort } from "./port.ts";
import { until } from "./wait.ts";

const MANUAL = new URL("../../src/manual/production.md", import.meta.url);

export interface Nginx extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What it has logged of requests that it could not hand on. */
  errors(): Promise<string>;
}

/** Whether nginx can be started here. */
export const HAS_NGINX = await isInstalled();

/** The examples for nginx, as they stand in the manual: one server, and several. */
export async function nginxExamples(): Promise<readonly string[]> {
  const text = await Deno.readTextFile(MANUAL);
  return [...text.matchAll(/```nginx\n(.*?)```/gs)].map(([, example]) => example!);
}

/**
 * Starts nginx on a free port with the content of its "http" block, which names the port
 * `listen 443 ssl` and the host `images.example.com`; waits until something behind it is healthy.
 */
export async function startNginx(example: string): Promise<Nginx> {
  const folder = await temporaryFolder();
  const port = steadyPort();
  const site = example
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/^ *(listen \[::\]|ssl_certificate).*\n/gm, "")
    .replace("images.example.com", "127.0.0.1");
  const inFolder = (name: string) => join(folder.path, name);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${inFolder(name)};`).join("\n");
  await Deno.writeTextFile(
    inFolder("nginx.conf"),
    `pid ${inFolder("nginx.pid")};\nevents { worker_connections 4096; }\n` +
      `http {\naccess_log off;\n${temporary}\n${site}}\n`,
  );
  const args = ["-c", inFolder("nginx.conf"), "-e", inFolder("error.log"), "-g", "daemon off;"];
  const process = new Deno.Command("nginx", { args, stderr: "null" }).spawn();
  const url = `http://127.0.0.1:${port}`;
  const nginx = {
    url,
    port,
    errors: () => Deno.readTextFile(inFolder("error.log")),
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
      await folder[Symbol.asyncDispose]();
    },
  };
  try {
    await until("nginx answers", () =>
      fetch(`${url}/health`).then(async (response) => {
        await response.body?.cancel();
        return response.ok;
      }, () => false));
    return nginx;
  } catch (error) {
    await nginx[Symbol.asyncDispose]();
    throw error;
  }
}

async function isInstalled(): Promise<boolean> {
  try {
    return (await new Deno.Command("nginx", { args: ["-v"], stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
