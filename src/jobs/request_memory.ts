/** Which job or batch a request started, for a client that sends it again after its stream broke. */

import { createHash } from "node:crypto";
import type { Caller } from "./caller.ts";

export class RequestMemory {
  /** The oldest come first. */
  readonly #started = new Map<string, { readonly id: string; readonly at: number }>();

  /** The id of what this very request started; remembered for ten minutes at least. */
  idOf({ requestKey }: Requester, fingerprint: string): string | undefined {
    return requestKey === undefined
      ? undefined
      : this.#started.get(keyOf(requestKey, fingerprint))?.id;
  }

  remember({ requestKey }: Requester, id: string, fingerprint: string): void {
    if (requestKey === undefined) return;
    const at = performance.now();
    for (const [key, started] of this.#started) {
      if (at - started.at <= KEEP_REQUESTS) break;
      this.#started.delete(key);
    }
    const key = keyOf(requestKey, fingerprint);
    this.#started.delete(key);
    this.#started.set(key, { id, at });
  }
}

type Requester = Pick<Caller, "requestKey">;

function keyOf(requestKey: string, fingerprint: string): string {
  // Of one length, however much was asked for.
  return createHash("sha256").update(`${requestKey} ${fingerprint}`).digest("base64url");
}

/** In milliseconds. */
const KEEP_REQUESTS = 600_000;
