/** Pixels as a terminal draws them that knows DEC's sixels: six rows at a time, one colour after another. */

import type { Raster } from "./worker/raster.ts";

/**
 * The picture as sixels, from the introducer to the terminator, in at most 252 colours with what
 * each pixel lacks given to its neighbours. What is more than half clear stays the terminal's.
 *
 * As DEC's VT330/VT340 manual has it, chapter 14 (1988-05): "#n;2;r;g;b" sets a colour in percent,
 * a letter from "?" on holds six pixels with the topmost in the lowest bit, "!n" repeats one, "$"
 * goes back to the left, and "-" to the next six rows.
 */
export function sixelsOf({ width, height, pixels }: Raster): string {
  const colours = nearestColours(width, height, pixels);
  const used = [...new Set(colours)].filter((colour) => colour !== CLEAR);
  const parts = [`\x1bP0;1;0q"1;1;${width};${height}`, ...used.map(definition)];
  for (let top = 0; top < height; top += BAND) {
    const rows = Math.min(BAND, height - top);
    parts.push(bandOf(colours.subarray(top * width, (top + rows) * width), width), "-");
  }
  return `${parts.join("")}\x1b\\`;
}

/** Each colour of a band from the left, in the order in which they come. */
function bandOf(band: Uint8Array, width: number): string {
  const lines = new Map<number, Uint8Array>();
  for (let index = 0; index < band.length; index++) {
    const colour = band[index]!;
    if (colour === CLEAR) continue;
    const line = lines.get(colour) ?? new Uint8Array(width);
    lines.set(colour, line);
    line[index % width]! |= 1 << Math.floor(index / width);
  }
  return [...lines].map(([colour, line]) => `#${colour}${repeated(line)}`).join("$");
}

/** The letters of a line, where those that repeat are counted; an empty end is left out. */
function repeated(line: Uint8Array): string {
  const end = line.findLastIndex((bits) => bits !== 0) + 1;
  let text = "";
  for (let from = 0, to = 0; from < end; from = to) {
    while (to < end && line[to] === line[from]) to++;
    const letter = String.fromCharCode(63 + line[from]!);
    text += to - from > 3 ? `!${to - from}${letter}` : letter.repeat(to - from);
  }
  return text;
}

/** The number of each pixel's colour; the difference goes on to the right and below (Floyd and Steinberg). */
function nearestColours(width: number, height: number, pixels: Uint8ClampedArray): Uint8Array {
  const colours = new Uint8Array(width * height).fill(CLEAR);
  // One pixel of room on either side, three values each.
  const stride = (width + 2) * 3;
  let here = new Float32Array(stride);
  let below = new Float32Array(stride);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (pixels[at * 4 + 3]! < 128) continue;
      let colour = 0;
      for (const [channel, steps] of STEPS.entries()) {
        const place = (x + 1) * 3 + channel;
        const wanted = Math.min(255, Math.max(0, pixels[at * 4 + channel]! + here[place]!));
        const step = Math.round(wanted / 255 * (steps - 1));
        const rest = wanted - step * 255 / (steps - 1);
        here[place + 3]! += rest * 7 / 16;
        below[place - 3]! += rest * 3 / 16;
        below[place]! += rest * 5 / 16;
        below[place + 3]! += rest / 16;
        colour = colour * steps + step;
      }
      colours[at] = colour;
    }
    [here, below] = [below, here.fill(0)];
  }
  return colours;
}

function definition(colour: number): string {
  const [red, green, blue] = STEPS;
  const steps = [
    Math.floor(colour / (green * blue)) / (red - 1),
    Math.floor(colour / blue) % green / (green - 1),
    colour % blue / (blue - 1),
  ];
  return `#${colour};2;${steps.map((part) => Math.round(part * 100)).join(";")}`;
}

/** Shades of red, green and blue: 252 colours, since terminals keep 256. */
const STEPS = [6, 7, 6] as const;
const CLEAR = 255;
/** Rows that are drawn together. */
const BAND = 6;
