/** Arguments by what they are called here, however the client calls them. */

import { nearest, oneOf } from "../../errors.ts";
import { isRecord, parsedJson } from "../../json.ts";
import type { ArgumentTable } from "../declarations/argument.ts";
import { cut } from "./argument_words.ts";
import { type ForeignWord, foreignWord, isSide } from "./foreign_words.ts";

export interface Found {
  /** What the client calls it. */
  readonly word: string;
  readonly value: unknown;
}

/** The members of `given` by what they are called here, and sentences about those that are nothing. */
export function sorted(given: Readonly<Record<string, unknown>>, table: ArgumentTable) {
  const known = Object.keys(table);
  const found = new Map<string, Found>();
  for (const name of known) {
    if (Object.hasOwn(given, name) && given[name] !== null) {
      found.set(name, { word: name, value: given[name] });
    }
  }
  const others = namesIn(given).filter((name) => !Object.hasOwn(table, name));
  if (others.length === 0) return { found, mistakes: [] };
  const mistakes: string[] = [];
  const unknown: string[] = [];
  const { width, height } = given;
  const hasSides = "resolution" in table && isSide(width) && isSide(height);
  if (hasSides) take("resolution", "width x height", `${width}x${height}`);
  for (const word of others) {
    if (hasSides && (word === "width" || word === "height")) continue;
    const meant = foreignWord(word, known);
    if (meant === undefined) unknown.push(word);
    else if (given[word] === null) continue;
    else if (meant.split) takeAll(meant, word);
    else if (meant.take && meant.ours) take(meant.ours, word, meant.take(given[word]));
    else mistakes.push(called(word, meant.ours, meant.note));
  }
  const isFilled = "template" in table && !isAbsent(found.get("template")?.value);
  const strangers = isFilled ? unknown.filter((word) => !isVariable(word)) : unknown;
  mistakes.push(...unknownArguments(strangers, known));
  return { found, mistakes: bounded(mistakes, others.length === MOST_MEMBERS) };

  /** What only a template can mean goes into its gaps; it tells which it has. */
  function isVariable(word: string): boolean {
    const variables = found.get("variables")?.value ?? {};
    const all = typeof variables === "string" ? parsedJson(variables) : variables;
    const value = given[word];
    if (!isRecord(all) || Object.hasOwn(all, word) || isRecord(value)) return false;
    found.set("variables", { word: "variables", value: { ...all, [word]: value } });
    return true;
  }

  function takeAll({ split, ours, note }: ForeignWord, word: string) {
    const parts = split?.(given[word]);
    if (parts === undefined) mistakes.push(called(word, ours, note));
    for (const [name, value] of Object.entries(parts ?? {})) take(name, word, value);
  }

  function take(ours: string, word: string, value: unknown) {
    const other = found.get(ours);
    if (other === undefined || isAbsent(other.value)) found.set(ours, { word, value });
    else if (!isAbsent(value) && value !== other.value) {
      mistakes.push(`${called(word, ours)}, and both are given: leave one out`);
    }
  }
}

/** The first names in the order they were sent; whoever sends more made another kind of mistake. */
function namesIn(given: Readonly<Record<string, unknown>>): readonly string[] {
  const names: string[] = [];
  for (const name in given) {
    if (names.length === MOST_MEMBERS) break;
    names.push(name);
  }
  return names;
}

function called(word: string, ours: string | undefined, note?: string): string {
  const says = ours === undefined
    ? `'${word}' has no counterpart here`
    : `'${word}' is called '${ours}' here`;
  return note === undefined ? says : `${says}${ours === undefined ? ":" : ","} ${note}`;
}

function unknownArguments(words: readonly string[], known: readonly string[]): readonly string[] {
  const guesses = words.slice(0, MOST_TOLD + 1).map((word) =>
    word.length <= LONGEST_GUESSED ? nearest(word, known) : undefined
  );
  const last = guesses.lastIndexOf(undefined, MOST_TOLD - 1);
  return words.map((word, index) => {
    const unknown = `Unknown argument '${cut(word)}'`;
    if (guesses[index]) return `${unknown}, did you mean '${guesses[index]}'?`;
    if (index !== last) return unknown;
    return `${unknown}, it takes ${known.length > 0 ? oneOf(known) : "none"}`;
  });
}

function bounded(mistakes: readonly string[], isCutOff: boolean): readonly string[] {
  const more = mistakes.length - MOST_TOLD;
  if (more <= 0) return mistakes;
  return [...mistakes.slice(0, MOST_TOLD), `and ${isCutOff ? "at least " : ""}${more} more`];
}

/** Whether a value stands for none: null, or blank text. */
export function isAbsent(value: unknown): boolean {
  if (typeof value !== "string") return value === undefined || value === null;
  return value.length <= LONGEST_BLANK && value.trim() === "";
}

/** Members of the arguments that are looked at. */
const MOST_MEMBERS = 100;
/** Mistakes in names that are told one by one. */
const MOST_TOLD = 5;
/** In characters. */
const LONGEST_GUESSED = 40;
const LONGEST_BLANK = 200;
