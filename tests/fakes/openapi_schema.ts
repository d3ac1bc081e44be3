/** What is wrong with a value by the schema of an OpenAPI document, as a strict vendor sees it. */

export type Schema = Readonly<Record<string, unknown>>;

export interface Mistake {
  readonly field: string;
  /** As FastAPI names it. */
  readonly type: string;
  readonly message: string;
}

/** The first mistake in `input`; fields that the schema does not name are one. */
export function mistakeIn(
  input: unknown,
  schema: Schema,
  definitions: Schema,
): Mistake | undefined {
  if (!isObject(input)) return { field: "input", type: "dict_type", message: "not an object" };
  const { properties = {}, required = [] } = schema;
  for (const field of required as string[]) {
    if (input[field] === undefined) {
      return { field, type: "missing", message: `${field} is required` };
    }
  }
  for (const [field, value] of Object.entries(input)) {
    const rule = (properties as Schema)[field];
    if (!isObject(rule)) {
      return { field, type: "extra_forbidden", message: "Extra inputs are not permitted" };
    }
    const wrong = wrongWith(value, rule, definitions);
    if (wrong) return { field, ...wrong };
  }
}

type Wrong = Pick<Mistake, "type" | "message">;

function wrongWith(value: unknown, rule: Schema, definitions: Schema): Wrong | undefined {
  if (typeof rule.$ref === "string") {
    return wrongWith(value, definitions[rule.$ref.split("/").at(-1)!] as Schema, definitions);
  }
  const parts = (rule.anyOf ?? rule.allOf) as Schema[] | undefined;
  if (parts) {
    const wrongs = parts.map((part) => wrongWith(value, part, definitions));
    const isRight = rule.anyOf ? wrongs.includes(undefined) : wrongs.every((wrong) => !wrong);
    return isRight ? undefined : wrongs.find((wrong) => wrong);
  }
  const { type, enum: values, minimum, maximum, exclusiveMinimum } = rule;
  if (Array.isArray(values) && !values.includes(value)) {
    return { type: "literal_error", message: `Input should be ${values.join(" or ")}` };
  }
  if (!IS[type as string]!(value)) {
    return { type: `${type}_type`, message: `Input should be a valid ${type}` };
  }
  if (type === "array") {
    return (value as unknown[]).map((item) => wrongWith(item, rule.items as Schema, definitions))
      .find((wrong) => wrong);
  }
  if (type === "object") {
    const mistake = mistakeIn(value, rule, definitions);
    return mistake && { ...mistake, message: `${mistake.field}: ${mistake.message}` };
  }
  const isLess = Number(value) < Number(minimum) || Number(value) <= Number(exclusiveMinimum);
  if (isLess) return { type: "greater_than_equal", message: "Input is too small" };
  if (Number(value) > Number(maximum)) {
    return { type: "less_than_equal", message: `Input should be less than or equal to ${maximum}` };
  }
}

const IS: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === "string",
  integer: Number.isInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === "boolean",
  array: Array.isArray,
  object: isObject,
};

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
