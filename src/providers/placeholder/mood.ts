/** What the words of a prompt call for: sky, weather, land, colours and things. */

import type { Colour } from "../../svg/colour.ts";
import { type HueName, HUES } from "./hues.ts";
import { type Land, LANDS, type Shape } from "./lands.ts";
import type { Random } from "./random.ts";
import { SKIES, type Sky, type SkyName } from "./skies.ts";
import { readSubjects, type Subject } from "./subjects.ts";
import { overcast, readWeather, type Weather } from "./weather.ts";
import { named, namedInOrder } from "./words.ts";

export interface Mood {
  readonly sky: Sky;
  readonly weather?: Weather;
  readonly land: Land & { readonly shape: Shape };
  /** The colour the whole palette leans to, and how far, 0 to 1. */
  readonly hue?: { readonly colour: Colour; readonly share: number };
  /** Small things in the air. */
  readonly extras: ReadonlySet<Extra>;
  /** What stands, swims or flies in it; up to three. */
  readonly subjects: readonly Subject[];
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
  const land = LANDS[shape];
  const clear = forcedSky ?? skyName ?? weather?.sky ?? random.pick(land.skies, "day");
  const isWeathered = weather && clear !== weather.sky;
  return {
    sky: isWeathered ? overcast(SKIES[clear], weather) : SKIES[clear],
    weather,
    land: { ...land, shape },
    hue: paletteHue(text, subjects),
    extras: extrasOf(text, weather),
    subjects,
  };
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
  return name && { colour: HUES[name], share: free ? 0.28 : 0.06 };
}

function extrasOf(text: string, weather: Weather | undefined): ReadonlySet<Extra> {
  const extras = new Set(named<Extra>(text, "extra").map(({ name }) => name));
  if (!weather?.hasLightning) return extras;
  return extras.add("lightning").add(extras.has("snow") ? "snow" : "rain");
}

const WILD_LANDS: readonly Shape[] = ["hills", "mountains", "sea", "dunes", "arches", "garden"];

/** Skies that come with a land of their own. */
const SKY_LANDS: Partial<Record<SkyName, Shape>> = {
  ...{ neon: "city", space: "planets", winter: "mountains", aurora: "mountains" },
  ...{ spring: "garden", ember: "mountains" },
};
