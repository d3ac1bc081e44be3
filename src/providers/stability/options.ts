/** Further fields of a service, which a request sets by the vendor's own names. */

import { ImageError, nearest, oneOf, shown } from "../../errors.ts";

/** A number within bounds, or words that must be given: what they are about. */
export type Field =
  | { readonly minimum: number; readonly maximum: number }
  | { readonly what: string };

type Fields = Readonly<Record<string, Field>>;

/** What each takes, in words. */
export function describedFields(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name, wordsOf(field)]),
  );
}

/**
 * The values of a request as the service `id` takes them.
 * @throws {ImageError} for a field that it does not have, a value that is not legal, and words that are missing.
 */
export function checkedFields(
  options: Readonly<Record<string, unknown>>,
  fields: Fields,
  id: string,
): Readonly<Record<string, string | number>> {
  const given = Object.entries(options).map(([name, value]) => {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) throw unknownField(name, Object.keys(fields), id);
    return [name, checked(name, value, field, id)] as const;
  });
  const missing = Object.entries(fields)
    .find(([name, field]) => "what" in field && !Object.hasOwn(options, name));
  if (missing) throw refusal(`'${id}' must be told ${wordsOf(missing[1])}: ${example(missing[0])}`);
  return Object.fromEntries(given);
}

function checked(name: string, value: unknown, field: Field, id: string): string | number {
  if ("what" in field) {
    if (typeof value === "string" && value.trim() && value.length <= LONGEST) return value;
    throw refusal(`Option '${name}' of '${id}' must be ${wordsOf(field)}: ${example(name)}`);
  }
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  const isLegal = typeof number === "number" && number >= field.minimum && number <= field.maximum;
  if (isLegal) return number;
  throw refusal(
    `Option '${name}' of '${id}' must be ${wordsOf(field)}, current value is ` +
      shown(JSON.stringify(value) ?? "nothing"),
  );
}

function wordsOf(field: Field): string {
  return "what" in field
    ? `${field.what}, in words`
    : `a number from ${field.minimum} to ${field.maximum}`;
}

function example(name: string): string {
  return `pass options such as {"${name}":"the dog on the left"}`;
}

function unknownField(name: string, names: readonly string[], id: string): ImageError {
  const near = nearest(name, names);
  const meant = near === undefined ? "" : ` Did you mean '${near}'?`;
  const legal = names.length > 0 ? `It takes ${oneOf(names)}` : "It takes none";
  return refusal(`'${id}' has no option ${shown(name)}.${meant} ${legal}`);
}

function refusal(message: string): ImageError {
  return new ImageError("invalid_parameters", `Stability's ${message}`, { provider: "stability" });
}

/** The vendor's bound of words, in characters. */
const LONGEST = 10_000;
