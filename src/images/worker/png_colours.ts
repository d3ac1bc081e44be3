/** The colours of PNG rows, made 8 bits a channel. */

import type { Channels } from "./raster.ts";

export interface PngColours {
  /** The colour type of the header. */
  readonly kind: number;
  /** Bits a sample. */
  readonly depth: number;
  /** Samples a pixel. */
  readonly samples: number;
  /** Red, green and blue of each colour. */
  readonly palette?: Uint8Array;
  /** The alpha of the palette's colours, or the one colour that is clear. */
  readonly transparency?: Uint8Array;
}

export interface RowExpander {
  readonly channels: Channels;
  /** The row in 8 bits a channel; the same memory for each row. `line` begins with its filter. */
  readonly row: (line: Uint8Array) => Uint8Array;
}

/** What turns a row of `width` pixels into grey, RGB or RGBA. */
export function expandRow(colours: PngColours, width: number): RowExpander {
  const { kind, depth, transparency } = colours;
  if (kind === 3) return fromPalette(colours, width);
  const hasKey = transparency !== undefined && (kind === 0 || kind === 2);
  if (!hasKey && depth === 8 && kind !== 4) {
    return { channels: kind === 0 ? 1 : kind === 2 ? 3 : 4, row: (line) => line.subarray(1) };
  }
  return fromSamples(colours, width, hasKey ? keyOf(colours) : undefined);
}

function fromPalette({ depth, palette = EMPTY, transparency }: PngColours, width: number) {
  const channels: Channels = transparency ? 4 : 3;
  const target = new Uint8Array(width * channels);
  const mask = 2 ** depth - 1;
  const row = (line: Uint8Array) => {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const index = line[1 + (bit >> 3)]! >> (8 - depth - (bit & 7)) & mask;
      const to = x * channels;
      target[to] = palette[index * 3] ?? 0;
      target[to + 1] = palette[index * 3 + 1] ?? 0;
      target[to + 2] = palette[index * 3 + 2] ?? 0;
      if (transparency) target[to + 3] = transparency[index] ?? 255;
    }
    return target;
  };
  return { channels, row };
}

/** Grey or colour of any depth, beside alpha or with one colour that is clear. */
function fromSamples(
  { kind, depth, samples }: PngColours,
  width: number,
  key: readonly number[] | undefined,
): RowExpander {
  const isGrey = kind === 0 || kind === 4;
  const hasAlpha = kind >= 4 || key !== undefined;
  const channels: Channels = hasAlpha ? 4 : isGrey ? 1 : 3;
  const target = new Uint8Array(width * channels);
  const scale = 255 / (2 ** depth - 1);
  const sampleAt = sampleReader(depth);
  const row = (line: Uint8Array) => {
    for (let x = 0; x < width; x++) {
      const first = x * samples;
      const to = x * channels;
      let isKey = key !== undefined;
      for (let channel = 0; channel < (isGrey ? 1 : 3); channel++) {
        const sample = sampleAt(line, first + channel);
        if (key && sample !== key[channel]) isKey = false;
        target[to + channel] = sample * scale + 0.5;
      }
      if (!hasAlpha) continue;
      if (isGrey) target[to + 1] = target[to + 2] = target[to]!;
      target[to + 3] = key ? (isKey ? 0 : 255) : sampleAt(line, first + samples - 1) * scale + 0.5;
    }
    return target;
  };
  return { channels, row };
}

function sampleReader(depth: number): (line: Uint8Array, index: number) => number {
  if (depth === 16) return (line, index) => line[1 + index * 2]! << 8 | line[2 + index * 2]!;
  if (depth === 8) return (line, index) => line[1 + index]!;
  const mask = 2 ** depth - 1;
  return (line, index) => {
    const bit = index * depth;
    return line[1 + (bit >> 3)]! >> (8 - depth - (bit & 7)) & mask;
  };
}

/** The samples of the colour that is clear. */
function keyOf({ transparency = EMPTY, samples }: PngColours): readonly number[] {
  return Array.from(
    { length: samples },
    (_, index) => transparency[index * 2]! << 8 | transparency[index * 2 + 1]!,
  );
}

const EMPTY = new Uint8Array();
