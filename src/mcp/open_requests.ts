/** The requests of one client that have no answer yet. */

import type { RequestId } from "../dependencies/mcp_server.ts";
import type { SentPictures } from "./sent_pictures.ts";

/** No client has so many at once; the ids and the work of more would fill the memory. */
export const MOST_OPEN = 1_000;
/** Milliseconds without an end after which no more is taken. */
const LONGEST_PAUSE = 1_000;

interface OpenRequest {
  /** A client may use an id twice. */
  count: number;
  readonly pictures: SentPictures[];
}

export class OpenRequests {
  readonly #requests = new Map<RequestId, OpenRequest>();
  #count = 0;
  #onEnd = () => {};

  get count(): number {
    return this.#count;
  }

  has(id: RequestId): boolean {
    return this.#requests.has(id);
  }

  /** Takes note of a request; false where there are as many as may be. */
  begin(id: RequestId): boolean {
    if (this.#count >= MOST_OPEN) return false;
    this.#count++;
    const known = this.#requests.get(id);
    if (known) known.count++;
    else this.#requests.set(id, { count: 1, pictures: [] });
    return true;
  }

  /** The same, once others have ended: quick ones that come by the thousand are answered meanwhile. */
  async beginLater(id: RequestId): Promise<boolean> {
    const { resultWithin } = await import("../result_within.ts");
    const ended = () => new Promise<boolean>((resolve) => this.#onEnd = () => resolve(true));
    while (await resultWithin(LONGEST_PAUSE, ended(), false)) {
      if (this.begin(id)) return true;
    }
    return false;
  }

  /** Keeps what a message brought until its request has ended; lets go of it where that is so already. */
  keep(id: RequestId | null, pictures: SentPictures): void {
    const request = id === null ? undefined : this.#requests.get(id);
    if (request) request.pictures.push(pictures);
    else pictures.drop();
  }

  end(id: RequestId): void {
    const request = this.#requests.get(id);
    if (!request) return;
    for (const each of request.pictures.splice(0)) each.drop();
    this.#count--;
    if (--request.count === 0) this.#requests.delete(id);
    this.#onEnd();
  }
}
