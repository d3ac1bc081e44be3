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

export interface Text extends Described {
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

export interface ObjectList<Members extends ArgumentTable = ArgumentTable> extends Described {
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
