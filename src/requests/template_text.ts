/** Texts with gaps: `{name}` is where the variable of that name goes. */

import { ImageError, nearest, oneOf, shown } from "../errors.ts";

/** Values by the name of their variable. */
export type Variables = Readonly<Record<string, string>>;

/** The names in the gaps of a text, each once, in their order. `{{name}}` is no gap. */
export function variablesIn(text: string): readonly string[] {
  const gaps = [...text.matchAll(GAP)].map(([, name]) => name);
  return [...new Set(gaps.filter((name) => name !== undefined))];
}

/**
 * The text with its gaps filled, each value as it is: a gap in a value stays text. `{{name}}` becomes
 * `{name}`, and every other brace stays.
 * @throws {ImageError} `invalid_parameters` that names every variable that is missing, or that the
 * text does not have.
 */
export function expandTemplate(text: string, variables: Variables): string {
  const known = variablesIn(text);
  checkVariables(known, known, variables);
  return text.replace(
    GAP,
    (whole, name?: string) => name === undefined ? whole.slice(1, -1) : variables[name]!,
  );
}

/** Whether `name` can stand in a gap. */
export function isVariableName(name: string): boolean {
  return NAME_ALONE.test(name);
}

/** @throws {ImageError} `invalid_parameters` that names every variable that is missing or not known. */
export function checkVariables(
  known: readonly string[],
  needed: readonly string[],
  variables: Variables,
): void {
  const missing = needed.filter((name) => !Object.hasOwn(variables, name));
  const unknown = Object.keys(variables).filter((name) => !known.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const mistakes = [
    ...missing.length > 0 ? [`${count(missing)} ${quoted(missing)} missing`] : [],
    ...unknown.map((name) => unknownVariable(name, known)),
  ];
  const more = mistakes.length - MOST_TOLD;
  const told = more > 0 ? [...mistakes.slice(0, MOST_TOLD), `and ${more} more`] : mistakes;
  throw new ImageError("invalid_parameters", `Cannot fill the template: ${told.join("; ")}`, {
    missing: missing.slice(0, MOST_TOLD),
    unknown: unknown.slice(0, MOST_TOLD).map((name) => name.slice(0, LONGEST_NAME)),
    variables: known.slice(0, MOST_NAMED),
  });
}

function count(names: readonly string[]): string {
  return names.length === 1 ? "the variable" : "the variables";
}

function quoted(names: readonly string[]): string {
  const named = names.slice(0, MOST_NAMED).map((name) => shown(name));
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${named.join(", ")}${more} ${names.length === 1 ? "is" : "are"}`;
}

function unknownVariable(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  const hint = guess
    ? `did you mean '${guess}'?`
    : known.length > 0
    ? `there are ${oneOf(known.slice(0, MOST_NAMED))}`
    : "it has none";
  return `it has no variable ${shown(name)}, ${hint}`;
}

/** Letters of any language, digits and _, at most 40; a letter or _ first. */
const NAME = "[\\p{L}_][\\p{L}\\p{M}\\p{N}_]{0,39}";
const NAME_ALONE = new RegExp(`^${NAME}$`, "u");
/** A gap with its name, or one that is written with two braces and stays text. */
const GAP = new RegExp(`\\{\\{${NAME}\\}\\}|\\{(${NAME})\\}`, "gu");
const LONGEST_NAME = 40;
const MOST_NAMED = 20;
/** Mistakes that are told one by one. */
const MOST_TOLD = 5;
