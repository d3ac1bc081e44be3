/** What the words of a prompt call for: sky, weather, land, colours and things. */

import type { Colour } from "../../images/svg/colour.ts";
import { type Drawing, DRAWINGS } from "./drawings.ts";
import { type HueName, hueOf, type Land, landOf, type Shape } from "./palette.ts";
import { type Sky, type SkyName, skyOf } from "./palette.ts";
import type { Random } from "./random.ts";
import { overcast, readWeather, type Weather } from "./weather.ts";
import { named, namedInOrder } from "./words.ts";

export interface Mood {
  readonly sky: Sky;
  readonly weather?: Weather;
  readonly land: Land;
  /** The colour the whole palette leans to, and how far, 0 to 1. */
  readonly hue?: { readonly colour: Colour; readonly share: number };
  /** Small things in the air. */
  readonly extras: ReadonlySet<Extra>;
  /** What stands, swims or flies in it; up to three. */
  readonly subjects: readonly Subject[];
}

/** A thing the prompt names, with the colour it gives it. */
export interface Subject extends Drawing {
  readonly name: string;
  readonly hue?: HueName;
}

export type Extra = "lightning" | "birds" | "snow" | "rain" | "petals" | "fireflies";

/** The mood of a prompt; words it does not know leave the choice to chance. */
export function readMood(prompt: string, random: Random, forcedSky?: SkyName): Mood {
  const text = prompt.toLowerCase();
  const weather = readWeather(text);
  const subjects = readSubjects(text);
  const skyName = named<SkyName>(text, "sky")[0]?.name;
  const shape = namedInOrder<Shape>(text, "land")[0]?.name ?? homeOf(subjects, random) ??
    (skyName && SKY_LANDS[skyName]) ?? random.pick(WILD_LANDS, "hills");
  const land = landOf(shape);
  const clear = forcedSky ?? skyName ?? weather?.sky ?? random.pick(land.skies, "day");
  const isWeathered = weather && clear !== weather.sky;
  const sky = isWeathered ? overcast(skyOf(clear), weather) : skyOf(clear);
  const [hue, extras] = [paletteHue(text, subjects), extrasOf(text, weather)];
  return { sky, weather, land, hue, extras, subjects };
}

/** More would crowd the picture. */
const MOST_SUBJECTS = 3;

/** In letters: "red little car" is a red car still. */
const FURTHEST_HUE = 10;

/** What the text names, as it comes. */
function readSubjects(text: string): Subject[] {
  const hues = namedInOrder<HueName>(text, "hue");
  let free = 0; // where the words begin that tell of no earlier thing
  return namedInOrder(text, "thing").slice(0, MOST_SUBJECTS).flatMap(({ name, start, end }) => {
    const own = hues.findLast((hue) =>
      hue.start >= free && hue.end <= start && start - hue.end <= FURTHEST_HUE
    );
    free = end;
    const drawing = DRAWINGS[name];
    return drawing ? [{ ...drawing, name, hue: own?.name }] : [];
  });
}

/** A land where the first of the things that have a home is at home. */
function homeOf(subjects: readonly Subject[], random: Random): Shape | undefined {
  const lands = subjects.find((subject) => subject.lands.length > 0)?.lands;
  return lands && random.pick<Shape>(lands, "hills");
}

/** The first colour that no single thing wears, or else a touch of what one does. */
function paletteHue(text: string, subjects: readonly Subject[]): Mood["hue"] {
  const worn = new Set(subjects.map(({ hue }) => hue));
  const names = namedInOrder<HueName>(text, "hue").map(({ name }) => name);
  const free = names.find((name) => !worn.has(name));
  const name = free ?? names[0];
  return name && { colour: hueOf(name), share: free ? 0.28 : 0.06 };
}

function extrasOf(text: string, weather: Weather | undefined): ReadonlySet<Extra> {
  const extras = new Set(named<Extra>(text, "extra").map(({ name }) => name));
  if (!weather?.hasLightning) return extras;
  return extras.add("lightning").add(extras.has("snow") ? "snow" : "rain");
}

const WILD_LANDS: readonly Shape[] = ["hills", "mountains", "sea", "dunes", "arches", "garden"];

/** Skies that come with a land of their own. */
const SKY_LANDS: Partial<Record<SkyName, Shape>> = {
  neon: "city",
  space: "planets",
  winter: "mountains",
  aurora: "mountains",
  spring: "garden",
  ember: "mountains",
};
