/** A JSON document whose pictures are taken out of it while it comes, so that they are never one text. */

import { releaseBytes } from "../bytes.ts";
import { parsedJson } from "../json.ts";
import { isPictureText, PictureText } from "../service/uploads.ts";

/** Gives what is to stand for a picture that has come. */
export type TakePicture = (picture: PictureText) => unknown;

export interface JsonReading {
  /** Told of the document's text, chunk by chunk and without the pictures; may throw. */
  readonly onText: (text: string) => void;
  readonly take: TakePicture;
}

/**
 * The document that the chunks are, with what `take` gives in place of each long text that is a
 * picture in base64; undefined where it is no JSON. The chunks are empty afterwards, and nothing more
 * is read until a picture is taken.
 * @throws what the chunks, `onText` and `take` do.
 */
export async function readJsonWithPictures(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { onText, take }: JsonReading,
): Promise<unknown> {
  const mark = `picture-${crypto.randomUUID()}-`;
  const taken: unknown[] = [];
  const pieces = new Pieces();
  let whole = "";
  let begun = "";
  let string: "begun" | "text" | PictureText = "begun";
  try {
    for await (const chunk of textsOf(chunks)) {
      let text = "";
      for (const { text: piece, isInString, isLast } of pieces.of(chunk)) {
        if (!isInString) {
          text += piece;
          continue;
        }
        begun += piece;
        if (string === "begun" && begun.length >= SHORTEST_PICTURE) {
          string = isPictureText(unescaped(begun)) ? new PictureText() : "text";
        }
        if (string instanceof PictureText) string.add(unescaped(begun));
        else if (string === "text" || isLast) text += begun;
        else continue;
        begun = "";
        if (!isLast) continue;
        if (string instanceof PictureText) text += `${mark}${taken.push(await take(string)) - 1}`;
        string = "begun";
      }
      onText(text);
      whole += text;
    }
  } finally {
    if (string instanceof PictureText) string.drop(); // the document broke off within it
  }
  return parsedJson(
    whole + begun + pieces.rest,
    (_key, value) =>
      typeof value === "string" && value.startsWith(mark)
        ? taken[Number(value.slice(mark.length))]
        : value,
  );
}

/** A part of the document's text, in a string or between two; quotation marks stand between. */
interface Piece {
  readonly text: string;
  readonly isInString: boolean;
  /** Whether the string, or what stands between two, ends with it. */
  readonly isLast: boolean;
}

/** The pieces of a document that comes in parts; no escape is cut in two. */
class Pieces {
  /** An escape that is not whole yet. */
  rest = "";
  #isInString = false;

  *of(part: string): Generator<Piece> {
    const known = this.rest + part;
    const whole = known.slice(0, endOfEscapes(known));
    this.rest = known.slice(whole.length);
    for (let at = 0; at < whole.length;) {
      const isInString = this.#isInString;
      const quote = isInString ? endOfString(whole, at) : whole.indexOf('"', at);
      const isLast = quote >= 0;
      const end = !isLast ? whole.length : isInString ? quote : quote + 1;
      yield { text: whole.slice(at, end), isInString, isLast };
      if (isLast && isInString) yield { text: '"', isInString: false, isLast: false };
      at = isLast ? quote + 1 : end;
      if (isLast) this.#isInString = !isInString;
    }
  }
}

async function* textsOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    releaseBytes(chunk);
    yield text;
  }
  yield decoder.decode();
}

/** Where the text ends but for an escape that is not whole. */
function endOfEscapes(text: string): number {
  const tail = /\\u?[0-9a-f]{0,3}$/i.exec(text.slice(-LONGEST_ESCAPE));
  if (!tail) return text.length;
  const at = text.length - tail[0].length;
  const isWhole = slashesBefore(text, at) % 2 === 1 || /^\\[^u]/.test(tail[0]);
  return isWhole ? text.length : at;
}

/** The index of the quotation mark that ends the string of which `from` is a letter; -1 where none does. */
function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end >= 0 && slashesBefore(text, end, from) % 2 === 1) end = text.indexOf('"', end + 1);
  return end;
}

function slashesBefore(text: string, at: number, from = 0): number {
  let count = 0;
  while (at - count > from && text.charCodeAt(at - 1 - count) === BACKSLASH) count++;
  return count;
}

/** What is no JSON stays as it is, since the document will be none either. */
function unescaped(text: string): string {
  return text.includes("\\") ? String(parsedJson(`"${text}"`) ?? text) : text;
}

/** In characters; more than a prompt or the options of a model may have. */
const SHORTEST_PICTURE = 32_768;
const LONGEST_ESCAPE = 6;
const BACKSLASH = 0x5c;
