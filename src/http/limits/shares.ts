/** Places that several owners share: half of them are kept for each alike, the others go to who comes. */

import { type AccessSettings, hasSignIn, parseTokens } from "../../config/tokens.ts";
import type { PlaceRule } from "../../storage/records/common_records.ts";

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
 * The rule for `most` places. One owner, or none that is known, may have them all; where others may
 * come of whom nobody knows, nobody may have more than half.
 */
export function placeRule(most: number, { names: owners, hasOthers }: Owners): PlaceRule {
  const mostOfOne = hasOthers ? Math.max(1, Math.floor(most / 2)) : most;
  const kept = owners.length > 1 ? Math.max(1, Math.floor(most / (2 * owners.length))) : 0;
  return {
    hasRoom(owner, { taken, heldBy }) {
      if (heldBy(owner) >= mostOfOne) return false;
      const keptFor = (other: string) => other === owner ? 0 : Math.max(0, kept - heldBy(other));
      return taken + owners.reduce((sum, each) => sum + keptFor(each), 0) < most;
    },
    isAbove: (owner, { heldBy }) => heldBy(owner) > kept,
  };
}

/** Places of one server, by the rule of `placeRule`. */
export function createShares(most: number, owners: Owners): Shares {
  const rule = placeRule(most, owners);
  const counts = new Map<string, number>();
  const held = { taken: 0, heldBy: (owner: string) => counts.get(owner) ?? 0 };

  return {
    hasRoom: (owner) => rule.hasRoom(owner, held),
    isAbove: (owner) => rule.isAbove(owner, held),
    take(owner) {
      held.taken++;
      counts.set(owner, held.heldBy(owner) + 1);
      let isGiven = false;
      return () => {
        if (isGiven) return;
        isGiven = true;
        held.taken--;
        if (held.heldBy(owner) > 1) counts.set(owner, held.heldBy(owner) - 1);
        else counts.delete(owner);
      };
    },
  };
}

/** The names of the tokens there are, and whether people sign in beside them. */
export function ownersOf(settings: AccessSettings): Owners {
  const tokens = parseTokens(settings.MCP_AUTH_TOKEN) ?? [];
  return { names: tokens.map(({ name }) => name), hasOthers: hasSignIn(settings) };
}
