/** `migrate`: copies what one place keeps to another, and goes on where it was broken off. */

import { type Configuration, loadConfiguration } from "../app/configuration.ts";
import { imageStoreProblems } from "../app/image_stores.ts";
import { storeVariables } from "../config/store_variables.ts";
import type { Problem } from "../config/variables.ts";
import { messageOf } from "../errors.ts";
import { silentLogger } from "../log.ts";
import { closeVendorConnections } from "../providers/vendor_fetch.ts";
import { hideCredentials } from "../secrets.ts";
import {
  migrateStorage,
  type MigrationOptions,
  type MigrationReport,
  type MovedTable,
} from "../storage/migration/migrate_storage.ts";
import type { Storage } from "../storage/storage.ts";
import { FAILURE, MISUSE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { settingsOnCommandLine } from "./flags.ts";
import { INTERRUPTED } from "./generate.ts";
import { hasRecords, openPlace, type Place, placeOf } from "./migrate/places.ts";
import { keepPrivate } from "./private_files.ts";
import { Progress } from "./progress.ts";
import { onStopSignal } from "./serve.ts";

/** @returns 1 where something was left behind, or nothing could be done. */
export async function runMigrate(context: CommandContext): Promise<number> {
  const { flags, runtime, say } = context;
  const refuse = (message: string, status: number) => {
    say(`mcp-image-server: ${message}`);
    return status;
  };
  const configuration = loadConfiguration(runtime, settingsOnCommandLine(flags));
  const [from, to] = [
    placeOf("from", configuration.settings, context),
    placeOf("to", configuration.settings, context),
  ];
  if ("mistake" in from) return refuse(from.mistake, MISUSE);
  if ("mistake" in to) return refuse(to.mistake, MISUSE);
  if (from.words === to.words) {
    return refuse(`Both places are ${from.words}: name another with --from or --to`, MISUSE);
  }
  const [problem] = await problemsOf(configuration, [from, to]);
  if (problem) return refuse(problem.message, FAILURE);
  const interruption = new AbortController();
  using _stop = onStopSignal(() => interruption.abort());
  try {
    return await migrate(from, to, interruption.signal, context);
  } catch (error) {
    if (!interruption.signal.aborted) return refuse(hideCredentials(messageOf(error)), FAILURE);
    return refuse("Stopped. What was copied stays, and the same command goes on", INTERRUPTED);
  } finally {
    closeVendorConnections();
  }
}

/** Mistakes in what says where pictures and records are; others do not matter here. */
async function problemsOf(
  { problems, snapshot }: Configuration,
  places: readonly Place[],
): Promise<readonly Problem[]> {
  const log = silentLogger;
  return [
    ...problems.filter(({ variable }) =>
      variable !== "MCP_IMAGE_STORE" && variable in ABOUT_PLACES
    ),
    ...places.flatMap(({ settings }) => imageStoreProblems(settings, snapshot)),
    ...(await Promise.all(places.map((place) => keepPrivate({ ...place, log })))).flat(),
  ];
}

const ABOUT_PLACES: Readonly<Record<string, unknown>> = {
  ...storeVariables,
  MCP_ENV_FILE: true,
  MCP_IMAGE_SAVE_DIR: true,
};

async function migrate(
  from: Place,
  to: Place,
  signal: AbortSignal,
  context: CommandContext,
): Promise<number> {
  const { flags, say } = context;
  const isDryRun = flags["dry-run"] !== undefined;
  if (!await hasRecords(from)) throw new Error(`There are no records in ${from.words}`);
  await using source = openedPlace(from);
  await using target = isDryRun && !await hasRecords(to) ? undefined : openedPlace(to);
  await assertUsable(source.storage, from);
  if (target) await assertUsable(target.storage, to);
  const trouble = isDryRun ? undefined : await target?.storage.images.trouble();
  if (trouble) throw new Error(trouble);
  say(`From ${from.words} to ${to.words}${isDryRun ? ": nothing is written" : ""}`);
  const left: Left = { lines: [], more: 0 };
  try {
    const options = { from: source.storage, to: target?.storage, isDryRun, signal };
    return tell(await copy(options, left, context), isDryRun, context);
  } finally {
    // Not before, since they would stand in the line of the progress.
    for (const line of left.lines) say(`Left behind: ${line}`);
    if (left.more > 0) say(`and ${left.more} more`);
  }
}

/** What is left behind: the first of it, and how many more. */
interface Left {
  readonly lines: string[];
  more: number;
}

/** The work itself, with a line of progress; what is left behind is added to `left`. */
async function copy(
  options: Omit<MigrationOptions, "onLeft" | "onProgress">,
  left: Left,
  context: CommandContext,
): Promise<MigrationReport> {
  using progress = new Progress(context);
  try {
    return await migrateStorage({
      ...options,
      onLeft: (what, reason) => {
        if (left.lines.length < MOST_TOLD) left.lines.push(`${what}: ${reason}`);
        else left.more++;
      },
      onProgress: ({ done, total, table, bytes }) => {
        progress.count({ done, total });
        progress.tell(`${TITLES[table]}, ${amountOf(bytes)}`);
      },
    });
  } catch (error) {
    const words = `${messageOf(error)}. What was copied stays, and the same command goes on`;
    throw new Error(words, { cause: error });
  }
}

/** A place, and its end. */
function openedPlace(place: Place): AsyncDisposable & { readonly storage: Storage } {
  const storage = openPlace(place, silentLogger);
  return { storage, [Symbol.asyncDispose]: () => storage.close() };
}

/** Records that cannot be written live in memory, where they would be empty, or lost. */
async function assertUsable(storage: Storage, { words }: Place): Promise<void> {
  const { isDurable } = await storage.records();
  if (!isDurable) throw new Error(`The records in ${words} cannot be opened for writing`);
}

function tell({ tables, bytes }: MigrationReport, isDryRun: boolean, context: CommandContext) {
  const { print, say } = context;
  let [isAllThere, unsettled] = [true, 0];
  for (const [table, moved] of tables) {
    const { copied, known, left } = moved;
    const size = table === "images" && bytes > 0 ? ` (${amountOf(bytes)} with the inputs)` : "";
    const words = [
      `${copied} ${isDryRun ? "to copy" : "copied"}${size}`,
      `${known} known already`,
      ...left > 0 ? [`${left} left behind`] : [],
    ];
    print(`${`${TITLES[table]}:`.padEnd(10)} ${words.join(", ")}`);
    unsettled += moved.unsettled;
    isAllThere &&= left === 0;
  }
  if (unsettled > 0) {
    say(
      `${unsettled} jobs or batches are not over, and were left out: run this again when they are. ` +
        "What a server that died left there, the next one that is started there ends",
    );
  }
  return isAllThere && unsettled === 0 ? 0 : FAILURE;
}

function amountOf(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

const TITLES: Readonly<Record<MovedTable, string>> = {
  inputs: "Inputs",
  uploads: "Uploads",
  images: "Pictures",
  trained_models: "Models",
  jobs: "Jobs",
  batches: "Batches",
};

/** More lines than that nobody reads. */
const MOST_TOLD = 100;
