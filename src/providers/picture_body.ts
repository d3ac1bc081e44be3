/** JSON that takes pictures along: their bytes become base64 only while they are sent. */

import type { InputImage } from "./provider.ts";

/**
 * What `JSON.stringify` would write of `document`, where a `Uint8Array` in it stands for its base64
 * and a `DataAddress` for its text. With pictures it is a body of known length, which is encoded
 * while it is sent, as often as it is: as a text it would take seven times the size of its pictures,
 * and hold up everything else while it is made.
 */
export function pictureBody(document: unknown): string | Blob {
  const mark = `picture-${crypto.randomUUID()}-`;
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const marked = (bytes: Uint8Array<ArrayBuffer>) => mark + (pictures.push(bytes) - 1);
  const text = JSON.stringify(document, (_key, value) => {
    if (value instanceof Uint8Array) return marked(value as Uint8Array<ArrayBuffer>);
    if (!(value instanceof DataAddress)) return value;
    return value.head + marked(value.bytes);
  });
  if (pictures.length === 0) return text;
  const [start = "", ...rest] = text.split(mark);
  return new Encoded([
    asText(start),
    ...rest.flatMap((part) => {
      const number = parseInt(part); // up to the quotation mark that ends each picture
      return [
        { isPicture: true, bytes: pictures[number]! },
        asText(part.slice(`${number}`.length)),
      ];
    }),
  ]);
}

/** A picture that stands in a document for the text "data:image/png;base64,…". */
export function asDataAddress({ mediaType, bytes }: InputImage): DataAddress {
  return new DataAddress(`data:${mediaType};base64,`, bytes);
}

class DataAddress {
  constructor(readonly head: string, readonly bytes: Uint8Array<ArrayBuffer>) {}
}

interface Part {
  readonly isPicture: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function asText(text: string): Part {
  return { isPicture: false, bytes: new TextEncoder().encode(text) };
}

/**
 * Texts, and pictures in base64. A `Blob`, since that is the only body that `fetch` both streams and
 * sends with its length: a stream goes in chunks of no known length, which vendors refuse.
 */
class Encoded extends Blob {
  readonly #parts: readonly Part[];
  readonly #size: number;

  constructor(parts: readonly Part[]) {
    super();
    this.#parts = parts;
    this.#size = parts.reduce((sum, part) => sum + sizeOf(part), 0);
  }

  override get size(): number {
    return this.#size;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return ReadableStream.from(this.#pieces());
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(this.#size);
    let offset = 0;
    for (const piece of this.#pieces()) {
      bytes.set(piece, offset);
      offset += piece.length;
      // No stream waits here for a network, so that others are let in on purpose.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return bytes;
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  override slice(): Blob {
    throw new TypeError("A body is sent as a whole");
  }

  *#pieces(): Generator<Uint8Array<ArrayBuffer>> {
    for (const part of this.#parts) {
      if (part.isPicture) yield* piecesOf(part.bytes);
      else yield part.bytes;
    }
  }
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for (let start = 0; start < bytes.length; start += PIECE) {
    yield encoder.encode(bytes.subarray(start, start + PIECE).toBase64());
  }
}

function sizeOf({ isPicture, bytes }: Part): number {
  return isPicture ? Math.ceil(bytes.length / 3) * 4 : bytes.length;
}

/** In bytes before they are encoded; a multiple of three. */
const PIECE = 49_152;
