/** Calls whose answers carry whole pictures: few at once, in turns, and not for who does not read. */

import { isRecord } from "../../json.ts";

/** Whether the answer to a message may hold a whole picture. */
export function isHeavy(body: unknown): boolean {
  if (!isRecord(body)) return false;
  if (body.method === "resources/read") return true;
  return body.method === "tools/call" && isRecord(body.params) && HEAVY_TOOLS.has(body.params.name);
}

const HEAVY_TOOLS: ReadonlySet<unknown> = new Set(["get_image_data"]);

interface Waiter {
  readonly client: string;
  readonly until: number;
  readonly resolve: (isItsTurn: boolean) => void;
}

/**
 * Waits for the turn of a client: one such call at once for each, and so many in all. Gives the
 * turn, to be ended, or undefined where the client took too long to read what came before or,
 * as `gone` tells, waits no more.
 */
export type HeavyTurn = (client: string, gone: AbortSignal) => Promise<(() => void) | undefined>;

/** `mayGoOn` tells whether a client has read enough of its earlier answers. */
export function createHeavyTurns(mayGoOn: (client: string) => boolean): HeavyTurn {
  const running = new Set<string>();
  const waiting = new Set<Waiter>();
  let clock: ReturnType<typeof setInterval> | undefined;

  const isFree = (client: string) =>
    running.size < MOST_AT_ONCE && !running.has(client) && mayGoOn(client);

  function look() {
    for (const waiter of waiting) {
      const isItsTurn = isFree(waiter.client);
      if (!isItsTurn && performance.now() < waiter.until) continue;
      waiting.delete(waiter);
      if (isItsTurn) running.add(waiter.client);
      waiter.resolve(isItsTurn);
    }
    if (waiting.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  async function turn(client: string, gone: AbortSignal): Promise<boolean> {
    if (gone.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const waiter = { client, until: performance.now() + LONGEST_WAIT, resolve };
    const leave = () => void (waiting.delete(waiter) && resolve(false));
    waiting.add(waiter);
    gone.addEventListener("abort", leave);
    look();
    if (waiting.size > 0) clock ??= setInterval(look, LOOK_AGAIN);
    const isItsTurn = await promise;
    gone.removeEventListener("abort", leave);
    return isItsTurn;
  }

  return async (client, gone) => {
    if (!await turn(client, gone)) return undefined;
    return () => {
      running.delete(client);
      look();
    };
  };
}

const MOST_AT_ONCE = 4;
/** In milliseconds. */
const LONGEST_WAIT = 10_000;
const LOOK_AGAIN = 100;
