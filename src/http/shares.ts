/** Places that several owners share: half of them are kept for each alike, the others go to who comes. */

import type { Settings } from "../config/settings.ts";
import { parseTokens } from "../config/tokens.ts";

export interface Shares {
  /** Whether one more of an owner leaves the others what is theirs. */
  hasRoom(owner: string): boolean;
  /** Whether an owner holds more than what is kept for them. */
  isAbove(owner: string): boolean;
  /** Takes a place; gives it back, once. */
  take(owner: string): () => void;
}

/** `most` places for `owners`; one owner, or none that is known, may have them all. */
export function createShares(most: number, owners: readonly string[]): Shares {
  const kept = owners.length > 1 ? Math.max(1, Math.floor(most / (2 * owners.length))) : 0;
  const held = new Map<string, number>();
  let taken = 0;

  const heldBy = (owner: string) => held.get(owner) ?? 0;
  const keptFor = (owner: string) => Math.max(0, kept - heldBy(owner));

  return {
    hasRoom(owner) {
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

/** The names of the tokens there are. */
export function ownersOf({ MCP_AUTH_TOKEN }: Pick<Settings, "MCP_AUTH_TOKEN">): readonly string[] {
  return (parseTokens(MCP_AUTH_TOKEN) ?? []).map(({ name }) => name);
}
