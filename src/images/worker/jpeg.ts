/** JPEG by libjpeg-turbo, which packs three times as fast as mozjpeg for a fifth more bytes. */

import createCodec from "../../dependencies/libjpeg_turbo.ts";
import { writeNatively } from "./native.ts";
import { type Channels, type Raster, RasterBuilder, UndecodableError } from "./raster.ts";
import { Codec, type CodecModules } from "./wasm.ts";

/** @cornerstonejs/codec-libjpeg-turbo-8bit 1.2.8, as its README and source show it. */
interface Turbo {
  readonly JPEGDecoder: new () => {
    getEncodedBuffer(length: number): Uint8Array;
    /** A view of the codec's own memory. */
    getDecodedBuffer(): Uint8Array;
    readHeader(): void;
    decode(): void;
    getFrameInfo(): FrameInfo;
    delete(): void;
  };
  readonly JPEGEncoder: new () => {
    getDecodedBuffer(frame: FrameInfo): Uint8Array;
    getEncodedBuffer(): Uint8Array;
    setQuality(quality: number): void;
    setSubSampling(kind: number): void;
    setProgressive(isProgressive: boolean): void;
    encode(): void;
    delete(): void;
  };
}

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
  readonly isSigned: boolean;
}

export interface JpegCodec {
  /** @throws {UndecodableError}, for what is neither grey nor of three colours too. */
  read(bytes: Uint8Array, factor: number): Promise<Raster>;
  /** `quality` from 1 to 100. What may be seen through counts as opaque. */
  write(raster: Raster, quality: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function createJpegCodec(modules: () => CodecModules): JpegCodec {
  const codec = new Codec<Turbo>(createCodec, () => modules().jpeg);
  const using = async <T>(work: (turbo: Turbo) => T, explain: (error: unknown) => Error) => {
    const turbo = await codec.instance();
    let hasFailed = true;
    try {
      const result = work(turbo);
      hasFailed = false;
      return result;
    } catch (error) {
      throw explain(error);
    } finally {
      codec.tidy(hasFailed);
    }
  };
  return {
    read: (bytes, factor) => using((turbo) => read(turbo, bytes, factor), undecodable),
    write: (raster, quality) =>
      roomFactor(raster, quality) > MOST_ROOM
        ? writeNatively(raster, quality)
        : using((turbo) => write(turbo, raster, quality), (error) => error as Error),
  };
}

function undecodable(error: unknown): Error {
  return error instanceof UndecodableError
    ? error
    : new UndecodableError("Its data cannot be decoded");
}

function read(turbo: Turbo, bytes: Uint8Array, factor: number): Raster {
  const decoder = new turbo.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    if (componentCount !== 1 && componentCount !== 3) {
      throw new UndecodableError(`A JPEG of ${componentCount} colours is not decoded here`);
    }
    const pixels = decoder.getDecodedBuffer();
    const builder = new RasterBuilder(width, height, factor);
    const stride = width * componentCount;
    for (let y = 0; y < height; y++) builder.addRow(pixels, y * stride, componentCount as Channels);
    return builder.finish();
  } finally {
    decoder.delete();
  }
}

function write(turbo: Turbo, raster: Raster, quality: number): Uint8Array<ArrayBuffer> {
  const { width, height, pixels } = raster;
  const encoder = new turbo.JPEGEncoder();
  try {
    const rows = encoder.getDecodedBuffer({
      width,
      height,
      bitsPerSample: 8 * roomFactor(raster, quality),
      componentCount: 3,
      isSigned: false,
    });
    for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) {
      rows[to] = pixels[from]!;
      rows[to + 1] = pixels[from + 1]!;
      rows[to + 2] = pixels[from + 2]!;
    }
    encoder.setQuality(quality);
    encoder.setSubSampling(quality >= FULL_COLOUR ? 0 : HALF_COLOUR);
    encoder.setProgressive(false);
    encoder.encode();
    return new Uint8Array(encoder.getEncodedBuffer());
  } finally {
    encoder.delete();
  }
}

/**
 * The codec gives the file as much room as the pixels take and writes beyond it where the file
 * takes more, as those of a few pixels or of noise do: so it is told of samples of several bytes,
 * of which it uses the first ones.
 */
function roomFactor({ width, height }: Raster, quality: number): number {
  const [, bytes] = MOST_BYTES_A_PIXEL.find(([highest]) => quality <= highest)!;
  const padded = Math.ceil(width / 16) * Math.ceil(height / 16) * 256;
  return Math.ceil((padded * bytes + HEADERS) / (width * height * 3));
}

/** The codec takes no more than 255 bits a sample, so a few pixels are written otherwise. */
const MOST_ROOM = 31;
/** By the highest quality: what random pixels, black or full in each channel, take, and more. */
const MOST_BYTES_A_PIXEL: readonly (readonly [quality: number, bytes: number])[] = [
  [89, 1.5],
  [95, 2.95],
  [100, 5.9],
];
const HEADERS = 2048;

/** TurboJPEG's TJSAMP_420: half the resolution for colour in both directions. */
const HALF_COLOUR = 2;
/** From this quality on colour is kept in full. */
const FULL_COLOUR = 90;
