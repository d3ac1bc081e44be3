/** What ComfyUI was last seen to have, and what a request's `model` means by it. */

import type { Family } from "./families.ts";
import { familyByName, isForEditing } from "./families.ts";
import { takes, type Workflow } from "./workflow.ts";

/** The files in ComfyUI's folders of models, with their sub-folders. */
export interface Installed {
  readonly checkpoints: readonly string[];
  /** Models without encoders, such as FLUX's own files. */
  readonly diffusion: readonly string[];
  readonly encoders: readonly string[];
  readonly decoders: readonly string[];
  readonly loras: readonly string[];
}

/** What was read last; the same for every request of one provider. */
export interface Seen {
  installed?: Installed;
  /** Of files whose names tell nothing. */
  readonly families: Map<string, Family>;
}

/** Files that there is a graph for, as `model` may name them. */
export function drawableFiles({ checkpoints, diffusion }: Installed): readonly string[] {
  return [...checkpoints, ...diffusion.filter((file) => familyByName(file)?.id === "flux")];
}

/** The file that a name means: itself, or without its folder, its ending, or its letter case. */
export function findFile(name: string, files: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  for (const simplify of SIMPLER) {
    const found = files.find((file) => simplify(file.toLowerCase()) === wanted);
    if (found !== undefined) return found;
  }
}

/** The first that draws pictures of its own, known ones before. */
function usualFile(installed: Installed): string | undefined {
  const drawing = drawableFiles(installed).filter((file) => !isForEditing(file));
  return drawing.find((file) => familyByName(file)) ?? drawing[0];
}

/** What draws where nobody names anything: weights, or else a workflow that takes a prompt. */
export function usualModel(
  installed: Installed,
  workflows: readonly Workflow[],
): string | undefined {
  return usualFile(installed) ?? workflows.find((each) => takes(each, "prompt"))?.name;
}

const SIMPLER: readonly ((file: string) => string)[] = [
  (file) => file,
  withoutEnding,
  withoutFolder,
  (file) => withoutEnding(withoutFolder(file)),
];

function withoutEnding(file: string): string {
  return file.replace(/\.\w{2,11}$/, "");
}

function withoutFolder(file: string): string {
  return file.replace(/^.*[\\/]/, "");
}
