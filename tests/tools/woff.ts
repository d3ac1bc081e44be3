/** Reads the outlines of a font. */

import { inflateSync } from "node:zlib";

export interface Glyph {
  readonly width: number;
  readonly contours: readonly (readonly Point[])[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly isOn: boolean;
}

/** The tables of a WOFF 1.0 file with TrueType outlines. */
export class WoffFont {
  readonly #tables = new Map<string, DataView>();
  readonly #glyphs = new Map<number, number>();
  readonly #hasLongOffsets: boolean;
  readonly #widths: number;

  constructor(woff: Uint8Array) {
    const view = new DataView(woff.buffer);
    for (let entry = 44; entry < 44 + view.getUint16(12) * 20; entry += 20) {
      const name = new TextDecoder().decode(woff.subarray(entry, entry + 4));
      const [offset, packed, length] = [4, 8, 12].map((at) => view.getUint32(entry + at));
      const bytes = woff.slice(offset, offset! + packed!);
      const table = packed === length ? bytes : new Uint8Array(inflateSync(bytes));
      this.#tables.set(name, new DataView(table.buffer, table.byteOffset, table.length));
    }
    const unitsPerEm = this.#table("head").getUint16(18);
    if (unitsPerEm !== 2048) throw new Error(`${unitsPerEm} units per em are not expected`);
    this.#hasLongOffsets = this.#table("head").getInt16(50) === 1;
    this.#widths = this.#table("hhea").getUint16(34);
    this.#readCharacters();
  }

  glyphOf(code: number): Glyph | undefined {
    const id = this.#glyphs.get(code);
    if (id === undefined) return undefined;
    const metrics = this.#table("hmtx");
    const width = metrics.getUint16(Math.min(id, this.#widths - 1) * 4);
    return { width, contours: this.#contoursOf(id) };
  }

  #table(name: string): DataView {
    const table = this.#tables.get(name);
    if (!table) throw new Error(`The font has no table ${name}`);
    return table;
  }

  /** Format 4 holds every character of the basic plane. */
  #readCharacters(): void {
    const table = this.#table("cmap");
    const offsets = Array.from(
      { length: table.getUint16(2) },
      (_, index) => table.getUint32(4 + index * 8 + 4),
    );
    const at = offsets.find((offset) => table.getUint16(offset) === 4)!;
    const segments = table.getUint16(at + 6) / 2;
    for (let segment = 0; segment < segments; segment++) {
      const part = (index: number) => at + 14 + index * segments * 2 + segment * 2;
      const last = table.getUint16(part(0));
      const first = table.getUint16(part(1) + 2);
      const shift = table.getUint16(part(2) + 2);
      const range = part(3) + 2;
      for (let code = first; code <= last && code < 0xffff; code++) {
        const start = table.getUint16(range);
        const listed = start && table.getUint16(range + start + (code - first) * 2);
        const id = start ? listed && (listed + shift) & 0xffff : (code + shift) & 0xffff;
        if (id) this.#glyphs.set(code, id);
      }
    }
  }

  #contoursOf(id: number): readonly (readonly Point[])[] {
    const offsets = this.#table("loca");
    const [start, end] = [id, id + 1].map((index) =>
      this.#hasLongOffsets ? offsets.getUint32(index * 4) : offsets.getUint16(index * 2) * 2
    );
    if (start === end) return [];
    const table = this.#table("glyf");
    const view = new DataView(table.buffer, table.byteOffset + start!, end! - start!);
    const count = view.getInt16(0);
    return count < 0 ? this.#composed(view) : simpleContours(view, count);
  }

  /** Parts that are moved, as letters with accents are. */
  #composed(view: DataView): readonly (readonly Point[])[] {
    const contours: (readonly Point[])[] = [];
    for (let at = 10;;) {
      const flags = view.getUint16(at);
      const part = this.#contoursOf(view.getUint16(at + 2));
      if ((flags & 0b1100_1000) !== 0 || (flags & 2) === 0) {
        throw new Error("Scaled parts and parts at points are not expected");
      }
      const isWide = (flags & 1) !== 0;
      const [x, y] = isWide
        ? [view.getInt16(at + 4), view.getInt16(at + 6)]
        : [view.getInt8(at + 4), view.getInt8(at + 5)];
      const moved = part.map((contour) =>
        contour.map((point) => ({ ...point, x: point.x + x, y: point.y + y }))
      );
      contours.push(...moved);
      at += isWide ? 8 : 6;
      if ((flags & 0b10_0000) === 0) return contours;
    }
  }
}

function simpleContours(view: DataView, count: number): readonly (readonly Point[])[] {
  const ends = Array.from({ length: count }, (_, index) => view.getUint16(10 + index * 2));
  const total = (ends.at(-1) ?? -1) + 1;
  let at = 10 + count * 2;
  at += 2 + view.getUint16(at);
  const flags: number[] = [];
  while (flags.length < total) {
    const flag = view.getUint8(at++);
    const times = flag & 8 ? view.getUint8(at++) + 1 : 1;
    for (let time = 0; time < times; time++) flags.push(flag);
  }
  const axis = (short: number, same: number) => {
    let value = 0;
    return flags.map((flag) => {
      if (flag & short) value += view.getUint8(at++) * (flag & same ? 1 : -1);
      else if (!(flag & same)) {
        value += view.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = axis(2, 16);
  const ys = axis(4, 32);
  const points = flags.map((flag, index) => ({ x: xs[index]!, y: ys[index]!, isOn: !!(flag & 1) }));
  return ends.map((end, index) => points.slice((ends[index - 1] ?? -1) + 1, end + 1));
}
