/** A request as a graph that ComfyUI can begin: which, with what in it, and its pictures uploaded. */

import { ImageError, nearest, oneOf } from "../../errors.ts";
import type { ImageRequest, InputImage } from "../provider.ts";
import { STYLE_WORDS } from "../style_words.ts";
import type { Api } from "./api.ts";
import { GAP_SIZE } from "./capabilities.ts";
import { type Family, familyByArchitecture, familyByName, SDXL } from "./families.ts";
import type { Graph } from "./graph.ts";
import { drawableFiles, findFile, type Installed, type Seen, usualModel } from "./installed.ts";
import type { ModelRequest } from "./loras.ts";
import { makeGraph } from "./made_graph.ts";
import { wordsOf } from "./words.ts";
import { type Files, graphOf, takes, type Workflow } from "./workflow.ts";
import type { WorkflowFolder } from "./workflow_folder.ts";

export interface Drawing {
  readonly graph: Graph;
  /** The workflow or file of weights that draws. */
  readonly model: string;
  readonly isWorkflow: boolean;
  /** Absent where a workflow takes none. */
  readonly seed?: number;
  readonly warnings: readonly string[];
}

/** Where models are found. */
export interface ModelSources {
  readonly workflows: WorkflowFolder;
  readonly seen: Seen;
}

/** @throws {ImageError} */
export async function prepare(
  request: ModelRequest,
  { workflows, seen }: ModelSources,
  api: Api,
  signal: AbortSignal,
): Promise<Drawing> {
  const found = request.model === undefined ? undefined : workflows.find(request.model);
  if (typeof found === "string") throw unusable(request.model!, found);
  if (found) return await fromWorkflow(request, found, api, signal);
  const installed = await api.installed(signal);
  seen.installed = installed;
  const own = workflows.list();
  const files = drawableFiles(installed);
  const model = request.model ?? usualModel(installed, own);
  const file = model === undefined ? undefined : findFile(model, files);
  if (file !== undefined) return await fromFile(request, file, installed, seen, api, signal);
  const usual = request.model === undefined ? own.find(({ name }) => name === model) : undefined;
  if (usual) return await fromWorkflow(request, usual, api, signal);
  throw nothingDraws(model, [...own.map(({ name }) => name), ...files], workflows.trouble);
}

async function fromFile(
  request: ModelRequest,
  file: string,
  installed: Installed,
  seen: Seen,
  api: Api,
  signal: AbortSignal,
): Promise<Drawing> {
  const family = familyByName(file) ?? seen.families.get(file) ??
    await askFamily(file, installed, api, signal);
  seen.families.set(file, family);
  const files = await upload(request, api, signal);
  const seed = request.seed ?? anySeed();
  const graph = makeGraph({ ...request, seed }, file, family, installed, files);
  return { graph, model: file, isWorkflow: false, seed, warnings: [] };
}

async function askFamily(
  file: string,
  { checkpoints }: Installed,
  api: Api,
  signal: AbortSignal,
): Promise<Family> {
  const folder = checkpoints.includes(file) ? "checkpoints" : "diffusion_models";
  const metadata = await api.metadata(folder, file, signal);
  return familyByArchitecture(metadata["modelspec.architecture"] ?? "") ?? SDXL;
}

async function fromWorkflow(
  request: ModelRequest,
  workflow: Workflow,
  api: Api,
  signal: AbortSignal,
): Promise<Drawing> {
  checkRequest(request, workflow);
  const files = await upload(request, api, signal);
  const seed = takes(workflow, "seed") ? request.seed ?? anySeed() : undefined;
  const [width, height] = (request.size ?? "auto").split("x").map(Number);
  const hasNegative = takes(workflow, "negative_prompt");
  const words = wordsOf(request, hasNegative, STYLE_WORDS);
  const graph = graphOf(
    workflow,
    {
      prompt: words.prompt,
      negative_prompt: request.negativePrompt === undefined ? undefined : words.negative_prompt,
      seed,
      width: height === undefined ? undefined : width,
      height,
      strength: request.strength,
    },
    files,
    { ...GAP_SIZE, negative_prompt: "", strength: request.inputs.length > 0 ? 0.75 : 1 },
  );
  const isMute = !takes(workflow, "prompt");
  return {
    graph,
    model: workflow.name,
    isWorkflow: true,
    ...seed === undefined ? {} : { seed },
    warnings: isMute ? [`The workflow '${workflow.name}' takes no prompt, so it was left out`] : [],
  };
}

/** What capabilities tell of a workflow holds for a request that named none, too. */
function checkRequest({ inputs, mask, loras }: ModelRequest, workflow: Workflow): void {
  const { name, images, neededImages } = workflow;
  const fault = inputs.length > images
    ? `takes ${images === 0 ? "no pictures" : `at most ${images}`}`
    : inputs.length < neededImages
    ? `needs ${neededImages} pictures`
    : mask && workflow.mask === "none"
    ? "takes no mask"
    : !mask && workflow.mask === "needed"
    ? "needs a mask"
    : loras.length > 0
    ? "loads its own LoRAs and takes no other"
    : undefined;
  if (fault === undefined) return;
  throw new ImageError(
    "invalid_parameters",
    `The workflow '${name}' ${fault}. Change the request, or name another as 'model'`,
    { model: name },
  );
}

/** The picture that is changed comes first. */
async function upload({ inputs, mask }: ImageRequest, api: Api, signal: AbortSignal) {
  const isBase = ({ role }: InputImage) => role === "base";
  const ordered = [...inputs.filter(isBase), ...inputs.filter((input) => !isBase(input))];
  const images: string[] = [];
  for (const input of ordered) images.push(await api.upload(input, signal));
  const files: Files = { images };
  return mask ? { ...files, mask: await api.upload(mask, signal) } : files;
}

/** Of 31 bits, which every node takes. */
function anySeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
}

function unusable(name: string, why: string): ImageError {
  return new ImageError(
    "model_unavailable",
    `The workflow '${name}' of COMFYUI_WORKFLOWS cannot be used: ${why}`,
    { model: name },
  );
}

function nothingDraws(
  model: string | undefined,
  models: readonly string[],
  trouble: string | undefined,
): ImageError {
  const near = model === undefined ? undefined : nearest(model, models);
  const named = near ? [near] : models.slice(0, MOST_NAMED);
  const sentences = [
    model === undefined
      ? "ComfyUI has no checkpoint, and COMFYUI_WORKFLOWS no workflow that takes a prompt"
      : `Neither ComfyUI's checkpoints nor COMFYUI_WORKFLOWS have '${model.slice(0, 200)}'`,
    trouble && `The folder cannot be read: ${trouble}`,
    models.length > 0
      ? `Set COMFYUI_MODEL or the argument 'model' to ${
        near ? "" : "one of those there are, such as "
      }${oneOf(named)}`
      : "Put a checkpoint into ComfyUI's folder models/checkpoints, or set COMFYUI_WORKFLOWS to a " +
        "folder of workflows exported with 'Export (API)', and COMFYUI_MODEL to one of them",
  ];
  return new ImageError("model_unavailable", sentences.filter(Boolean).join(". "), {
    model,
    available_models: models.slice(0, 50),
  });
}

const MOST_NAMED = 5;
