/** A request as the web UIs' API has it, with the fields that AUTOMATIC1111, Forge and SD.Next share. */

import type { ImageRequest } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";
import { MAX_PIXELS, STEPS_OF_QUALITY, wordsFor } from "./capabilities.ts";
import type { Engine } from "./engine.ts";
import { type Kind, kindOf } from "./kinds.ts";
import type { Chosen } from "./lists.ts";

export interface Submission {
  readonly path: "txt2img" | "img2img";
  readonly body: Readonly<Record<string, unknown>>;
  /** Where the picture departs from what was asked for. */
  readonly warnings: readonly string[];
}

/** What is asked of the web UI. */
export function bodyOf(request: ImageRequest, engine: Engine, chosen: Chosen): Submission {
  const words = chosen.checkpoint
    ? `${chosen.checkpoint.kind ?? ""} ${chosen.checkpoint.title}`
    : wordsFor(undefined, chosen.inventory);
  const kind = kindOf(words);
  const base = request.inputs[0];
  const { width, height, warnings } = sizeOf(request, kind);
  const shared = {
    prompt: promptOf(request, chosen),
    negative_prompt: request.negativePrompt ?? "",
    seed: request.seed ?? -1,
    width,
    height,
    batch_size: 1,
    n_iter: 1,
    ...guidanceOf(request, engine, kind),
    ...engine.sampler === undefined ? {} : { sampler_name: engine.sampler },
    override_settings: chosen.checkpoint ? { sd_model_checkpoint: chosen.checkpoint.title } : {},
    override_settings_restore_afterwards: true,
    send_images: true,
    save_images: false,
  };
  if (!base) return { path: "txt2img", body: shared, warnings };
  const body = { ...shared, ...pictureFields(request, base.bytes) };
  return { path: "img2img", body, warnings };
}

function pictureFields({ mask, strength = DEFAULT_STRENGTH }: ImageRequest, base: Uint8Array) {
  return {
    init_images: [base],
    denoising_strength: strength,
    resize_mode: 0,
    include_init_images: false,
    ...mask
      ? {
        mask: mask.bytes,
        inpainting_mask_invert: 0, // white is drawn anew
        inpainting_fill: 1, // from what is there
        inpaint_full_res: false, // seeing the whole picture
        mask_blur: 4,
      }
      : {},
  };
}

/** The words of the style follow as tags do, and LoRAs as the web UIs write them. */
function promptOf({ prompt, style = "" }: ImageRequest, { loras }: Chosen): string {
  const words = STYLE_WORDS[style]?.prompt;
  const tags = loras.map(({ name, weight }) => `<lora:${name}:${weight}>`);
  return [words ? `${prompt}, ${words}` : prompt, ...tags].join(" ");
}

function guidanceOf({ options }: ImageRequest, engine: Engine, kind: Kind) {
  const share = STEPS_OF_QUALITY[String(options.quality ?? "medium")] ?? 1;
  const steps = Math.round((engine.steps || kind.steps) * share);
  return {
    steps: Math.min(Math.max(steps, 1), MOST_STEPS),
    cfg_scale: engine.cfgScale ?? kind.cfgScale,
    ...kind.distilledCfgScale ? { distilled_cfg_scale: kind.distilledCfgScale } : {},
  };
}

/** The size asked for, or the incoming picture's, or the square that the checkpoint was trained with. */
function sizeOf({ size, inputs }: ImageRequest, { side }: Kind) {
  if (size !== undefined && size !== "auto") {
    const [width = side, height = side] = size.split("x").map(Number);
    return { width, height, warnings: tooLarge(width, height, side) };
  }
  const [base] = inputs;
  if (!base) return { width: side, height: side, warnings: [] };
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (base.width * base.height)));
  const [width, height] = [inSteps(base.width * scale), inSteps(base.height * scale)];
  const warning = `The picture was changed at ${width}x${height}, since a web UI would need too ` +
    `much memory for ${base.width}x${base.height}`;
  return { width, height, warnings: scale < 1 ? [warning] : [] };
}

function tooLarge(width: number, height: number, side: number): readonly string[] {
  if (width * height <= MOST_TIMES_TRAINED * side ** 2) return [];
  return [
    `The checkpoint was trained with pictures of about ${side}x${side}: at ${width}x${height} it ` +
    "may show things twice. A smaller resolution, or a checkpoint for larger ones, helps",
  ];
}

function inSteps(pixels: number): number {
  return Math.max(Math.round(pixels / STEP), 8) * STEP;
}

/** As all three have it in their API. */
const DEFAULT_STRENGTH = 0.75;
const MOST_STEPS = 150;
/** In pixels. */
const STEP = 8;
/** The area from which on models repeat what they show. */
const MOST_TIMES_TRAINED = 2.5;
