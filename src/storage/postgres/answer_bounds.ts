/**
 * What is read of a PostgreSQL server. The driver waits for any message to come whole, however long it
 * says it is, keeps every row, and throws where nobody can catch it, or never ends, at one that is
 * broken. Messages: PostgreSQL 18, "Message Formats".
 */

import type { Client } from "../../dependencies/pg.ts";

/** Ends a client's connection, as one that is lost, at an answer that no sound server gives. */
export function boundAnswers({ connection }: Client): void {
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    const bounds = new AnswerBounds();
    attach({
      destroy: (error) => stream.destroy(error),
      on(event, listener) {
        if (event !== "data") return stream.on(event, listener);
        stream.on(event, (bytes: Uint8Array) => {
          try {
            bounds.pass(bytes);
            listener(bytes);
          } catch (cause) {
            const message = "The database sends what is no answer of PostgreSQL's";
            stream.destroy(
              Object.assign(new Error(message, { cause }), { code: "CONNECTION_BAD" }),
            );
          }
        });
      },
    });
  };
}

/** Follows messages as they come: a byte for the kind, four for the length of all after it, and that. */
class AnswerBounds {
  readonly #header = new Uint8Array(5);
  #headerLength = 0;
  #kind = "";
  /** Bytes of the message that are still to come. */
  #rest = 0;
  /** The last two bytes that came. */
  #end: readonly [number, number] = [1, 1];
  /** What the rows of an answer take, in bytes. */
  #rows = 0;

  /** @throws where what came is broken or too much. */
  pass(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length;) {
      if (this.#headerLength < this.#header.length) {
        this.#header[this.#headerLength++] = bytes[offset++]!;
        if (this.#headerLength === this.#header.length) this.#begin();
      } else {
        const next = Math.min(offset + this.#rest, bytes.length);
        this.#rest -= next - offset;
        this.#end = [next - offset > 1 ? bytes[next - 2]! : this.#end[1], bytes[next - 1]!];
        offset = next;
        if (this.#rest === 0) this.#finish();
      }
    }
  }

  #begin(): void {
    const [kind] = this.#header;
    this.#kind = String.fromCharCode(kind!);
    const length = new DataView(this.#header.buffer).getUint32(1);
    const { [this.#kind]: most = MOST_OF_OTHERS } = MOST_BYTES;
    if (length < 4 || length > most) {
      throw new Error(`A message of kind ${kind} says that it has ${length} bytes`);
    }
    if (this.#kind === READY) this.#rows = 0;
    if (this.#kind === ROW) this.#rows += length + ROW_OVERHEAD;
    if (this.#rows > MOST_OF_ROWS) throw new Error("An answer has too many rows");
    this.#rest = length - 4;
    if (this.#rest === 0) this.#finish();
  }

  #finish(): void {
    // The driver looks for their end, which is an empty member after the end of the one before, for ever.
    const isEndless = ENDED_TWICE.has(this.#kind) && this.#end.some((byte) => byte !== 0);
    if (isEndless) throw new Error("A message has no end");
    this.#headerLength = 0;
    this.#end = [1, 1];
  }
}

const ROW = "D";
const READY = "Z";
const ERROR = "E";
const NOTICE = "N";
const ENDED_TWICE: ReadonlySet<string> = new Set([ERROR, NOTICE]);
/** Bytes of one message; a record has some thousand, those of the longest prompts some million. */
const MOST_BYTES: Readonly<Record<string, number>> = { [ROW]: 32 * 1024 ** 2 };
const MOST_OF_OTHERS = 65_536;
/** Bytes of all rows of an answer, each with what an object takes. */
const MOST_OF_ROWS = 256 * 1024 ** 2;
const ROW_OVERHEAD = 200;
