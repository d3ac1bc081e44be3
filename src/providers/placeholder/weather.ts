/** Weather: what it does to the sky and its light, and the words that call for it. */

import { adjust, type Colour, lightness, mix } from "./colour.ts";
import type { Sky, SkyName } from "./skies.ts";
import { allNamed } from "./words.ts";

export interface Weather {
  /** The sky it brings where the prompt names none. */
  readonly sky: SkyName;
  /** How much of the sun or the moon comes through, 0 to 1. */
  readonly disc: number;
  /** How closed the ceiling of clouds is, 0 to 1. */
  readonly ceiling: number;
  /** How thick the air between near and far is, 1 being usual. */
  readonly mist: number;
  readonly hasLightning: boolean;
}

/** The weather of a prompt, if it tells of any. */
export function readWeather(text: string): Weather | undefined {
  const [name] = allNamed(text, WEATHER_WORDS);
  if (!name) return undefined;
  const weather = WEATHER[name];
  const namesBody = BODY_WORDS.test(text) && name !== "storm";
  return namesBody ? { ...weather, disc: Math.max(weather.disc, 0.6) } : weather;
}

/** A clear sky as this weather leaves it: grey, dim and, under clouds, without stars. */
export function overcast(sky: Sky, { ceiling }: Weather): Sky {
  const dull = (colour: Colour) => {
    const grey = 255 * lightness(colour) ** 2.2;
    return mix(adjust(colour, { vivid: 0.72, light: 0.97 }), [grey, grey, grey], 0.22);
  };
  return {
    ...sky,
    stops: sky.stops.map(dull),
    glow: dull(sky.glow),
    daylight: sky.daylight * (1 - 0.12 * ceiling),
    stars: sky.stars && ceiling < 0.2,
  };
}

const BODY_WORDS = /\bmoon|\bsun(set|rise|ny)?\b|月|太阳|日落|日出|夕阳/u;

const WEATHER = {
  storm: { sky: "storm", disc: 0, ceiling: 1, mist: 1.2, hasLightning: true },
  rain: { sky: "rain", disc: 0, ceiling: 0.8, mist: 1.4, hasLightning: false },
  snow: { sky: "winter", disc: 0.35, ceiling: 0, mist: 1.2, hasLightning: false },
  fog: { sky: "fog", disc: 0.45, ceiling: 0, mist: 2.4, hasLightning: false },
  cloudy: { sky: "overcast", disc: 0, ceiling: 0.9, mist: 1.1, hasLightning: false },
} as const satisfies Record<string, Weather>;

/** The earlier entry wins. */
const WEATHER_WORDS: Readonly<Record<keyof typeof WEATHER, RegExp>> = {
  storm: /(?<!snow|snow )\bstorm|thunder|lightning|hurricane|tempest|暴风(?!雪)|暴雨|雷|闪电|台风/u,
  rain: /\brain(?!bow)|drizzle|雨/u,
  snow: /snow|blizzard|雪/u,
  fog: /\bfog|\bmist|\bhaz[ey]\b|雾/u,
  cloudy: /cloudy|overcast|阴天|阴云|多云|乌云/u,
};
