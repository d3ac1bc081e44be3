/** Puts one entry into a TOML file, and leaves every byte outside its own table as it is. */

import { isDeepStrictEqual } from "node:util";
import { parseToml, stringifyToml, TomlError } from "../../dependencies/smol_toml.ts";
import { isRecord } from "../../json.ts";
import { type Entry, ENTRY_FIELDS } from "./client_entries.ts";
import { positionAt, UnusableFile } from "./unusable_file.ts";

/**
 * `text` with `entry` as the table `[servers.name]`. Fields of a table that is
 * already there and are not ours stay; its comments do not.
 * @throws {UnusableFile} where `text` is not valid TOML, or writes the table in a form that is not understood.
 */
export function mergeIntoToml(text: string, servers: string, name: string, entry: Entry): string {
  const document = parse(text);
  const list = tableOf(document[servers]);
  const current = tableOf(list[name]);
  const merged = mergeEntries(current, entry);
  if (isSame(current, merged)) return text;

  const { kept, at } = withoutTable(text, servers, name);
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const table = stringifyToml({ [servers]: { [name]: merged } }).trim().replaceAll("\n", lineEnd);
  const before = kept.slice(0, at);
  const after = kept.slice(at);
  const gap = before === "" || before.endsWith("\n") ? "" : lineEnd;
  const space = before.trim() === "" || /\n\r?\n$/.test(before) ? "" : lineEnd;
  const distance = after.trim() === "" || /^\r?\n/.test(after) ? "" : lineEnd;
  const result = before + gap + space + table + lineEnd + distance + after;

  const expected = { ...document, [servers]: { ...list, [name]: merged } };
  if (!isWhole(result, expected)) {
    const place = Math.max(0, text.indexOf(name));
    throw new UnusableFile(
      `'${servers}.${name}' is not written as a table of its own`,
      positionAt(text, place),
    );
  }
  return result;
}

type Table = Readonly<Record<string, unknown>>;

function mergeEntries(current: Table, entry: Entry): Record<string, unknown> {
  const kept = Object.entries(current).filter(([field]) => !ENTRY_FIELDS.includes(field));
  const merged: Record<string, unknown> = { ...Object.fromEntries(kept), ...entry };
  if (entry.env) merged.env = { ...tableOf(current.env), ...tableOf(entry.env) };
  return merged;
}

function parse(text: string): Record<string, unknown> {
  try {
    return parseToml(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [fault = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new UnusableFile(`${fault.charAt(0).toUpperCase()}${fault.slice(1)}`, error);
  }
}

/** The text without the lines of our table and its subtables, and where the first of them stood. */
function withoutTable(text: string, servers: string, name: string): { kept: string; at: number } {
  const isOurs = (line: string) => {
    const keys = /^\s*\[([^[\]]+)\]/.exec(line)?.[1]?.split(".");
    const [first, second] = keys?.map((key) => key.trim().replace(/^(["'])(.*)\1$/, "$2")) ?? [];
    return first === servers && second === name;
  };
  const kept: string[] = [];
  let at: number | undefined;
  let held: string[] = []; // Comments before a header belong to that header.
  let isInside = false;
  for (const line of text.split(/(?<=\n)/)) {
    if (/^\s*\[/.test(line) && !isInsideArray(kept)) {
      isInside = isOurs(line);
      if (!isInside) kept.push(...held);
      held = [];
      if (isInside) at ??= kept.join("").length;
    }
    if (!isInside) kept.push(line);
    else if (/^\s*(#|$)/.test(line)) held.push(line);
    else held = [];
  }
  if (isInside) kept.push(...held);
  const remaining = kept.join("");
  return { kept: remaining, at: at ?? remaining.length };
}

/** A line that starts with [ right after one that ends with [ or a comma is an array's element. */
function isInsideArray(lines: readonly string[]): boolean {
  return /[[,]\s*(#.*)?$/.test(lines.findLast((line) => !/^\s*(#|$)/.test(line)) ?? "");
}

function isWhole(text: string, expected: Table): boolean {
  try {
    return isSame(parse(text), expected);
  } catch {
    return false;
  }
}

/** Whether two tables say the same, whatever objects they are made of. */
function isSame(one: Table, other: Table): boolean {
  return isDeepStrictEqual(parse(stringifyToml(one)), parse(stringifyToml(other)));
}

function tableOf(value: unknown): Table {
  return isRecord(value) ? value : {};
}
