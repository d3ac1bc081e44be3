/** How ComfyUI looks at a graph before it begins (execution.py of 0.3.64), and what it would draw. */

import { identifyImage } from "../../src/images/media_type.ts";
import { type Folder, type InputRule, NODE_CLASSES } from "./comfyui_nodes.ts";

export interface FakeNode {
  readonly class_type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export type FakeGraph = Readonly<Record<string, FakeNode>>;

/** What the small ComfyUI has. */
export interface Stock {
  readonly files: Readonly<Record<Folder, readonly string[]>>;
  /** Pictures by the name that nodes load them by. */
  readonly pictures: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

interface Problem {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}

type NodeErrors = Record<
  string,
  { errors: readonly Problem[]; dependent_outputs: readonly string[]; class_type: string }
>;

/** The body of the answer of status 400, or else what of the graph is left out. */
export function validate(graph: unknown, stock: Stock): {
  readonly refusal?: unknown;
  readonly node_errors: NodeErrors;
} {
  const refuse = (type: string, message: string, details = "", node_errors: NodeErrors = {}) => ({
    refusal: { error: { type, message, details, extra_info: {} }, node_errors },
    node_errors,
  });
  if (typeof graph !== "object" || graph === null) {
    return refuse("no_prompt", "No prompt provided", "No prompt provided");
  }
  const nodes = graph as FakeGraph;
  for (const [id, { class_type }] of Object.entries(nodes)) {
    const why = class_type === undefined
      ? "a node is missing the class_type property."
      : NODE_CLASSES[class_type]
      ? undefined
      : `node ${class_type} does not exist.`;
    if (why) return refuse("invalid_prompt", `Cannot execute because ${why}`, `Node ID '#${id}'`);
  }
  const outputs = Object.keys(nodes).filter((id) => classOf(nodes, id).isOutput);
  if (outputs.length === 0) return refuse("prompt_no_outputs", "Prompt has no outputs");
  const node_errors: NodeErrors = {};
  const good = outputs.filter((output) => {
    const wrong = behind(nodes, output).filter((id) => problemsOf(nodes, id, stock).length > 0);
    for (const id of wrong) {
      node_errors[id] = {
        errors: problemsOf(nodes, id, stock),
        dependent_outputs: [output],
        class_type: nodes[id]!.class_type,
      };
    }
    return wrong.length === 0;
  });
  if (good.length > 0) return { node_errors };
  const message = "Prompt outputs failed validation";
  return refuse("prompt_outputs_failed_validation", message, "", node_errors);
}

/** The nodes that run for a graph, in an order in which each comes after those it needs. */
export function runningOrder(graph: FakeGraph): readonly string[] {
  const outputs = Object.keys(graph).filter((id) => classOf(graph, id).isOutput);
  return [...new Set(outputs.flatMap((output) => behind(graph, output)))];
}

/** The width and height of what comes out of a node. */
export function sizeOf(graph: FakeGraph, id: string, stock: Stock): readonly [number, number] {
  const { class_type, inputs } = graph[id]!;
  if (class_type === "LoadImage") {
    const { width = 0, height = 0 } = identifyImage(stock.pictures.get(String(inputs.image))!) ??
      {};
    return [width, height];
  }
  const valueOf = (input: unknown) => Number(isLink(input) ? graph[input[0]]!.inputs.value : input);
  if ("width" in inputs) return [valueOf(inputs.width), valueOf(inputs.height)];
  const source = SOURCES.map((name) => inputs[name]).find(isLink);
  return sizeOf(graph, source![0], stock);
}

/** What the sampler is told, the pictures that the graph loads, and its mask. */
export function understood(graph: FakeGraph, stock: Stock) {
  const loaded = (kind: string) =>
    runningOrder(graph).map((id) => graph[id]!).filter(({ class_type }) => class_type === kind)
      .map(({ inputs }) => stock.pictures.get(String(inputs.image))!);
  const sampler = Object.values(graph).find(({ inputs }) => isLink(inputs.positive));
  const [mask] = loaded("LoadImageMask");
  return {
    prompt: sampler ? textBehind(graph, sampler.inputs.positive) : "",
    images: loaded("LoadImage"),
    ...mask ? { mask } : {},
  };
}

export function isLink(value: unknown): value is readonly [string, number] {
  return Array.isArray(value);
}

function textBehind(graph: FakeGraph, link: unknown): string {
  if (!isLink(link)) return "";
  const { text, conditioning } = graph[link[0]]!.inputs;
  return typeof text === "string" ? text : textBehind(graph, conditioning);
}

function behind(graph: FakeGraph, id: string): readonly string[] {
  const links = Object.values(graph[id]?.inputs ?? {}).filter(isLink);
  return [...links.flatMap(([node]) => graph[node] ? behind(graph, node) : []), id];
}

function problemsOf(graph: FakeGraph, id: string, stock: Stock): readonly Problem[] {
  const { required, optional = {} } = classOf(graph, id);
  const { inputs } = graph[id]!;
  return Object.entries({ ...required, ...optional }).flatMap(([name, rule]) => {
    const value = inputs[name];
    if (value === undefined) {
      return name in required
        ? [problem("required_input_missing", "Required input is missing", name, name, rule)]
        : [];
    }
    const found = isLink(value)
      ? linkProblem(graph, name, value, rule)
      : valueProblem(name, value, rule, stock);
    return found ? [found] : [];
  });
}

function linkProblem(
  graph: FakeGraph,
  name: string,
  [node, output]: readonly [string, number],
  rule: InputRule,
): Problem | undefined {
  const wanted = typeof rule === "string" ? rule : "kind" in rule ? rule.kind : "COMBO";
  if (!graph[node]) {
    return problem("exception_during_validation", "Exception when validating node", node, name);
  }
  const received = classOf(graph, node).outputs[output];
  return received === wanted ? undefined : problem(
    "return_type_mismatch",
    "Return type mismatch between linked nodes",
    `${name}, received_type(${received}) mismatch input_type(${wanted})`,
    name,
  );
}

function valueProblem(
  name: string,
  value: unknown,
  rule: InputRule,
  { files, pictures }: Stock,
): Problem | undefined {
  if (typeof rule === "string") {
    const isWidget = rule === "STRING" || rule === "BOOLEAN";
    const message = "Bad linked input, must be a length-2 list of [node_id, slot_index]";
    return isWidget ? undefined : problem("bad_linked_input", message, name, name, rule);
  }
  if ("choices" in rule || "files" in rule) {
    const choices = "choices" in rule ? rule.choices : files[rule.files];
    if (choices.includes(String(value))) return undefined;
    const details = `${name}: '${value}' not in ${JSON.stringify(choices)}`;
    const problems = problem("value_not_in_list", "Value not in list", details, name, [choices]);
    return { ...problems, extra_info: { ...problems.extra_info, received_value: value } };
  }
  if (rule.kind === "picture") {
    const message = "Custom validation failed for node";
    return pictures.has(String(value)) ? undefined : problem(
      "custom_validation_failed",
      message,
      `${name} - Invalid image file: ${value}`,
      name,
    );
  }
  const number = Number(value);
  if (Number.isNaN(number) || (rule.kind === "INT" && !Number.isInteger(number))) {
    const message = `Failed to convert an input value to a ${rule.kind} value`;
    return problem("invalid_input_type", message, `${name}, ${value}`, name);
  }
  if (number < rule.min) {
    const message = `Value ${value} smaller than min of ${rule.min}`;
    return problem("value_smaller_than_min", message, name, name);
  }
  if (number <= rule.max) return undefined;
  const message = `Value ${value} bigger than max of ${rule.max}`;
  return problem("value_bigger_than_max", message, name, name);
}

function problem(
  type: string,
  message: string,
  details: string,
  input_name: string,
  input_config?: unknown,
): Problem {
  return { type, message, details, extra_info: { input_name, input_config } };
}

function classOf(graph: FakeGraph, id: string) {
  return NODE_CLASSES[graph[id]!.class_type]!;
}

/** The inputs that a picture comes in by, on its way to the end. */
const SOURCES = ["images", "destination", "image", "samples", "latent_image", "pixels"];
