/** Places that several owners share: half of them are kept for each alike, the others go to who comes. */

import { type DoorSettings, hasSignIn, parseTokens } from "../config/tokens.ts";

export interface Shares {
  /** Whether one more of an owner leaves the others what is theirs. */
  hasRoom(owner: string): boolean;
  /** Whether an owner holds more than what is kept for them. */
  isAbove(owner: string): boolean;
  /** Takes a place; gives it back, once. */
  take(owner: string): () => void;
}

/** Who may come for places. */
export interface Owners {
  readonly names: readonly string[];
  /** Whether there are others, whom nobody can list. */
  readonly hasOthers: boolean;
}

/**
 * `most` places. One owner, or none that is known, may have them all; where others may come of whom
 * nobody knows, nobody may have more than half.
 */
export function createShares(most: number, { names: owners, hasOthers }: Owners): Shares {
  const mostOfOne = hasOthers ? Math.max(1, Math.floor(most / 2)) : most;
  const kept = owners.length > 1 ? Math.max(1, Math.floor(most / (2 * owners.length))) : 0;
  const held = new Map<string, number>();
  let taken = 0;

  const heldBy = (owner: string) => held.get(owner) ?? 0;
  const keptFor = (owner: string) => Math.max(0, kept - heldBy(owner));

  return {
    hasRoom(owner) {
      if (heldBy(owner) >= mostOfOne) return false;
      const others = owners.reduce((sum, each) => sum + (each === owner ? 0 : keptFor(each)), 0);
      return taken + others < most;
    },
    isAbove: (owner) => heldBy(owner) > kept,
    take(owner) {
      taken++;
      held.set(owner, heldBy(owner) + 1);
      let isGiven = false;
      return () => {
        if (isGiven) return;
        isGiven = true;
        taken--;
        if (heldBy(owner) > 1) held.set(owner, heldBy(owner) - 1);
        else held.delete(owner);
      };
    },
  };
}

/** The names of the tokens there are, and whether people sign in beside them. */
export function ownersOf(settings: DoorSettings): Owners {
  const tokens = parseTokens(settings.MCP_AUTH_TOKEN) ?? [];
  return { names: tokens.map(({ name }) => name), hasOthers: hasSignIn(settings) };
}
