/**
 * The families of models that have a graph here, as data, each known by the names of its files and
 * by what a file says of itself. Steps, scales and samplers are those of ComfyUI's own examples and
 * of the models' makers, read 2026-11-25.
 */

import type { SizeRules } from "../provider.ts";

export interface Family {
  readonly id: "sd15" | "sdxl" | "sd35" | "flux";
  /** Files of this family by their names. */
  readonly files: RegExp;
  /** The same by `modelspec.architecture` in a file's own header. */
  readonly architecture: RegExp;
  readonly sizes: SizeRules;
  /** The node that makes an empty picture in the family's own space. */
  readonly emptyLatent: "EmptyLatentImage" | "EmptySD3LatentImage";
  readonly sampling: Sampling;
  /** Of files that were distilled to draw in few steps. */
  readonly fast: Sampling;
}

export interface Sampling {
  readonly sampler: string;
  readonly scheduler: string;
  /** With 1 a negative prompt has no effect. */
  readonly cfg: number;
  /** FLUX's own scale, a value that its models were trained with. */
  readonly guidance?: number;
  /** By quality. */
  readonly steps: Readonly<Record<Quality, number>>;
}

export type Quality = "low" | "medium" | "high";

export const QUALITIES: readonly Quality[] = ["low", "medium", "high"];

/** The family of a file by its name, or undefined where that tells nothing. */
export function familyByName(file: string): Family | undefined {
  return FAMILIES.find(({ files }) => files.test(file));
}

export function familyByArchitecture(architecture: string): Family | undefined {
  return FAMILIES.find((family) => family.architecture.test(architecture));
}

export function samplingOf(family: Family, file: string): Sampling {
  return FAST.test(file) ? family.fast : family.sampling;
}

/** What FLUX's files for editing do with a picture that comes in; "redraw" is everybody's way. */
export function editingOf(family: Family, file: string): "redraw" | "context" | "fill" {
  if (family.id !== "flux") return "redraw";
  return /kontext/i.test(file) ? "context" : /fill/i.test(file) ? "fill" : "redraw";
}

/** Files that draw no picture of their own. */
export function isForEditing(file: string): boolean {
  return /kontext|fill|inpaint|refiner|depth|canny|redux/i.test(file);
}

const FAST = /turbo|lightning|hyper|lcm|schnell|dmd/i;

const ONE_MEGAPIXEL = {
  "1024x1024": "1:1",
  "1360x768": "16:9",
  "768x1360": "9:16",
  "1152x864": "4:3",
  "864x1152": "3:4",
  "1248x832": "3:2",
  "832x1248": "2:3",
  "1120x896": "5:4",
  "896x1120": "4:5",
  "1536x656": "21:9",
  "656x1536": "9:21",
};

function aboutOneMegapixel(multipleOf: number): SizeRules {
  return {
    listed: ONE_MEGAPIXEL,
    default: "1024x1024",
    range: { minSide: 256, maxSide: 4096, maxPixels: 4_194_304, multipleOf },
  };
}

const FEW_STEPS: Sampling = {
  sampler: "euler",
  scheduler: "sgm_uniform",
  cfg: 1,
  steps: { low: 4, medium: 6, high: 8 },
};

/** What a file is taken for that tells nothing of itself: most of those that people share are. */
export const SDXL: Family = {
  id: "sdxl",
  files: /xl|pony|illustrious|noob|animagine|juggernaut/i,
  architecture: /stable-diffusion-xl/i,
  sizes: aboutOneMegapixel(8),
  emptyLatent: "EmptyLatentImage",
  sampling: {
    sampler: "dpmpp_2m",
    scheduler: "karras",
    cfg: 6,
    steps: { low: 18, medium: 28, high: 45 },
  },
  fast: FEW_STEPS,
};

/** The first that fits counts; and a first choice where nobody names a model. */
const FAMILIES: readonly Family[] = [
  {
    id: "flux",
    files: /flux(?![._-]?[2-9](?!\d))/i, // later generations want other nodes
    architecture: /^flux-1/i,
    sizes: aboutOneMegapixel(16),
    emptyLatent: "EmptySD3LatentImage",
    sampling: {
      sampler: "euler",
      scheduler: "simple",
      cfg: 1,
      guidance: 3.5,
      steps: { low: 12, medium: 20, high: 32 },
    },
    fast: {
      sampler: "euler",
      scheduler: "simple",
      cfg: 1,
      steps: { low: 2, medium: 4, high: 8 },
    },
  },
  {
    id: "sd35",
    files: /sd[-_]?3|stable[-_]diffusion[-_]3/i,
    architecture: /stable-diffusion-v?3/i,
    sizes: aboutOneMegapixel(16),
    emptyLatent: "EmptySD3LatentImage",
    sampling: {
      sampler: "euler",
      scheduler: "sgm_uniform",
      cfg: 4.5,
      steps: { low: 16, medium: 28, high: 40 },
    },
    fast: FEW_STEPS,
  },
  SDXL,
  {
    id: "sd15",
    files:
      /v1[-_.]?[45]|sd[-_.]?1|1[._]5|stable[-_]diffusion[-_]v?1|dreamshaper_8|realistic_?vision/i,
    architecture: /stable-diffusion-v1/i,
    sizes: {
      listed: {
        "512x512": "1:1",
        "768x512": "3:2",
        "512x768": "2:3",
        "640x480": "4:3",
        "480x640": "3:4",
        "848x480": "16:9",
        "480x848": "9:16",
        "640x512": "5:4",
        "512x640": "4:5",
      },
      default: "512x512",
      range: { minSide: 256, maxSide: 2048, maxPixels: 1_048_576, multipleOf: 8 },
    },
    emptyLatent: "EmptyLatentImage",
    sampling: {
      sampler: "dpmpp_2m",
      scheduler: "karras",
      cfg: 7,
      steps: { low: 15, medium: 25, high: 40 },
    },
    fast: { ...FEW_STEPS, sampler: "lcm", cfg: 1.5 },
  },
];
