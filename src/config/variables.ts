/**
 * Environment variables as data: what each means, what it may hold, what it is when unset. One
 * table serves parsing, error messages, `.env.example`, the README and their tests.
 */

import { cut, printableLine } from "../printable.ts";
import { hideCredentials } from "../secrets.ts";

/** One value as found, and where: "the environment" or a file's path. */
export interface EnvValue {
  readonly value: string;
  readonly source: string;
}

/** A snapshot of every variable by name; empty and placeholder values are left out. */
export type Env = ReadonlyMap<string, EnvValue>;

export interface Variable<T> {
  readonly description: string;
  /** What a legal value looks like, to end the sentence "… must be". */
  readonly legal: string;
  /** What the README shows for an unset variable; undefined where unset means off. */
  readonly shownDefault?: string;
  /** Never printed, logged or stored. */
  readonly secret: boolean;
  /** What `.env.example` shows as the value. */
  readonly example?: string;
  /** The parsed value, or undefined where `text` is not legal. */
  readonly parse: (text: string) => T | undefined;
  readonly whenUnset: T;
}

export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The parsed values of a table of variables, by variable name. */
export type Values<Table extends Variables> = {
  readonly [Name in keyof Table]: Table[Name] extends Variable<infer T> ? T : never;
};

/** One mistake in the configuration, as a sentence that names the variable. */
export interface Problem {
  readonly variable: string;
  readonly message: string;
  /** Where a value that is not legal came from, as of `EnvValue`. */
  readonly source?: string;
}

/** Reads every variable of `table` from `env`; mistakes are added to `problems`. */
export function readVariables<Table extends Variables>(
  table: Table,
  env: Env,
  problems: Problem[],
): Values<Table> {
  const entries = Object.entries(table).map(([name, variable]) => {
    const found = env.get(name);
    if (found === undefined) return [name, variable.whenUnset];
    const parsed = variable.parse(found.value.trim());
    if (parsed === undefined) problems.push(illegal(name, variable, found));
    return [name, parsed ?? variable.whenUnset];
  });
  return Object.fromEntries(entries) as Values<Table>;
}

function illegal(name: string, variable: Variable<unknown>, found: EnvValue): Problem {
  const shown = cut(printableLine(hideCredentials(found.value)), LONGEST_SHOWN);
  const current = variable.secret ? "" : `, current value is '${shown}'`;
  return {
    variable: name,
    source: found.source,
    message: `${name} must be ${variable.legal}${current} (from ${found.source})`,
  };
}

/** Characters of an illegal value that a message repeats. */
const LONGEST_SHOWN = 200;

interface Words<T> {
  readonly default?: T;
  readonly example?: string;
}

/** Any text. */
export function text(description: string): Variable<string | undefined>;
export function text(
  description: string,
  words: { default: string; example?: string },
): Variable<string>;
export function text(description: string, words: { example: string }): Variable<string | undefined>;
export function text(description: string, words: Words<string> = {}): Variable<string | undefined> {
  return {
    description,
    legal: "a text",
    secret: false,
    shownDefault: words.default,
    example: words.example,
    parse: (value) => value,
    whenUnset: words.default,
  };
}

/** A key or token; its value is never shown. */
export function secret(
  description: string,
  words: { example?: string } = {},
): Variable<string | undefined> {
  return {
    ...text(description),
    legal: "printable ASCII without spaces, as it goes into a header",
    secret: true,
    example: words.example,
    parse: (value) => /^[!-~]+$/.test(value) ? value : undefined,
  };
}

/** true or false, in the spellings people use in `.env` files. */
export function flag(description: string, words: { default: boolean }): Variable<boolean>;
export function flag(description: string): Variable<boolean | undefined>;
export function flag(
  description: string,
  words: Words<boolean> = {},
): Variable<boolean | undefined> {
  return {
    description,
    legal: "'true' or 'false'",
    secret: false,
    shownDefault: words.default === undefined ? undefined : String(words.default),
    parse: (value) => FLAG_WORDS[value.toLowerCase()],
    whenUnset: words.default,
  };
}

const FLAG_WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  "1": true,
  false: false,
  no: false,
  off: false,
  "0": false,
};

/** A whole number within bounds. */
export function integer(
  description: string,
  { default: whenUnset, minimum, maximum }: { default: number; minimum: number; maximum: number },
): Variable<number> {
  return {
    description,
    legal: `a whole number from ${minimum} to ${maximum}`,
    secret: false,
    shownDefault: String(whenUnset),
    parse: (value) => {
      const number = Number(value);
      const isLegal = /^[+-]?\d+$/.test(value) && number >= minimum && number <= maximum;
      return isLegal ? number : undefined;
    },
    whenUnset,
  };
}

/** A number within bounds, with a fraction or without. */
export function decimal(
  description: string,
  { minimum, maximum }: { minimum: number; maximum: number },
): Variable<number | undefined> {
  return {
    description,
    legal: `a number from ${minimum} to ${maximum}`,
    secret: false,
    parse: (value) => {
      const number = Number(value);
      const isLegal = /^\d+(\.\d+)?$/.test(value) && number >= minimum && number <= maximum;
      return isLegal ? number : undefined;
    },
    whenUnset: undefined,
  };
}

/** One of a closed list of words, in any letter case. */
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: { default: Word },
): Variable<Word>;
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
): Variable<Word | undefined>;
export function choice<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: Words<Word> = {},
): Variable<Word | undefined> {
  return {
    description,
    legal: `one of ${words.map((word) => `'${word}'`).join(", ")}`,
    secret: false,
    shownDefault: options.default,
    parse: (value) => words.find((word) => word === value.toLowerCase()),
    whenUnset: options.default,
  };
}

/**
 * An absolute http(s) address, kept without its trailing slash. A name and password in it are
 * refused: they would take the place of the key's header, and addresses end up in logs.
 */
export function address(description: string): Variable<string | undefined>;
export function address(description: string, words: { default: string }): Variable<string>;
export function address(
  description: string,
  words: { example: string },
): Variable<string | undefined>;
export function address(
  description: string,
  words: Words<string> = {},
): Variable<string | undefined> {
  return {
    description,
    legal: "an absolute http or https address without a password or a query, such as " +
      "'https://example.com'",
    secret: false,
    shownDefault: words.default,
    example: words.example,
    parse: (value) => isWebAddress(value) ? value.replace(/\/+$/, "") : undefined,
    whenUnset: words.default,
  };
}

/** The same, kept to the letter: an identifier that others compare as a text. */
export function identifier(
  description: string,
  words: { example: string },
): Variable<string | undefined> {
  return {
    ...address(description, words),
    parse: (value) => isWebAddress(value) ? value : undefined,
  };
}

function isWebAddress(value: string): boolean {
  const url = URL.parse(value);
  return url !== null && /^https?:$/.test(url.protocol) && !value.includes("?") &&
    !value.includes("#") && url.username === "" && url.password === "";
}

/** Several words, as a comma list or a JSON array of strings. */
export function list(
  description: string,
  words: { default?: readonly string[]; example?: string } = {},
): Variable<readonly string[]> {
  return {
    description,
    legal: "a comma-separated list or a JSON array of strings",
    secret: false,
    shownDefault: words.default?.join(","),
    example: words.example,
    parse: parseList,
    whenUnset: words.default ?? [],
  };
}

/** Several of a closed list of words, in any letter case. */
export function choices<const Word extends string>(
  description: string,
  words: readonly Word[],
  options: { readonly default: readonly Word[] },
): Variable<readonly Word[]> {
  return {
    description,
    legal: `a comma-separated list of ${words.map((word) => `'${word}'`).join(", ")}`,
    secret: false,
    shownDefault: options.default.join(","),
    parse: (value) => {
      const asked = parseList(value)?.map((item) => item.toLowerCase());
      const known = words.filter((word) => asked?.includes(word));
      return asked?.every((item) => known.some((word) => word === item)) ? known : undefined;
    },
    whenUnset: options.default,
  };
}

function parseList(value: string): readonly string[] | undefined {
  if (!value.startsWith("[")) return value.split(",").map((item) => item.trim()).filter(Boolean);
  try {
    const items: unknown = JSON.parse(value);
    return Array.isArray(items) && items.every((item) => typeof item === "string")
      ? items
      : undefined;
  } catch {
    return undefined;
  }
}
