/** A JSON document whose pictures are taken out of it while it comes, so that they are never one text. */

import { parsedJson } from "../../json.ts";
import { DataUriReader, isDataUri } from "../../service/uploads.ts";

/**
 * Takes a picture that has come and gives what is to stand for it; `read` gives its bytes, once.
 * `read` @throws {ImageError} where they cannot be read or are too many.
 */
export type TakePicture = (read: () => Uint8Array<ArrayBuffer>) => Promise<unknown>;

export interface JsonReading {
  /** Told of each piece of the document's text, without the pictures; may throw. */
  readonly onText: (text: string) => void;
  readonly take: TakePicture;
}

/**
 * The document that the chunks are, with what `take` gives in place of each long text that is a data
 * URI; undefined where it is no JSON. Nothing more is read until a picture is taken.
 * @throws what the chunks and `onText` do.
 */
export async function readJsonWithPictures(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { onText, take }: JsonReading,
): Promise<unknown> {
  const mark = `picture-${crypto.randomUUID()}-`;
  const taken: unknown[] = [];
  const texts: string[] = [];
  const write = (text: string) => {
    onText(text);
    texts.push(text);
  };
  let begun = "";
  let string: "begun" | "text" | PictureText = "begun";
  for await (const { text, isInString, isLast } of piecesOf(chunks)) {
    if (!isInString) {
      write(text);
      continue;
    }
    begun += text;
    if (string === "begun" && begun.length >= SHORTEST_PICTURE) {
      string = isDataUri(unescaped(begun)) ? new PictureText() : "text";
    }
    if (string instanceof PictureText) string.add(begun);
    else if (string === "text" || isLast) write(begun);
    else continue;
    begun = "";
    if (!isLast) continue;
    if (string instanceof PictureText) {
      const picture = string;
      write(`${mark}${taken.push(await take(() => picture.read())) - 1}`);
    }
    string = "begun";
  }
  return parsedJson(
    texts.join(""),
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

/** No escape is cut in two. */
async function* piecesOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Piece> {
  let isInString = false;
  let rest = "";
  for await (const chunk of textsOf(chunks)) {
    const known = rest + chunk;
    const whole = known.slice(0, endOfEscapes(known));
    rest = known.slice(whole.length);
    for (let at = 0; at < whole.length;) {
      const quote = isInString ? endOfString(whole, at) : whole.indexOf('"', at);
      const isLast = quote >= 0;
      const end = !isLast ? whole.length : isInString ? quote : quote + 1;
      yield { text: whole.slice(at, end), isInString, isLast };
      if (isLast && isInString) yield { text: '"', isInString: false, isLast: false };
      at = isLast ? quote + 1 : end;
      if (isLast) isInString = !isInString;
    }
  }
  if (rest !== "") yield { text: rest, isInString: false, isLast: false };
}

async function* textsOf(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
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

/** The letters of a data URI as JSON writes them. */
class PictureText {
  #reader: DataUriReader | undefined = new DataUriReader();
  #problem: unknown;

  add(text: string): void {
    try {
      this.#reader?.add(unescaped(text));
    } catch (error) {
      this.#problem = error;
      this.#reader = undefined;
    }
  }

  /** @throws {ImageError} */
  read(): Uint8Array<ArrayBuffer> {
    if (this.#reader) return this.#reader.end();
    throw this.#problem;
  }
}

/** What is no JSON stays as it is, since the document will be none either. */
function unescaped(text: string): string {
  return text.includes("\\") ? String(parsedJson(`"${text}"`) ?? text) : text;
}

/** In characters; more than a prompt may have. */
const SHORTEST_PICTURE = 65_536;
const LONGEST_ESCAPE = 6;
const BACKSLASH = 0x5c;
