/** What `init` prints and writes, for its tests. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { runInit } from "../../src/commands/init.ts";
import { CLIENTS } from "../../src/commands/init/clients.ts";
import { EXECUTABLE, openTerminal, type Terminal } from "./terminal.ts";

export interface WrittenEntry {
  readonly command: string;
  readonly args: string[];
  readonly tools: string[];
  readonly env: Record<string, string>;
  readonly environment: Record<string, string>;
  readonly type: string;
  readonly headers: Record<string, string>;
}

export async function printedEntry(
  name: string,
  environment: Readonly<Record<string, string>> = {},
  process = EXECUTABLE,
): Promise<WrittenEntry> {
  return entryIn(name, await printed(name, environment, process));
}

export async function printed(
  name: string,
  environment: Readonly<Record<string, string>>,
  process = EXECUTABLE,
): Promise<string> {
  await using terminal = await openTerminal({ process });
  assert.equal(await runInit(terminal.context([name], {}, environment)), 0);
  return terminal.stdout();
}

export function entryIn(name: string, text: string): WrittenEntry {
  const start = text.indexOf("{");
  return JSON.parse(text.slice(start))[CLIENTS[name]!.servers]["mcp-image-server"];
}

export function write(
  terminal: Terminal,
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<number> {
  return runInit(terminal.context([name], { write: "true" }, environment));
}

export async function put(file: string, text: string): Promise<void> {
  await Deno.mkdir(join(file, ".."), { recursive: true });
  await Deno.writeTextFile(file, text);
}

export async function backupsOf(file: string): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(file, "..")));
  return entries.map(({ name }) => join(file, "..", name))
    .filter((path) => path.startsWith(`${file}.backup-`));
}
