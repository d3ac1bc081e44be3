/** `generate`, and what other commands that make pictures share: their paths on stdout. */

import { join, parse, resolve } from "node:path";
import { type App, createApp } from "../app.ts";
import { type Configuration, loadConfiguration } from "../app/configuration.ts";
import { ImageError, messageOf } from "../errors.ts";
import type { RequestArguments } from "../requests/parse.ts";
import type { CopyPlace } from "../requests/request.ts";
import type { Answer } from "../service/image_service.ts";
import { savePlaceAt } from "../storage/save_copy.ts";
import { silentLogger } from "../log.ts";
import { badEnvelope, goodEnvelope } from "../mcp/results/result.ts";
import { noticesAbout } from "../config/notices.ts";
import { expandHome } from "../config/save_directory.ts";
import { settingsFileOf } from "../config/settings_file.ts";
import { FAILURE } from "./command_table.ts";
import { settingsOnCommandLine } from "./flags.ts";
import type { CommandContext } from "./context.ts";
import { outputOf } from "./generate/output.ts";
import { GivenUp, Shell } from "./generate/shell.ts";
import { errorInShellWords, inShellWords } from "./generate/shell_words.ts";
import { optionsIn, variablesIn } from "./generate/variables.ts";
import { namedPicture } from "./named_picture.ts";
import { openWithSystem } from "./open.ts";
import type { ShowPicture } from "./preview/preview.ts";
import { keepPrivate } from "./private_files.ts";
import { complain } from "./serve.ts";

/** The exit status of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Draws pictures, or waits for a job of before. */
export async function runGenerate(context: CommandContext): Promise<number> {
  const { flags, words } = context;
  return await runForPictures(context, async (app, held) => {
    const shell = held.use(new Shell(app, context));
    shell.waitAtMost(numberOf(flags.wait));
    return flags.resume === undefined
      ? await shell.draw(argumentsOf(words[0] ?? "", flags), {
        saveAs: await copyPlaceOf(context),
        variedId: variedPicture(context),
        template: { template: flags.template, variables: variablesIn(flags.var) },
      })
      : await shell.resume(flags.resume);
  }, { isShown: true });
}

/** A word that looks like a file's is one of the folder one is in. */
function variedPicture({ flags, runtime }: CommandContext): string | undefined {
  const text = flags["based-on"];
  const isFile = text !== undefined && /[\\/.]/.test(text);
  return isFile ? namedPicture(text, runtime.workingDirectory) : text;
}

/** What comes back of `make`; what is held is let go of at the very end. */
type MakePictures = (app: App, held: DisposableStack) => Promise<Answer>;
/** What a command does, up to its exit status. */
type Work = (app: App, held: DisposableStack) => Promise<number>;

/**
 * Runs a command that makes pictures: prints their paths, or with `--json` one object whatever
 * happens. In a terminal that can, they are shown, unless `--no-preview` says no.
 */
export async function runForPictures(
  context: CommandContext,
  make: MakePictures,
  { isShown = false } = {},
): Promise<number> {
  const { flags, isTerminal } = context;
  const isPreviewed = isShown && isTerminal && !flags.json && flags["no-preview"] === undefined;
  return await runWithApp(context, async (app, held) => {
    // Asked before anything else is typed.
    const preview = isPreviewed ? import("./preview/preview.ts") : undefined;
    const show = preview?.then(({ openPreview }) => openPreview(context)).catch(() => undefined);
    return await present(await make(app, held), app, context, show);
  });
}

/** The same for a command that prints by itself, or with `--json` what it gives back. */
export async function runForAnswer(
  context: CommandContext,
  answer: (app: App) => Promise<Readonly<Record<string, unknown>> | void>,
): Promise<number> {
  return await runWithApp(context, async (app) => {
    const fields = await answer(app);
    if (fields) context.print(JSON.stringify(goodEnvelope(fields), null, 2));
    return 0;
  });
}

/** The same for a command that does all by itself, its exit status too; what it throws is told. */
export async function runWithApp(context: CommandContext, work: Work): Promise<number> {
  const { flags, runtime, print, say } = context;
  const configuration = loadConfiguration(runtime, settingsOnCommandLine(flags));
  const { problems, snapshot } = configuration;
  if (problems.length > 0) {
    if (flags.json) print(failureAsJson(invalidConfig(problems.map(({ message }) => message))));
    return complain(problems, context);
  }
  for (const { level, message } of noticesAbout(snapshot)) {
    if (level === "warning") say(`Note: ${message}`);
  }
  try {
    return await workAndClose(configuration, context, work);
  } catch (thrown) {
    if (!(thrown instanceof ImageError) && !flags.json) throw thrown;
    const error = errorInShellWords(asImageError(thrown), settingsFileOf(snapshot, runtime));
    if (flags.json) print(failureAsJson(error));
    say(`mcp-image-server: ${error.message}`);
    return thrown instanceof GivenUp && !thrown.isOnTime ? INTERRUPTED : FAILURE;
  }
}

/** What `--json` prints for a command line that cannot be understood. */
export function misuseAsJson(message: string): string {
  return failureAsJson(new ImageError("invalid_arguments", message));
}

async function workAndClose(
  configuration: Configuration,
  context: CommandContext,
  work: Work,
): Promise<number> {
  const { flags, runtime } = context;
  const isLogWanted = configuration.snapshot.env.has("MCP_LOG_LEVEL");
  const app = createApp(configuration, runtime, settingsOnCommandLine(flags), {
    log: isLogWanted ? undefined : silentLogger,
  });
  const links = await keepPrivate(app);
  if (links.length > 0) throw new ImageError("invalid_config", links[0]!.message);
  using held = new DisposableStack();
  try {
    return await work(app, held);
  } finally {
    await app.close({ graceSeconds: 0 });
  }
}

export function argumentsOf(
  prompt: string,
  flags: Readonly<Record<string, string>>,
): RequestArguments {
  return {
    prompt,
    provider: flags.provider,
    style: flags.style,
    resolution: flags.resolution,
    aspect_ratio: flags["aspect-ratio"],
    negative_prompt: flags["negative-prompt"],
    model: flags.model,
    quality: flags.quality,
    n: numberOf(flags.count),
    seed: numberOf(flags.seed),
    background: flags.background,
    output_format: flags["output-format"],
    output_compression: numberOf(flags["output-compression"]),
    moderation: flags.moderation,
    file_prefix: flags["file-prefix"],
    options: optionsIn(flags.option),
  };
}

/** Who types the command may write wherever the system lets them. */
export async function copyPlaceOf(
  { flags, runtime }: CommandContext,
): Promise<CopyPlace | undefined> {
  const asked = flags["save-as"];
  if (asked === undefined) return undefined;
  const path = resolve(runtime.workingDirectory, expandHome(asked, runtime));
  return await savePlaceAt(/[\\/]$/.test(asked) ? join(path, "/") : path, [parse(path).root]);
}

export function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

async function present(
  answer: Answer,
  app: App,
  context: CommandContext,
  preview: Promise<ShowPicture | undefined> | undefined,
): Promise<number> {
  if (!answer.done) throw new ImageError("internal_error", "The job ended without an answer");
  const { flags, runtime, print, say } = context;
  const outputs = await Promise.all(
    answer.images.map((image) => outputOf(image, app, runtime.workingDirectory)),
  );
  const images = outputs.map(({ entry }) => entry);
  const notes = outputs.flatMap(({ note }) => note ?? []);
  const losses = outputs.flatMap(({ loss }) => loss ?? []);
  const file = settingsFileOf(app.configuration.snapshot, runtime);
  const warnings = [...answer.warnings.map((each) => inShellWords(each, file)), ...notes];
  if (flags.json) {
    const envelope = losses.length > 0
      ? badEnvelope(new ImageError("internal_error", losses.join("; ")), { images, warnings })
      : goodEnvelope({ images, warnings });
    print(JSON.stringify(envelope, null, 2));
  } else {
    for (const { place } of outputs) if (place) print(place);
    if (answer.model) print(answer.model.name);
    for (const warning of warnings) say(`Note: ${warning}`);
  }
  for (const loss of losses) say(`mcp-image-server: ${loss}`);
  const show = await preview;
  if (show) { for (const image of answer.images) await show(await app.images.read(image)); }
  const paths = images.flatMap(({ local_path }) => local_path ?? []);
  if (flags.open !== undefined) await openAll(paths, context);
  return losses.length > 0 ? FAILURE : 0;
}

async function openAll(paths: readonly string[], { runtime, say }: CommandContext): Promise<void> {
  for (const path of paths) {
    if (await openWithSystem(path, runtime.os)) continue;
    return say(
      `Note: Nothing opened ${path}: this program may run no others, or there is none for it`,
    );
  }
}

function failureAsJson(error: ImageError): string {
  return JSON.stringify(badEnvelope(error, { images: [], warnings: [] }), null, 2);
}

function asImageError(thrown: unknown): ImageError {
  if (thrown instanceof ImageError) return thrown;
  const message = `Unexpected error: ${messageOf(thrown)}`;
  return new ImageError("internal_error", message, {}, { cause: thrown });
}

function invalidConfig(problems: readonly string[]): ImageError {
  return new ImageError("invalid_config", problems.join("; "), { problems });
}
