/**
 * Arguments as clients and models really send them: read as they are meant, or refused in sentences
 * that name what is legal. Bounded in time and words, whatever comes.
 */

import { isRecord, parsedJson } from "../../json.ts";
import { PictureText } from "../../service/uploads.ts";
import type { Argument, ArgumentsOf, ArgumentTable } from "../declarations/argument.ts";
import { type Found, isAbsent, sorted } from "./argument_names.ts";
import { wrongArgument } from "./argument_words.ts";
import { LEFT_OUT, valueMeant } from "./value_words.ts";

export type Read<Table extends ArgumentTable> =
  | { readonly args: ArgumentsOf<Table> }
  /** One sentence per mistake, without an end. */
  | { readonly mistakes: readonly string[] };

/**
 * Reads arguments as `table` declares them. Null and empty text stand for an argument left out,
 * since some clients send one for every argument they do not use; the text of a number, of true or
 * false, or of a list counts as what it says; words of other image APIs count as ours.
 */
export function readArguments<Table extends ArgumentTable>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
  { ignoresUnknown = false }: { readonly ignoresUnknown?: boolean } = {},
): Read<Table> {
  const { found, mistakes } = sorted(given, table);
  const read = readValues(table, (name) => found.get(name));
  if (ignoresUnknown || mistakes.length === 0) return read;
  return { mistakes: "mistakes" in read ? [...read.mistakes, ...mistakes] : mistakes };
}

/** The same for an object that may have any other members, and no other names for these. */
export function readMembers<Table extends ArgumentTable>(
  table: Table,
  given: Readonly<Record<string, unknown>>,
): Read<Table> {
  return readValues(table, (name) => {
    const value = Object.hasOwn(given, name) ? given[name] ?? undefined : undefined;
    return { word: name, value };
  });
}

function readValues<Table extends ArgumentTable>(
  table: Table,
  find: (name: string) => Found | undefined,
): Read<Table> {
  const args: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const name in table) {
    const argument = table[name]!;
    const { word, value } = find(name) ?? { word: name, value: undefined };
    const { isRequired, unless = [] } = argument;
    const isNeeded = isRequired && unless.every((other) => isAbsent(find(other)?.value));
    if (isAbsent(value) && !isNeeded) continue;
    const read = READERS[argument.type](value, argument as never) ??
      valueMeant(name, argument, value);
    if (read === LEFT_OUT) continue;
    const said = value instanceof PictureText ? "a picture" : undefined;
    if (read === undefined) mistakes.push(wrongArgument(name, word, argument, value, said));
    else args[name] = read;
  }
  return mistakes.length > 0 ? { mistakes } : { args: args as ArgumentsOf<Table> };
}

type Reader<Type extends Argument["type"]> = (
  value: unknown,
  argument: Extract<Argument, { readonly type: Type }>,
) => unknown;

/** Each gives undefined for what it cannot take. */
const READERS: { readonly [Type in Argument["type"]]: Reader<Type> } = {
  string(given, { minLength = 0, maxLength, enum: words, asText, isPicture }) {
    const value = asText ? asText(given) : given;
    if (value instanceof PictureText) return isPicture ? value : undefined;
    if (typeof value !== "string" || value.length < minLength || value.length > maxLength) {
      return undefined;
    }
    return words ? words.find((word) => word === value.trim().toLowerCase()) : value;
  },
  integer: (value, bounds) => readNumber(value, bounds, Number.isInteger),
  number: (value, bounds) => readNumber(value, bounds, Number.isFinite),
  boolean(value) {
    if (typeof value === "boolean") return value;
    return FLAGS.get(typeof value === "string" ? value.slice(0, 10).trim().toLowerCase() : value);
  },
  array(value, argument) {
    const { items, maxItems } = argument;
    const list = items.type === "object" ? listOf(value) : listOfPlain(value);
    if (!Array.isArray(list) || list.length > maxItems) return undefined;
    const plain = "plain" in argument ? argument.plain : undefined;
    const read = list.map((each) =>
      items.type === "object"
        ? "members" in items ? readObject(each, items.members, plain) : objectIn(each, plain)
        : items.type === "integer"
        ? readNumber(each, items, Number.isInteger)
        : READERS.string(each, { description: "", ...items })
    );
    return read.every((each) => each !== undefined) ? read : undefined;
  },
  object(given, argument) {
    const { maxItems, maxLength } = argument;
    const value = parsedIfText(given);
    if (!isPlainObject(value)) return undefined;
    const entries = Object.entries(value).filter(([, each]) => !isAbsent(each));
    if (entries.length > maxItems) return undefined;
    if ("holdsJson" in argument) {
      const object = Object.fromEntries(entries);
      return JSON.stringify(object).length <= maxLength ? object : undefined;
    }
    const read = entries.map(([name, each]) => [
      name,
      "maxTexts" in argument
        ? writtenList(parsedIfText(each), maxLength, argument.maxTexts)
        : written(each, maxLength),
    ]);
    return read.every(([, each]) => each !== undefined) ? Object.fromEntries(read) : undefined;
  },
};

/** The text that a value is written as; undefined for what is none, or too long. */
function written(value: unknown, maxLength: number): string | undefined {
  return WRITTEN.has(typeof value) && String(value).length <= maxLength ? String(value) : undefined;
}

/** The same of a list with at least one text, or of a value that stands for a list of one. */
function writtenList(value: unknown, maxLength: number, maxTexts: number) {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > maxTexts) return undefined;
  const texts = list.map((each) => written(each, maxLength));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** What may be written in place of a text. */
const WRITTEN: ReadonlySet<string> = new Set(["string", "number", "boolean"]);

const FLAGS: ReadonlyMap<unknown, boolean> = new Map([
  ...["true", "yes", "y", "on", "1", 1, "是", "对", "はい", "예"].map((word) =>
    [word, true] as const
  ),
  ...["false", "no", "n", "off", "0", 0, "否", "不", "いいえ", "아니요"].map((word) =>
    [word, false] as const
  ),
]);

function readNumber(
  value: unknown,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
  isOne: (value: number) => boolean,
): number | undefined {
  const number = typeof value === "string" ? canonicalNumber(value) : value;
  const isLegal = typeof number === "number" && isOne(number) && number >= minimum &&
    number <= maximum;
  return isLegal ? number : undefined;
}

/** The number that a program would write as this text, but for blanks around it and ".0" after it. */
function canonicalNumber(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  const plain = text.trim().replace(/(?<=\d)\.0$/, "");
  const number = Number(plain);
  return String(number) === plain ? number : undefined;
}

/** A list of its own is wanted; a single thing is a list of one. */
function listOf(value: unknown): unknown {
  const list = typeof value === "string" ? parsedIfText(value) ?? value : value;
  return list === undefined || Array.isArray(list) ? list : [list];
}

/** The same of texts or numbers, none of which begins as JSON does. */
function listOfPlain(value: unknown): unknown {
  const list = looksLikeJson(value) ? parsedIfText(value) : value;
  return list === undefined || Array.isArray(list) ? list : [list];
}

/** The object that a member of a list is, read; undefined where it is none. */
function readObject(value: unknown, members: ArgumentTable, plain: string | undefined) {
  const given = objectIn(value, plain);
  const read = given && readArguments(members, given);
  return read && "args" in read ? read.args : undefined;
}

/** The same as it came. */
function objectIn(value: unknown, plain: string | undefined) {
  const isPlain = typeof value === "string" || value instanceof PictureText;
  const given = isPlain && plain !== undefined ? { [plain]: value } : value;
  return isPlainObject(given) ? given : undefined;
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return isRecord(value) && !(value instanceof PictureText);
}

/** What the JSON text of a list or object holds; other texts are not looked into. */
function parsedIfText(value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (value.length > LONGEST_LIST || !looksLikeJson(value)) return undefined;
  return parsedJson(value);
}

function looksLikeJson(value: unknown): boolean {
  return typeof value === "string" && /^\s*[[{]/.test(value.slice(0, 100));
}

/** In characters. */
const LONGEST_NUMBER = 30;
const LONGEST_LIST = 1_000_000;
