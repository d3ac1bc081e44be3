/**
 * Arguments as data: one table of them says what clients see (`schemaOf`), what is read
 * (`readArguments`) and what handlers get (`ArgumentsOf`).
 */

/** What clients see of an argument, but for whether it must be given. */
interface Described {
  readonly description: string;
  readonly isRequired?: boolean;
  /** Bounds so wide that clients need not see them; a call beyond them is told. */
  readonly hidesBounds?: boolean;
}

interface Text extends Described {
  readonly type: "string";
  /** In characters. */
  readonly minLength?: number;
  readonly maxLength: number;
  /** The only words there are. */
  readonly enum?: readonly string[];
  /** What else may be sent, as the text that it means; nothing that clients see. */
  readonly asText?: (value: unknown) => unknown;
}

interface Numeric extends Described {
  readonly type: "integer" | "number";
  readonly minimum: number;
  readonly maximum: number;
}

interface Flag extends Described {
  readonly type: "boolean";
}

interface TextList extends Described {
  readonly type: "array";
  /** Bounds of each text, in characters. */
  readonly items: Pick<Text, "type" | "minLength" | "maxLength">;
  readonly maxItems: number;
}

export type Argument = Text | Numeric | Flag | TextList;

/** Arguments by name, in the order in which clients see them. */
export type ArgumentTable = Readonly<Record<string, Argument>>;

/** What a handler gets: optional ones may be absent. */
export type ArgumentsOf<Table extends ArgumentTable> =
  & { readonly [Name in RequiredIn<Table>]: Value<Table[Name]> }
  & { readonly [Name in Exclude<keyof Table, RequiredIn<Table>>]?: Value<Table[Name]> };

type RequiredIn<Table extends ArgumentTable> = {
  [Name in keyof Table]: Table[Name] extends { readonly isRequired: true } ? Name : never;
}[keyof Table];

type Value<Kind extends Argument> = {
  readonly string: string;
  readonly integer: number;
  readonly number: number;
  readonly boolean: boolean;
  readonly array: readonly string[];
}[Kind["type"]];

/** Characters that a name, an id or a word of choice may have. */
export const SHORT = 200;

export function text(description: string, { maxLength = SHORT, minLength }: {
  readonly maxLength?: number;
  readonly minLength?: number;
} = {}): Text {
  return { description, type: "string", ...minLength && { minLength }, maxLength };
}

/** One of a few words, in any letter case. */
export function choice<const Word extends string>(description: string, words: readonly Word[]) {
  return { ...text(description), enum: words } as const satisfies Argument;
}

export function wholeNumber(description: string, minimum: number, maximum: number) {
  return { description, type: "integer", minimum, maximum } as const satisfies Argument;
}

/** A number that may have a fraction. */
export function number(description: string, minimum: number, maximum: number) {
  return { description, type: "number", minimum, maximum } as const satisfies Argument;
}

export function flag(description: string) {
  return { description, type: "boolean" } as const satisfies Argument;
}

export function textList(description: string, { maxItems, maxLength }: {
  readonly maxItems: number;
  readonly maxLength: number;
}) {
  const items = { type: "string", minLength: 1, maxLength } as const;
  return { description, type: "array", items, maxItems } as const satisfies Argument;
}

/** The same argument, whose bounds clients do not see. */
export function withoutBounds<Kind extends Argument>(argument: Kind) {
  return { ...argument, hidesBounds: true } as const;
}

/** The same argument, without which there is no call. */
export function required<Kind extends Argument>(argument: Kind) {
  return { ...argument, isRequired: true } as const;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** The table as clients see it. */
export function schemaOf(table: ArgumentTable): JsonSchema {
  const entries = Object.entries(table);
  const properties = entries.map(([name, argument]) => [name, shownSchema(argument)]);
  const required = entries.filter(([, { isRequired }]) => isRequired).map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...required.length > 0 && { required },
    additionalProperties: false,
  };
}

/** Without what no client needs to be told: that a word is no longer than words are. */
function shownSchema({ isRequired: _, hidesBounds, ...argument }: Argument): JsonSchema {
  const { asText: _asText, ...schema } = argument as JsonSchema;
  const hidden = hidesBounds ? BOUNDS : schema.maxLength === SHORT ? ["maxLength"] : [];
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !hidden.includes(name)));
}

const BOUNDS: readonly string[] = ["minimum", "maximum", "minLength", "maxLength"];
