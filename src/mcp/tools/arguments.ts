/** The arguments of a tool call: parsed, or refused in sentences that name what is legal. */

import { z } from "../../dependencies/zod.ts";
import { ImageError, nearest, oneOf } from "../../errors.ts";

/**
 * The arguments as `input` declares them; null stands for an argument left out, since
 * some clients send it for every one they do not use.
 * @throws {ImageError} `invalid_arguments` with one sentence per wrong argument.
 */
export function checkedArguments<Input extends z.ZodObject>(
  input: Input,
  args: unknown,
  tool: string,
): z.infer<Input> {
  const given = withoutNulls(args ?? {}, input);
  const parsed = input.safeParse(given);
  if (parsed.success) return parsed.data;
  const fields = z.toJSONSchema(input).properties ?? {};
  const mistakes = parsed.error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownArgument(key, Object.keys(fields)));
    }
    const name = String(issue.path[0]);
    return [wrongArgument(name, fields[name], given[name])];
  });
  const message = `Cannot call ${tool}: ${[...new Set(mistakes)].join("; ")}`;
  throw new ImageError("invalid_arguments", message, { tool });
}

function withoutNulls(args: object, { shape }: z.ZodObject): Readonly<Record<string, unknown>> {
  const isLeftOut = ([name, value]: [string, unknown]) => value === null && name in shape;
  return Object.fromEntries(Object.entries(args).filter((each) => !isLeftOut(each)));
}

function unknownArgument(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  if (guess) return `Unknown argument '${name}', did you mean '${guess}'?`;
  return `Unknown argument '${name}', it takes ${known.length > 0 ? oneOf(known) : "none"}`;
}

type Field = z.core.JSONSchema._JSONSchema | undefined;

function wrongArgument(name: string, field: Field, value: unknown): string {
  const must = `'${name}' must be ${legalValues(field)}`;
  return value === undefined
    ? `${must} and is missing`
    : `${must}, current value is ${shown(value)}`;
}

function legalValues(field: Field): string {
  if (typeof field !== "object") return "left out";
  const { minimum, maximum, minLength, maxLength } = field;
  const kind = KINDS[String(field.type)] ?? String(field.type);
  if (maximum !== undefined) return `${kind} from ${minimum} to ${maximum}`;
  if (maxLength !== undefined) return `${kind} of ${minLength} to ${maxLength} characters`;
  return minLength ? `${kind} that is not empty` : kind;
}

const KINDS: Readonly<Record<string, string>> = {
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  string: "a text",
};

/** A value in a sentence; a long one as its length. */
function shown(value: unknown): string {
  if (typeof value === "string" && value.length > 60) return `${value.length} characters long`;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
