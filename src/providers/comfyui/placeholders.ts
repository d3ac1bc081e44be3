/**
 * Gaps in a graph such as "%prompt%", alone or within a text, and what fills them. ComfyUI's own
 * ("%date:yyyy-MM-dd%", "%KSampler.seed%") have other forms and stay as they are.
 */

import { type Graph, type Slot, withValues } from "./graph.ts";

export type Value = string | number;
/** By the names of gaps, without the signs around them. */
export type GapValues = Readonly<Record<string, Value | undefined>>;

/** The names of a graph's gaps. */
export function gapsOf(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { text } of textsOf(graph)) {
    for (const [, name = ""] of text.matchAll(GAP)) names.add(name);
  }
  return names;
}

/** A gap that is a whole input becomes a value of its own kind; one within a text, text. */
export function fillGaps(graph: Graph, values: GapValues): Graph {
  const changes = [...textsOf(graph)].map(({ slot, text }) =>
    [slot, filled(text, values)] as const
  );
  return withValues(graph, changes);
}

/** In one go, so that a gap's name in what somebody wrote stays what it is. */
function filled(text: string, values: GapValues): Value {
  const whole = WHOLE.exec(text)?.[1];
  const value = whole === undefined ? undefined : values[whole];
  if (value !== undefined) return value;
  return text.replace(GAP, (gap, name: string) => String(values[name] ?? gap));
}

/** Every input that is a text with a gap. */
function* textsOf(graph: Graph): Iterable<{ readonly slot: Slot; readonly text: string }> {
  for (const [node, { inputs }] of Object.entries(graph)) {
    for (const [input, text] of Object.entries(inputs)) {
      if (typeof text === "string" && text.search(GAP) >= 0) yield { slot: { node, input }, text };
    }
  }
}

const GAP = /%([a-z]+(?:_[a-z0-9]+)*)%/g;
const WHOLE = /^%([a-z]+(?:_[a-z0-9]+)*)%$/;
