/** Why ComfyUI does not begin a graph, in our words (its execution.py, read 2026-11-25). */

import * as z from "../../dependencies/zod.ts";
import { ImageError, oneOf } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";

/** What was asked, for errors to name. */
export interface Call {
  readonly endpoint: string;
  readonly model?: string;
  /** Whether the graph is somebody's own. */
  readonly isWorkflow?: boolean;
}

/** The error that an answer of status 400 tells, or undefined where it tells none. */
export function refusedGraph(json: unknown, call: Call): ImageError | undefined {
  const refusal = REFUSAL.safeParse(json).data;
  if (!refusal) return undefined;
  const { error, node_errors } = refusal;
  const details = { provider: "comfyui", http_status: 400, vendor_code: vendorWord(error.type) };
  const [fault] = faultsOf(node_errors);
  if (fault?.isFile) return missingFile(fault, call, details);
  const picture = /Invalid image file: (.*)/.exec(fault?.problem.details ?? "")?.[1];
  if (picture !== undefined && call.isWorkflow) return missingPicture(picture, call, details);
  const place = fault
    ? `${fault.problem.message} at input '${fault.input}' of its node ${fault.node}: ` +
      fault.problem.details
    : `${error.message} ${error.details}`;
  const isMissingNode = MISSING_NODE.test(`${error.type} ${error.message}`);
  if (isMissingNode) return missingNode(error.message, call, details);
  if (error.type === "prompt_no_outputs") return withoutOutput(call, details);
  return new ImageError(
    call.isWorkflow ? "model_unavailable" : "invalid_parameters",
    `ComfyUI does not take ${nameOf(call)}: ${quote(place)}. ` +
      (call.isWorkflow
        ? "Load it in ComfyUI, mend what is marked red there, and export it again"
        : "Update ComfyUI, or set COMFYUI_MODEL to a workflow of your own"),
    details,
  );
}

/** Sentences about the parts of a graph that ComfyUI left out when it began the others. */
export function leftOut(nodeErrors: Readonly<Record<string, unknown>> = {}): readonly string[] {
  return faultsOf(NODE_ERRORS.safeParse(nodeErrors).data ?? {}).slice(0, 1).map((fault) =>
    `ComfyUI left a part of the workflow out: ` +
    quote(`${fault.problem.message} at node ${fault.node}, ${fault.problem.details}`)
  );
}

interface Fault {
  readonly node: string;
  readonly input: string;
  readonly problem: Problem;
  /** Whether a file is named that is not there. */
  readonly isFile: boolean;
}

/** Files that are missing come first, since they are what people can get. */
function faultsOf(nodes: Readonly<Record<string, NodeErrors>>): readonly Fault[] {
  const faults = Object.entries(nodes).flatMap(([id, { class_type, errors }]) =>
    errors.map((problem) => {
      const { input_name: input = "" } = problem.extra_info;
      const isFile = problem.type === "value_not_in_list" && /_name\d?$/.test(input) &&
        !/^(sampler|scheduler)_/.test(input);
      return { node: `${class_type || "?"} (${id})`, input, problem, isFile };
    })
  );
  return [...faults.filter(({ isFile }) => isFile), ...faults.filter(({ isFile }) => !isFile)];
}

type Details = Readonly<Record<string, unknown>>;

function missingFile({ node, input, problem }: Fault, call: Call, details: Details): ImageError {
  const { received_value, input_config } = problem.extra_info;
  const there = choicesOf(input_config).slice(0, MOST_CHOICES);
  const has = there.length > 0 ? `It has ${oneOf(there)}` : "It has none there";
  const advice = call.isWorkflow
    ? "Put the file there, or choose another in the workflow"
    : "Set COMFYUI_MODEL or the argument 'model' to one that is there";
  return new ImageError(
    "model_unavailable",
    `ComfyUI has no file ${quote(String(received_value))} for '${vendorWord(input)}' of its node ` +
      `${vendorWord(node)}. ${has}. ${advice}`,
    { ...details, model: call.model },
  );
}

/** The example that somebody made the workflow with lies on another computer. */
function missingPicture(name: string, call: Call, details: Details): ImageError {
  return new ImageError(
    "invalid_parameters",
    `ComfyUI does not have the picture ${quote(name)} of ${
      nameOf(call)
    }. Pass a picture with the ` +
      "request, or put that one into ComfyUI's folder input",
    { ...details, model: call.model },
  );
}

function missingNode(message: string, call: Call, details: Details): ImageError {
  return new ImageError(
    "model_unavailable",
    `ComfyUI lacks a node of ${nameOf(call)}: ${quote(message)}. ` +
      (call.isWorkflow
        ? "Install the custom nodes that it was made with (ComfyUI-Manager finds them), or set " +
          "COMFYUI_MODEL or the argument 'model' to another"
        : "Update ComfyUI"),
    { ...details, model: call.model },
  );
}

function withoutOutput(call: Call, details: Details): ImageError {
  return new ImageError(
    "model_unavailable",
    `Nothing comes out of ${nameOf(call)}. Add a node 'Save Image' in ComfyUI and export it again`,
    { ...details, model: call.model },
  );
}

function nameOf({ model = "", isWorkflow }: Call): string {
  return isWorkflow
    ? `the workflow '${vendorWord(model)}'`
    : `the graph for '${vendorWord(model)}'`;
}

/** Both forms of a list of choices: [["a", "b"], …] and ["COMBO", {options: ["a", "b"]}]. */
function choicesOf(config: unknown): readonly string[] {
  const [first, second] = Array.isArray(config) ? config : [];
  const choices = Array.isArray(first) ? first : second?.options;
  return Array.isArray(choices) ? choices.filter((choice) => typeof choice === "string") : [];
}

const MISSING_NODE = /missing_node_type|does not exist|missing node/i;
const MOST_CHOICES = 5;

const PROBLEM = z.object({
  type: z.string(),
  message: z.string().catch(""),
  details: z.string().catch(""),
  extra_info: z.object({
    input_name: z.string().optional().catch(undefined),
    received_value: z.unknown(),
    input_config: z.unknown(),
  }).catch({ received_value: undefined, input_config: undefined }),
});

type Problem = z.infer<typeof PROBLEM>;

const NODE = z.object({
  class_type: z.string().catch(""),
  errors: z.array(PROBLEM).catch([]),
});

type NodeErrors = z.infer<typeof NODE>;

const NODE_ERRORS = z.record(z.string(), NODE);

const REFUSAL = z.object({
  error: z.object({
    type: z.string(),
    message: z.string().catch(""),
    details: z.string().catch(""),
  }),
  // An empty list where there are none.
  node_errors: NODE_ERRORS.catch({}),
});
