/** The use case: what a picture's file tells of where it came from, cleaned and in bounded words. */

import { identifyImage } from "../images/media_type.ts";
import type { Making } from "../images/provenance/provenance.ts";
import { readProvenance } from "../images/provenance/read.ts";
import type { FoundPicture } from "../inputs/picture_source.ts";
import { isRecord } from "../json.ts";
import { cut, printable, printableLine } from "../printable.ts";
import type { ImageRepository } from "../storage/image_repository.ts";
import { sourceTypeOf } from "../storage/embedded_provenance.ts";

/** What is known, in the words of the answer; nothing is there that is not known. */
export interface Metadata {
  readonly mime_type: string;
  readonly width?: number;
  readonly height?: number;
  /** The IPTC's word, such as "trainedAlgorithmicMedia". */
  readonly digital_source_type?: string;
  readonly software?: string;
  /** Whether there is a manifest; whether it is true is not checked. */
  readonly has_c2pa_manifest: boolean;
  /** Whether how it was made is told by its file, or by a record here alone. */
  readonly made_is_from?: "file" | "record";
  readonly made?: Readonly<Record<string, unknown>>;
  readonly stable_diffusion?: Readonly<Record<string, unknown>>;
  readonly comfyui?: Readonly<Record<string, string>>;
}

export interface ReadMetadata {
  readonly metadata: Metadata;
  /** What is not told, as sentences. */
  readonly warnings: readonly string[];
}

/** The file's own words; of a picture made here, its record's where the file tells nothing. */
export async function readMetadata(
  { bytes, imageId, mediaType, told }: Omit<FoundPicture, "name">,
  owner: string,
  images: ImageRepository,
): Promise<ReadMetadata> {
  const { width, height } = identifyImage(bytes) ?? {};
  const found = told ?? readProvenance(bytes);
  const record = imageId === undefined ? undefined : await images.find(imageId, owner);
  const source = record && await images.sourceOf(record, owner);
  const kept = found.making || !record || !source ? undefined : { ...record, ...source };
  const warnings: string[] = [...found.leftOut];
  const made = found.making ?? (kept && { ...kept, ...absentForNull(kept) });
  const { parameters, comfyui } = found;
  const metadata = {
    mime_type: mediaType,
    width,
    height,
    digital_source_type: found.sourceType ?? (source && sourceTypeOf(source)),
    software: found.software && clean(found.software, "software"),
    has_c2pa_manifest: found.hasManifest,
    made_is_from: found.making ? "file" as const : kept ? "record" as const : undefined,
    made: made && madeWords(made),
    stable_diffusion: parameters && {
      prompt: clean(parameters.prompt, "prompt"),
      negative_prompt: parameters.negativePrompt && clean(parameters.negativePrompt, "prompt"),
      settings: cleanObject(parameters.settings, "Stable Diffusion's settings"),
    },
    comfyui: comfyui && {
      prompt: comfyui.prompt && whole(comfyui.prompt, "prompt"),
      workflow: comfyui.workflow && whole(comfyui.workflow, "workflow"),
    },
  };
  return { metadata: withoutAbsent(metadata) as Metadata, warnings };

  function madeWords({ operation, provider, model, prompt, ...making }: Making) {
    return {
      operation: clean(operation, "operation"),
      provider: clean(provider, "provider"),
      model: clean(model, "model"),
      prompt: clean(prompt, "prompt"),
      revised_prompt: making.revisedPrompt && clean(making.revisedPrompt, "revised prompt"),
      seed: making.seed,
      parameters: cleanObject(making.parameters, "parameters"),
    };
  }

  function clean(text: string, what: string): string {
    if (text.length > LONGEST) {
      warnings.push(`The ${what} is cut: it has ${text.length} characters`);
    }
    return printable(cut(text, LONGEST));
  }

  function cleanObject(object: Readonly<Record<string, unknown>>, what: string) {
    const text = JSON.stringify(object);
    if (text.length <= LONGEST) return JSON.parse(text, (_name, value) => cleanValue(value));
    warnings.push(`The ${what} are left out: they have ${text.length} characters`);
  }

  /** Half a graph is of no use. */
  function whole(json: string, what: string): string | undefined {
    if (json.length <= LONGEST_GRAPH) return printable(json);
    warnings.push(`The graph '${what}' is left out: it has ${json.length} characters`);
  }
}

/** In characters. */
const LONGEST = 32_000;
const LONGEST_GRAPH = 50_000;

function cleanValue(value: unknown): unknown {
  if (typeof value === "string") return printable(value);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [printableLine(name), member]),
  );
}

function absentForNull(
  { seed, revisedPrompt }: { readonly seed: number | null; readonly revisedPrompt: string | null },
) {
  return { seed: seed ?? undefined, revisedPrompt: revisedPrompt ?? undefined };
}

function withoutAbsent(value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, member]) => member !== undefined && member !== "")
      .map(([name, member]) => [name, withoutAbsent(member)]),
  );
}
