/** The nodes of the small ComfyUI, as `/object_info` of a real one (0.3.64) tells of them. */

/** What an input takes: the output of another node, a number within bounds, text, or one of a list. */
export type InputRule =
  | string
  | { readonly kind: "INT" | "FLOAT"; readonly min: number; readonly max: number }
  | { readonly choices: readonly string[] }
  | { readonly files: Folder }
  /** A file that was uploaded, or lies in ComfyUI's folder `input`. */
  | { readonly kind: "picture" };

export type Folder = "checkpoints" | "diffusion_models" | "text_encoders" | "vae" | "loras";

export interface NodeClass {
  readonly required: Readonly<Record<string, InputRule>>;
  readonly optional?: Readonly<Record<string, InputRule>>;
  readonly outputs: readonly string[];
  readonly isOutput?: boolean;
}

const int = (min: number, max: number): InputRule => ({ kind: "INT", min, max });
const float = (min: number, max: number): InputRule => ({ kind: "FLOAT", min, max });
const oneOf = (...choices: readonly string[]): InputRule => ({ choices });
const files = (folder: Folder): InputRule => ({ files: folder });

const SIDE = int(16, 16_384);
const SEED = int(0, 2 ** 64 - 1);
const SAMPLER = oneOf("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "lcm", "uni_pc");
const SCHEDULER = oneOf("simple", "sgm_uniform", "karras", "exponential", "normal", "beta");
const EMPTY: NodeClass = {
  required: { width: SIDE, height: SIDE, batch_size: int(1, 4096) },
  outputs: ["LATENT"],
};

export const NODE_CLASSES: Readonly<Record<string, NodeClass>> = {
  CheckpointLoaderSimple: {
    required: { ckpt_name: files("checkpoints") },
    outputs: ["MODEL", "CLIP", "VAE"],
  },
  UNETLoader: {
    required: {
      unet_name: files("diffusion_models"),
      weight_dtype: oneOf("default", "fp8_e4m3fn", "fp8_e4m3fn_fast", "fp8_e5m2"),
    },
    outputs: ["MODEL"],
  },
  VAELoader: { required: { vae_name: files("vae") }, outputs: ["VAE"] },
  DualCLIPLoader: {
    required: {
      clip_name1: files("text_encoders"),
      clip_name2: files("text_encoders"),
      type: oneOf("sdxl", "sd3", "flux", "hunyuan_video", "hidream"),
    },
    optional: { device: oneOf("default", "cpu") },
    outputs: ["CLIP"],
  },
  TripleCLIPLoader: {
    required: {
      clip_name1: files("text_encoders"),
      clip_name2: files("text_encoders"),
      clip_name3: files("text_encoders"),
    },
    outputs: ["CLIP"],
  },
  LoraLoader: {
    required: {
      model: "MODEL",
      clip: "CLIP",
      lora_name: files("loras"),
      strength_model: float(-100, 100),
      strength_clip: float(-100, 100),
    },
    outputs: ["MODEL", "CLIP"],
  },
  CLIPTextEncode: { required: { text: "STRING", clip: "CLIP" }, outputs: ["CONDITIONING"] },
  CLIPTextEncodeFlux: {
    required: { clip: "CLIP", clip_l: "STRING", t5xxl: "STRING", guidance: float(0, 100) },
    outputs: ["CONDITIONING"],
  },
  ConditioningCombine: {
    required: { conditioning_1: "CONDITIONING", conditioning_2: "CONDITIONING" },
    outputs: ["CONDITIONING"],
  },
  ConditioningZeroOut: { required: { conditioning: "CONDITIONING" }, outputs: ["CONDITIONING"] },
  FluxGuidance: {
    required: { conditioning: "CONDITIONING", guidance: float(0, 100) },
    outputs: ["CONDITIONING"],
  },
  ReferenceLatent: {
    required: { conditioning: "CONDITIONING" },
    optional: { latent: "LATENT" },
    outputs: ["CONDITIONING"],
  },
  KSampler: {
    required: {
      model: "MODEL",
      seed: SEED,
      steps: int(1, 10_000),
      cfg: float(0, 100),
      sampler_name: SAMPLER,
      scheduler: SCHEDULER,
      positive: "CONDITIONING",
      negative: "CONDITIONING",
      latent_image: "LATENT",
      denoise: float(0, 1),
    },
    outputs: ["LATENT"],
  },
  RandomNoise: { required: { noise_seed: SEED }, outputs: ["NOISE"] },
  BasicGuider: {
    required: { model: "MODEL", conditioning: "CONDITIONING" },
    outputs: ["GUIDER"],
  },
  KSamplerSelect: { required: { sampler_name: SAMPLER }, outputs: ["SAMPLER"] },
  BasicScheduler: {
    required: {
      model: "MODEL",
      scheduler: SCHEDULER,
      steps: int(1, 10_000),
      denoise: float(0, 1),
    },
    outputs: ["SIGMAS"],
  },
  SamplerCustomAdvanced: {
    required: {
      noise: "NOISE",
      guider: "GUIDER",
      sampler: "SAMPLER",
      sigmas: "SIGMAS",
      latent_image: "LATENT",
    },
    outputs: ["LATENT", "LATENT"],
  },
  PrimitiveInt: {
    required: { value: int(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) },
    outputs: ["INT"],
  },
  PrimitiveStringMultiline: { required: { value: "STRING" }, outputs: ["STRING"] },
  EmptyLatentImage: EMPTY,
  EmptySD3LatentImage: EMPTY,
  VAEDecode: { required: { samples: "LATENT", vae: "VAE" }, outputs: ["IMAGE"] },
  VAEEncode: { required: { pixels: "IMAGE", vae: "VAE" }, outputs: ["LATENT"] },
  SetLatentNoiseMask: { required: { samples: "LATENT", mask: "MASK" }, outputs: ["LATENT"] },
  InpaintModelConditioning: {
    required: {
      positive: "CONDITIONING",
      negative: "CONDITIONING",
      vae: "VAE",
      pixels: "IMAGE",
      mask: "MASK",
      noise_mask: "BOOLEAN",
    },
    outputs: ["CONDITIONING", "CONDITIONING", "LATENT"],
  },
  LoadImage: { required: { image: { kind: "picture" } }, outputs: ["IMAGE", "MASK"] },
  LoadImageMask: {
    required: { image: { kind: "picture" }, channel: oneOf("alpha", "red", "green", "blue") },
    outputs: ["MASK"],
  },
  ImageScale: {
    required: {
      image: "IMAGE",
      upscale_method: oneOf("nearest-exact", "bilinear", "area", "bicubic", "lanczos"),
      width: int(0, 16_384),
      height: int(0, 16_384),
      crop: oneOf("disabled", "center"),
    },
    outputs: ["IMAGE"],
  },
  MaskToImage: { required: { mask: "MASK" }, outputs: ["IMAGE"] },
  ImageToMask: {
    required: { image: "IMAGE", channel: oneOf("red", "green", "blue", "alpha") },
    outputs: ["MASK"],
  },
  ImageCompositeMasked: {
    required: {
      destination: "IMAGE",
      source: "IMAGE",
      x: int(0, 16_384),
      y: int(0, 16_384),
      resize_source: "BOOLEAN",
    },
    optional: { mask: "MASK" },
    outputs: ["IMAGE"],
  },
  EmptyImage: {
    required: {
      width: int(1, 16_384),
      height: int(1, 16_384),
      batch_size: int(1, 4096),
      color: int(0, 0xffffff),
    },
    outputs: ["IMAGE"],
  },
  ImageInvert: { required: { image: "IMAGE" }, outputs: ["IMAGE"] },
  SaveImage: {
    required: { images: "IMAGE", filename_prefix: "STRING" },
    outputs: [],
    isOutput: true,
  },
  PreviewImage: { required: { images: "IMAGE" }, outputs: [], isOutput: true },
};
