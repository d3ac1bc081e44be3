/** `studio`: the page on this machine alone, opened in the browser of whoever sits before it. */

import { findEnvFiles } from "../config/env_files.ts";
import type { Env } from "../config/variables.ts";
import { settingsOnCommandLine } from "./flags.ts";
import type { CommandContext } from "./context.ts";
import { openWithSystem } from "./open.ts";
import { serveOverHttp } from "./serve.ts";

/** The pictures of the shell and of clients over stdio, which come without a token. */
const OWNER = "";
const HOST = "127.0.0.1";

/**
 * Serves the page on a loopback port until it is stopped. Its address holds a key that signs in one
 * browser, once; everything else that HTTP offers needs a token that nobody knows.
 */
export async function runStudio(context: CommandContext): Promise<number> {
  const { flags, runtime, print, say } = context;
  const files = findEnvFiles(settingsOnCommandLine(flags), runtime);
  const key = randomKey();
  return await serveOverHttp(context, files, {
    settings: studioSettings(flags.port ?? "0"),
    oneTimeKey: { key, owner: OWNER },
    async onListening(port) {
      const address = `http://${HOST}:${port}/?key=${key}`;
      print(address);
      const isOpened = flags["no-open"] === undefined && await openWithSystem(address, runtime.os);
      say(isOpened ? "The page opens in your browser." : "Open this address, which works once.");
      say("Ctrl-C ends it.");
    },
  });
}

function studioSettings(port: string): Env {
  const settings = {
    MCP_TRANSPORT: "http",
    MCP_HOST: HOST,
    MCP_PORT: port,
    MCP_AUTH_TOKEN: randomKey(),
    // The name of a token alone: others of this machine's settings are not in force here.
    MCP_ADMINS: "default",
    MCP_EXPOSE_LOCAL_PATH: "true",
  };
  return new Map(
    Object.entries(settings).map(([name, value]) => [name, { value, source: "studio" }]),
  );
}

/** 256 random bits in the alphabet of addresses. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}
