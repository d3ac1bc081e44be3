/** The arguments of a tool call: parsed, or refused in sentences that name what is legal. */

import { z } from "../../deps/zod.ts";
import { ImageError, nearest, oneOf } from "../../errors.ts";

/**
 * The arguments as `input` declares them.
 * @throws {ImageError} `invalid_arguments` with one sentence per wrong argument.
 */
export function checkedArguments<Input extends z.ZodObject>(
  input: Input,
  args: unknown,
  tool: string,
): z.infer<Input> {
  const parsed = input.safeParse(args ?? {});
  if (parsed.success) return parsed.data;
  const fields = z.toJSONSchema(input).properties ?? {};
  const mistakes = parsed.error.issues.flatMap((issue) => {
    const [name] = issue.path;
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => unknownArgument(key, Object.keys(fields)));
    }
    return [name === undefined ? issue.message : wrongArgument(String(name), fields, args)];
  });
  const message = `Cannot call ${tool}: ${[...new Set(mistakes)].join("; ")}`;
  throw new ImageError("invalid_arguments", message, { tool });
}

function unknownArgument(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  const hint = guess
    ? `did you mean '${guess}'?`
    : known.length > 0
    ? `it takes ${oneOf(known)}`
    : "it takes none";
  return `Unknown argument '${name}', ${hint}`;
}

type Fields = Readonly<Record<string, z.core.JSONSchema._JSONSchema>>;

function wrongArgument(name: string, fields: Fields, args: unknown): string {
  const value = (args as Readonly<Record<string, unknown>>)[name];
  const must = `'${name}' must be ${legalValues(fields[name])}`;
  return value === undefined
    ? `${must} and is missing`
    : `${must}, current value is ${shown(value)}`;
}

function legalValues(field: z.core.JSONSchema._JSONSchema | undefined): string {
  if (typeof field !== "object") return "left out";
  if (field.anyOf) return field.anyOf.map(legalValues).join(" or ");
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
  null: "null",
};

/** A value in a sentence; a long one as its length. */
function shown(value: unknown): string {
  if (typeof value === "string" && value.length > 60) return `${value.length} characters long`;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
