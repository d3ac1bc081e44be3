/** Picks the command and runs it. Everything of the outside world enters here. */

import { type Invocation, parseCommandLine } from "./src/commands/cli.ts";
import { MISUSE } from "./src/commands/command_table.ts";
import type { CommandContext } from "./src/commands/context.ts";
import { type Process, programName } from "./src/commands/program.ts";
import type { Runtime } from "./src/config/env_files.ts";
import { printable } from "./src/printable.ts";
import { VERSION } from "./src/version.ts";

const COMMANDS = {
  serve: async () => (await import("./src/commands/serve.ts")).runServe,
  studio: async () => (await import("./src/commands/studio.ts")).runStudio,
  generate: async () => (await import("./src/commands/generate.ts")).runGenerate,
  batch: async () => (await import("./src/commands/batch.ts")).runBatch,
  edit: async () => (await import("./src/commands/edit.ts")).runEdit,
  transform: async () => (await import("./src/commands/transform.ts")).runTransform,
  render: async () => (await import("./src/commands/render.ts")).runRender,
  inspect: async () => (await import("./src/commands/inspect.ts")).runInspect,
  train: async () => (await import("./src/commands/train.ts")).runTrain,
  compare: async () => (await import("./src/commands/compare.ts")).runCompare,
  search: async () => (await import("./src/commands/library.ts")).runSearch,
  history: async () => (await import("./src/commands/library.ts")).runHistory,
  update: async () => (await import("./src/commands/library.ts")).runUpdate,
  delete: async () => (await import("./src/commands/library.ts")).runDelete,
  restore: async () => (await import("./src/commands/library.ts")).runRestore,
  export: async () => (await import("./src/commands/library.ts")).runExport,
  import: async () => (await import("./src/commands/library.ts")).runImport,
  templates: async () => (await import("./src/commands/templates.ts")).runTemplates,
  init: async () => (await import("./src/commands/init.ts")).runInit,
  doctor: async () => (await import("./src/commands/doctor.ts")).runDoctor,
  migrate: async () => (await import("./src/commands/migrate.ts")).runMigrate,
  user: async () => (await import("./src/commands/user.ts")).runUser,
};

async function run(invocation: Invocation): Promise<number> {
  switch (invocation.kind) {
    case "help": {
      const { helpText } = await import("./src/commands/help.ts");
      print(helpText(VERSION, program(), invocation.command));
      return 0;
    }
    case "topic": {
      const { printTopic } = await import("./src/commands/help.ts");
      return await printTopic(invocation.word, {
        print,
        say,
        columns: columnsOfStdout(),
        hasColour: !Deno.noColor,
      });
    }
    case "version":
      print(VERSION);
      return 0;
    case "mistake":
      if (invocation.jsonOf !== undefined && invocation.jsonOf !== "doctor") {
        const { misuseAsJson } = await import("./src/commands/generate.ts");
        print(misuseAsJson(invocation.message));
      }
      say(`mcp-image-server: ${invocation.message}`);
      return MISUSE;
    case "command": {
      const command = await COMMANDS[invocation.command]();
      return await command(contextOf(invocation.words, invocation.flags));
    }
  }
}

/** The width of the terminal that stdout goes to; undefined where it goes elsewhere. */
function columnsOfStdout(): number | undefined {
  return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
}

function contextOf(
  words: readonly string[],
  flags: Readonly<Record<string, string>>,
): CommandContext {
  const isTerminal = Deno.stderr.isTerminal();
  const screen = async () => (await import("./src/commands/preview/screen.ts")).openScreen(write);
  return { words, flags, runtime, process, program, print, say, write, isTerminal, screen };
}

function process(): Process {
  const { standalone } = Deno.build;
  return { standalone, mainModule: import.meta.url, execPath: Deno.execPath() };
}

/** The plain name where this process may not read where it is. */
function program(): string {
  try {
    return programName(process(), Deno.cwd());
  } catch {
    return "mcp-image-server";
  }
}

const runtime: Runtime = {
  environment: readVariable,
  names: listVariables,
  get workingDirectory() {
    return Deno.cwd();
  },
  os: Deno.build.os,
  readTextFile: readSettings,
  isWritable: canWriteIn,
};

/** A variable this process may not read counts as unset, so that a short permission list works. */
function readVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Asked about first, so that nobody is asked for a permission that only finds slips. */
function listVariables(): readonly string[] {
  const isAllowed = Deno.permissions.querySync({ name: "env" }).state === "granted";
  return isAllowed ? Object.keys(Deno.env.toObject()) : [];
}

/** A file that nobody named may be anything: a pipe would be waited for, a device read without end. */
function readSettings(path: string, isNamed: boolean): string {
  if (!isNamed && !Deno.statSync(path).isFile) throw new Error("it is no plain file");
  return Deno.readTextFileSync(path);
}

/** Tried rather than guessed. */
function canWriteIn(folder: string): boolean {
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".mcp-image-server-" }));
    return true;
  } catch {
    return false;
  }
}

function print(line: string): void {
  console.log(printable(line));
}

function say(line: string): void {
  console.error(printable(line));
}

/** A terminal may take less at once than it is given. */
function write(text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
}

/** A fault of this program's own; its words may hold others', which must not steer a terminal. */
function report(error: unknown): number {
  say(`mcp-image-server: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  return FAULT;
}

/** The exit status of a fault of this program's own. */
const FAULT = 1;

if (import.meta.main) Deno.exit(await parseCommandLine(Deno.args).then(run).catch(report));
