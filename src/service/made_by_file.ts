/** How a picture was asked for, by what its file tells: the words of whoever wrote the file. */

import { ImageError } from "../errors.ts";
import { identifyImage } from "../images/media_type.ts";
import { readProvenance } from "../images/provenance/read.ts";
import type { FoundPicture } from "../inputs/picture_source.ts";
import { isRecord } from "../json.ts";
import type { MadePicture } from "../requests/based_on.ts";

/**
 * Of what this server or Stable Diffusion's tools wrote. Only what a picture may be asked to be is
 * taken: a file says neither where anything is saved nor anything else. Where its provider is none
 * of `providers`, prompt, seed and shape are.
 * @throws {ImageError} `invalid_parameters` where the file tells nothing of it.
 */
export function madeByFile(
  { bytes, name, told }: FoundPicture,
  providers: readonly string[],
): MadePicture {
  const { making, parameters } = told ?? readProvenance(bytes);
  const { width = null, height = null } = identifyImage(bytes) ?? {};
  const file = { id: name, width, height };
  if (making) {
    const { provider, operation, prompt, parameters, seed } = making;
    const isForeign = !providers.includes(provider);
    const known = { ...askedFor(parameters), ...seedOf(parameters.seed ?? seed) };
    return { ...file, provider, operation, prompt, isForeign, parameters: known };
  }
  if (!parameters?.prompt) throw tellsNothing(name);
  const { prompt, negativePrompt, settings } = parameters;
  return {
    ...file,
    provider: "",
    isForeign: true,
    operation: "generate",
    prompt,
    parameters: { negativePrompt, ...seedOf(Number(settings.Seed)) },
  };
}

function askedFor({ options, conversion, ...parameters }: Readonly<Record<string, unknown>>) {
  const own = isRecord(options) ? options : {};
  return {
    ...textsIn(parameters, ["negativePrompt", "model", "style", "size"]),
    conversion,
    options: {
      ...textsIn(own, ["quality", "background", "output_format", "moderation"]),
      ...typeof own.output_compression === "number"
        ? { output_compression: own.output_compression }
        : {},
    },
  };
}

function textsIn(object: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const texts = names.flatMap((name) => {
    const value = object[name];
    return typeof value === "string" && value.length <= LONGEST ? [[name, value] as const] : [];
  });
  return Object.fromEntries(texts);
}

/** In characters, as of a prompt. */
const LONGEST = 32_000;

function seedOf(seed: unknown): { readonly seed?: number } {
  const isSeed = typeof seed === "number" && Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32;
  return isSeed ? { seed } : {};
}

function tellsNothing(name: string): ImageError {
  return new ImageError(
    "invalid_parameters",
    `${name} does not tell how it was made: give a prompt, or call edit_image with the picture`,
  );
}
