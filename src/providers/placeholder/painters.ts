/** Looks that are made from a small copy of the picture: blocks of pixels, and strokes of a brush. */

import { renderSvg } from "../../images/svg.ts";
import { adjust, type Colour, css } from "../../images/svg/colour.ts";
import { box, element, pathOf, type Point, through } from "../../images/svg/markup.ts";
import { lineNoise } from "./random.ts";
import type { Scene } from "./scene.ts";

/** The picture painted anew, both as the content of an SVG; what is clear in it stays so. */
type Painter = (
  scene: Scene,
  picture: string,
  ground: Ground,
  signal: AbortSignal,
) => Promise<string>;

/** What lies under a picture: nothing, or the haze of its scene. */
export interface Ground {
  readonly isClear?: boolean;
}

/** Squares of few colours. */
const blocks: Painter = async (scene, picture, ground, signal) => {
  const block = Math.max(1, Math.round(scene.unit / 144));
  const size = sizeOf(scene, block);
  // Colours between two steps become a pattern of both.
  const dots =
    `<pattern id="dots" width="${block * 2}" height="${block * 2}" patternUnits="userSpaceOnUse">` +
    pathOf(box(0, 0, block, block) + box(block, block, block, block), "#ffffff14") + "</pattern>";
  const dotted = ground.isClear
    ? picture
    : dots + picture + pathOf(box(0, 0, scene.width, scene.height), "url(#dots)");
  const few = FEW_COLOURS + element("g", { filter: "url(#few)" }, dotted);
  const png = await renderSvg(sheetOf(scene, few, { scale: block, ...ground }), {
    ...size,
    signal,
  });
  return element("image", {
    href: `data:image/png;base64,${png.toBase64()}`,
    width: size.width * block,
    height: size.height * block,
    "image-rendering": "optimizeSpeed",
  });
};

const LEVELS = Array.from({ length: 15 }, (_, level) => (level / 14).toFixed(3)).join(" ");
const FEW_COLOURS =
  `<filter id="few" x="0" y="0" width="1" height="1" color-interpolation-filters="sRGB">` +
  `<feComponentTransfer><feFuncR type="discrete" tableValues="${LEVELS}"/><feFuncG type="discrete" ` +
  `tableValues="${LEVELS}"/><feFuncB type="discrete" tableValues="${LEVELS}"/>` +
  `</feComponentTransfer></filter>`;

/** Short strokes of thick paint that follow a slow current and keep to one side of an edge. */
const strokes: Painter = async (scene, picture, ground, signal) => {
  const { width, height, unit, random } = scene;
  const scale = Math.max(1, unit / 256);
  const size = sizeOf(scene, scale);
  const svg = sheetOf(scene, picture, { scale, ...ground });
  const pixels = await renderSvg(svg, { ...size, format: "rgba", signal });
  const colourAt = ({ x, y }: Point): Colour | undefined => {
    const column = Math.max(0, Math.min(size.width - 1, Math.floor(x / scale)));
    const row = Math.max(0, Math.min(size.height - 1, Math.floor(y / scale)));
    const [r = 0, g = 0, b = 0, alpha = 0] = pixels.subarray((row * size.width + column) * 4);
    return alpha === 255 ? [r, g, b] : undefined;
  };
  const [across, down] = [lineNoise(random), lineNoise(random)];
  const stroke = (long: number) => {
    const [x, y] = [random.next() * width, random.next() * height];
    const turn = (across(x / unit * 3) + down(y / unit * 3) - 1) * 1.9;
    const [dx, dy] = [Math.cos(turn) * long / 2, Math.sin(turn) * long / 2];
    const at = (along: number, aside: number) => ({
      x: x + dx * along - dy * aside,
      y: y + dy * along + dx * aside,
    });
    const colour = colourAt(at(0, 0));
    const wide = random.between(0.16, 0.3);
    if (!colour || ![at(-1, 0), at(1, 0)].every((end) => isNear(colour, colourAt(end)))) return "";
    const d = through([at(-1, 0), at(0, -wide), at(1, -wide / 2), at(1, wide / 2), at(0, wide)]);
    return pathOf(d, css(adjust(colour, { light: random.between(0.96, 1.04) })));
  };
  const all = BRUSHES.flatMap(({ size, density }) => {
    const long = Math.max(4, unit * size);
    const count = Math.round(width * height / (long * long) * density);
    return Array.from({ length: count }, () => stroke(long));
  });
  return picture + all.join("");
};

/** From broad to fine: the length in units, and how often a place is painted over. */
const BRUSHES = [
  { size: 0.05, density: 1.8 },
  { size: 0.028, density: 1.4 },
  { size: 0.016, density: 0.3 },
];

export const PAINTERS = { blocks, strokes };

function isNear(one: Colour, other: Colour | undefined): boolean {
  return other !== undefined &&
    one.every((value, channel) => Math.abs(value - (other[channel]!)) < 26);
}

function sizeOf({ width, height }: Scene, scale: number) {
  return { width: Math.ceil(width / scale), height: Math.ceil(height / scale) };
}

/** The content as a whole SVG, `scale` times smaller. */
export function sheetOf(
  scene: Scene,
  content: string,
  { scale = 1, isClear = false }: Ground & { readonly scale?: number } = {},
): string {
  const size = sizeOf(scene, scale);
  const [right, foot] = [size.width * scale, size.height * scale];
  // Whatever is laid over it, no pixel at the edges may be seen through.
  const ground = isClear ? "" : pathOf(box(0, 0, right, foot), css(scene.haze));
  const attributes = { xmlns: "http://www.w3.org/2000/svg", ...size };
  return element("svg", { ...attributes, viewBox: `0 0 ${right} ${foot}` }, ground + content);
}
