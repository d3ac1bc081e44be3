/** What a picture's file tells of how it was made: never keys, paths, people or other pictures. */

import type { Making, Provenance, SourceType } from "../images/provenance/provenance.ts";
import { withProvenance } from "../images/provenance/write.ts";
import { hideSecrets } from "../secrets.ts";
import type { GeneratedImage } from "../providers/provider.ts";
import { VERSION } from "../version.ts";
import type { ImageSource, PictureOperation } from "./records/records.ts";

export interface Embedding {
  /** How much is written: all of it, the kind of media alone, or nothing. */
  readonly extent: "full" | "mark" | "off";
  /** What may stand in no file. */
  readonly secrets: readonly string[];
}

/** What is known of a picture when it is stored. */
type MadeImage = Pick<ImageSource, "operation" | "prompt" | "parameters"> & {
  readonly provider: string;
  readonly model: string;
  readonly sourceType?: string;
  readonly maxBytes?: number;
};

/**
 * The picture's file with what made it written in. Ids of this and other pictures stay out, since
 * whoever knows one may fetch it over HTTP.
 */
export function embedded(
  { bytes, ...image }: GeneratedImage,
  about: MadeImage,
  embedding: Embedding,
): Uint8Array<ArrayBuffer> {
  const { maxBytes = Infinity } = about;
  for (const extent of LESSER[embedding.extent]) {
    const provenance = provenanceOf(about, image, { ...embedding, extent });
    const written = provenance ? withProvenance(bytes, provenance) : bytes;
    if (written.length <= maxBytes) return written;
  }
  return bytes;
}

/** The IPTC's code of the kind of media that a recorded picture is; undefined where nobody knows. */
export function sourceTypeOf(
  { operation, parameters }: Pick<ImageSource, "operation" | "parameters">,
): string | undefined {
  const { sourceType } = parameters;
  return typeof sourceType === "string" ? sourceType : USUAL_TYPES[operation];
}

/** What is written where a picture would get too large with more. */
const LESSER: Readonly<Record<Embedding["extent"], readonly Embedding["extent"][]>> = {
  full: ["full", "mark"],
  mark: ["mark"],
  off: [],
};

function provenanceOf(
  about: MadeImage,
  { revisedPrompt, seed, sourceType: own }: Omit<GeneratedImage, "bytes">,
  { extent, secrets }: Embedding,
): Provenance | undefined {
  const sourceType = about.sourceType ?? own ?? USUAL_TYPES[about.operation];
  if (extent === "mark") return sourceType ? { software: SOFTWARE, sourceType } : undefined;
  const { operation, provider, model, prompt } = about;
  const parameters = told(about.parameters);
  const making: Making = { operation, provider, model, prompt, revisedPrompt, seed, parameters };
  const clean = JSON.parse(hideSecrets(JSON.stringify(making), secrets));
  return { software: SOFTWARE, sourceType, making: clean };
}

const SOFTWARE = `mcp-image-server ${VERSION}`;

/** Whoever draws with no trained model says so of its pictures. */
const USUAL_TYPES: Readonly<Partial<Record<PictureOperation, SourceType>>> = {
  generate: "trainedAlgorithmicMedia",
  edit: "compositeWithTrainedAlgorithmicMedia",
  render: "algorithmicMedia",
};

/** Only what is known to be harmless: a parameter that comes later is left out until it is. */
function told(parameters: ImageSource["parameters"]): ImageSource["parameters"] {
  return Object.fromEntries(
    TOLD.filter((name) => parameters[name] !== undefined).map((name) => [name, parameters[name]]),
  );
}

const TOLD = [
  "negativePrompt",
  "model",
  "style",
  "size",
  "seed",
  "strength",
  "options",
  "conversion",
];
