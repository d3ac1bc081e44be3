/** Fields of a hosted model that a request names itself, checked against the model's schema. */

import { ImageError, nearest, oneOf, shown, someOf } from "../errors.ts";
import { isRecord, parsedJson } from "../json.ts";
import { isReserved, optionalFields } from "./model_fields.ts";
import { type Form, isSecret, type ModelField, type ModelSchema } from "./model_schema.ts";

type Values = Readonly<Record<string, unknown>>;

/**
 * `options` as the model takes them: a number or a list that came as text counts as what it says.
 * @throws {ImageError} for a name that the model does not have, and a value that is not legal.
 */
export function checkedOptions(options: Values, schema: ModelSchema, model: string): Values {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, checked(name, value, schema, model)]),
  );
}

/** What each option of a model takes, in words. */
export function describedOptions(schema: ModelSchema): Readonly<Record<string, string>> {
  return Object.fromEntries(
    optionalFields(schema).slice(0, MOST_DESCRIBED)
      .map(({ name, forms }) => [name, wordsOf(forms)]),
  );
}

/** The value as one of the forms has it; undefined where none does. */
export function fitted(value: unknown, forms: readonly Form[]): unknown {
  for (const form of forms) {
    const exact = asForm(value, form);
    if (exact !== undefined) return exact;
  }
  const read = typeof value === "string" ? parsedJson(value) : String(value);
  if (read === undefined || isRecord(value) || Array.isArray(value)) return undefined;
  return forms.map((form) => asForm(read, form)).find((each) => each !== undefined);
}

function checked(name: string, value: unknown, schema: ModelSchema, model: string): unknown {
  const field = schema.fields.get(name);
  const argument = field && isReserved(field, schema);
  if (argument !== undefined) {
    throw refusal(
      `Option ${shown(name)} of '${model}' is the argument '${argument}' here: pass that`,
    );
  }
  if (field && isSecret(field)) {
    throw refusal(
      `Option ${shown(name)} of '${model}' is a secret, which would be kept with the picture's ` +
        "record: leave it out, and use what needs no key",
    );
  }
  const legal = optionalFields(schema);
  if (!field || !legal.includes(field)) throw unknownOption(name, legal, model);
  const fitting = fitted(value, field.forms);
  if (fitting !== undefined) return fitting;
  const given = JSON.stringify(value) ?? "nothing";
  throw refusal(
    `Option '${name}' of '${model}' must be ${wordsOf(field.forms)}, current value is ` +
      shown(given),
    { option: name },
  );
}

function unknownOption(
  name: string,
  legal: readonly ModelField[],
  model: string,
): ImageError {
  const names = legal.map((field) => field.name);
  const near = nearest(name, names);
  const meant = near === undefined ? "" : ` Did you mean '${near}'?`;
  return refusal(
    `'${model}' has no option ${shown(name)}.${meant} ` +
      (names.length > 0 ? `It takes ${someOf(names, MOST_NAMED)}` : "It takes none"),
    { option: name.slice(0, 100), available_options: names },
  );
}

function refusal(message: string, details: Values = {}): ImageError {
  return new ImageError("invalid_parameters", message, details);
}

function asForm(value: unknown, form: Form): unknown {
  const { kind, values, minimum = -Infinity, maximum = Infinity, items, members } = form;
  if (values && !values.some((each) => each === value)) return undefined;
  switch (kind) {
    case "any":
      return value ?? undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "integer":
    case "number": {
      const isOne = typeof value === "number" && Number.isFinite(value) &&
        (kind === "number" || Number.isInteger(value));
      return isOne && value >= minimum && value <= maximum ? value : undefined;
    }
    case "list":
      return listAs(value, items ?? [{ kind: "any" }], form.maxItems);
    case "object":
      return isRecord(value) ? objectAs(value, members) : undefined;
  }
}

function listAs(value: unknown, items: readonly Form[], maxItems = MOST_ITEMS): unknown {
  if (!Array.isArray(value) || value.length > maxItems) return undefined;
  const read = value.map((item) => fitted(item, items));
  return read.includes(undefined) ? undefined : read;
}

function objectAs(value: Values, members: Form["members"]): unknown {
  if (!members) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    const forms = members.get(name);
    return [name, forms && fitted(member, forms)] as const;
  });
  return entries.some(([, member]) => member === undefined)
    ? undefined
    : Object.fromEntries(entries);
}

function wordsOf(forms: readonly Form[]): string {
  return [...new Set(forms.map(wordsOfOne))].join(", or ");
}

function wordsOfOne({ kind, values, minimum, maximum, items = [], members }: Form): string {
  if (values) {
    return values.length > MOST_NAMED
      ? someOf(values.map(String), MOST_NAMED)
      : oneOf(values.map(String));
  }
  const bounds = [
    ...minimum === undefined ? [] : [`from ${minimum}`],
    ...maximum === undefined ? [] : [`to ${maximum}`],
  ].map((bound) => ` ${bound}`).join("");
  if (kind === "list") return `a list of ${wordsOf(items) || "values"}`;
  if (kind === "object") {
    const names = [...members?.keys() ?? []].slice(0, MOST_NAMED);
    return names.length > 0 ? `an object with ${names.join(", ")}` : "an object";
  }
  return WORDS[kind] + bounds;
}

const WORDS = {
  text: "a text",
  integer: "a whole number",
  number: "a number",
  flag: "true or false",
  any: "a value",
} as const;

const MOST_NAMED = 30;
const MOST_DESCRIBED = 50;
const MOST_ITEMS = 100;
