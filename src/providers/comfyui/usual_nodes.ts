/** The inputs where nearly every graph has its prompt, seed, size and pictures, found by what nodes are. */

import { type Graph, type GraphNode, isLink, type Link, type Slot } from "./graph.ts";

export interface UsualSlots {
  readonly prompt: readonly Slot[];
  readonly negative_prompt: readonly Slot[];
  readonly seed: readonly Slot[];
  readonly width: readonly Slot[];
  readonly height: readonly Slot[];
  readonly strength: readonly Slot[];
  /** Files of pictures, in the order of their nodes' ids. */
  readonly images: readonly Slot[];
  /** Files whose red channel is a mask. */
  readonly masks: readonly Slot[];
}

export function usualSlots(graph: Graph): UsualSlots {
  const prompt = promptSlots(graph, "positive");
  const isPrompt = (slot: Slot) => prompt.some((other) => isSame(slot, other));
  const negative = promptSlots(graph, "negative").filter((slot) => !isPrompt(slot));
  return {
    prompt: prompt.length > 0 ? prompt : plainPromptSlots(graph),
    negative_prompt: negative.length > 0
      ? negative
      : literalSlots(graph, ["negative_prompt"], isText),
    seed: literalSlots(graph, ["seed", "noise_seed"], isNumber),
    width: literalSlots(graph, ["width"], isNumber, SIZED),
    height: literalSlots(graph, ["height"], isNumber, SIZED),
    strength: literalSlots(graph, ["denoise"], isNumber),
    images: literalSlots(graph, ["image"], isText, LOADER)
      .filter(({ node }) => linksTo(graph, 0).some((link) => link.from === node)),
    masks: literalSlots(graph, ["image"], isText, /^LoadImageMask$/),
  };
}

/** The inputs that take a mask out of the transparency of a picture, and the node that loads that. */
export function maskLinksOf(
  graph: Graph,
): readonly { readonly from: string; readonly slot: Slot }[] {
  return linksTo(graph, 1).filter(({ from }) => LOADER.test(graph[from]?.class_type ?? ""));
}

function linksTo(graph: Graph, output: number) {
  return inputsOf(graph).flatMap(([node, input, value]) =>
    isLink(value) && value[1] === output ? [{ from: value[0], slot: { node, input } }] : []
  );
}

/** Its first output is the picture, its second what is transparent in it. */
const LOADER = /^LoadImage$/;

/** Nodes whose width and height are those of the picture that is drawn. */
const SIZED = /^Empty\w*(Latent|Image)\w*$|^ModelSamplingFlux$|^Flux2Scheduler$/;

/** The texts that lead to an input of this name, at any sampler or guider. */
function promptSlots(graph: Graph, name: "positive" | "negative"): readonly Slot[] {
  const starts = inputsOf(graph).filter(([node, input]) =>
    input === name || (name === "positive" && /Guider$/.test(graph[node]!.class_type) &&
      input === "conditioning")
  );
  const found = starts.flatMap(([node, input, value]) =>
    isLink(value) ? textsBehind(graph, value, new Set()) : isText(value) ? [{ node, input }] : []
  );
  return found.filter((slot, index) => found.findIndex((each) => isSame(each, slot)) === index);
}

/** Upwards through what combines and changes conditionings, to the texts that they are made of. */
function textsBehind(graph: Graph, [id, output]: Link, seen: Set<string>): readonly Slot[] {
  const node = graph[id];
  if (node === undefined || seen.has(`${id} ${output}`)) return [];
  seen.add(`${id} ${output}`);
  const texts = TEXT_INPUTS.filter((input) => isText(node.inputs[input]));
  if (texts.length > 0) return texts.map((input) => ({ node: id, input }));
  return nextLinks(node, output).flatMap((link) => textsBehind(graph, link, seen));
}

function nextLinks({ inputs }: GraphNode, output: number): readonly Link[] {
  const { positive, negative } = inputs;
  if (isLink(positive) && isLink(negative)) return [output === 1 ? negative : positive];
  return Object.entries(inputs)
    .filter(([name]) => name.startsWith("cond") || TEXT_INPUTS.includes(name))
    .map(([, value]) => value).filter(isLink);
}

/** Of graphs without samplers, such as those of nodes that call somebody's API. */
function plainPromptSlots(graph: Graph): readonly Slot[] {
  const prompts = literalSlots(graph, ["prompt"], isText);
  if (prompts.length > 0) return prompts;
  const texts = literalSlots(graph, ["text"], isText, /^CLIPTextEncode/);
  return texts.length === 1 ? texts : [];
}

/** Inputs of these names with values of their own, or with the value of a node that holds just one. */
function literalSlots(
  graph: Graph,
  names: readonly string[],
  isKind: (value: unknown) => boolean,
  classes = /./,
): readonly Slot[] {
  const slots = inputsOf(graph).flatMap(([node, input, value]) => {
    if (!names.includes(input) || !classes.test(graph[node]!.class_type)) return [];
    if (isKind(value)) return [{ node, input }];
    const isHeld = isLink(value) && isKind(graph[value[0]]?.inputs.value);
    return isHeld ? [{ node: value[0], input: "value" }] : [];
  });
  return slots.filter((slot, index) => slots.findIndex((each) => isSame(each, slot)) === index);
}

/** Numbered nodes in the order of their numbers, as they were made. */
function inputsOf(graph: Graph): readonly (readonly [string, string, unknown])[] {
  const ids = Object.keys(graph).sort((one, other) => Number(one) - Number(other) || 0);
  return ids.flatMap((id) =>
    Object.entries(graph[id]!.inputs).map(([input, value]) => [id, input, value] as const)
  );
}

function isSame(one: Slot, other: Slot): boolean {
  return one.node === other.node && one.input === other.input;
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

/** Where nodes hold the text of a prompt: encoders, those of SDXL, SD3 and FLUX, and plain texts. */
const TEXT_INPUTS: readonly string[] = [
  "text",
  "text_g",
  "text_l",
  "clip_g",
  "clip_l",
  "t5xxl",
  "prompt",
  "string",
  "value",
];
