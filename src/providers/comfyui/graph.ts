/** A graph of ComfyUI's in its API format: what runs, by the ids of nodes. */

import { isRecord, parsedJson } from "../../json.ts";

/** Which output of which node an input takes. */
export type Link = readonly [node: string, output: number];

export interface GraphNode {
  readonly class_type: string;
  /** Values, or links to other nodes. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly _meta?: { readonly title?: string };
}

export type Graph = Readonly<Record<string, GraphNode>>;

/** One input of one node. */
export interface Slot {
  readonly node: string;
  readonly input: string;
}

export function isLink(value: unknown): value is Link {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "string" &&
    typeof value[1] === "number";
}

/** The graph, or a sentence that says why it is none. */
export function readGraph(text: string): Graph | string {
  const json = parsedJson(text);
  if (!isRecord(json)) return "it is no JSON object";
  if (Array.isArray(json.nodes)) {
    return "it is saved for the editor: choose 'Export (API)' in ComfyUI's menu instead of 'Save'";
  }
  const entries = Object.entries(json);
  if (entries.length === 0) return "it has no nodes";
  const wrong = entries.find(([, node]) => !isNode(node));
  return wrong ? `its member '${wrong[0].slice(0, 40)}' is no node` : json as unknown as Graph;
}

/** The same graph with other values in some slots. */
export function withValues(
  graph: Graph,
  changes: readonly (readonly [slot: Slot, value: unknown])[],
): Graph {
  const changed: Record<string, GraphNode> = { ...graph };
  for (const [{ node, input }, value] of changes) {
    const found = changed[node];
    if (found) changed[node] = { ...found, inputs: { ...found.inputs, [input]: value } };
  }
  return changed;
}

function isNode(value: unknown): boolean {
  return isRecord(value) && typeof value.class_type === "string" && isRecord(value.inputs);
}
