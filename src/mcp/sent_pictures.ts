/** The pictures of one message, which take room from when it comes until none is needed any more. */

import type { PictureText } from "../service/uploads.ts";

export class SentPictures {
  readonly #pictures: PictureText[] = [];
  readonly #leave: () => void;
  /** The message itself while it is read, and each of its pictures. */
  #needed = 1;

  /** @param leave gives the room back. */
  constructor(leave: () => void) {
    this.#leave = leave;
  }

  /** Adds one that has come. */
  take(picture: PictureText): PictureText {
    this.#pictures.push(picture);
    this.#needed++;
    picture.onDrop = () => this.#done();
    return picture;
  }

  /** The message has been read. */
  close(): void {
    this.#done();
  }

  /** The message has been answered: nobody uses what is left of it. */
  drop(): void {
    for (const picture of this.#pictures) picture.drop();
  }

  #done(): void {
    if (--this.#needed === 0) this.#leave();
  }
}
