/**
 * LoRAs as people name them: in a prompt, as other programs have it ("<lora:name:0.8>"), or in
 * `model`, joined to a checkpoint or alone ("a-checkpoint+lora:name:0.8").
 */

import { ImageError, nearest, oneOf } from "../../errors.ts";
import type { ImageRequest } from "../provider.ts";
import { findFile } from "./installed.ts";

/** As it was named, and how strongly it counts. */
export interface Lora {
  readonly name: string;
  readonly strength: number;
}

/** A request whose model is without the LoRAs that were named with it. */
export interface ModelRequest extends ImageRequest {
  readonly loras: readonly Lora[];
}

/** A model's name without the LoRAs in it; undefined where nothing is left. */
export function readModel(
  model: string | undefined,
): { readonly model?: string; readonly loras: readonly Lora[] } {
  const parts = model?.split(/\+(?=lora:)/i) ?? [];
  const loras = parts.flatMap((part) => {
    const [, name, strength] = IN_MODEL.exec(part.trim()) ?? [];
    return name === undefined ? [] : [loraOf(name, strength)];
  });
  const rest = parts.filter((part) => !IN_MODEL.test(part.trim())).join("+");
  return rest ? { model: rest, loras } : { loras };
}

/** The prompt without the LoRAs in it. */
export function readPrompt(
  prompt: string,
): { readonly prompt: string; readonly loras: readonly Lora[] } {
  const loras = [...prompt.matchAll(IN_PROMPT)].map(([, name = "", strength]) =>
    loraOf(name, strength)
  );
  return { prompt: loras.length > 0 ? prompt.replaceAll(IN_PROMPT, "").trim() : prompt, loras };
}

/** The file of a LoRA among `files`. @throws {ImageError} where there is none. */
export function fileOf({ name }: Lora, files: readonly string[]): string {
  const file = findFile(name, files);
  if (file !== undefined) return file;
  const near = nearest(name, files);
  const named = near ? [near] : files.slice(0, MOST_NAMED);
  throw new ImageError(
    "invalid_parameters",
    `ComfyUI has no LoRA '${name.slice(0, 100)}'. ` +
      (named.length > 0 ? `It has ${oneOf(named)}` : "Put it into its folder models/loras"),
    named.length < files.length ? { available_loras: files.slice(0, 50) } : {},
  );
}

function loraOf(name: string, strength = "1"): Lora {
  return { name: name.trim(), strength: Number(strength) };
}

const MOST_NAMED = 5;

const IN_MODEL = /^lora:(.{1,200}?)(?::(-?\d+(?:\.\d+)?))?$/i;
const IN_PROMPT = /<lora:([^:<>]{1,200})(?::(-?\d+(?:\.\d+)?))?(?::[^<>]{0,40})?>/gi;
