/** Weather: what it does to the sky and its light. */

import { adjust, type Colour, lightness, mix } from "../../images/svg/colour.ts";
import type { Sky, SkyName } from "./palette.ts";
import { named } from "./words.ts";

export interface Weather {
  /** The sky it brings where the prompt names none. */
  readonly sky: SkyName;
  /** How much of the sun or the moon comes through, 0 to 1. */
  readonly disc: number;
  /** How closed the ceiling of clouds is, 0 to 1. */
  readonly ceiling: number;
  /** How thick the air between near and far is, 1 being usual. */
  readonly mist: number;
  readonly hasLightning?: boolean;
}

/** The weather of a prompt, if it tells of any. */
export function readWeather(text: string): Weather | undefined {
  const [first] = named<keyof typeof WEATHER>(text, "weather");
  if (!first) return undefined;
  const weather: Weather = WEATHER[first.name];
  const namesBody = named(text, "body").length > 0 && !weather.hasLightning;
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

const WEATHER = {
  storm: { sky: "storm", disc: 0, ceiling: 1, mist: 1.2, hasLightning: true },
  rain: { sky: "rain", disc: 0, ceiling: 0.8, mist: 1.4 },
  snow: { sky: "winter", disc: 0.35, ceiling: 0, mist: 1.2 },
  fog: { sky: "fog", disc: 0.45, ceiling: 0, mist: 2.4 },
  cloudy: { sky: "overcast", disc: 0, ceiling: 0.9, mist: 1.1 },
} as const satisfies Record<string, Weather>;
