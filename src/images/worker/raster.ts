/** Pixels in memory, and how they get there row by row. */

/** A picture of 8 bits a channel. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** Rows from the top, each pixel red, green, blue, alpha; colours are not multiplied by alpha. */
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** Whether nothing can be seen through any pixel. */
  readonly isOpaque: boolean;
}

/** Grey; red, green, blue; or those and alpha. */
export type Channels = 1 | 3 | 4;

/**
 * Gives memory back at once that is not needed any more. A worker makes little garbage of its own,
 * so that its collector lets hundreds of megabytes of pictures lie.
 */
export function release(view: ArrayBufferView): void {
  const buffer = view.buffer as ArrayBuffer;
  if (!buffer.detached) buffer.transfer(0);
}

/** A file that says it is a picture and is none, or one that nothing here can decode. */
export class UndecodableError extends Error {}

/**
 * Takes a picture's rows from the top and keeps each square of `factor` by `factor` pixels as its
 * mean, so that a huge picture is never held whole. What lies unseen under clear pixels does not
 * count. Squares at the right and lower edge may be of fewer pixels.
 */
export class RasterBuilder {
  readonly #width: number;
  readonly #height: number;
  readonly #factor: number;
  readonly #target: { width: number; height: number; pixels: Uint8ClampedArray<ArrayBuffer> };
  /** Sums of the squares of the current row of squares; colours times alpha where there is any. */
  readonly #sums: Float64Array;
  #rows = 0;
  #isOpaque = true;

  constructor(width: number, height: number, factor: number) {
    this.#width = width;
    this.#height = height;
    this.#factor = factor;
    const [across, down] = [Math.ceil(width / factor), Math.ceil(height / factor)];
    const pixels = new Uint8ClampedArray(across * down * 4);
    this.#target = { width: across, height: down, pixels };
    this.#sums = new Float64Array(factor > 1 ? across * 4 : 0);
  }

  get rows(): number {
    return this.#rows;
  }

  /** The next row, which begins at `start` in `source`. */
  addRow(source: Uint8Array | Uint8ClampedArray, start: number, channels: Channels): void {
    if (this.#factor === 1) this.#copy(source, start, channels);
    else this.#sum(source, start, channels);
    this.#rows++;
    const isLastOfSquares = this.#rows % this.#factor === 0 || this.#rows === this.#height;
    if (this.#factor > 1 && isLastOfSquares) this.#average();
  }

  /** @throws {UndecodableError} where rows are missing. */
  finish(): Raster {
    if (this.#rows < this.#height) {
      throw new UndecodableError(`Only ${this.#rows} of ${this.#height} rows are there`);
    }
    return { ...this.#target, isOpaque: this.#isOpaque };
  }

  #copy(source: Uint8Array | Uint8ClampedArray, start: number, channels: Channels): void {
    const to = this.#rows * this.#width * 4;
    const alphas = COPY[channels](this.#target.pixels, to, source, start, this.#width);
    if (alphas !== 255) this.#isOpaque = false;
  }

  #sum(source: Uint8Array | Uint8ClampedArray, start: number, channels: Channels): void {
    const alphas = SUM[channels](this.#sums, source, start, this.#width, this.#factor);
    if (alphas !== 255) this.#isOpaque = false;
  }

  #average(): void {
    const { width, pixels } = this.#target;
    const sums = this.#sums;
    const squareRow = Math.ceil(this.#rows / this.#factor) - 1;
    const rows = this.#rows - squareRow * this.#factor;
    for (let x = 0; x < width; x++) {
      const alpha = sums[x * 4 + 3]!;
      const to = (squareRow * width + x) * 4;
      const across = Math.min(this.#factor, this.#width - x * this.#factor);
      if (alpha > 0) {
        pixels[to] = sums[x * 4]! / alpha;
        pixels[to + 1] = sums[x * 4 + 1]! / alpha;
        pixels[to + 2] = sums[x * 4 + 2]! / alpha;
        pixels[to + 3] = alpha / (across * rows);
      }
    }
    sums.fill(0);
  }
}

type Rows = Uint8Array | Uint8ClampedArray;

/** Lays out a row as RGBA from `to` on; all its alphas, joined by "and". */
type Copy = (pixels: Rows, to: number, row: Rows, from: number, width: number) => number;

// One function for each number of channels, since this is done for every pixel there is.
const COPY: Readonly<Record<Channels, Copy>> = {
  1(pixels, to, row, from, width) {
    for (let x = 0; x < width; x++, to += 4) {
      pixels[to] = pixels[to + 1] = pixels[to + 2] = row[from + x]!;
      pixels[to + 3] = 255;
    }
    return 255;
  },
  3(pixels, to, row, from, width) {
    for (let x = 0; x < width; x++, to += 4, from += 3) {
      pixels[to] = row[from]!;
      pixels[to + 1] = row[from + 1]!;
      pixels[to + 2] = row[from + 2]!;
      pixels[to + 3] = 255;
    }
    return 255;
  },
  4(pixels, to, row, from, width) {
    pixels.set(row.subarray(from, from + width * 4), to);
    let alphas = 255;
    for (let i = from + 3; i < from + width * 4; i += 4) alphas &= row[i]!;
    return alphas;
  },
};

/** Adds a row to the sums of its squares; all its alphas, joined by "and". */
type Sum = (sums: Float64Array, row: Rows, from: number, width: number, factor: number) => number;

const SUM: Readonly<Record<Channels, Sum>> = {
  1(sums, row, from, width, factor) {
    for (let left = 0, to = 0; left < width; left += factor, to += 4) {
      const end = from + Math.min(factor, width - left);
      let grey = 0;
      const count = end - from;
      for (; from < end; from++) grey += row[from]!;
      sums[to]! += grey * 255;
      sums[to + 1]! += grey * 255;
      sums[to + 2]! += grey * 255;
      sums[to + 3]! += count * 255;
    }
    return 255;
  },
  3(sums, row, from, width, factor) {
    for (let left = 0, to = 0; left < width; left += factor, to += 4) {
      const count = Math.min(factor, width - left);
      const end = from + count * 3;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (; from < end; from += 3) {
        red += row[from]!;
        green += row[from + 1]!;
        blue += row[from + 2]!;
      }
      sums[to]! += red * 255;
      sums[to + 1]! += green * 255;
      sums[to + 2]! += blue * 255;
      sums[to + 3]! += count * 255;
    }
    return 255;
  },
  4(sums, row, from, width, factor) {
    let alphas = 255;
    for (let left = 0, to = 0; left < width; left += factor, to += 4) {
      const end = from + Math.min(factor, width - left) * 4;
      let red = 0;
      let green = 0;
      let blue = 0;
      let alpha = 0;
      for (; from < end; from += 4) {
        const own = row[from + 3]!;
        red += row[from]! * own;
        green += row[from + 1]! * own;
        blue += row[from + 2]! * own;
        alpha += own;
        alphas &= own;
      }
      sums[to]! += red;
      sums[to + 1]! += green;
      sums[to + 2]! += blue;
      sums[to + 3]! += alpha;
    }
    return alphas;
  },
};
