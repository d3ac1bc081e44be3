/** What can be asked of the graphs made here and of people's own workflows. */

import type { Capabilities, InputRules, SizeRules } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";
import { editingOf, type Family, QUALITIES, samplingOf, SDXL } from "./families.ts";
import { takes, type Workflow } from "./workflow.ts";

/** Of the graph that is made here for a file of weights. */
export function familyCapabilities(family: Family, file: string): Capabilities {
  const { cfg } = samplingOf(family, file);
  const editing = editingOf(family, file);
  return {
    ...COMMON,
    styles: STYLE_WORDS,
    sizes: { ...family.sizes, listed: { ...family.sizes.listed, auto: AUTO_NOTE } },
    // A scale of 1 takes no notice of what a negative prompt says.
    negativePrompt: cfg > 1 ? "native" : "words",
    inputs: inputsOf(1, ["base"]),
    ...editing === "context" ? {} : { mask: "white" },
    ...editing === "redraw" ? { strength: ANY_STRENGTH } : {},
    options: { ...COMMON.options, quality: { values: QUALITIES } },
  };
}

/** What a workflow lacks is left out with a warning, or refused, like what any vendor lacks. */
export function workflowCapabilities(workflow: Workflow): Capabilities {
  const { images, mask } = workflow;
  const { seed: _, ...common } = COMMON;
  return {
    ...common,
    styles: takes(workflow, "prompt") ? STYLE_WORDS : {},
    sizes: takes(workflow, "width") && takes(workflow, "height") ? sizesOf(workflow) : OWN_SIZE,
    negativePrompt: takes(workflow, "negative_prompt")
      ? "native"
      : takes(workflow, "prompt")
      ? "words"
      : "none",
    ...takes(workflow, "seed") ? { seed: COMMON.seed } : {},
    ...images > 0 ? { inputs: inputsOf(images, ["base", "reference", "style"]) } : {},
    ...images > 0 && mask !== "none" ? { mask: "white" } : {},
    ...takes(workflow, "strength") ? { strength: ANY_STRENGTH } : {},
  };
}

/** The size that a request gets which names none, of a workflow with gaps for it. */
export const GAP_SIZE = { width: 1024, height: 1024 };

/** `usual` draws, and `editing` does where pictures come in. */
export function withEditing(usual: Capabilities, editing: Capabilities): Capabilities {
  const { inputs, mask, strength } = editing;
  if (usual.inputs || !inputs) return usual;
  return { ...usual, inputs, ...mask ? { mask } : {}, ...strength ? { strength } : {} };
}

function sizesOf({ graph, usual }: Workflow): SizeRules {
  const [width, height] = [usual.width[0], usual.height[0]].map((slot) =>
    slot && Number(graph[slot.node]?.inputs[slot.input])
  );
  const own = `${width ?? GAP_SIZE.width}x${height ?? GAP_SIZE.height}`;
  const { listed, range } = SDXL.sizes;
  return {
    listed: { [own]: "the workflow's own size", ...listed, auto: "the workflow's own size" },
    default: own,
    range: { ...range!, minSide: 64 },
  };
}

function inputsOf(maxImages: number, roles: InputRules["roles"]): InputRules {
  return {
    maxImages,
    roles,
    // As Pillow reads them; AVIF and HEIC depend on how it was built.
    mediaTypes: ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp", "image/tiff"],
    maxBytes: 100_000_000, // --max-upload-size of ComfyUI is 100 MB unless it is set
  };
}

const OWN_SIZE: SizeRules = { listed: { auto: "the workflow's own size" }, default: "auto" };

const AUTO_NOTE = "the family's own size, or the shape of the picture that comes in";

const ANY_STRENGTH = { minimum: 0, maximum: 1 };

const COMMON = {
  // Another picture is another request in ComfyUI's queue, with a seed of its own.
  maxCount: 1,
  maxPromptLength: 100_000,
  // Up to 2 to the power of 64; these survive JSON.
  seed: { minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  partialImages: true,
  resume: true,
  cancel: true,
  options: { output_format: { values: ["png"] } },
} as const;
