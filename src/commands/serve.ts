/** `serve`: the MCP server, until its client or the system ends it. */

import type { App } from "../app.ts";
import { type EnvFiles, findEnvFiles } from "../config/env_files.ts";
import { readServerSettings, type Settings } from "../config/settings.ts";
import { messageOf } from "../errors.ts";
import type { OneTimeKey } from "../http/page/sign_in.ts";
import type { HttpServer } from "../http/server.ts";
import { silentLogger } from "../log.ts";
import { serveStdio, StdioTransport } from "../mcp/stdio.ts";
import type { Env, Problem } from "../config/variables.ts";
import { FAILURE, MISUSE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { settingsOnCommandLine } from "./flags.ts";
import { readStdin, takeNodeStdout, takeStdout } from "./standard_streams.ts";

/** Milliseconds a client gets to say its first word before the rest of the server is loaded anyway. */
const FIRST_WORD = 30;
/** Milliseconds of silence after an answer until then. */
const SILENCE = 50;

export async function runServe(outer: CommandContext): Promise<number> {
  const context = asStarted(outer);
  const commandLine = settingsOnCommandLine(context.flags);
  const files = findEnvFiles(commandLine, context.runtime);
  const settings = readServerSettings(commandLine, context.runtime, files);
  return settings.MCP_TRANSPORT === "http"
    ? await serveOverHttp(context, files)
    : await serveOverStdio(context, files, settings);
}

/** The same world, which tells that nobody typed the command who knows the folder. */
function asStarted(context: CommandContext): CommandContext {
  const isStartedByClient = !Deno.stdin.isTerminal();
  const runtime = Object.create(context.runtime, {
    isStartedByClient: { value: isStartedByClient },
  });
  return { ...context, runtime };
}

/** Every mistake on its own line on stderr. @returns the exit status. */
export function complain(problems: readonly Problem[], { say }: CommandContext): number {
  for (const { message } of problems) say(`mcp-image-server: ${message}`);
  return problems.some(({ source }) => source?.startsWith("--")) ? MISUSE : FAILURE;
}

/** The first answers are given before the rest of the server is loaded. */
async function serveOverStdio(
  context: CommandContext,
  files: EnvFiles,
  settings: Settings,
): Promise<number> {
  let onProblem = (_reason: string) => {};
  const streams = { input: readStdin(), write: takeStdout() };
  const line = new StdioTransport(streams, {
    graceSeconds: settings.MCP_SHUTDOWN_GRACE,
    resultStyle: settings.MCP_RESULT_STYLE,
    shown: {
      hasAddress: settings.MCP_PUBLIC_BASE_URL !== undefined,
      toolsets: settings.MCP_TOOLSETS,
    },
    prompts: () => firstPrompts(settings, context),
    onProblem: (reason) => onProblem(reason),
  });
  let isStopped = false;
  using _stop = onStopSignal(() => {
    isStopped = true;
    void line.close();
  });
  await untilQuiet(line);
  if (isStopped) return 0;
  takeNodeStdout();
  const [app, { makeMcpServer }] = await Promise.all([
    openApp(context, files),
    import("../mcp/server.ts"),
  ]);
  if (typeof app === "number") return app;
  onProblem = (reason) => app.log.debug("Protocol problem", { reason });
  const dependencies = app.serverDependencies({ transport: "stdio" });
  await serveStdio(line, ({ era }) => makeMcpServer(dependencies, { era, owner: "" }));
  tellWhatServes(app);
  if (Deno.stdin.isTerminal()) {
    context.say(
      "mcp-image-server waits for an MCP client on stdin (Ctrl-C ends it, --help helps).",
    );
  }
  using _upkeep = (await import("./upkeep.ts")).keepUp(app);
  await line.ended;
  await app.close({ graceSeconds: line.graceLeft });
  return 0;
}

/** The prompts before the app is there, as it will list them. */
async function firstPrompts(settings: Settings, { runtime }: CommandContext) {
  const [{ saveDirectoryOf }, { openTemplates }, { listPrompts }] = await Promise.all([
    import("../config/save_directory.ts"),
    import("../app/templates.ts"),
    import("../mcp/listed_prompts.ts"),
  ]);
  const saveDirectory = saveDirectoryOf(settings, runtime);
  return await listPrompts(openTemplates(saveDirectory, runtime, silentLogger));
}

/** Until the client asks for more than the first answers, or for nothing at all: loading holds up every answer. */
async function untilQuiet(line: StdioTransport): Promise<void> {
  let isWanted = false;
  line.sdkWanted.then(() => isWanted = true);
  let answered: number;
  do {
    answered = line.firstAnswers;
    await Promise.race([line.sdkWanted, pause(answered === 0 ? FIRST_WORD : SILENCE)]);
  } while (!isWanted && line.firstAnswers > answered);
}

/** Without `setTimeout`, at whose first use Deno loads Node's timers. */
function pause(milliseconds: number): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers();
  AbortSignal.timeout(milliseconds).onabort = resolve;
  return promise;
}

/** What is different about a server that somebody starts to look at its page. */
export interface PageStart {
  /** Settings that win over every other source; people who sign in elsewhere are not let in. */
  readonly settings: Env;
  readonly oneTimeKey: OneTimeKey;
  readonly onListening: (port: number) => void;
}

export async function serveOverHttp(
  context: CommandContext,
  files: EnvFiles,
  start?: PageStart,
): Promise<number> {
  const [
    { checkHttpSettings, httpWarnings },
    { serveHttp },
    { publicBaseUrl },
    { makeMcpServer },
    { answerPlainly },
  ] = await Promise.all([
    import("../http/check.ts"),
    import("../http/server.ts"),
    import("../http/hosts.ts"),
    import("../mcp/server.ts"),
    import("../mcp/plain_request.ts"),
  ]);
  const app = await openApp(context, files, checkHttpSettings, start?.settings);
  if (typeof app === "number") return app;
  for (const warning of httpWarnings(app.configuration.settings)) app.log.warning(warning);
  const trouble = await app.images.trouble();
  if (trouble) {
    // Others share a database and a bucket with it, and may be back before this one is started again.
    if (app.configuration.settings.MCP_DATABASE_URL === undefined) {
      return complain([{ variable: "MCP_IMAGE_SAVE_DIR", message: trouble }], context);
    }
    app.log.error("Not ready", { reason: trouble });
  }
  let port = app.configuration.settings.MCP_PORT;
  const dependencies = app.serverDependencies({
    transport: "http",
    baseUrl: () => publicBaseUrl(app.configuration.settings, port),
  });
  let server: HttpServer | undefined;
  let stoppedAt = Infinity;
  // Before it listens: whoever sees that it does may want it to stop at once.
  using _stop = onStopSignal(() => {
    stoppedAt = Math.min(stoppedAt, performance.now());
    void server?.stop();
  });
  try {
    server = serveHttp({
      settings: app.configuration.settings,
      version: dependencies.version,
      makeServer: (context) => makeMcpServer(dependencies, context),
      onPromptsChanged: async (listener) => (await dependencies.templates()).onChange(listener),
      answerPlainly: (call) => answerPlainly(call, dependencies),
      changes: dependencies.changes,
      images: app.images,
      uploads: app.uploads,
      imagesApi: {
        imageService: app.imageService,
        imageUrl: dependencies.imageUrl,
        inputAccess: dependencies.inputAccess,
        prepare: () => app.lookForEngines(),
      },
      page: dependencies,
      issuers: start ? [] : app.issuers,
      common: app.common,
      authorizationServer: start ? undefined : app.authorizationServer,
      oneTimeKey: start?.oneTimeKey,
      readiness: () => app.readiness(),
      log: app.log,
      metrics: app.metrics,
    });
    port = server.address.port;
    start?.onListening(port);
    tellWhatServes(app);
    using _upkeep = (await import("./upkeep.ts")).keepUp(app);
    using _telling = app.common && (await dependencies.templates()).tellOthers();
    await server.finished;
    // Calls and the jobs they leave behind share one grace.
    const used = Math.max(0, performance.now() - stoppedAt) / 1000;
    const grace = app.configuration.settings.MCP_SHUTDOWN_GRACE;
    await app.close({ graceSeconds: Math.max(0, grace - used) });
    return 0;
  } catch (error) {
    await app.close();
    return complain([{ variable: "MCP_PORT", message: messageOf(error) }], context);
  }
}

/** The app of this configuration, or the exit status once its mistakes have been told. */
async function openApp(
  context: CommandContext,
  files: EnvFiles,
  moreProblems: (settings: Settings) => readonly Problem[] = () => [],
  moreSettings: Env = new Map(),
): Promise<App | number> {
  const [
    { createApp },
    { loadConfiguration },
    { noticesAbout, whatWasRead },
    { keepPrivate },
  ] = await Promise.all([
    import("../app.ts"),
    import("../app/configuration.ts"),
    import("../config/notices.ts"),
    import("./private_files.ts"),
  ]);
  const commandLine = new Map([...settingsOnCommandLine(context.flags), ...moreSettings]);
  const configuration = loadConfiguration(context.runtime, commandLine, { files });
  const problems = [...configuration.problems, ...moreProblems(configuration.settings)];
  if (problems.length > 0) return complain(problems, context);
  const app = createApp(configuration, context.runtime, commandLine);
  const links = await keepPrivate(app);
  if (links.length > 0) return complain(links, context);
  surviveFaults(app);
  const read = whatWasRead(configuration.snapshot);
  if (read) app.log.info(read);
  for (const { level, message } of noticesAbout(configuration.snapshot)) app.log[level](message);
  for (const warning of configuration.providers.warnings) app.log.warning(warning);
  return app;
}

/** A fault that nobody waits for is logged; it ends neither the process nor the jobs that run in it. */
function surviveFaults({ log }: App): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("Unexpected error", { stack: stackOf(event.reason) });
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log.error("Unexpected error", { stack: stackOf(event.error) });
  });
}

function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : messageOf(error);
}

/** What a person looks for first when something is not as they set it. */
function tellWhatServes({ log, saveDirectory, configuration }: App): void {
  const { settings, snapshot, providers } = configuration;
  log.info("serving", {
    transport: settings.MCP_TRANSPORT,
    providers: [...providers.on.keys()].join(",") || "none",
    pictures: saveDirectory,
    settings_file: snapshot.envFile ?? "none",
  });
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
