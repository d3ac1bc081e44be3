/** LoRAs as people write them into prompts elsewhere: "<lora:name:0.8>". */

import { ImageError, nearest, oneOf } from "../../errors.ts";
import { findFile } from "./installed.ts";

export interface Lora {
  readonly file: string;
  readonly strength: number;
}

/**
 * The prompt without them, and the files that they name among `files`.
 * @throws {ImageError} where there is no such file.
 */
export function readLoras(
  prompt: string,
  files: readonly string[],
): { readonly prompt: string; readonly loras: readonly Lora[] } {
  const loras = [...prompt.matchAll(TAG)].map(([, name = "", strength = "1"]) => {
    const file = findFile(name.trim(), files);
    if (file !== undefined) return { file, strength: Number(strength) };
    throw notThere(name.trim(), files);
  });
  return { prompt: loras.length > 0 ? prompt.replaceAll(TAG, "").trim() : prompt, loras };
}

function notThere(name: string, files: readonly string[]): ImageError {
  const near = nearest(name, files);
  const named = near ? [near] : files.slice(0, 5);
  return new ImageError(
    "invalid_parameters",
    `ComfyUI has no LoRA '${name.slice(0, 100)}'. ` +
      (named.length > 0 ? `It has ${oneOf(named)}` : "Put it into its folder models/loras"),
    { available_loras: files.slice(0, 50) },
  );
}

const TAG = /<lora:([^:<>]{1,200})(?::(-?\d+(?:\.\d+)?))?(?::[^<>]{0,40})?>/gi;
