/** What every part of the view works with. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Host } from "./host.ts";
import { type Texts, textsFor } from "./texts.ts";

export interface Shared {
  readonly texts: Texts;
  /** Absent until it has answered. */
  readonly host?: Host;
}

export const SharedContext = createContext<Shared>({ texts: textsFor("en") });

export function useShared(): Shared {
  return useContext(SharedContext);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
