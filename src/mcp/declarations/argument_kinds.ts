/** The kinds of arguments that tools declare. */

import type { Argument, ArgumentTable, ObjectList, Text } from "./argument.ts";

/** The longest text that holds a picture, in characters: 25 MB in base64, with room for line breaks. */
const LONGEST_PICTURE = 32 * 1024 * 1024;

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
