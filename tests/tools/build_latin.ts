/**
 * Packs the Latin letters that the text of an SVG is drawn with: Arimo's outlines, which are as
 * wide as Arial's and Helvetica's.
 *
 *     deno run -A tests/tools/build_latin.ts FOLDER
 *
 * FOLDER is the npm package @fontsource/arimo (`npm pack @fontsource/arimo@5.3.0`, unpacked). The
 * same package gives the same asset, byte for byte. The asset is the licence, a blank line, and
 * one line as `pack.ts` makes it of
 *
 *     the characters, in order, as UTF-8, and a line feed
 *     streams of numbers, 7 bits a byte, the lowest first, the sign in the lowest bit of a number:
 *       of each weight, regular and bold, the widths of the letters
 *       of each weight, by letter: its contours; by contour: its points; by point: whether it lies on
 *       the line; then of all points x and then y, each from the point before
 */

import { pack } from "./pack.ts";
import { type Glyph, type Point, WoffFont } from "./woff.ts";

const ASSET = new URL("../../src/images/svg/arimo.txt", import.meta.url);

/** Characters, first and last code point; those that Arimo lacks are left out. */
const BLOCKS: readonly (readonly [number, number])[] = [
  [0x0020, 0x007e], // ASCII
  [0x00a0, 0x00ff], // Latin-1
  [0x0100, 0x017f], // Latin Extended-A
  [0x0218, 0x021b], // Romanian
  [0x2013, 0x2014], // dashes
  [0x2018, 0x201e], // quotes
  [0x2020, 0x2026], // daggers, bullet, ellipsis
  [0x2030, 0x203a],
  [0x20ac, 0x20ac], // euro
  [0x2122, 0x2122], // trade mark
  [0x2190, 0x2193], // arrows
  [0x2212, 0x2215], // minus
];

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new Error("Name the folder of @fontsource/arimo as the argument");
  const licence = await Deno.readTextFile(`${folder}/LICENSE`);
  const weights = await Promise.all([400, 700].map((weight) => lettersIn(folder, weight)));
  const bytes = layOut(weights);
  const asset = pack(bytes, notice(licence));
  await Deno.writeTextFile(ASSET, asset);
  console.error(
    `${weights[0]!.size} letters, ${bytes.length} bytes, as ${asset.length} characters`,
  );
}

function notice(licence: string): string {
  return "The outlines packed below are a selection of Arimo, in another file format.\n\n" +
    licence;
}

async function lettersIn(folder: string, weight: number): Promise<ReadonlyMap<string, Glyph>> {
  const files = ["latin", "latin-ext"].map((part) =>
    `${folder}/files/arimo-${part}-${weight}-normal.woff`
  );
  const fonts = await Promise.all(
    files.map(async (file) => new WoffFont(await Deno.readFile(file))),
  );
  const letters = new Map<string, Glyph>();
  for (const [first, last] of BLOCKS) {
    for (let code = first; code <= last; code++) {
      const glyph = fonts.map((font) => font.glyphOf(code)).find((each) => each !== undefined);
      if (glyph) letters.set(String.fromCodePoint(code), glyph);
    }
  }
  return letters;
}

function layOut([regular, bold]: readonly ReadonlyMap<string, Glyph>[]): Uint8Array {
  const letters = [...regular!.keys()].filter((letter) => bold!.has(letter));
  const glyphs = [regular!, bold!].map((weight) => letters.map((letter) => weight.get(letter)!));
  const contours = glyphs.map((weight) => weight.flatMap((glyph) => glyph.contours));
  const points = contours.map((weight) => weight.flat());
  const changes = (weight: readonly Point[], axis: "x" | "y") =>
    weight.map((point, index) => point[axis] - (weight[index - 1]?.[axis] ?? 0));
  const numbers = [
    ...glyphs.map((weight) => weight.map(({ width }) => width)),
    ...glyphs.map((weight) => weight.map(({ contours }) => contours.length)),
    ...contours.map((weight) => weight.map((contour) => contour.length)),
    ...points.map((weight) => weight.map(({ isOn }) => isOn ? 1 : 0)),
    ...points.map((weight) => changes(weight, "x")),
    ...points.map((weight) => changes(weight, "y")),
  ];
  const head = new TextEncoder().encode(`${letters.join("")}\n`);
  return Uint8Array.of(...head, ...numbers.flat().flatMap(asBytes));
}

function asBytes(number: number): number[] {
  const bytes: number[] = [];
  let left = number < 0 ? -number * 2 - 1 : number * 2;
  while (left > 127) {
    bytes.push(left % 128 + 128);
    left = Math.floor(left / 128);
  }
  return [...bytes, left];
}
