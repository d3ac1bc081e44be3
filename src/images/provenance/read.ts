/** What files tell of where their pictures came from; whatever stands in them, in bounded time and memory. */

import { identifyImage } from "../media_type.ts";
import { type Block, blocksOf } from "./blocks.ts";
import { commentInExif } from "./exif.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { readTextChunk } from "./png_text.ts";
import type { Making } from "./provenance.ts";
import { asMaking, readXmp } from "./xmp.ts";

export interface FoundProvenance {
  /** The IPTC's code of the kind of media, such as "trainedAlgorithmicMedia". */
  readonly sourceType?: string;
  readonly software?: string;
  /** Whether the file, or its XMP's reference, carries a C2PA manifest. It is not checked. */
  readonly hasManifest: boolean;
  /** As this server wrote it. */
  readonly making?: Making;
  /** As Stable Diffusion's tools wrote it. */
  readonly parameters?: Parameters & { readonly text: string };
  /** As ComfyUI wrote them: the nodes that ran, and the graph of its editor, as JSON texts. */
  readonly comfyui?: { readonly prompt?: string; readonly workflow?: string };
  /** What was there and not read, as sentences. */
  readonly leftOut: readonly string[];
}

/** The longest text that is read, in bytes, unpacked. */
const LONGEST_TEXT = 1024 * 1024;
const MOST_TEXTS = 50;

/** What a PNG, JPEG or WebP file tells; of other formats nothing is read. Never throws. */
export function readProvenance(bytes: Uint8Array): FoundProvenance {
  const blocks = blocksOf(bytes, identifyImage(bytes)?.mediaType ?? "");
  const leftOut = new Set<string>();
  const packet = packetIn(blocks, leftOut);
  const { making, isSignedElsewhere = false, ...xmp } = packet === undefined ? {} : readXmp(packet);
  const texts = textsIn(blocks, leftOut);
  const parameters = texts.get("parameters") ?? commentIn(blocks);
  const [prompt, workflow] = ["prompt", "workflow"].map((name) => jsonText(texts.get(name)));
  return {
    ...withoutAbsent(xmp),
    hasManifest: isSignedElsewhere || blocks.some(({ kind }) => kind === "manifest"),
    ...withoutAbsent({
      making: asMaking(making),
      parameters: parameters ? { ...readParameters(parameters), text: parameters } : undefined,
      comfyui: prompt || workflow ? withoutAbsent({ prompt, workflow }) : undefined,
    }),
    leftOut: [...leftOut],
  };
}

function packetIn(blocks: readonly Block[], leftOut: Set<string>): string | undefined {
  const block = blocks.find(({ kind }) => kind === "xmp");
  if (!block) return undefined;
  const text = block.chunk !== undefined
    ? readTextChunk(block, LONGEST_TEXT).text
    : block.content.length <= LONGEST_TEXT
    ? new TextDecoder().decode(block.content)
    : undefined;
  if (text === undefined) leftOut.add(tooLong("The XMP"));
  return text;
}

/** The texts of a PNG that are of use, the first of each keyword. */
function textsIn(blocks: readonly Block[], leftOut: Set<string>): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const block of blocks.filter(({ kind }) => kind === "text").slice(0, MOST_TEXTS)) {
    if (!KEYWORDS.some((keyword) => startsWith(block.content, keyword))) continue;
    const { keyword, text } = readTextChunk(block, LONGEST_TEXT);
    if (text === undefined) leftOut.add(tooLong(`The text '${keyword}'`));
    else if (!texts.has(keyword)) texts.set(keyword, text);
  }
  return texts;
}

/** Looked at before anything is unpacked. */
const KEYWORDS = ["parameters", "prompt", "workflow"];

function startsWith(content: Uint8Array, keyword: string): boolean {
  return [...keyword, "\0"].every((letter, index) => content[index] === letter.charCodeAt(0));
}

function commentIn(blocks: readonly Block[]): string | undefined {
  const exif = blocks.find(({ kind }) => kind === "exif");
  const comment = exif && commentInExif(exif.content, LONGEST_TEXT)?.replaceAll("\0", "").trim();
  // Cameras leave comments, too, which are no parameters.
  return comment && Object.keys(readParameters(comment).settings).length > 0 ? comment : undefined;
}

/** Other programs use the same keywords for other things. */
function jsonText(text: string | undefined): string | undefined {
  return text !== undefined && /^\s*\{/.test(text) ? text : undefined;
}

function tooLong(what: string): string {
  return `${what} is damaged or longer than ${LONGEST_TEXT} bytes and was not read`;
}

function withoutAbsent<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Fields;
}
