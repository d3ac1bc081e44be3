/** The lands a picture can show. */

import { type Colour, hex } from "../../svg/colour.ts";
import type { SkyName } from "./skies.ts";

export interface Land {
  readonly far: Colour;
  readonly near: Colour;
  /** Flowers, windows, foam. */
  readonly accent: Colour;
  /** Skies that suit it where the prompt names none. */
  readonly skies: readonly SkyName[];
}

export const LANDS = {
  sea: land("#63c1c9 #06324f #e8fbf6", "day", "dawn", "sunset", "dusk"),
  forest: land("#86b59a #0c2f25 #d6ef9a", "dawn", "golden", "day", "spring"),
  garden: land("#a9d27c #1b5a3b #ff7fa3", "spring", "day", "dawn", "golden"),
  bamboo: land("#c3dba4 #1d5238 #8fbf6a", "day", "dawn", "spring", "golden"),
  mountains: land("#93abcf #1b2946 #ffffff", "dawn", "day", "dusk", "sunset"),
  dunes: land("#f0bd7f #7a3a1c #ffe0a6", "golden", "sunset", "day", "dusk"),
  city: land("#8089ad #11162b #ffd98a", "dusk", "night", "sunset", "dawn"),
  planets: land("#8a5cc0 #150c33 #8ff0ff", "space", "aurora"),
  hills: land("#b7d69a #2c5f4d #fff2b0", "day", "dawn", "golden", "spring"),
  arches: land("#f4b183 #23395b #f6e7cb", "pastel", "golden", "dawn"),
};

export type Shape = keyof typeof LANDS;

function land(colours: string, ...skies: readonly SkyName[]): Land {
  const [far = "", near = "", accent = ""] = colours.split(" ");
  return { far: hex(far), near: hex(near), accent: hex(accent), skies };
}
