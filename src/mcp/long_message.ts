/** Calls with large pictures over stdio: those are taken out of the line while it comes. */

import { createRoom } from "../room.ts";
import { readJsonWithPictures } from "./json_with_pictures.ts";
import {
  type MessageProblem,
  MOST_MORE_TEXT,
  PICTURE_BYTES,
  StructureCheck,
} from "./message_bounds.ts";
import { SentPictures } from "./sent_pictures.ts";

export type LongMessage =
  | {
    /** With a `PictureText` in place of each picture. */
    readonly value: unknown;
    /** In characters, without the pictures. */
    readonly length: number;
    /** To be dropped when the message has been answered. */
    readonly pictures: SentPictures;
  }
  | { readonly problem: Omit<MessageProblem, "code"> & { readonly code: number } };

/** The long messages of one line. */
export class LongMessages {
  readonly #room = createRoom({ mostOfOne: MOST_HELD, mostOfAll: MOST_HELD });

  /**
   * Reads one when there is room for its pictures. After `LONGEST_WAIT` it is read all the same: what
   * holds the others may wait for a word of the client's that comes behind it.
   * @param parts which are empty afterwards; not all are read where there is a problem.
   * @param usual the bytes that a message without pictures may have.
   */
  async read(
    parts: AsyncIterable<Uint8Array<ArrayBuffer>>,
    usual: number,
  ): Promise<LongMessage> {
    const leave = await this.#room.takeWithin("", 1, LONGEST_WAIT);
    const pictures = new SentPictures(() => leave?.());
    const structure = new StructureCheck();
    let [bytes, length] = [0, 0];

    async function* bounded() {
      for await (const part of parts) {
        bytes += part.length;
        yield part;
        if (bytes > PICTURE_BYTES) throw new Refused(tooLong(PICTURE_BYTES));
      }
    }

    function onText(text: string) {
      const problem = structure.read(text);
      if (problem) throw new Refused(problem);
      length += text.length;
      if (length > usual + MOST_MORE_TEXT) throw new Refused(tooLong(usual));
    }

    try {
      const take = pictures.take.bind(pictures);
      const value = await readJsonWithPictures(bounded(), { onText, take });
      return value === undefined ? { problem: NO_JSON } : { value, length, pictures };
    } catch (error) {
      pictures.drop();
      if (error instanceof Refused) return { problem: error.problem };
      throw error;
    } finally {
      pictures.close();
    }
  }
}

/** Ends the reading of a line that will not be used. */
class Refused extends Error {
  constructor(readonly problem: MessageProblem) {
    super();
  }
}

function tooLong(bytes: number): MessageProblem {
  return { code: -32600, message: `The message is longer than ${bytes} bytes`, id: null };
}

const NO_JSON = { code: -32700, message: "Parse error: the line is not JSON", id: null };
/** Messages whose pictures are held at once. */
const MOST_HELD = 3;
/** In milliseconds. */
const LONGEST_WAIT = 60_000;
