/** What comes from a vendor, within the bounds of what can have been asked for. */

import { ImageError } from "../errors.ts";
import { cut, printable, printableLine } from "../printable.ts";
import { hideSecrets } from "../secrets.ts";
import type { ImageResult } from "./provider.ts";

/** In bytes: no picture of any vendor comes near it. */
export const MAX_PICTURE_BYTES = 50 * 1024 * 1024;

/** In bytes: an answer that holds no picture, but words and addresses. */
const MAX_WORDS_BYTES = 4 * 1024 * 1024;
/** In bytes, whatever was asked for. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The most bytes of an answer that can hold so many pictures in base64; of words alone for 0. */
export function answerLimit(pictures: number): number {
  const each = Math.ceil(MAX_PICTURE_BYTES / 3) * 4;
  return Math.min(MAX_WORDS_BYTES + pictures * each, MAX_ANSWER_BYTES);
}

/** A vendor's short word (a code, the name of a parameter, the id of a request), fit to be shown. */
export function vendorWord(word: string): string;
export function vendorWord(word: string | undefined): string | undefined;
export function vendorWord(word: string | undefined): string | undefined {
  return word && cut(printableLine(word.slice(0, 2 * LONGEST_WORD)), LONGEST_WORD);
}

/** A vendor's own words as a short quotation on one line; no base64, no more than 200 characters. */
export function quote(words: string): string {
  const line = words.slice(0, QUOTED_FROM).replace(/\s+/g, " ").trim();
  const shown = line.replaceAll(BASE64, (run) => isBase64(run) ? "[hidden]" : run);
  return `"${cut(printableLine(shown), LONGEST_QUOTATION - 2)}"`;
}

/** The pictures that were asked for, and a sentence about the others where there are more. */
export function firstOf<Item>(
  count: number,
  items: readonly Item[],
): { readonly items: readonly Item[]; readonly warnings: readonly string[] } {
  if (items.length <= count) return { items, warnings: [] };
  return { items: items.slice(0, count), warnings: [surplus(items.length, count)] };
}

/**
 * A provider's result with no more pictures than `count`, and with texts of bounded length that
 * steer no terminal: whatever a vendor sends, what is stored and shown stays small.
 */
export function atMost(count: number, result: ImageResult): ImageResult {
  const { items, warnings } = firstOf(count, result.images);
  return {
    ...result,
    images: items.map(({ revisedPrompt, ...image }) =>
      revisedPrompt === undefined
        ? image
        : { ...image, revisedPrompt: short(revisedPrompt, LONGEST_PROMPT) }
    ),
    warnings: [...result.warnings, ...warnings].slice(0, MOST_WARNINGS)
      .map((warning) => short(warning, LONGEST_MESSAGE)),
    model: vendorWord(result.model),
    usage: boundedDetails(result.usage),
  };
}

/** The same error, without secrets and with every text cut to what a person may want to read. */
export function boundedError(error: ImageError, secrets: readonly string[]): ImageError {
  const hide = (text: string) => hideBegun(hideSecrets(text, secrets), secrets);
  const message = hide(short(error.message, LONGEST_MESSAGE));
  const details = bounded(error.details, hide, 0) as typeof error.details;
  const isSame = message === error.message &&
    JSON.stringify(details) === JSON.stringify(error.details);
  return isSame ? error : new ImageError(error.code, message, details, {});
}

/** Looks at no more than it needs of a text that may be endless. */
function short(text: string, length: number): string {
  return cut(printable(text.slice(0, 2 * length)), length);
}

/** The same text without the beginning of a secret where a quotation was cut within it. */
function hideBegun(text: string, secrets: readonly string[]): string {
  if (!text.includes("…")) return text;
  return secrets.reduce((hidden, secret) => {
    for (let length = secret.length - 1; length >= SHORTEST_BEGINNING; length--) {
      hidden = hidden.replaceAll(`${secret.slice(0, length)}…`, "[hidden]…");
    }
    return hidden;
  }, text);
}

function boundedDetails(details: ImageResult["usage"]): ImageResult["usage"] {
  return details && bounded(details, (text) => text, 0) as ImageResult["usage"];
}

/** Data of a vendor as JSON would keep it: few members, short texts, not deep. */
function bounded(value: unknown, change: (text: string) => string, depth: number): unknown {
  if (typeof value === "string") {
    return cut(printableLine(change(value.slice(0, 10 * LONGEST_DETAIL))), LONGEST_DETAIL);
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST_DETAIL) return "…";
  if (Array.isArray(value)) {
    return value.slice(0, MOST_DETAILS).map((each) => bounded(each, change, depth + 1));
  }
  const entries: (readonly [string, unknown])[] = [];
  for (const name in value) {
    if (entries.length >= MOST_DETAILS) break;
    const member = (value as Record<string, unknown>)[name];
    entries.push([vendorWord(name), bounded(member, change, depth + 1)]);
  }
  return Object.fromEntries(entries);
}

function surplus(came: number, count: number): string {
  return `${came} pictures came where ${count} ${
    count === 1 ? "was" : "were"
  } asked for; the others were left out`;
}

/** A run that long, of all three kinds of letters, is no word of any language. */
function isBase64(run: string): boolean {
  return /\d/.test(run) && /[a-z]/.test(run) && /[A-Z]/.test(run);
}

const BASE64 = /[\w+/-]{64,}={0,2}/g;

/** In characters. */
const SHORTEST_BEGINNING = 6;
const QUOTED_FROM = 4_000;
const LONGEST_QUOTATION = 200;
const LONGEST_WORD = 100;
const LONGEST_DETAIL = 300;
const LONGEST_MESSAGE = 2_000;
const LONGEST_PROMPT = 10_000;
const MOST_WARNINGS = 20;
const MOST_DETAILS = 50;
const DEEPEST_DETAIL = 4;
