/** Which of the files that a request made are its pictures. */

import type { Ending, OutputFile } from "./api.ts";
import type { Graph } from "./graph.ts";

/** The nodes that their maker marked with "%output%" in their title. */
export function markedOutputs(graph: Graph): readonly string[] {
  return Object.entries(graph)
    .filter(([, { _meta }]) => String(_meta?.title ?? "").includes("%output%"))
    .map(([id]) => id);
}

/** Those of marked nodes, else those that were saved, else those that were only shown. */
export function picturesOf({ outputs }: Ending, marked: readonly string[]): readonly OutputFile[] {
  const all = Object.entries(outputs)
    .filter(([node]) => marked.length === 0 || marked.includes(node))
    .flatMap(([, { images = [] }]) => images)
    .filter(({ filename }) => PICTURE.test(filename));
  const saved = all.filter(({ type }) => type === "output");
  return saved.length > 0 ? saved : all;
}

/** Videos and sounds come in the same lists. */
const PICTURE = /\.(png|jpe?g|webp|avif|gif|bmp|tiff?)$/i;
