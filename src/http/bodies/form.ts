/**
 * A form of `multipart/form-data` (RFC 7578), taken apart while it comes: what `formData` does with
 * pictures of eighty megabytes, all at once, holds up everybody else for half a second and takes their
 * memory twice.
 */

import { joinBytes, releaseBytes } from "../../bytes.ts";

export interface FormPart {
  readonly name: string;
  readonly isFile: boolean;
  /** In bytes. */
  readonly size: number;
  /** What was sent, given away: it can be taken once. */
  take(): Uint8Array<ArrayBuffer>;
}

/** Why a form was not read: what is wrong with it as a sentence, or that it is too much or too slow. */
export class UnreadableForm extends Error {
  override readonly name = "UnreadableForm";

  constructor(readonly reason: "malformed" | "large" | "slow", message: string = reason) {
    super(message);
  }
}

export interface FormBounds {
  /** In bytes, with what is around the parts. */
  readonly limit: number;
  /** Milliseconds that all of it may take. */
  readonly timeout: number;
  /** Bytes of one part; of a larger one nothing is held but its size. */
  readonly partLimit?: number;
}

/**
 * All parts, in their order, held once. The header Content-Type names what stands between them.
 * `onPart` gets each as soon as it is whole, and nothing more is read until it is done with it.
 * @throws {UnreadableForm} @throws what a body that breaks off does.
 */
export async function readForm(
  { headers, body }: Pick<Request, "headers" | "body">,
  bounds: FormBounds,
  onPart: (part: FormPart) => Promise<void> = async () => {},
): Promise<readonly FormPart[]> {
  const type = headers.get("content-type") ?? "";
  const [, quoted, plain] = BOUNDARY.exec(type) ?? [];
  const boundary = quoted ?? plain;
  if (!boundary || boundary.length > LONGEST_BOUNDARY) throw malformed("No boundary is named");
  const delimiter = encoder.encode(`\r\n--${boundary}`);
  const parts: Part[] = [];
  let state: State = "before";
  // The first delimiter may stand at the very beginning, as if a line had ended there.
  let rest: Uint8Array<ArrayBuffer> = encoder.encode("\r\n");
  for await (const chunk of boundedChunks(body ?? ReadableStream.from([]), bounds)) {
    if (state === "after") continue; // what follows the end means nothing
    rest = joinBytes([rest, chunk]);
    for (let more = true; more;) {
      const step: Step = STEPS[state](rest, delimiter, parts, bounds);
      if (state === "body" && step.next !== "body") await onPart(parts.at(-1)!);
      rest = rest.subarray(step.used);
      more = step.next !== state;
      state = step.next;
      if (state === "after") break;
    }
    rest = rest.slice();
  }
  if (state !== "after") throw malformed("The form is cut short");
  return parts;
}

/** What comes, until that is too much or too slow. @throws {UnreadableForm} */
export async function* boundedChunks(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { limit, timeout }: Pick<FormBounds, "limit" | "timeout">,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const until = performance.now() + timeout;
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw new UnreadableForm("large");
    if (performance.now() > until) throw new UnreadableForm("slow");
    yield chunk;
  }
}

/** Before a delimiter that nothing belongs to; right behind one; in the head of a part; in its body. */
type State = "before" | "delimiter" | "head" | "body" | "after";

interface Step {
  /** How much of the bytes is done with. */
  readonly used: number;
  /** The same state where more must come first. */
  readonly next: State;
}

type Reader = (
  bytes: Uint8Array<ArrayBuffer>,
  delimiter: Uint8Array,
  parts: Part[],
  bounds: FormBounds,
) => Step;

const STEPS: Readonly<Record<Exclude<State, "after">, Reader>> = {
  before: (bytes, delimiter) => untilDelimiter(bytes, delimiter, "before"),
  delimiter(bytes) {
    if (bytes.length < 2) return { used: 0, next: "delimiter" };
    if (bytes[0] === DASH && bytes[1] === DASH) return { used: 2, next: "after" };
    const end = find(bytes, LINE_END);
    if (end < 0 && bytes.length > LONGEST_BOUNDARY) throw malformed("A boundary has no end");
    // The line's end stays, so that a part without a head has an empty line, too.
    return end < 0 ? { used: 0, next: "delimiter" } : { used: end, next: "head" };
  },
  head(bytes, _delimiter, parts, { partLimit }) {
    const end = find(bytes, HEAD_END);
    if (end < 0) {
      if (bytes.length > LONGEST_HEAD) throw malformed("A part's headers are too long");
      return { used: 0, next: "head" };
    }
    if (parts.length >= MOST_PARTS) throw malformed(`There are over ${MOST_PARTS} parts`);
    parts.push(new Part(decoder.decode(bytes.subarray(0, end)), partLimit));
    // A body may be empty: its delimiter then begins with what ends the head.
    return { used: end + HEAD_END.length - LINE_END.length, next: "body" };
  },
  body(bytes, delimiter, parts) {
    const step = untilDelimiter(bytes, delimiter, "body");
    const part = parts.at(-1)!;
    part.add(bytes.subarray(0, step.next === "body" ? step.used : step.used - delimiter.length));
    return step;
  },
};

/** What cannot be the beginning of a delimiter is done with. */
function untilDelimiter(bytes: Uint8Array, delimiter: Uint8Array, state: State): Step {
  const at = find(bytes, delimiter);
  if (at >= 0) return { used: at + delimiter.length, next: "delimiter" };
  return { used: Math.max(0, bytes.length - delimiter.length + 1), next: state };
}

class Part implements FormPart {
  readonly name: string;
  readonly isFile: boolean;
  size = 0;
  #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** Bytes of the head's end, which come first. */
  #before = LINE_END.length;

  constructor(head: string, readonly limit = Infinity) {
    const disposition = DISPOSITION.exec(head)?.[1] ?? "";
    const [, quoted, plain] = NAME.exec(disposition) ?? [];
    const name = quoted ?? plain;
    if (name === undefined) throw malformed("A part has no name");
    this.name = name.replaceAll(/%(0A|0D|22)/gi, (escaped) => decodeURIComponent(escaped))
      .replaceAll(/\\(["\\])/g, "$1");
    this.isFile = FILE_NAME.test(disposition);
  }

  add(bytes: Uint8Array): void {
    const own = bytes.slice(this.#before);
    this.#before = Math.max(0, this.#before - bytes.length);
    this.size += own.length;
    this.#pieces.push(own);
    if (this.size > this.limit) this.#release();
  }

  take(): Uint8Array<ArrayBuffer> {
    const whole = joinBytes(this.#pieces);
    this.#release();
    return whole;
  }

  #release(): void {
    this.#pieces.forEach(releaseBytes);
    this.#pieces = [];
  }
}

function malformed(message: string): UnreadableForm {
  return new UnreadableForm("malformed", message);
}

/** The index of `wanted`; -1 where it is not all there. */
function find(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = bytes.indexOf(wanted[0]!); at >= 0; at = bytes.indexOf(wanted[0]!, at + 1)) {
    if (at + wanted.length > bytes.length) return -1;
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const LINE_END = encoder.encode("\r\n");
const HEAD_END = encoder.encode("\r\n\r\n");
const DASH = 0x2d;
const BOUNDARY = /;\s*boundary=(?:"([^"]+)"|([^;,\s]+))/i;
const DISPOSITION = /^content-disposition:\s*form-data([^\r\n]*)/im;
const NAME = /;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i;
const FILE_NAME = /;\s*filename\*?=/i;
/** In characters (RFC 2046, 5.1.1), and of the white space that may follow. */
const LONGEST_BOUNDARY = 70;
/** In bytes. */
const LONGEST_HEAD = 8_192;
/** Sixteen pictures, a mask and every field there is are fewer. */
const MOST_PARTS = 64;
