/** A graph that somebody made, and which of a request's arguments it takes. */

import { type Graph, type Slot, withValues } from "./graph.ts";
import { fillGaps, gapsOf, type GapValues, type Value } from "./placeholders.ts";
import { maskLinksOf, type UsualSlots, usualSlots } from "./usual_nodes.ts";

export interface Workflow {
  /** As requests name it in `model`. */
  readonly name: string;
  readonly graph: Graph;
  readonly gaps: ReadonlySet<string>;
  /** Only of arguments that have no gap. */
  readonly usual: UsualSlots;
  /** How many pictures it can be given. */
  readonly images: number;
  /** How many it must be given. */
  readonly neededImages: number;
  readonly mask: "needed" | "taken" | "none";
}

/** The arguments of a request that both a gap and a usual node can take. */
export type Argument = "prompt" | "negative_prompt" | "seed" | "width" | "height" | "strength";

export function readWorkflow(name: string, graph: Graph): Workflow {
  const gaps = gapsOf(graph);
  const found = usualSlots(graph);
  const neededImages = [...gaps].reduce((most, gap) => Math.max(most, numberOfImage(gap)), 0);
  const hasSize = gaps.has("width") || gaps.has("height");
  const without = (argument: keyof UsualSlots) =>
    gaps.has(argument) || (hasSize && /width|height/.test(argument)) ? [] : found[argument];
  const images = neededImages > 0 ? [] : found.images;
  const masks = gaps.has("mask") ? [] : found.masks;
  const isMaskTaken = masks.length > 0 || maskLinksOf(graph).length > 0;
  return {
    name,
    graph,
    gaps,
    usual: {
      prompt: without("prompt"),
      negative_prompt: without("negative_prompt"),
      seed: without("seed"),
      width: without("width"),
      height: without("height"),
      strength: without("strength"),
      images,
      masks,
    },
    images: neededImages || images.length,
    neededImages,
    mask: gaps.has("mask") ? "needed" : isMaskTaken ? "taken" : "none",
  };
}

/** Whether the workflow does something with an argument. */
export function takes({ gaps, usual }: Workflow, argument: Argument): boolean {
  return gaps.has(argument) || usual[argument].length > 0;
}

/** The names of files that ComfyUI has, for the pictures of a request. */
export interface Files {
  readonly images: readonly string[];
  /** White where the picture may change. */
  readonly mask?: string;
}

/**
 * The graph of a workflow with the values of a request. What is undefined stays as the workflow
 * has it, but for gaps, which `defaults` fill.
 */
export function graphOf(
  workflow: Workflow,
  values: Readonly<Partial<Record<Argument, Value>>>,
  files: Files,
  defaults: GapValues = {},
): Graph {
  const { graph, gaps, usual } = workflow;
  const changes: (readonly [Slot, unknown])[] = [];
  for (const [argument, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const slot of usual[argument as Argument]) changes.push([slot, value]);
  }
  files.images.forEach((file, index) => {
    const slot = usual.images[index];
    if (slot) changes.push([slot, file]);
  });
  const given = Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  );
  const gapValues = { ...defaults, ...given, ...imageGaps(files) };
  const filled = gaps.size > 0 ? fillGaps(graph, gapValues) : graph;
  return withMask(withFiles(withValues(filled, changes)), workflow, files.mask);
}

/** The number of the picture that a gap is for: "image" is the first, "image_2" the second; else 0. */
function numberOfImage(gap: string): number {
  const [, number] = /^image(?:_(\d))?$/.exec(gap) ?? [];
  return gap === "image" ? 1 : Number(number ?? 0);
}

function imageGaps({ images, mask }: Files): GapValues {
  const numbered = images.map((file, index) => [`image_${index + 1}`, file]);
  return { ...Object.fromEntries(numbered), image: images[0], mask };
}

/**
 * A mask goes to nodes that load one, else in place of what is read out of a picture's transparency.
 * It is grey, so whatever loads it must not look for transparency in it.
 */
function withMask(graph: Graph, { gaps, usual }: Workflow, mask: string | undefined): Graph {
  if (mask === undefined) return graph;
  const placed = withValues(graph, usual.masks.map((slot) => [slot, mask] as const));
  const isMask = (node: string) => placed[node]?.inputs.image === mask;
  const hasPlace = gaps.has("mask") || usual.masks.length > 0;
  const links = maskLinksOf(placed).filter(({ from }) => !hasPlace || isMask(from));
  const changes = [
    ...Object.keys(placed).filter((node) =>
      isMask(node) && placed[node]!.inputs.channel === "alpha"
    )
      .map((node) => [{ node, input: "channel" }, "red"] as const),
    ...links.map(({ slot }) => [slot, [MASK_NODE, 0]] as const),
  ];
  const changed = withValues(placed, changes);
  if (links.length === 0) return changed;
  const loader = { class_type: "LoadImageMask", inputs: { image: mask, channel: "red" } };
  return { ...changed, [MASK_NODE]: loader };
}

/** Pictures that would go over the socket alone could not be fetched after a crash, so they become files. */
function withFiles(graph: Graph): Graph {
  return Object.fromEntries(
    Object.entries(graph).map(([id, node]) => [
      id,
      node.class_type === "SaveImageWebsocket" ? { ...node, class_type: "PreviewImage" } : node,
    ]),
  );
}

const MASK_NODE = "mask_of_the_request";
