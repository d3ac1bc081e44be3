/** Pictures that come in, into what every vendor reads: upright, at rest, 8 bits, without metadata. */

import { checkImage } from "../check.ts";
import { isAnimatedGif } from "../check/gif.ts";
import { MAX_WHOLE_PIXELS } from "../limits.ts";
import { identifyImage, type MediaType } from "../media_type.ts";
import { withoutMetadata } from "../metadata.ts";
import { bigEndian, hasText, textAt } from "../read_bytes.ts";
import { type Codecs, decode } from "./decode.ts";
import { encode } from "./encode.ts";
import { orientationOf } from "./file_facts.ts";
import { factorOf } from "./preview.ts";
import { release, UndecodableError } from "./raster.ts";

export interface Received {
  /** A PNG, JPEG or WebP file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: MediaType;
  /** In pixels, as the picture is seen. */
  readonly width: number;
  readonly height: number;
  /** What became of it, each to follow its name: "was animated, and its first picture is used". */
  readonly changes: readonly string[];
}

/** The same bytes where nothing must change. @throws {UndecodableError} to follow the name, too. */
export async function receive(
  { bytes }: { readonly bytes: Uint8Array<ArrayBuffer> },
  codecs: Codecs,
): Promise<Received> {
  const damage = checkImage(bytes);
  if (damage) throw new UndecodableError(`is ${damage}`);
  const { mediaType, width = 0, height = 0 } = identifyImage(bytes)!;
  const factor = Math.ceil(Math.sqrt(width * height / MAX_WHOLE_PIXELS));
  const changes = REASONS.filter(({ applies }) => applies(bytes)).flatMap(({ change }) => change);
  if (factor > 1) {
    changes.push(`is ${width}x${height} and was made ${factor} times smaller, as no more is sent`);
  }
  const isFit = changes.length === 0 && SENT.has(mediaType) && orientationOf(bytes) === 1;
  if (!isFit) return await repacked(bytes, mediaType, factor, changes, codecs);
  // Whoever pays for it should know that it can be read to its end.
  release((await decode(bytes, factorOf(width, height), codecs)).pixels);
  return { bytes: withoutMetadata(bytes), mediaType, width, height, changes };
}

async function repacked(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: MediaType,
  factor: number,
  changes: readonly string[],
  codecs: Codecs,
): Promise<Received> {
  const raster = await decode(bytes, factor, codecs);
  const { width, height, pixels } = raster;
  const format = mediaType === "image/jpeg" ? "jpeg" : "png";
  const made = await encode(raster, { format, quality: QUALITY }, codecs);
  release(pixels);
  return { bytes: made!.bytes, mediaType: made!.mediaType, width, height, changes };
}

/** What all vendors read that read any. */
const SENT: ReadonlySet<MediaType> = new Set<MediaType>(["image/png", "image/jpeg", "image/webp"]);
/** Of a JPEG that is packed again; nobody sees the difference. */
const QUALITY = 95;

/** What some vendors refuse, and what is done about it. */
const REASONS: readonly {
  readonly applies: (bytes: Uint8Array) => boolean;
  readonly change: string;
}[] = [
  { applies: isAnimated, change: "is animated, and its first picture was used" },
  {
    applies: (bytes) => hasText(bytes, 1, "PNG") && bytes[24] === 16,
    change: "has 16 bits a channel, and 8 of them were used",
  },
  {
    applies: (bytes) => hasText(bytes, 0, "\xff\xd8") && componentsOf(bytes) === 4,
    change: "is in the colours of print (CMYK), and was converted to those of a screen",
  },
];

function isAnimated(bytes: Uint8Array): boolean {
  if (hasText(bytes, 0, "GIF8")) return isAnimatedGif(bytes);
  if (hasText(bytes, 12, "VP8X")) return (bytes[20]! & 0x02) !== 0;
  return hasText(bytes, 1, "PNG") && isAnimatedPng(bytes);
}

/** Its chunk comes before the pixels. */
function isAnimatedPng(bytes: Uint8Array): boolean {
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const type = textAt(bytes, offset + 4, 4);
    if (type === "acTL" || type === "IDAT") return type === "acTL";
    offset += 12 + bigEndian(bytes, offset, 4);
  }
  return false;
}

/** Colours of a JPEG; 0 where its header has no frame. */
function componentsOf(bytes: Uint8Array): number {
  for (let offset = 2; bytes[offset] === 0xff;) {
    const marker = bytes[offset + 1]!;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return bytes[offset + 9]!;
    offset += marker === 0xff ? 1 : 2 + bigEndian(bytes, offset + 2, 2);
  }
  return 0;
}
