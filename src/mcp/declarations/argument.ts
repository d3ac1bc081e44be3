/**
 * Arguments as data: one table of them says what clients see (`schemaOf`), what is read
 * (`readArguments`) and what handlers get (`ArgumentsOf`).
 */

import type { PictureText } from "../../service/uploads.ts";

/** What clients see of an argument, but for whether it must be given. */
interface Described {
  /** "" where another tool, or its name, says it all. */
  readonly description: string;
  readonly isRequired?: boolean;
  /** Other arguments beside each of which a required one may be left out. */
  readonly unless?: readonly string[];
  /** Whether clients see it only in the tool's words, such as "the rest is as in generate_image". */
  readonly isUnlisted?: boolean;
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
  /** Whether it may be a picture that was taken out of the message; nothing that clients see. */
  readonly isPicture?: boolean;
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
  readonly items: Pick<Text, "type" | "minLength" | "maxLength" | "isPicture">;
  readonly maxItems: number;
}

interface NumberList extends Described {
  readonly type: "array";
  readonly items: { readonly type: "integer"; readonly minimum: number; readonly maximum: number };
  readonly maxItems: number;
}

interface ObjectList<Members extends ArgumentTable = ArgumentTable> extends Described {
  readonly type: "array";
  readonly items: { readonly type: "object"; readonly members: Members };
  readonly maxItems: number;
  /** The member that a text stands for where one comes instead of an object. */
  readonly plain?: string;
}

/** Objects that a handler reads by itself, so that what is wrong with one names its place. */
interface UnreadList extends Described {
  readonly type: "array";
  readonly items: { readonly type: "object"; readonly isUnread: true };
  readonly maxItems: number;
  /** The member that a text stands for where one comes instead of an object. */
  readonly plain: string;
}

/** Texts by names that are not known beforehand. */
interface TextMap extends Described {
  readonly type: "object";
  readonly maxItems: number;
  /** The longest of them, in characters. */
  readonly maxLength: number;
}

/** The same with a list of texts for each name. */
interface TextListMap extends TextMap {
  /** The longest list. */
  readonly maxTexts: number;
}

/** Any JSON by names that are not known beforehand. */
interface JsonMap extends Described {
  readonly type: "object";
  readonly holdsJson: true;
  readonly maxItems: number;
  /** The longest that all of it may be as JSON, in characters. */
  readonly maxLength: number;
}

export type Argument =
  | Text
  | Numeric
  | Flag
  | TextList
  | NumberList
  | ObjectList
  | UnreadList
  | TextMap
  | TextListMap
  | JsonMap;

/** Arguments by name, in the order in which clients see them. */
export interface ArgumentTable {
  readonly [name: string]: Argument;
}

/** What a handler gets: optional ones may be absent. */
export type ArgumentsOf<Table extends ArgumentTable> =
  & { readonly [Name in RequiredIn<Table>]: Value<Table[Name]> }
  & { readonly [Name in Exclude<keyof Table, RequiredIn<Table>>]?: Value<Table[Name]> };

type RequiredIn<Table extends ArgumentTable> = {
  [Name in keyof Table]: Table[Name] extends { readonly unless: readonly string[] } ? never
    : Table[Name] extends { readonly isRequired: true } ? Name
    : never;
}[keyof Table];

type Value<Kind extends Argument> = Kind extends UnreadList
  ? readonly Readonly<Record<string, unknown>>[]
  : Kind extends ObjectList<infer Members> ? readonly ArgumentsOf<Members>[]
  : Kind extends TextListMap ? Readonly<Record<string, readonly string[]>>
  : Kind extends NumberList ? readonly number[]
  : Kind extends { readonly enum: readonly (infer Word)[] } ? Word
  : Kind extends JsonMap ? Readonly<Record<string, unknown>>
  : Kind extends { readonly isPicture: true } ? string | PictureText
  : Kind extends { readonly items: { readonly isPicture: true } }
    ? readonly (string | PictureText)[]
  : {
    readonly string: string;
    readonly integer: number;
    readonly number: number;
    readonly boolean: boolean;
    readonly array: readonly string[];
    readonly object: Readonly<Record<string, string>>;
  }[Kind["type"]];

/** The longest text that holds a picture, in characters: 25 MB in base64, with room for line breaks. */
export const LONGEST_PICTURE = 32 * 1024 * 1024;

/** Characters that a name, an id or a word of choice may have. */
export const SHORT = 200;

export function text(description: string, { maxLength = SHORT, minLength }: {
  readonly maxLength?: number;
  readonly minLength?: number;
} = {}): Text {
  return { description, type: "string", ...minLength && { minLength }, maxLength };
}

/** A picture by what names it, or as data of at most 25 MB. */
export function picture(description: string) {
  return { ...text(description, { maxLength: LONGEST_PICTURE }), isPicture: true } as const;
}

/** The same for several. */
export function pictureList(description: string, { maxItems }: { readonly maxItems: number }) {
  const items = {
    type: "string",
    minLength: 1,
    maxLength: LONGEST_PICTURE,
    isPicture: true,
  } as const;
  return { description, type: "array", items, maxItems } as const satisfies Argument;
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

/** Of whole numbers. */
export function numberList(
  description: string,
  { maxItems, ...bounds }: {
    readonly maxItems: number;
    readonly minimum: number;
    readonly maximum: number;
  },
) {
  const items = { type: "integer", ...bounds } as const;
  return { description, type: "array", items, maxItems } as const satisfies Argument;
}

/** Texts by name; numbers and switches among them count as what they are written as. */
export function textMap(description: string, { maxItems, maxLength }: {
  readonly maxItems: number;
  readonly maxLength: number;
}) {
  return { description, type: "object", maxItems, maxLength } as const satisfies Argument;
}

/** The same with a list of texts, or one text alone, for each name. */
export function textListMap(description: string, { maxItems, maxLength, maxTexts }: {
  readonly maxItems: number;
  readonly maxLength: number;
  readonly maxTexts: number;
}) {
  return {
    ...textMap(description, { maxItems, maxLength }),
    maxTexts,
  } as const satisfies Argument;
}

/** A list of objects, or of texts that stand for their member `plain`, which nobody has read yet. */
export function unreadList(description: string, { maxItems, plain }: {
  readonly maxItems: number;
  readonly plain: string;
}) {
  const items = { type: "object", isUnread: true } as const;
  return { description, type: "array", items, maxItems, plain } as const satisfies Argument;
}

/** Any JSON by name; the JSON text of it counts as well. */
export function jsonMap(description: string, { maxItems, maxLength }: {
  readonly maxItems: number;
  readonly maxLength: number;
}) {
  const holdsJson = true;
  return {
    description,
    type: "object",
    holdsJson,
    maxItems,
    maxLength,
  } as const satisfies Argument;
}

/** A list of objects; one of them alone, and its JSON text, count as well. */
export function objectList<const Members extends ArgumentTable>(
  description: string,
  members: Members,
  { maxItems, plain }: { readonly maxItems: number; readonly plain?: keyof Members & string },
): ObjectList<Members> {
  return { description, type: "array", items: { type: "object", members }, maxItems, plain };
}

/** The same argument, without which there is no call. */
export function required<Kind extends Argument>(argument: Kind) {
  return { ...argument, isRequired: true } as const;
}

/** The same argument, which is required where none of `unless` is given. */
export function requiredUnless<Kind extends Argument>(unless: readonly string[], argument: Kind) {
  return { ...argument, isRequired: true, unless } as const;
}

/** The same arguments, which clients may pass and do not see; none of them is required. */
export function unlisted<Table extends ArgumentTable>(table: Table) {
  const entries = Object.entries(table).map(([name, argument]) =>
    [name, { ...argument, isRequired: false, isUnlisted: true }] as const
  );
  return Object.fromEntries(entries) as unknown as {
    readonly [Name in keyof Table]: Omit<Table[Name], "isRequired" | "unless">;
  };
}

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
