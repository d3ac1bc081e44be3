/** Pictures of calls that are in memory at once: few, however many calls there are. */

import { releaseBytes } from "../bytes.ts";
import { createRoom, type Room } from "../room.ts";
import type { HeldPicture, PictureReader, SourceDependencies } from "./picture_source.ts";
import { PictureText } from "./picture_text.ts";
import { readPicture } from "./read_picture.ts";

export interface HoldDependencies extends SourceDependencies {
  /** As `createPictureRoom` makes it, for all calls of this server. */
  readonly room: Room;
}

/** Room for pictures, each of which may have `MAX_INPUT_BYTES`. */
export function createPictureRoom(): Room {
  return createRoom({ mostOfOne: 4, mostOfAll: 8 });
}

/**
 * The picture of `readPicture`, read when there is room for it: a call that waits holds none. It
 * must be disposed of before the same call asks for another.
 * @throws {ImageError} as that does; the signal's reason.
 */
export async function holdPicture(
  text: string | PictureText,
  reader: PictureReader,
  dependencies: HoldDependencies,
): Promise<HeldPicture> {
  const drop = () => text instanceof PictureText ? text.drop() : undefined;
  const leave = await dependencies.room.take(reader.owner, 1, reader.signal);
  try {
    const found = await readPicture(text, reader, dependencies);
    return {
      ...found,
      [Symbol.dispose]() {
        // Those of a picture made here may be held by others, too.
        if (found.imageId === undefined) releaseBytes(found.bytes);
        drop();
        leave();
      },
    };
  } catch (error) {
    drop();
    leave();
    throw error;
  }
}
