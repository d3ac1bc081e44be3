/** What a hosted model takes, read out of the OpenAPI document that its host publishes of it. */

import { isRecord } from "../json.ts";

/** One form that a value may have. */
export interface Form {
  readonly kind: "text" | "integer" | "number" | "flag" | "list" | "object" | "any";
  /** The only values there are. */
  readonly values?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a text, such as "uri" or "password". */
  readonly format?: string;
  /** Of what is in a list, and the most of it. */
  readonly items?: readonly Form[];
  readonly maxItems?: number;
  /** Of an object, by name. */
  readonly members?: ReadonlyMap<string, readonly Form[]>;
}

export interface ModelField {
  readonly name: string;
  readonly description: string;
  /** At least one. */
  readonly forms: readonly Form[];
  readonly default?: unknown;
}

/** The fields of a model's input by name, in the order in which its host shows them. */
export interface ModelSchema {
  readonly fields: ReadonlyMap<string, ModelField>;
  readonly required: ReadonlySet<string>;
}

/**
 * The schema that `input` is, a node of `document` or a reference into it; undefined where that is
 * no object with properties. Fields beyond the first 200 are left out.
 */
export function readModelSchema(document: unknown, input: unknown): ModelSchema | undefined {
  const reading = {
    definitions: recordIn(recordIn(document, "components"), "schemas"),
    left: MOST_NODES,
  };
  const { node } = resolved(input, reading);
  const properties = recordIn(node, "properties");
  const order = listIn(node, "x-fal-order-properties");
  const names = namesIn(properties).toSorted((one, other) =>
    placeOf(one, properties, order) - placeOf(other, properties, order)
  );
  if (names.length === 0) return undefined;
  const fields = names.map((name) => fieldOf(name, properties[name], reading));
  const required = listIn(node, "required").filter((name) => typeof name === "string");
  return {
    fields: new Map(fields.map((field) => [field.name, field])),
    required: new Set(required.filter((name) => Object.hasOwn(properties, name))),
  };
}

/** The first form of one of these kinds. */
export function formOf(
  field: ModelField | undefined,
  ...kinds: readonly Form["kind"][]
): Form | undefined {
  return field?.forms.find(({ kind }) => kinds.includes(kind));
}

/** The words that a field may hold, of all its forms. */
export function wordsIn(field: ModelField | undefined): readonly string[] {
  return field?.forms.flatMap(({ values = [] }) => values.map(String)) ?? [];
}

/** What is no text that anybody may see: keys of other services. */
export function isSecret({ forms }: ModelField): boolean {
  return forms.some(({ format }) => format === "password");
}

type Node = Readonly<Record<string, unknown>>;

interface Reading {
  readonly definitions: Node;
  /** Nodes that may yet be read: references can make many of few. */
  left: number;
}

function fieldOf(name: string, given: unknown, reading: Reading): ModelField {
  const { node, description } = resolved(given, reading);
  const own = isRecord(given) ? given : {};
  const forms = formsOf(given, reading, 0);
  const isPassword = node["x-cog-secret"] === true || SECRET_NAME.test(name);
  return {
    name,
    description: description.slice(0, LONGEST_DESCRIPTION),
    forms: forms.length === 0
      ? [{ kind: "any" }]
      : isPassword
      ? forms.map((form) => ({ ...form, format: "password" }))
      : forms,
    default: own.default ?? node.default,
  };
}

/** References followed and the one part of an `allOf` taken, with the words nearest to the field. */
function resolved(
  given: unknown,
  { definitions }: Reading,
): { readonly node: Node; readonly description: string } {
  let node = isRecord(given) ? given : {};
  let description = textIn(node, "description");
  for (let hop = 0; hop < DEEPEST; hop++) {
    const [part] = listIn(node, "allOf");
    const name = textIn(node, "$ref").match(/^#\/components\/schemas\/(.+)$/)?.[1];
    const next = name === undefined ? part : definitions[name];
    if (!isRecord(next)) break;
    node = next;
    description ||= textIn(node, "description");
  }
  return { node, description };
}

function formsOf(given: unknown, reading: Reading, depth: number): readonly Form[] {
  if (depth > DEEPEST || reading.left-- <= 0) return [{ kind: "any" }];
  const { node } = resolved(given, reading);
  const parts = [...listIn(node, "anyOf"), ...listIn(node, "oneOf")];
  if (parts.length > 0) {
    return parts.slice(0, MOST_PARTS).flatMap((part) => formsOf(part, reading, depth + 1));
  }
  const types = Array.isArray(node.type) ? node.type : [node.type ?? typeOfValues(node)];
  return types.filter((type) => type !== "null").map((type): Form => {
    const kind = KINDS[String(type)] ?? "any";
    const values = "const" in node ? [node.const] : listIn(node, "enum");
    const legal = values.slice(0, MOST_VALUES).filter(isWord);
    const members = recordIn(node, "properties");
    const names = namesIn(members);
    return {
      kind,
      ...legal.length > 0 && { values: legal },
      ...boundsOf(node, kind),
      ...typeof node.format === "string" && { format: node.format },
      ...kind === "list" && { items: formsOf(node.items, reading, depth + 1) },
      ...typeof node.maxItems === "number" && { maxItems: node.maxItems },
      ...names.length > 0 && {
        members: new Map(names.map((name) => [name, formsOf(members[name], reading, depth + 1)])),
      },
    };
  });
}

function boundsOf(node: Node, kind: Form["kind"]): Pick<Form, "minimum" | "maximum"> {
  // OpenAPI 3.1 has the bound itself there, 3.0 a flag beside the other one.
  const step = kind === "integer" ? 1 : 0;
  const minimum = numberIn(node, "minimum") ?? plus(numberIn(node, "exclusiveMinimum"), step);
  const maximum = numberIn(node, "maximum") ?? plus(numberIn(node, "exclusiveMaximum"), -step);
  return { ...minimum !== undefined && { minimum }, ...maximum !== undefined && { maximum } };
}

function plus(bound: number | undefined, step: number): number | undefined {
  return bound === undefined ? undefined : bound + step;
}

function typeOfValues(node: Node): string | undefined {
  const [first] = listIn(node, "enum");
  return typeof first === "string" ? "string" : typeof first === "number" ? "number" : undefined;
}

/** By the host's own order, in a list or in each field; else as the document has them. */
function placeOf(name: string, properties: Node, order: readonly unknown[]): number {
  const place = order.indexOf(name);
  return place >= 0 ? place : numberIn(properties[name], "x-order") ?? MOST_FIELDS;
}

function isWord(value: unknown): value is string | number {
  return typeof value === "number" || (typeof value === "string" && value.length <= LONGEST_NAME);
}

function namesIn(properties: Node): readonly string[] {
  return Object.keys(properties).filter(({ length }) => length <= LONGEST_NAME)
    .slice(0, MOST_FIELDS);
}

function recordIn(value: unknown, name: string): Node {
  const member = isRecord(value) ? value[name] : undefined;
  return isRecord(member) ? member : {};
}

function listIn(value: unknown, name: string): readonly unknown[] {
  const member = isRecord(value) ? value[name] : undefined;
  return Array.isArray(member) ? member : [];
}

function textIn(value: unknown, name: string): string {
  const member = isRecord(value) ? value[name] : undefined;
  return typeof member === "string" ? member : "";
}

function numberIn(value: unknown, name: string): number | undefined {
  const member = isRecord(value) ? value[name] : undefined;
  return typeof member === "number" ? member : undefined;
}

const KINDS: Readonly<Record<string, Form["kind"]>> = {
  string: "text",
  integer: "integer",
  number: "number",
  boolean: "flag",
  array: "list",
  object: "object",
};

/** Keys of other services, where a schema does not say that they are secret. */
const SECRET_NAME = /(^|_)(api_key|api_token|token|secret|password)$/;

const MOST_FIELDS = 200;
const MOST_VALUES = 500;
const MOST_NODES = 2_000;
const MOST_PARTS = 20;
const DEEPEST = 5;
/** In characters. */
const LONGEST_DESCRIPTION = 1_000;
const LONGEST_NAME = 100;
