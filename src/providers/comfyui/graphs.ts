/**
 * The graphs that are made here, as data with gaps: weights, what is said to them, the space to
 * draw in, and the sampler. They are those of ComfyUI's own examples, read 2026-11-25.
 */

import type { Graph, GraphNode, Link } from "./graph.ts";

/** What loads the weights, and where the rest finds them. */
export interface Weights {
  readonly nodes: Graph;
  readonly model: Link;
  readonly clip: Link;
  readonly vae: Link;
}

/** A file with everything in it. */
export const CHECKPOINT: Weights = {
  nodes: { weights: node("CheckpointLoaderSimple", { ckpt_name: "%file%" }) },
  model: ["weights", 0],
  clip: ["weights", 1],
  vae: ["weights", 2],
};

/** Stable Diffusion 3 with text encoders of their own files, which most of its checkpoints lack. */
export const CHECKPOINT_AND_ENCODERS: Weights = {
  ...CHECKPOINT,
  nodes: {
    ...CHECKPOINT.nodes,
    encoders: node("TripleCLIPLoader", {
      clip_name1: "%clip_l%",
      clip_name2: "%clip_g%",
      clip_name3: "%clip_t5%",
    }),
  },
  clip: ["encoders", 0],
};

/** FLUX as its makers publish it: a model, two text encoders, a decoder. */
export const FLUX_FILES: Weights = {
  nodes: {
    weights: node("UNETLoader", { unet_name: "%file%", weight_dtype: "default" }),
    encoders: node("DualCLIPLoader", {
      clip_name1: "%clip_l%",
      clip_name2: "%clip_t5%",
      type: "flux",
    }),
    decoder: node("VAELoader", { vae_name: "%vae%" }),
  },
  model: ["weights", 0],
  clip: ["encoders", 0],
  vae: ["decoder", 0],
};

/** The same weights, changed by a LoRA. */
export function withLora(weights: Weights, file: string, strength: number, id: string): Weights {
  const { nodes, model, clip } = weights;
  const lora = node("LoraLoader", {
    model,
    clip,
    lora_name: file,
    strength_model: strength,
    strength_clip: strength,
  });
  return { ...weights, nodes: { ...nodes, [id]: lora }, model: [id, 0], clip: [id, 1] };
}

/** What comes in: nothing, a picture to draw anew, one with a mask, or one for FLUX's own ways to edit. */
export type Start = "empty" | "picture" | "masked" | "context" | "fill";

export interface GraphParts {
  readonly weights: Weights;
  readonly start: Start;
  readonly emptyLatent: string;
  /** Whether the weights take FLUX's own scale, and no negative prompt. */
  readonly hasGuidance: boolean;
}

/** The whole graph. Its gaps: the files, prompt, negative_prompt, seed, width, height, steps, cfg … */
export function graphFor({ weights, start, emptyLatent, hasGuidance }: GraphParts): Graph {
  const { model, clip, vae, nodes } = weights;
  const isFilled = start === "fill";
  const from: Conditioning = hasGuidance ? GUIDED : PLAIN;
  return {
    ...nodes,
    ...textNodes(clip, hasGuidance, start === "context"),
    ...start === "empty" ? {} : pictureNodes(vae),
    ...start === "masked" || isFilled ? MASK : {},
    ...start === "masked" ? NOISE_WITHIN_MASK : {},
    ...isFilled ? fillNodes(vae, from) : {},
    ...start === "empty" || start === "context" ? emptyNodes(emptyLatent) : {},
    sampler: node("KSampler", {
      model,
      seed: "%seed%",
      steps: "%steps%",
      cfg: "%cfg%",
      sampler_name: "%sampler%",
      scheduler: "%scheduler%",
      positive: isFilled ? ["filling", 0] : from.positive,
      negative: isFilled ? ["filling", 1] : from.negative,
      latent_image: isFilled ? ["filling", 2] : SPACES[start],
      denoise: "%strength%",
    }),
    decoded: node("VAEDecode", { samples: ["sampler", 0], vae }),
    ...start === "masked" || isFilled ? JOINED : {},
    // A file that ComfyUI keeps until it starts anew: this server keeps its own.
    shown: node("PreviewImage", {
      images: start === "masked" || isFilled ? ["joined", 0] : ["decoded", 0],
    }),
  };
}

interface Conditioning {
  readonly positive: Link;
  readonly negative: Link;
}

const PLAIN: Conditioning = { positive: ["positive", 0], negative: ["negative", 0] };
const GUIDED: Conditioning = { positive: ["guided", 0], negative: ["negative", 0] };

function textNodes(clip: Link, hasGuidance: boolean, isInContext: boolean): Graph {
  const positive = node("CLIPTextEncode", { text: "%prompt%", clip });
  if (!hasGuidance) {
    return { positive, negative: node("CLIPTextEncode", { text: "%negative_prompt%", clip }) };
  }
  const context = node("ReferenceLatent", {
    conditioning: ["positive", 0],
    latent: ["encoded", 0],
  });
  return {
    positive,
    negative: node("ConditioningZeroOut", { conditioning: ["positive", 0] }),
    ...isInContext ? { context } : {},
    guided: node("FluxGuidance", {
      conditioning: [isInContext ? "context" : "positive", 0],
      guidance: "%guidance%",
    }),
  };
}

function emptyNodes(kind: string): Graph {
  return { empty: node(kind, { width: "%width%", height: "%height%", batch_size: 1 }) };
}

function pictureNodes(vae: Link): Graph {
  return {
    picture: node("LoadImage", { image: "%image%" }),
    scaled: scaled(["picture", 0], "lanczos"),
    encoded: node("VAEEncode", { pixels: ["scaled", 0], vae }),
  };
}

/** A mask goes the way of the picture, so that it stays in its place. */
const MASK: Graph = {
  mask: node("LoadImageMask", { image: "%mask%", channel: "red" }),
  mask_picture: node("MaskToImage", { mask: ["mask", 0] }),
  mask_scaled: scaled(["mask_picture", 0], "bilinear"),
  mask_fitting: node("ImageToMask", { image: ["mask_scaled", 0], channel: "red" }),
};

const NOISE_WITHIN_MASK: Graph = {
  masked: node("SetLatentNoiseMask", { samples: ["encoded", 0], mask: ["mask_fitting", 0] }),
};

/** Outside the mask every pixel is the picture's own again. */
const JOINED: Graph = {
  joined: node("ImageCompositeMasked", {
    destination: ["scaled", 0],
    source: ["decoded", 0],
    x: 0,
    y: 0,
    resize_source: false,
    mask: ["mask_fitting", 0],
  }),
};

function fillNodes(vae: Link, { positive, negative }: Conditioning): Graph {
  return {
    filling: node("InpaintModelConditioning", {
      positive,
      negative,
      vae,
      pixels: ["scaled", 0],
      mask: ["mask_fitting", 0],
      noise_mask: true,
    }),
  };
}

const SPACES: Readonly<Record<Exclude<Start, "fill">, Link>> = {
  empty: ["empty", 0],
  context: ["empty", 0],
  picture: ["encoded", 0],
  masked: ["masked", 0],
};

function scaled(image: Link, method: string): GraphNode {
  return node("ImageScale", {
    image,
    upscale_method: method,
    width: "%width%",
    height: "%height%",
    crop: "center",
  });
}

function node(class_type: string, inputs: GraphNode["inputs"]): GraphNode {
  return { class_type, inputs };
}
