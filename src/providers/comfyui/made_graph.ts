/** The graph for a file of weights and a request: which parts, and what fills their gaps. */

import { ImageError, oneOf } from "../../errors.ts";
import type { ImageRequest } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";
import { editingOf, type Family, type Quality, samplingOf } from "./families.ts";
import type { Graph } from "./graph.ts";
import {
  CHECKPOINT,
  CHECKPOINT_AND_ENCODERS,
  FLUX_FILES,
  graphFor,
  type Start,
  type Weights,
  withLora,
} from "./graphs.ts";
import { findFile, type Installed } from "./installed.ts";
import { fileOf, type ModelRequest, readPrompt } from "./loras.ts";
import { fillGaps, type GapValues } from "./placeholders.ts";
import { wordsOf } from "./words.ts";
import type { Files } from "./workflow.ts";

/** @throws {ImageError} where a file that it needs is not there, or the weights cannot do it. */
export function makeGraph(
  request: ModelRequest & { readonly seed: number },
  file: string,
  family: Family,
  installed: Installed,
  files: Files,
): Graph {
  const sampling = samplingOf(family, file);
  const { prompt, loras } = readPrompt(request.prompt);
  const found = weightsFor(file, family, installed);
  const weights = [...request.loras, ...loras].reduce(
    (changed, lora, index) =>
      withLora(changed, fileOf(lora, installed.loras), lora.strength, `lora_${index + 1}`),
    found.weights,
  );
  const start = startOf(request, file, family);
  const graph = graphFor({
    weights,
    start,
    emptyLatent: family.emptyLatent,
    hasGuidance: family.id === "flux",
  });
  const quality = (request.options.quality ?? "medium") as Quality;
  return fillGaps(graph, {
    file,
    ...found.files,
    ...wordsOf({ ...request, prompt }, sampling.cfg > 1, STYLE_WORDS),
    ...sizeOf(request, family),
    seed: request.seed,
    steps: sampling.steps[quality],
    cfg: sampling.cfg,
    guidance: start === "fill" ? FILLING_GUIDANCE : sampling.guidance ?? USUAL_GUIDANCE,
    sampler: sampling.sampler,
    scheduler: sampling.scheduler,
    strength: STRENGTHS[start] ?? request.strength ?? (start === "masked" ? 1 : USUAL_STRENGTH),
    image: files.images[0],
    mask: files.mask,
  });
}

function startOf({ inputs, mask }: ImageRequest, file: string, family: Family): Start {
  const editing = editingOf(family, file);
  const comesIn = inputs.length > 0;
  if (editing === "fill") {
    if (comesIn && mask) return "fill";
    throw new ImageError(
      "invalid_parameters",
      `'${file}' fills a part of a picture and draws no new ones. Pass a picture and a mask, or ` +
        "leave 'model' out",
      { model: file },
    );
  }
  if (!comesIn) return "empty";
  if (editing === "context") return "context";
  return mask ? "masked" : "picture";
}

interface Found {
  readonly weights: Weights;
  readonly files: GapValues;
}

function weightsFor(file: string, family: Family, installed: Installed): Found {
  const { checkpoints, encoders, decoders } = installed;
  const there = {
    clip_l: encoders.find((each) => /clip[-_]?l/i.test(each)),
    clip_g: encoders.find((each) => /clip[-_]?g/i.test(each)),
    clip_t5: encoders.find((each) => /t5[-_]?(v1_1[-_])?xxl/i.test(each)),
    vae: findFile("ae", decoders) ?? decoders.find((each) => /flux/i.test(each)),
  };
  if (!checkpoints.includes(file)) return { weights: FLUX_FILES, files: all(there, file) };
  const { vae: _, ...ofTheirOwn } = there;
  const hasAll = Object.values(ofTheirOwn).every((each) => each !== undefined);
  return family.id === "sd35" && hasAll
    ? { weights: CHECKPOINT_AND_ENCODERS, files: ofTheirOwn }
    : { weights: CHECKPOINT, files: {} };
}

/** FLUX's other files. @throws {ImageError} that says which are missing, and where they belong. */
function all({ clip_l, clip_t5, vae }: GapValues, file: string): GapValues {
  const missing = Object.entries({ clip_l, clip_t5, vae }).filter(([, found]) =>
    found === undefined
  )
    .map(([name]) => PLACES[name]!);
  if (missing.length === 0) return { clip_l, clip_t5, vae };
  throw new ImageError(
    "model_unavailable",
    `ComfyUI has '${file}' and not all that FLUX needs beside it. Put ${
      oneOf(missing)
    } there, or ` +
      "set COMFYUI_MODEL to a checkpoint that holds everything",
    { model: file },
  );
}

const PLACES: Readonly<Record<string, string>> = {
  clip_l: "models/text_encoders/clip_l.safetensors",
  clip_t5: "models/text_encoders/t5xxl_fp16.safetensors",
  vae: "models/vae/ae.safetensors",
};

/**
 * The size that is asked for, or else the shape of the picture that comes in, in an area that the
 * family draws well, or else the family's own.
 */
function sizeOf({ size, inputs }: ImageRequest, { sizes }: Family) {
  const wanted = size !== undefined && size !== "auto" ? size : sizes.default;
  const [width = 0, height = 0] = wanted.split("x").map(Number);
  const [base] = inputs;
  if (!base || (size !== undefined && size !== "auto")) return { width, height };
  const area = width * height;
  const own = base.width * base.height;
  const isFit = own >= area / 4 && own <= area * 1.5;
  const scale = isFit ? 1 : Math.sqrt(area / own);
  const step = sizes.range?.multipleOf ?? 8;
  const fitted = (side: number) => Math.max(Math.round(side * scale / step) * step, step);
  return { width: fitted(base.width), height: fitted(base.height) };
}

/** Where nothing of the picture goes through the noise, or FLUX sees it beside. */
const STRENGTHS: Partial<Record<Start, number>> = { empty: 1, context: 1, fill: 1 };
/** Enough for the words to show, and for the picture to be known again. */
const USUAL_STRENGTH = 0.75;
const USUAL_GUIDANCE = 3.5;
/** Of FLUX's filling model (its makers' example, read 2026-11-25). */
const FILLING_GUIDANCE = 30;
