/** The last touches of a style: what makes a picture look painted, printed or shown on a screen. */

import { adjust, type Colour, css, mix, WHITE } from "../../svg/colour.ts";
import type { Look } from "./looks.ts";
import { box, element, pathOf, radial, round, short, through } from "../../svg/markup.ts";
import { lineNoise } from "./random.ts";
import type { Scene } from "./scene.ts";

/** What is laid over the whole picture, but not over its words. */
export function drawFinish(scene: Scene): string {
  return FINISHES[scene.look.finish]?.(scene) ?? "";
}

/** Lets the edges of small things wander; too slow for large ones. */
export function roughFilter({ look, unit }: Scene): string {
  if (look.rough === 0) return "";
  const noise = { type: "fractalNoise", baseFrequency: (22 / unit).toFixed(4), numOctaves: 2 };
  const axes = { xChannelSelector: "R", yChannelSelector: "G" };
  const shift = { in: "SourceGraphic", scale: look.rough * unit * 2, ...axes };
  return element(
    "filter",
    { id: "rough", "color-interpolation-filters": "sRGB" },
    element("feTurbulence", noise) + element("feDisplacementMap", shift),
  );
}

const FINISHES: Readonly<Partial<Record<Look["finish"], (scene: Scene) => string>>> = {
  vignette: ({ width, height }) => {
    const at = { x: width / 2, y: height / 2 };
    const reach = Math.hypot(at.x, at.y);
    const corners = box(0, 0, width, height) + round(at, reach * 0.64);
    return radial("vignette", at, reach, [0, 0, 0], [0, 0, 0, 0, 0.07, 0.2]) +
      pathOf(corners, "url(#vignette)", { "fill-rule": "evenodd" });
  },
  scanlines: ({ width, height, unit }) => {
    const pitch = Math.max(2, Math.round(unit / 256));
    const lines = Array.from(
      { length: Math.ceil(height / pitch / 2) },
      (_, row) => box(0, row * pitch * 2, width, pitch),
    );
    return pathOf(lines.join(""), "#0000001a");
  },
  /** Rice paper: ink that spreads unevenly, and fibres. */
  fibres: (scene) => blooms(scene, 0.1) + specks(scene, 2600, 0.02, 0.16),
  /** Watercolour: granulating pigment, and a free border of paper with a darker rim. */
  wash: (scene) => blooms(scene, 0.15) + specks(scene, 5000, 0, 0.3) + border(scene),
};

/** Large pale and dark spots, where the paper was wetter or drier. */
function blooms(scene: Scene, opacity: number): string {
  const { width, height, unit, land, look, random } = scene;
  const dark = mix(land.far, land.near, 0.5);
  return Array.from({ length: Math.round(14 * width * height / unit / unit) }, (_, index) => {
    const at = { x: random.next() * width, y: random.next() * height };
    const colour = index % 2 === 0 ? look.paper ?? WHITE : dark;
    const radius = unit * random.between(0.08, 0.26);
    return radial(`bloom${index}`, at, radius, colour, [opacity, opacity * 0.8, 0]) +
      pathOf(round(at, radius), `url(#bloom${index})`);
  }).join("");
}

/** Grains or, where they are `long` in units, fibres of the paper. */
function specks(
  { width, height, unit, look, random }: Scene,
  count: number,
  long: number,
  opacity: number,
): string {
  const size = Math.max(1, unit * 0.0014);
  const grains = Array.from({ length: count }, () => {
    const across = Math.max(size, unit * random.between(0.2, 1) * long);
    return box(random.next() * width, random.next() * height, across, size);
  });
  return pathOf(grains.join(""), css(look.paper ?? WHITE, opacity));
}

/** The paper around a painting, whose edge wanders, and where pigment gathers. */
function border({ width, height, unit, look, land, random }: Scene): string {
  const [wander, ripple] = [lineNoise(random), lineNoise(random)];
  const step = Math.max(2, unit / 200);
  let place = 0;
  const strip = (long: number, at: (along: number, inset: number) => string) => {
    const inner = Array.from({ length: Math.ceil(long / step) + 1 }, (_, index) => {
      place += step / unit;
      return at(
        index * step,
        unit * (0.028 + 0.02 * wander(place * 5) + 0.012 * ripple(place * 24)),
      );
    });
    return `M${[at(0, -unit), ...inner, at(long, -unit)].join("L")}Z`;
  };
  const strips = strip(width, (x, y) => `${short(x)} ${short(y)}`) +
    strip(height, (y, x) => `${short(width - x)} ${short(y)}`) +
    strip(width, (x, y) => `${short(width - x)} ${short(height - y)}`) +
    strip(height, (y, x) => `${short(x)} ${short(height - y)}`);
  const rim = css(adjust(mix(land.far, land.near, 0.5), { light: 0.9 }), 0.25);
  const line = (wide: number) => ({ stroke: rim, "stroke-width": unit * wide });
  return pathOf(strips, "none", line(0.014)) + pathOf(strips, "none", line(0.006)) +
    pathOf(strips, css(look.paper ?? WHITE));
}

/** A small copy of a picture: four bytes a pixel. */
export interface Copy {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * Short strokes of thick paint, coloured after a small copy of the picture, that follow a slow
 * current and keep to one side of an edge.
 */
export function drawStrokes({ width, height, unit, random }: Scene, copy: Copy): string {
  const [across, down] = [lineNoise(random), lineNoise(random)];
  const colourAt = (x: number, y: number): Colour => {
    const column = Math.max(0, Math.min(copy.width - 1, Math.floor(x / width * copy.width)));
    const row = Math.max(0, Math.min(copy.height - 1, Math.floor(y / height * copy.height)));
    const [r = 0, g = 0, b = 0] = copy.pixels.subarray((row * copy.width + column) * 4);
    return [r, g, b];
  };
  const stroke = (long: number) => {
    const [x, y] = [random.next() * width, random.next() * height];
    const turn = (across(x / unit * 3) + down(y / unit * 3) - 1) * 1.9;
    const [dx, dy] = [Math.cos(turn) * long / 2, Math.sin(turn) * long / 2];
    const colour = colourAt(x, y);
    const isEven = [-1, 1].every((way) => isNear(colour, colourAt(x + dx * way, y + dy * way)));
    if (!isEven) return "";
    const wide = random.between(0.16, 0.3);
    const outline = [[-1, 0], [0, -wide * 1.2], [1, -wide / 2], [1.1, wide / 2], [
      0,
      wide,
    ]] as const;
    const d = through(outline.map(([along, aside]) => ({
      x: x + dx * along - dy * aside,
      y: y + dy * along + dx * aside,
    })));
    const shift = random.between(-8, 8);
    const paint = colour.map((value) =>
      Math.round(Math.max(0, Math.min(255, value + shift)) / 5) * 5
    );
    return pathOf(d, css(paint as [number, number, number]));
  };
  return BRUSHES.flatMap(({ size, density }) => {
    const long = Math.max(4, unit * size);
    return Array.from(
      { length: Math.round(width * height / (long * long) * density) },
      () => stroke(long),
    );
  }).join("");
}

function isNear(one: Colour, other: Colour): boolean {
  return one.every((value, channel) => Math.abs(value - (other[channel] ?? 0)) < 26);
}

/** From broad to fine: the length in units, and how often a place is painted over. */
const BRUSHES = [{ size: 0.05, density: 2.2 }, { size: 0.028, density: 1.8 }, {
  size: 0.016,
  density: 0.6,
}];
