/** Room for what is large, shared fairly: bounded for each owner, and in all. */

export interface Room {
  /**
   * Waits for so much room of an owner's, behind what the same one waits for already, and before
   * those who have more of it. Gives what gives it back. @throws the signal's reason.
   */
  take(owner: string, amount: number, signal: AbortSignal): Promise<() => void>;
  /** The same, but undefined where there is none within so many milliseconds. */
  takeWithin(
    owner: string,
    amount: number,
    milliseconds: number,
  ): Promise<(() => void) | undefined>;
}

export interface RoomBounds {
  /** One that has nothing may take any amount. */
  readonly mostOfOne: number;
  /** What is more may be taken where nobody has any. */
  readonly mostOfAll: number;
}

interface Waiter {
  readonly owner: string;
  readonly amount: number;
  readonly enter: () => void;
}

export function createRoom({ mostOfOne, mostOfAll }: RoomBounds): Room {
  const held = new Map<string, number>();
  const waiting = new Set<Waiter>();
  let inAll = 0;

  const heldBy = (owner: string) => held.get(owner) ?? 0;

  function count(owner: string, amount: number) {
    inAll += amount;
    const own = heldBy(owner) + amount;
    if (own > 0) held.set(owner, own);
    else held.delete(owner);
  }

  /** Of those who come first of their owner's and may have it, the one who has least. */
  function next(): Waiter | undefined {
    const first = new Map<string, Waiter>();
    for (const each of waiting) if (!first.has(each.owner)) first.set(each.owner, each);
    const [next] = [...first.values()]
      .filter(({ owner, amount }) => heldBy(owner) === 0 || heldBy(owner) + amount <= mostOfOne)
      .sort((one, other) => heldBy(one.owner) - heldBy(other.owner));
    return next && (inAll === 0 || inAll + next.amount <= mostOfAll) ? next : undefined;
  }

  function look() {
    for (let entering = next(); entering; entering = next()) {
      waiting.delete(entering);
      count(entering.owner, entering.amount);
      entering.enter();
    }
  }

  function give(owner: string, amount: number): () => void {
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      count(owner, -amount);
      look();
    };
  }

  async function take(owner: string, amount: number, signal: AbortSignal) {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { owner, amount, enter: resolve };
    const leave = () => {
      if (!waiting.delete(waiter)) return;
      reject(signal.reason);
      look();
    };
    waiting.add(waiter);
    signal.addEventListener("abort", leave);
    look();
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
    }
    return give(owner, amount);
  }

  return {
    take,
    async takeWithin(owner, amount, milliseconds) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), milliseconds);
      try {
        return await take(owner, amount, late.signal);
      } catch {
        return undefined;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
