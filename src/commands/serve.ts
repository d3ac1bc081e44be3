/** `serve`: the MCP server, until its client or the system ends it. */

import { type App, type Configuration, createApp, loadConfiguration } from "../app.ts";
import { messageOf } from "../errors.ts";
import { makeMcpServer } from "../mcp/server.ts";
import type { Problem } from "../variables.ts";
import { settingsOnCommandLine } from "./command_line.ts";
import type { CommandContext } from "./context.ts";
import { takeStdout } from "./stdout.ts";

/** Milliseconds between looks for jobs that a dead server on the same folder left. */
const INHERIT_INTERVAL = 15_000;
/** Milliseconds until the first look, so that it does not delay the first answer. */
const INHERIT_DELAY = 200;

export async function runServe(context: CommandContext): Promise<number> {
  const commandLine = settingsOnCommandLine(context.flags);
  const configuration = loadConfiguration(context.surroundings, commandLine);
  const isHttp = configuration.settings.MCP_TRANSPORT === "http";
  const problems = [
    ...configuration.problems,
    ...(isHttp ? await httpProblems(configuration) : []),
  ];
  if (problems.length > 0) return complain(problems, context);

  const app = createApp(configuration, context.surroundings, commandLine);
  for (const warning of configuration.providers.warnings) app.log.warning(warning);
  return isHttp ? await serveOverHttp(app, context) : await serveOverStdio(app, context);
}

/** Every mistake on its own line on stderr. */
export function complain(problems: readonly Problem[], { say }: CommandContext): number {
  for (const { message } of problems) say(`mcp-image-server: ${message}`);
  return 1;
}

async function serveOverStdio(app: App, { say }: CommandContext): Promise<number> {
  const { startStdioServer } = await import("../mcp/stdio.ts");
  const streams = { input: Deno.stdin.readable, output: takeStdout() };
  const parts = app.serverParts({ transport: "stdio" });
  const graceSeconds = app.configuration.settings.MCP_SHUTDOWN_GRACE;
  const server = startStdioServer(() => makeMcpServer(parts), streams, app.log, { graceSeconds });
  if (Deno.stdin.isTerminal()) {
    say("mcp-image-server waits for an MCP client on stdin (Ctrl-C ends it, --help shows more).");
  }
  using _stop = onStopSignal(() => server.close());
  using _inheritance = inheritRegularly(app);
  await server.ended;
  await app.close();
  return 0;
}

async function serveOverHttp(app: App, context: CommandContext): Promise<number> {
  const [{ serveHttp }, { publicBaseUrl }] = await Promise.all([
    import("../http/server.ts"),
    import("../http/hosts.ts"),
  ]);
  const trouble = await app.library.trouble();
  if (trouble) return complain([{ variable: "MCP_IMAGE_SAVE_DIR", message: trouble }], context);
  let port = app.configuration.settings.MCP_PORT;
  const parts = app.serverParts({
    transport: "http",
    baseUrl: () => publicBaseUrl(app.configuration.settings, port),
  });
  try {
    const server = serveHttp({
      settings: app.configuration.settings,
      version: parts.version,
      makeServer: () => makeMcpServer(parts),
      pictures: { find: (fileName) => app.library.findFile(fileName) },
      readiness: () => app.readiness(),
      log: app.log,
      metrics: app.metrics,
    });
    port = server.address.port;
    using _stop = onStopSignal(() => server.stop());
    using _inheritance = inheritRegularly(app);
    await server.finished;
    await app.close();
    return 0;
  } catch (error) {
    await app.close();
    return complain([{ variable: "MCP_PORT", message: messageOf(error) }], context);
  }
}

async function httpProblems({ settings }: Configuration): Promise<readonly Problem[]> {
  const { checkHttpSettings } = await import("../http/check.ts");
  return checkHttpSettings(settings);
}

/** Jobs of servers that died on this folder are finished by the next one, this one included. */
function inheritRegularly(app: App): Disposable {
  const look = () =>
    app.studio.inherit().catch((error) =>
      app.log.warning("Cannot look for interrupted jobs", { reason: messageOf(error) })
    );
  const first = setTimeout(look, INHERIT_DELAY);
  const others = setInterval(look, INHERIT_INTERVAL);
  return {
    [Symbol.dispose]() {
      clearTimeout(first);
      clearInterval(others);
    },
  };
}

/** Calls `stop` when the system asks the process to end, in each system's own way. */
export function onStopSignal(stop: () => void): Disposable {
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, stop);
    },
  };
}
