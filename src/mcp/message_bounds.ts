/** How large, how deep and how full a message may be, told before anybody takes it apart. */

import { isRecord, parsedJson } from "../json.ts";

/** The longest message that carries no picture, in bytes. */
export const USUAL_BYTES = 1024 * 1024;
/** The longest call of a tool that takes pictures, in bytes. */
export const PICTURE_BYTES = 32 * 1024 * 1024;

/**
 * In characters, more than usual, of a call that takes pictures: a drawing as JSON, or a hundred
 * pictures too small to be taken out of the text.
 */
export const MOST_MORE_TEXT = 4 * 1024 * 1024;

/** Resources that a client, or one of its streams, may listen to. */
export const MOST_SUBSCRIPTIONS = 100;

/** Tool names, each with its arguments that may hold pictures as text. */
export type PictureArguments = Readonly<Record<string, readonly string[]>>;

/** Every tool that takes pictures as arguments: only its calls may be longer than usual. */
const PICTURE_ARGUMENTS: PictureArguments = {
  edit_image: ["images", "mask"],
  train_model: ["images"],
  transform_image: ["image"],
  render_svg: ["svg"],
  read_metadata: ["image"],
};

/** The longest message that can be a good one, in bytes, where others are `usual` at most. */
export function longestMessage(usual: number, pictures = PICTURE_ARGUMENTS): number {
  return Object.keys(pictures).length === 0 ? usual : Math.max(usual, PICTURE_BYTES);
}

/** Whether the beginning of a message may be that of a call that takes pictures. */
export function namesPictureTool(beginning: string, pictures = PICTURE_ARGUMENTS): boolean {
  return Object.keys(pictures).some((name) => beginning.includes(`"${name}"`));
}

/** Why a message is refused, as JSON-RPC says it. */
export interface MessageProblem {
  readonly code: -32600 | -32602;
  readonly message: string;
  /** The message's own id where it could be told. */
  readonly id: string | number | null;
}

/** What is wrong with the structure of a JSON text: too deep or too many members. It may be no JSON at all. */
export function structureProblem(text: string): MessageProblem | undefined {
  return new StructureCheck().read(text);
}

/** The same for a text that comes in parts: one pass, which jumps over strings. */
export class StructureCheck {
  #depth = 0;
  #members = 0;
  #strings = 0;
  #isInString = false;
  /** How many backslashes the last part ended with, within a string. */
  #slashes = 0;
  #id: MessageProblem["id"] = null;
  #message: string | undefined;

  /** Reads on, and tells what is wrong so far; an id that one part begins and the next ends is not told. */
  read(text: string): MessageProblem | undefined {
    for (let at = this.#begin(text); at < text.length; at++) {
      switch (text.charCodeAt(at)) {
        case QUOTE: {
          const end = this.#endOfString(text, at + 1);
          const isId = this.#depth === 1 && end - at === 3 && text.startsWith("id", at + 1);
          if (isId) this.#id = idAfter(text, end);
          // Each member has two at most, and each list or object as many before its first comma.
          if (++this.#strings > 4 * MOST_MEMBERS) this.#message ??= TOO_MANY_MEMBERS;
          at = end;
          break;
        }
        case OPEN_BRACE:
        case OPEN_BRACKET:
          if (++this.#depth > DEEPEST) this.#message ??= TOO_DEEP;
          break;
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          this.#depth--;
          break;
        case COMMA:
          if (++this.#members > MOST_MEMBERS) this.#message ??= TOO_MANY_MEMBERS;
      }
    }
    return this.#message === undefined
      ? undefined
      : { code: -32600, message: this.#message, id: this.#id };
  }

  /** Where what is no rest of a string begins. */
  #begin(text: string): number {
    return this.#isInString ? this.#endOfString(text, 0) + 1 : 0;
  }

  /** The index of the quotation mark that ends the string of which `from` is the next letter, or the end of the text. */
  #endOfString(text: string, from: number): number {
    const before = this.#isInString ? this.#slashes : 0;
    const slashesUpTo = (end: number) => {
      let count = 0;
      while (end - count > from && text.charCodeAt(end - 1 - count) === BACKSLASH) count++;
      return end - count === from ? count + before : count;
    };
    let end = text.indexOf('"', from);
    while (end >= 0 && slashesUpTo(end) % 2 === 1) end = text.indexOf('"', end + 1);
    this.#isInString = end < 0;
    if (end < 0) this.#slashes = slashesUpTo(text.length);
    return end < 0 ? text.length : end;
  }
}

/**
 * What is wrong with the members of one parsed message: words that would be looked for, repeated
 * or kept are bounded here, whatever method they are for.
 */
export function memberProblem(message: unknown): MessageProblem | undefined {
  if (!isRecord(message)) return undefined;
  const { id, method, params } = message;
  if (isLongerThan(id, LONGEST_ID)) return tooLong("id", LONGEST_ID, -32600, null);
  const known = typeof id === "string" || typeof id === "number" ? id : null;
  if (isLongerThan(method, LONGEST_NAME)) return tooLong("method", LONGEST_NAME, -32600, known);
  if (!isRecord(params)) return undefined;
  for (const [name, limit] of Object.entries(LONGEST_PARAMETERS)) {
    if (isLongerThan(params[name], limit)) return tooLong(name, limit, -32602, known);
  }
  return subscriptionProblem(params.notifications, known);
}

/** The addresses that a client listens to are kept for as long as it does. */
function subscriptionProblem(
  notifications: unknown,
  id: MessageProblem["id"],
): MessageProblem | undefined {
  const addresses = isRecord(notifications) ? notifications.resourceSubscriptions : undefined;
  if (!Array.isArray(addresses)) return undefined;
  if (addresses.length > MOST_SUBSCRIPTIONS) {
    const message =
      `'resourceSubscriptions' must name no more than ${MOST_SUBSCRIPTIONS} resources`;
    return { code: -32602, message, id };
  }
  const isLong = addresses.some((each) => isLongerThan(each, LONGEST_PARAMETERS.uri!));
  return isLong ? tooLong("uri", LONGEST_PARAMETERS.uri!, -32602, id) : undefined;
}

/**
 * What is wrong with a message of `length` bytes that is longer than `usual`: only a call of a tool
 * that takes pictures may be, and only by them.
 */
export function lengthProblem(
  message: unknown,
  length: number,
  usual: number,
  pictures = PICTURE_ARGUMENTS,
): MessageProblem | undefined {
  if (length - pictureLength(message, pictures) <= usual) return undefined;
  const id = isRecord(message) && (typeof message.id === "string" || typeof message.id === "number")
    ? message.id
    : null;
  return { code: -32600, message: `The message is longer than ${usual} bytes`, id };
}

function pictureLength(message: unknown, pictures: PictureArguments): number {
  if (!isRecord(message) || message.method !== "tools/call" || !isRecord(message.params)) return 0;
  const { name, arguments: args } = message.params;
  if (typeof name !== "string" || !Object.hasOwn(pictures, name) || !isRecord(args)) return 0;
  return pictures[name]!.reduce((sum, argument) => sum + textLength(args[argument]), 0);
}

/** Of a text, of all in a list, and of the members of an object that are texts. */
function textLength(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  const isList = Array.isArray(value);
  return Object.values(value).reduce(
    (sum: number, each) => sum + (isList || typeof each === "string" ? textLength(each) : 0),
    0,
  );
}

function tooLong(
  member: string,
  limit: number,
  code: MessageProblem["code"],
  id: MessageProblem["id"],
): MessageProblem {
  return { code, message: `'${member}' must be no longer than ${limit} characters`, id };
}

/** The id whose name ends at an index, where it is a short one. */
function idAfter(text: string, end: number): MessageProblem["id"] {
  ID_VALUE.lastIndex = end + 1;
  const [, value] = ID_VALUE.exec(text) ?? [];
  if (value === undefined) return null;
  return (parsedJson(value) ?? null) as MessageProblem["id"];
}

function isLongerThan(value: unknown, limit: number): boolean {
  return typeof value === "string" && value.length > limit;
}

const ID_VALUE = /\s{0,20}:\s{0,20}("(?:[^"\\]|\\.){0,256}"|-?\d{1,16})/y;

/** Levels of objects and lists; what clients send stays below ten. */
const DEEPEST = 64;
/** Of all objects and lists of a message together; a full batch stays below two thousand. */
const MOST_MEMBERS = 5_000;
const TOO_DEEP = `The message nests deeper than ${DEEPEST} levels`;
const TOO_MANY_MEMBERS = `The message has more than ${MOST_MEMBERS} members`;
/** In characters. */
const LONGEST_ID = 256;
const LONGEST_NAME = 256;
const LONGEST_PARAMETERS: Readonly<Record<string, number>> = {
  name: 256,
  uri: 4_096,
  protocolVersion: 256,
  cursor: 4_096,
};

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
