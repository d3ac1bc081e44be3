/** Several pictures as one, each with words below it: to be compared at a glance. */

import { composeImage } from "./compose.ts";
import { element } from "./svg/markup.ts";
import { fitCaption, strokesOf } from "./svg/text.ts";
import { renderSvg } from "./svg.ts";
import { transformImage } from "./transform.ts";

/** What one place of the sheet shows. */
export interface SheetCell {
  /** A picture in any format that is decoded here; without one the place is empty. */
  readonly picture?: SheetPicture;
  /** Stands in an empty place, such as why it is one. */
  readonly note?: string;
  /** What it is, in large letters, and what else is known of it. */
  readonly title: string;
  readonly details: string;
}

export interface SheetPicture {
  /** Read when its turn comes and not held on to, so that one is in memory at a time. */
  readonly read: () => Promise<Uint8Array>;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** The most pictures on a sheet. */
export const MAX_CELLS = 12;

/**
 * The sheet as a JPEG, four places wide at most, each of 384 by 384 pixels with its words below:
 * 12 of them are 1616 by 1438. A picture that cannot be decoded leaves its place empty.
 * @throws {RangeError} for no cell or more than `MAX_CELLS`; the signal's reason once it aborts.
 */
export async function drawContactSheet(
  cells: readonly SheetCell[],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (cells.length === 0 || cells.length > MAX_CELLS) {
    throw new RangeError(`A contact sheet shows 1 to ${MAX_CELLS} pictures, not ${cells.length}`);
  }
  const columns = columnsFor(cells.length);
  const width = GAP + columns * (SIDE + GAP);
  const height = GAP + Math.ceil(cells.length / columns) * (SIDE + WORDS + GAP);
  const drawn: string[] = [];
  for (const [index, cell] of cells.entries()) {
    const left = GAP + (index % columns) * (SIDE + GAP);
    const top = GAP + Math.floor(index / columns) * (SIDE + WORDS + GAP);
    drawn.push(await pictureOf(cell, left, top, signal), wordsOf(cell, left, top + SIDE));
  }
  const svg = element(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${width} ${height}` },
    drawn.join(""),
  );
  const png = await renderSvg(svg, { width, height, background: PAPER, signal });
  const sheet = await transformImage(png, [], { format: "jpeg", quality: 88 }, { signal });
  return sheet!.bytes; // there is no bound that it could pass
}

/** As many rows as columns, or fewer. */
function columnsFor(count: number): number {
  return Math.min(MOST_COLUMNS, Math.ceil(Math.sqrt(count)));
}

async function pictureOf(
  { picture, note = "" }: SheetCell,
  left: number,
  top: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const small = picture && await smallCopyOf(picture, signal);
  if (!small) return emptyPlace(note || "This picture cannot be shown here", left, top);
  return element("image", {
    href: `data:image/jpeg;base64,${small.bytes.toBase64()}`,
    x: left + (SIDE - small.width) / 2,
    y: top + SIDE - small.height, // above its words
    width: small.width,
    height: small.height,
  });
}

/** Undefined where nothing here decodes it. */
async function smallCopyOf(picture: SheetPicture, signal: AbortSignal | undefined) {
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((length) =>
    Math.max(1, Math.round(length * scale))
  ) as [number, number];
  try {
    const layers = [{ bytes: await picture.read() }];
    const output = { format: "jpeg", quality: 90 } as const;
    const { bytes } = (await composeImage({ width, height, layers, output }, { signal }))!;
    return { bytes, width, height };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

function emptyPlace(note: string, left: number, top: number): string {
  const [room, inset] = [SIDE - 2 * EDGE, EDGE];
  const frame = element("rect", {
    x: left + 1,
    y: top + 1,
    width: SIDE - 2,
    height: SIDE - 2,
    fill: "#ebe8e3",
    stroke: "#b9b3a9",
    "stroke-dasharray": "8 6",
  });
  const box = { width: room, height: room, largest: 22, smallest: 15 };
  return frame + lettersOf(note, box, left + inset, top + inset, "#8a3b2a");
}

function wordsOf({ title, details }: SheetCell, left: number, top: number): string {
  const box = { width: SIDE, height: TITLE, largest: 22, smallest: 14 };
  const small = { width: SIDE, height: WORDS - TITLE, largest: 16, smallest: 13 };
  return lettersOf(title, box, left, top + 10, "#1f1d1a") +
    lettersOf(details, small, left, top + 10 + TITLE, "#6b655c");
}

function lettersOf(
  words: string,
  box: Parameters<typeof fitCaption>[1],
  left: number,
  top: number,
  stroke: string,
): string {
  const caption = fitCaption(words, box);
  return element("path", {
    d: strokesOf(caption, left, top),
    fill: "none",
    stroke,
    "stroke-width": caption.em * 0.09,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  });
}

const MOST_COLUMNS = 4;
/** In pixels: a picture's place, between two of them, and below each for words. */
const SIDE = 384;
const GAP = 16;
const WORDS = 74;
const TITLE = 34;
/** Around the note of an empty place. */
const EDGE = 24;
const PAPER = "#faf8f5";
