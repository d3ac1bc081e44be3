/** Colours, mixed the way the eye does. */

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [number, number, number];

export const BLACK: Colour = [0, 0, 0];
export const WHITE: Colour = [255, 255, 255];

/** The colour written "#rrggbb". */
export function hex(text: string): Colour {
  const value = parseInt(text.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** As SVG reads it: "#rrggbb", or "#rrggbbaa" where something shows through. */
export function css(colour: Colour, opacity = 1): string {
  const parts = opacity < 1 ? [...colour, opacity * 255] : colour;
  return `#${parts.map((value) => Math.round(value).toString(16).padStart(2, "0")).join("")}`;
}

/** `share` 0 is all `from`, 1 all `to`. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const [one, other] = [toOklab(from), toOklab(to)];
  const at = (index: 0 | 1 | 2) => one[index] + (other[index] - one[index]) * share;
  return fromOklab([at(0), at(1), at(2)]);
}

/** Scales lightness and colourfulness, and turns the hue by `turn` radians. */
export function adjust(
  colour: Colour,
  { light = 1, vivid = 1, turn = 0 }: { light?: number; vivid?: number; turn?: number },
): Colour {
  const [lightness, a, b] = toOklab(colour);
  const [cosine, sine] = [Math.cos(turn) * vivid, Math.sin(turn) * vivid];
  return fromOklab([Math.min(1, lightness * light), a * cosine - b * sine, a * sine + b * cosine]);
}

/** Leans a colour to another's hue; how light it is changes little, but for black and white. */
export function lean(colour: Colour, towards: Colour, share: number): Colour {
  const [light, a, b] = toOklab(colour);
  const [light2, a2, b2] = toOklab(towards);
  const isGrey = Math.hypot(a2, b2) < 0.03;
  const lightShare = share * (isGrey ? 0.8 : 0.15);
  return fromOklab([
    light + (light2 - light) * lightShare,
    a + (a2 - a) * share,
    b + (b2 - b) * share,
  ]);
}

/** 0 for black to 1 for white. */
export function lightness(colour: Colour): number {
  return toOklab(colour)[0];
}

/** Lightness from 0 to 1, and two differences of colour. */
export type Oklab = readonly [lightness: number, a: number, b: number];

/** In Björn Ottosson's OKLab, whose straight lines between two colours stay clean in the middle. */
export function toOklab(colour: Colour): Oklab {
  const [r, g, b] = [toLinear(colour[0]), toLinear(colour[1]), toLinear(colour[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

export function fromOklab([lightness, a, b]: Oklab): Colour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    fromLinear(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    fromLinear(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    fromLinear(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function toLinear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  const share = value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
  return Math.max(0, Math.min(255, share * 255));
}
