/** A table of arguments as the JSON schema that clients see. */

import type { Argument, ArgumentTable } from "./argument.ts";
import { SHORT } from "./argument_kinds.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The table as clients see it: required is what nothing that they see can stand for. */
export function schemaOf(table: ArgumentTable): JsonSchema {
  const entries = Object.entries(table).filter(([, { isUnlisted }]) => !isUnlisted);
  const isReplaceable = ({ unless = [] }: Argument) =>
    unless.some((other) => !table[other]!.isUnlisted);
  const required = entries.filter(([, each]) => each.isRequired && !isReplaceable(each))
    .map(([name]) => name);
  return {
    ...objectOf(Object.fromEntries(entries)),
    ...required.length > 0 && { required },
  };
}

function objectOf(table: ArgumentTable): JsonSchema {
  const properties = Object.entries(table)
    .map(([name, argument]) => [name, shownSchema(argument)]);
  return { type: "object", properties: Object.fromEntries(properties) };
}

/**
 * Without what no client needs to be told, since a mistake names it: how much a list may hold, the
 * bounds of what has no description, of texts that are as long as usual or may be longer than
 * anybody writes, and of numbers that may be as large as anybody writes them.
 */
function shownSchema(argument: Argument): JsonSchema {
  const { isRequired: _, unless: __, description, type, ...rest } = argument;
  const described = description === "" ? {} : { description };
  if (argument.type === "array") {
    const { items } = argument;
    return {
      ...described,
      type,
      items: "members" in items ? schemaOf(items.members) : { type: items.type },
    };
  }
  if (argument.type === "object") return { ...described, type };
  if (argument.type !== "string") {
    const { minimum, maximum = LARGE } = rest as { minimum?: number; maximum?: number };
    return { ...described, type, ...description !== "" && maximum < LARGE && { minimum, maximum } };
  }
  const { maxLength, enum: words } = argument;
  const isTold = description !== "" && maxLength !== SHORT && maxLength < ENDLESS;
  return { ...described, type, ...words && { enum: words }, ...isTold && { maxLength } };
}

/** Characters that nobody writes into an argument by mistake. */
const ENDLESS = 500;
/** Nobody writes more by mistake: a percentage, an angle, a time, a seed. */
const LARGE = 100;
