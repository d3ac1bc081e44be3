/** What is wrong with an argument, in words that name what is legal. */

import { oneOf } from "../../errors.ts";
import type { Argument } from "../declarations/argument.ts";
import { SHORT } from "../declarations/argument_kinds.ts";

/** A mistake as a sentence; `word` is what the argument was called, `said` what its value is in words. */
export function wrongArgument(
  name: string,
  word: string,
  argument: Argument,
  value: unknown,
  said = shown(value),
): string {
  const subject = word === name ? `'${name}'` : `'${word}', called '${name}' here,`;
  const must = `${subject} must be ${legalValues(argument, value)}`;
  return value === undefined ? `${must} and is missing` : `${must}, current value is ${said}`;
}

function legalValues(argument: Argument, value: unknown): string {
  const kind = KINDS[argument.type];
  switch (argument.type) {
    case "string": {
      const { minLength = 0, maxLength, enum: words } = argument;
      if (words) return oneOf(words);
      const isTooLong = typeof value === "string" && value.length > maxLength;
      const isBoundTold = isTooLong || maxLength > SHORT;
      if (isBoundTold) return `${kind} of ${minLength} to ${maxLength} characters`;
      return minLength > 0 ? `${kind} that is not empty` : kind;
    }
    case "integer":
    case "number":
      return `${kind} from ${argument.minimum} to ${argument.maximum}`;
    case "array":
      return `${kind} of at most ${argument.maxItems} ${itemsIn(argument)}`;
    case "object":
      if ("holdsJson" in argument) {
        return `${kind} of at most ${argument.maxItems} values by name, and of at most ` +
          `${argument.maxLength} characters as JSON`;
      }
      return `${kind} of at most ${argument.maxItems} ${
        "maxTexts" in argument ? `lists of 1 to ${argument.maxTexts} texts` : "texts"
      } by name, each of at most ${argument.maxLength} characters`;
    case "boolean":
      return kind;
  }
}

function itemsIn({ items }: Extract<Argument, { readonly type: "array" }>): string {
  if (items.type === "integer") return `whole numbers from ${items.minimum} to ${items.maximum}`;
  if (items.type === "string") return `texts, each of 1 to ${items.maxLength} characters`;
  if (!("members" in items)) return "objects";
  const members = Object.entries(items.members).map(([name, member]) => {
    const isOptional = member.isRequired ? "" : ", if given";
    return `'${name}' (${legalValues(member, undefined)}${isOptional})`;
  });
  return `objects of ${members.join(", ")}`;
}

const KINDS: Readonly<Record<Argument["type"], string>> = {
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a text",
  array: "a list",
  object: "an object",
};

/** A value in a sentence; a long one as its length. */
export function shown(value: unknown): string {
  if (typeof value === "string" && value.length > LONGEST_SHOWN) {
    return `${value.length} characters long`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}

/** The beginning of a text that somebody else wrote. */
export function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN - 1)}…` : text;
}

/** In characters. */
const LONGEST_SHOWN = 60;
