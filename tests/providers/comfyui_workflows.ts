/** Workflows as ComfyUI's menu exports them for the API. */

import { SDXL_FILE } from "../fakes/comfyui.ts";

export function node<const Inputs extends object>(class_type: string, inputs: Inputs) {
  return { class_type, inputs, _meta: { title: class_type } };
}

const ENDS = {
  "8": node("VAEDecode", { samples: ["3", 0], vae: ["4", 2] }),
  "9": node("SaveImage", { images: ["8", 0], filename_prefix: "ComfyUI" }),
};

const SAMPLER = {
  seed: 156680208700286,
  steps: 20,
  cfg: 8,
  sampler_name: "euler",
  scheduler: "normal",
  denoise: 1,
  model: ["4", 0],
  positive: ["6", 0],
  negative: ["7", 0],
};

/** The example that ComfyUI opens with, for SDXL. */
export const EXPORTED = {
  "3": node("KSampler", { ...SAMPLER, latent_image: ["5", 0] }),
  "4": node("CheckpointLoaderSimple", { ckpt_name: SDXL_FILE }),
  "5": node("EmptyLatentImage", { width: 896, height: 1152, batch_size: 1 }),
  "6": node("CLIPTextEncode", { text: "a bottle", clip: ["4", 1] }),
  "7": node("CLIPTextEncode", { text: "blurry", clip: ["4", 1] }),
  ...ENDS,
};

export const IMAGE_TO_IMAGE = {
  ...EXPORTED,
  "2": node("LoadImage", { image: "example.png" }),
  "3": node("KSampler", { ...SAMPLER, denoise: 0.87, latent_image: ["5", 0] }),
  "5": node("VAEEncode", { pixels: ["2", 0], vae: ["4", 2] }),
};

/** With a mask painted in ComfyUI, which is the transparency of the picture. */
export const INPAINTING = {
  ...IMAGE_TO_IMAGE,
  "3": node("KSampler", { ...SAMPLER, latent_image: ["9", 0] }),
  "9": node("SetLatentNoiseMask", { samples: ["5", 0], mask: ["2", 1] }),
  "30": node("SaveImage", { images: ["8", 0], filename_prefix: "ComfyUI" }),
};

export const INVERT = {
  "1": node("LoadImage", { image: "example.png" }),
  "2": node("ImageInvert", { image: ["1", 0] }),
  "3": node("SaveImage", { images: ["2", 0], filename_prefix: "inverted" }),
};

/** FLUX's example with a guider, a prompt and a size in nodes of their own, and a prompt in two parts. */
export const FLUX_EXPORTED = {
  "8": node("VAEDecode", { samples: ["13", 0], vae: ["10", 0] }),
  "9": node("SaveImage", { images: ["8", 0], filename_prefix: "ComfyUI" }),
  "10": node("VAELoader", { vae_name: "ae.safetensors" }),
  "11": node("DualCLIPLoader", {
    clip_name1: "t5xxl_fp16.safetensors",
    clip_name2: "clip_l.safetensors",
    type: "flux",
  }),
  "12": node("UNETLoader", { unet_name: "flux1-dev.safetensors", weight_dtype: "default" }),
  "13": node("SamplerCustomAdvanced", {
    noise: ["25", 0],
    guider: ["22", 0],
    sampler: ["16", 0],
    sigmas: ["17", 0],
    latent_image: ["27", 0],
  }),
  "16": node("KSamplerSelect", { sampler_name: "euler" }),
  "17": node("BasicScheduler", {
    scheduler: "simple",
    steps: 20,
    denoise: 1,
    model: ["12", 0],
  }),
  "22": node("BasicGuider", { model: ["12", 0], conditioning: ["26", 0] }),
  "25": node("RandomNoise", { noise_seed: 219670278747233 }),
  "26": node("FluxGuidance", { guidance: 3.5, conditioning: ["28", 0] }),
  "27": node("EmptySD3LatentImage", { width: ["34", 0], height: ["35", 0], batch_size: 1 }),
  "28": node("ConditioningCombine", { conditioning_1: ["6", 0], conditioning_2: ["6", 0] }),
  "6": node("CLIPTextEncode", { text: ["44", 0], clip: ["11", 0] }),
  "34": node("PrimitiveInt", { value: 1024 }),
  "35": node("PrimitiveInt", { value: 768 }),
  "44": node("PrimitiveStringMultiline", { value: "an anime girl" }),
};
