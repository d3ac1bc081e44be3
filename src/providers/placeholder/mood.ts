/** What the words of a prompt call for: sky, weather, land, colours and things. */

import type { Colour } from "./colour.ts";
import { HUES, readHues } from "./hues.ts";
import { type Land, LAND_WORDS, LANDS, type Shape } from "./lands.ts";
import type { Random } from "./random.ts";
import { SKIES, type Sky, SKY_WORDS, type SkyName } from "./skies.ts";
import { readSubjects, type Subject } from "./subjects.ts";
import { overcast, readWeather, type Weather } from "./weather.ts";
import { allNamed, namedInOrder } from "./words.ts";

export interface Mood {
  readonly sky: Sky;
  readonly weather?: Weather;
  readonly land: Land;
  /** The colour the whole palette leans to, and how far, 0 to 1. */
  readonly hue?: { readonly colour: Colour; readonly share: number };
  /** Small things in the air or on the land. */
  readonly extras: ReadonlySet<Extra>;
  /** What stands, swims or flies in it; up to three. */
  readonly subjects: readonly Subject[];
}

export type Extra = "snow" | "rain" | "lightning" | "petals" | "fireflies" | "birds";

/** The mood of a prompt; words it does not know leave the choice to chance. */
export function readMood(prompt: string, random: Random, forcedSky?: SkyName): Mood {
  const text = prompt.toLowerCase();
  const weather = readWeather(text);
  const subjects = readSubjects(text);
  const [named] = allNamed(text, SKY_WORDS);
  const land = LANDS[
    namedInOrder(text, LAND_WORDS)[0]?.name ?? homeOf(subjects, random) ??
      (named && SKY_LANDS[named]) ?? random.pick(WILD_LANDS, "hills")
  ];
  const clear = forcedSky ?? named ?? weather?.sky ?? random.pick(land.skies, "day");
  const isWeathered = weather && clear !== weather.sky;
  return {
    sky: isWeathered ? overcast(SKIES[clear], weather) : SKIES[clear],
    weather,
    land,
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
  const named = readHues(text).map(({ name }) => name);
  const free = named.find((name) => !worn.has(name));
  const name = free ?? named[0];
  return name && { colour: HUES[name], share: free ? 0.28 : 0.06 };
}

function extrasOf(text: string, weather: Weather | undefined): ReadonlySet<Extra> {
  const extras = new Set(allNamed(text, EXTRA_WORDS));
  if (weather?.hasLightning) {
    extras.add("lightning");
    if (!extras.has("snow")) extras.add("rain");
  }
  return extras;
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

const EXTRA_WORDS: Readonly<Partial<Record<Extra, RegExp>>> = {
  snow: /snow|winter|blizzard|雪|冬/u,
  rain: /\brain(?!bow)|drizzle|雨/u,
  petals: /petal|blossom|sakura|cherry|樱|桃花|花瓣/u,
  fireflies: /firefl|magic|fairy|lantern|enchanted|萤火|灯笼|仙/u,
  birds: /\bbirds\b|gulls?\b|\bcranes?\b|\bflock|swallows\b|crows\b|鸟群|群鸟|候鸟|鹤|雁/u,
};
