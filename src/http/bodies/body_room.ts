/** Room for bodies that are on their way and may hold pictures: bounded for each client, and in all. */

import { withTimeout } from "../limits/time_limit.ts";

export interface BodyRoom {
  /**
   * Waits for room for so many bytes of a client's, behind what it sends already. Gives what gives
   * the room back, or undefined where there is none within `milliseconds`.
   */
  take(client: string, bytes: number, milliseconds: number): Promise<(() => void) | undefined>;
}

interface Waiter {
  readonly client: string;
  readonly bytes: number;
  readonly enter: () => void;
}

/** The bounds are in bytes; a client of whom nothing comes may send one body of any length. */
export function createBodyRoom(
  { mostOfOne = MOST_OF_ONE, mostOfAll = MOST_OF_ALL } = {},
): BodyRoom {
  const held = new Map<string, number>();
  const waiting = new Set<Waiter>();
  let inAll = 0;

  function hasRoom({ client, bytes }: Waiter): boolean {
    const own = held.get(client) ?? 0;
    const isRoomInAll = inAll === 0 || inAll + bytes <= mostOfAll;
    return isRoomInAll && (own === 0 || own + bytes <= mostOfOne);
  }

  function count(client: string, bytes: number) {
    inAll += bytes;
    const own = (held.get(client) ?? 0) + bytes;
    if (own > 0) held.set(client, own);
    else held.delete(client);
  }

  /** Those of one client in the order in which they came. */
  function look() {
    const behind = new Set<string>();
    for (const waiter of waiting) {
      if (behind.has(waiter.client) || !hasRoom(waiter)) {
        behind.add(waiter.client);
        continue;
      }
      waiting.delete(waiter);
      count(waiter.client, waiter.bytes);
      waiter.enter();
    }
  }

  return {
    async take(client, bytes, milliseconds) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiter = { client, bytes, enter: () => resolve(true) };
      waiting.add(waiter);
      look();
      await withTimeout(milliseconds, promise, false);
      if (waiting.delete(waiter)) return undefined;
      let isGiven = false;
      return () => {
        if (isGiven) return;
        isGiven = true;
        count(client, -bytes);
        look();
      };
    },
  };
}

/** One body of the longest, or several with pictures as they usually are. */
const MOST_OF_ONE = 32 * 1024 * 1024;
const MOST_OF_ALL = 4 * MOST_OF_ONE;
