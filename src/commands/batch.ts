/** `batch`: draws what the lines of a file ask for; run again, it goes on where it stopped. */

import { join, parse, resolve } from "node:path";
import type { App } from "../app.ts";
import { expandHome } from "../config/save_directory.ts";
import { settingsFileOf } from "../config/settings_file.ts";
import { ImageError, messageOf } from "../errors.ts";
import { checkItems, sentencesOf } from "../mcp/arguments/batch_items.ts";
import type { DrawingArguments } from "../mcp/arguments/drawing_request.ts";
import { badEnvelope, goodEnvelope } from "../mcp/results/result.ts";
import type { CopyPlace } from "../requests/request.ts";
import { batchProgress, type BatchView } from "../service/batches/batch_view.ts";
import type { BatchItem } from "../storage/records/batch_records.ts";
import { savePlaceAt } from "../storage/save_copy.ts";
import { followBatch } from "./batch/follow.ts";
import { readRows } from "./batch/read_rows.ts";
import { wantedItems } from "./batch/wanted_items.ts";
import { FAILURE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { argumentsOf, INTERRUPTED, runWithApp } from "./generate.ts";
import { outputOf } from "./generate/output.ts";
import { checkPlace, OWNER } from "./generate/shell.ts";
import { inShellWords } from "./generate/shell_words.ts";
import { variablesIn } from "./generate/variables.ts";

export async function runBatch(context: CommandContext): Promise<number> {
  return await runWithApp(context, async (app, held) => {
    const { runtime, say, words: [file = ""] } = context;
    const path = resolve(runtime.workingDirectory, expandHome(file, runtime));
    const rows = await readRows(path);
    const wanted = wantedItems(rows, sharedArguments(context), file);
    const { items, warnings } = await checkItems(
      wanted,
      { owner: OWNER, signal: NEVER, copyPlace: (path) => copyPlaceAt(path, context) },
      app.serverDependencies({ transport: "stdio" }),
    );
    await checkPlace(app);
    await app.imageService.recover(); // of what was begun before, perhaps the vendor has it by now
    const source = await Deno.realPath(path);
    const batch = await app.batches.startFile(items, OWNER, source);
    const { drawn } = batch.counts;
    if (drawn > 0) say(`Note: ${drawn} of ${items.length} were drawn before and stay as they are.`);
    const view = await followBatch(batch.id, app, context, held);
    return await present(view, rows.map(({ line }) => line), warnings, app, context);
  });
}

/** What the command line says for every line of the file. */
function sharedArguments({ flags }: CommandContext): DrawingArguments {
  const { prompt, template, "save-as": save_as } = flags;
  const all = { ...argumentsOf("", flags), prompt, template, save_as };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), variables: variablesIn(flags.var) };
}

/** Who types the command may write wherever the system lets them. */
async function copyPlaceAt(asked: string, { runtime }: CommandContext): Promise<CopyPlace> {
  const path = resolve(runtime.workingDirectory, expandHome(asked, runtime));
  return await savePlaceAt(/[\\/]$/.test(asked) ? join(path, "/") : path, [parse(path).root]);
}

/** The paths in the order of the lines, and what failed; with `--json` all of it as one object. */
async function present(
  view: BatchView,
  lines: readonly number[],
  warnings: readonly string[],
  app: App,
  context: CommandContext,
): Promise<number> {
  const { flags, print, runtime, say } = context;
  const { id, state, counts } = view;
  const settingsFile = settingsFileOf(app.configuration.snapshot, runtime);
  const rows = [];
  for (const item of view.items) {
    const { paths, notes } = await picturesOf(item, app, context);
    for (const note of notes) say(`Note: ${note}`);
    if (!flags.json) { for (const path of paths) print(path); }
    const message = item.error && inShellWords(item.error.message, settingsFile);
    const line = lines[item.number - 1]!;
    if (message) say(`mcp-image-server: line ${line}: ${message}`);
    rows.push({
      line,
      label: item.label,
      state: item.state,
      paths,
      image_ids: item.imageIds,
      error: item.error && { ...item.error, message },
    });
  }
  const said = view.items.flatMap(({ number, warnings }) =>
    warnings.map((words) => ({ place: `line ${lines[number - 1]}`, words }))
  );
  const sentences = counts.drawn > 0 ? sentencesOf(said, counts.drawn) : warnings;
  const notes = sentences.map((each) => inShellWords(each, settingsFile));
  for (const note of notes) say(`Note: ${note}`);
  const isWhole = counts.drawn === view.items.length;
  const rest = isWhole ? "" : "; the same command draws what is missing";
  const summary = `${batchProgress(counts)}${rest}`;
  say(summary);
  if (flags.json) {
    const fields = { batch: { id, state, ...counts }, items: rows, warnings: notes };
    const code = state === "interrupted" ? "interrupted" : "generation_failed";
    const envelope = isWhole
      ? goodEnvelope(fields)
      : badEnvelope(new ImageError(code, summary), fields);
    print(JSON.stringify(envelope, null, 2));
  }
  return isWhole ? 0 : state === "interrupted" ? INTERRUPTED : FAILURE;
}

/** Where the pictures of an item are; one that its folder did not take is put elsewhere. */
async function picturesOf({ imageIds }: BatchItem, app: App, { runtime }: CommandContext) {
  const paths: string[] = [];
  const notes: string[] = [];
  for (const id of imageIds) {
    try {
      const picture = await app.images.find(id, OWNER);
      if (!picture) continue;
      const { entry, note, loss } = await outputOf(picture, app, runtime.workingDirectory);
      if (entry.local_path !== null) paths.push(entry.local_path);
      notes.push(...[note, loss].filter((each) => each !== undefined));
    } catch (error) {
      notes.push(`Picture ${id} cannot be looked up: ${messageOf(error)}`);
    }
  }
  return { paths, notes };
}

const NEVER = new AbortController().signal;
