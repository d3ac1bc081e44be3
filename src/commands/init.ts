/** `init`: the configuration that lets an AI client start or reach this server. */

import { isAbsolute } from "node:path";
import { type Configuration, loadConfiguration } from "../app/configuration.ts";
import { homeDirectory } from "../config/env_files.ts";
import { messageOf, nearest } from "../errors.ts";
import { VERSION } from "../version.ts";
import { settingsOnCommandLine } from "./flags.ts";
import type { CommandContext } from "./context.ts";
import type { Entry } from "./init/client_entries.ts";
import { type Client, CLIENTS } from "./init/clients.ts";
import { type Server, SERVER_NAME } from "./init/entry.ts";
import { explain } from "./init/explain.ts";
import { mergeIntoJson } from "./init/json_file.ts";
import { readTextIfThere, writeWithBackup } from "./init/safe_write.ts";
import { localServer, remoteServer } from "./init/server.ts";
import { mergeIntoToml } from "./init/toml_file.ts";
import { UnusableFile } from "./init/unusable_file.ts";
import { replaceYaml } from "./init/yaml_file.ts";
import { readServerAddress } from "./server_address.ts";

/** The exit status of a command line that cannot be understood. */
const MISUSE = 2;

/**
 * Prints the entry for a client on stdout and everything about it on stderr, or
 * merges it into the client's file with `--write`. Without a client: the list.
 */
export async function runInit(context: CommandContext): Promise<number> {
  const { words: [name], flags } = context;
  if (name === undefined) return withoutClient(context);
  const client = Object.hasOwn(CLIENTS, name) ? CLIENTS[name] : undefined;
  if (!client) return unknownClient(name, context);
  const address = flags.http === undefined ? undefined : readServerAddress("--http", flags.http);
  if (address && "mistake" in address) return misuse(address.mistake, context);
  const configuration = configurationFor(context);
  const server: Server = address
    ? remoteServer(address.url, configuration)
    : localServer(configuration, context);
  const entry = client.entry(server, client.reference);
  const tell = () => explain(client, server, configuration, context);
  return flags.write
    ? await write(client, entry, context, tell)
    : show(client, entry, context, tell);
}

function listClients({ print, say, runtime, program }: CommandContext): number {
  say(`Usage: ${program()} init CLIENT [--write] [--http URL] [--out DIR]`);
  for (const [name, client] of Object.entries(CLIENTS)) {
    const file = fileOf(client, runtime) ?? "(prints JSON to import)";
    print(`${name.padEnd(16)} ${client.title.padEnd(16)} ${file}`);
  }
  return 0;
}

function withoutClient(context: CommandContext): number {
  const flag = ["write", "http"].find((name) => context.flags[name] !== undefined);
  if (!flag) return listClients(context);
  return misuse(`init --${flag} needs a client: ${Object.keys(CLIENTS).join(", ")}`, context);
}

function unknownClient(name: string, context: CommandContext): number {
  const names = Object.keys(CLIENTS);
  const guess = nearest(name, names);
  const hint = guess ? `did you mean '${guess}'?` : `there are ${names.join(", ")}`;
  return misuse(`Unknown client '${name}': ${hint}`, context);
}

function misuse(mistake: string, { say }: CommandContext): number {
  say(`mcp-image-server: ${mistake}`);
  return MISUSE;
}

function show(client: Client, entry: Entry, context: CommandContext, tell: () => void): number {
  const file = fileOf(client, context.runtime);
  context.print(merge("", client, entry).trimEnd());
  if (file) context.say(`File: ${file} (--write merges this into it)`);
  tell();
  return 0;
}

async function write(
  client: Client,
  entry: Entry,
  context: CommandContext,
  tell: () => void,
): Promise<number> {
  const { print, say, runtime } = context;
  const file = fileOf(client, runtime);
  if (!file) {
    print(merge("", client, entry).trimEnd());
    tell();
    say(`mcp-image-server: ${whyNoFile(client, runtime)}, so nothing was written`);
    return 1;
  }
  try {
    const before = await readTextIfThere(file);
    const after = merge(before ?? "", client, entry);
    if (after === before) {
      print(`Nothing to change: ${file} has this server already`);
      return 0;
    }
    const { backup } = await writeWithBackup(file, after);
    print(`Wrote ${file}`);
    if (backup) print(`Kept what stood there as ${backup}`);
    tell();
    return 0;
  } catch (error) {
    if (isBug(error)) throw error;
    say(`mcp-image-server: ${file} was not changed: ${messageOf(error)}`);
    return 1;
  }
}

/** The text of a client's file with the entry in it. */
function merge(text: string, client: Client, entry: Entry): string {
  const { format, servers } = client;
  if (format === "toml") return mergeIntoToml(text, servers, SERVER_NAME, entry);
  if (format === "yaml") return replaceYaml(text, servers, SERVER_NAME, VERSION, entry);
  return mergeIntoJson(text, servers, SERVER_NAME, entry);
}

function configurationFor({ flags, runtime, say }: CommandContext): Configuration {
  const configuration = loadConfiguration(runtime, settingsOnCommandLine(flags));
  for (const { message } of configuration.problems) say(`Warning: ${message}`);
  return configuration;
}

/** Undefined where the client has no file, or this user no home folder. */
function fileOf(client: Client, runtime: CommandContext["runtime"]): string | undefined {
  const home = homeDirectory(runtime);
  const { os, environment } = runtime;
  const file = client.file({ os, environment, home: home ?? "" });
  return file && (home || isAbsolute(file)) ? file : undefined;
}

function whyNoFile(client: Client, runtime: CommandContext["runtime"]): string {
  return homeDirectory(runtime) === undefined
    ? "HOME is not set"
    : `${client.title} keeps its servers in no file that others may write`;
}

/** Whatever the disk or the file's contents can cause is no bug. */
function isBug(error: unknown): boolean {
  const isExpected = error instanceof UnusableFile ||
    Object.values(Deno.errors).some((kind) => error instanceof kind);
  return !isExpected;
}
