/** ComfyUI: graphs made here for the weights there are, and people's own workflows. */

import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import {
  type Capabilities,
  defineProvider,
  type ImageProvider,
  type ImageRequest,
  type ProviderDependencies,
} from "../provider.ts";
import { familyCapabilities, withEditing, workflowCapabilities } from "./capabilities.ts";
import { familyByName, SDXL } from "./families.ts";
import { drawableFiles, findFile, type Seen, usualModel } from "./installed.ts";
import { readModel } from "./loras.ts";
import { openWorkflowFolder, type WorkflowFolder } from "./workflow_folder.ts";

const variables = {
  COMFYUI_URL: address("Where ComfyUI answers", { example: "http://127.0.0.1:8188" }),
  COMFYUI_WORKFLOWS: text(
    "A folder of workflows that ComfyUI exported for the API; each can be named as a model",
    { example: "/home/me/workflows" },
  ),
  COMFYUI_MODEL: text(
    "The workflow, or ComfyUI's file of weights, that draws when a request names none; without " +
      "it the first checkpoint there is",
    { example: "sd_xl_base_1.0.safetensors" },
  ),
  COMFYUI_EDIT_MODEL: text(
    "The same for requests with pictures that come in, where COMFYUI_MODEL takes none",
    { example: "my_inpainting_workflow" },
  ),
  COMFYUI_API_KEY: secret(
    "What a gateway before ComfyUI wants to see: a token, or a name and password as name:password",
  ),
  COMFYUI_ACCOUNT_KEY: secret(
    "A key of the Comfy account that pays for workflows with nodes of paid services",
  ),
  COMFYUI_CONCURRENCY: integer(
    "Requests that may stand in ComfyUI's queue at once; it draws one after another",
    { default: 2, minimum: 1, maximum: 100 },
  ),
};

type Settings = Values<typeof variables>;

export const comfyui = defineProvider({
  name: "comfyui",
  title: "ComfyUI",
  aliases: ["comfy"],
  modelIds: /\.(safetensors|ckpt|sft)$/,
  variables,
  charges: false,
  localEngines: [{
    name: "comfyui",
    // As it starts, and where its desktop program begins to look for a free port.
    ports: [8188, 8000],
    recognise: async (look) => (await import("./recognise.ts")).recognise(look),
  }],
  missing: ({ COMFYUI_URL }) => COMFYUI_URL ? [] : ["COMFYUI_URL"],
  warnings: ({ COMFYUI_WORKFLOWS }) => {
    const { trouble } = openWorkflowFolder(COMFYUI_WORKFLOWS);
    return trouble === undefined
      ? []
      : [`The folder of COMFYUI_WORKFLOWS, '${COMFYUI_WORKFLOWS}', cannot be read: ${trouble}`];
  },
  create: createComfyui,
});

function createComfyui(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const { COMFYUI_URL: endpoint = "", COMFYUI_API_KEY: key } = settings;
  const { COMFYUI_MODEL: usual, COMFYUI_EDIT_MODEL: editing } = settings;
  const { COMFYUI_ACCOUNT_KEY: accountKey } = settings;
  const workflows = openWorkflowFolder(settings.COMFYUI_WORKFLOWS);
  const seen: Seen = { families: new Map() };
  const server = { endpoint, key, accountKey, workflows, seen };
  // What only a call needs is loaded by the first one.
  const openQueue = async () => (await import("./queue.ts")).openQueue(server, outside);
  const of = (model: string) => capabilitiesOf(model, workflows, seen);

  const unnamed = () => {
    const model = usual ??
      (seen.installed && usualModel(seen.installed, workflows.list()));
    const drawing = model === undefined ? familyCapabilities(SDXL, "") : of(model);
    return editing === undefined ? drawing : withEditing(drawing, of(editing));
  };

  return {
    name: "comfyui",
    endpoint,
    get models() {
      const files = seen.installed ? drawableFiles(seen.installed) : [];
      const loras = seen.installed?.loras.map((file) => `lora:${file}`) ?? [];
      const own = workflows.list().map(({ name }) => name);
      const named = [usual, ...own, editing, ...files, ...loras].slice(0, MOST_NAMES);
      return [...new Set(named.filter((model) => model !== undefined))];
    },
    concurrency: settings.COMFYUI_CONCURRENCY,
    capabilities(asked) {
      const { model } = readModel(asked);
      return model === undefined ? unnamed() : of(model);
    },
    async generate(request, context) {
      const { model = modelFor(request, usual, editing, of), loras } = readModel(request.model);
      return await (await openQueue()).draw({ ...request, model, loras }, context);
    },
    async resume(ticket, context) {
      return await (await openQueue()).resume(ticket, context);
    },
    async cancel(ticket, signal) {
      await (await openQueue()).cancel(ticket, signal);
    },
  };
}

/** Ids for people to choose from, of which there may be thousands. */
const MOST_NAMES = 200;

function capabilitiesOf(model: string, workflows: WorkflowFolder, seen: Seen): Capabilities {
  const workflow = workflows.find(model);
  if (typeof workflow === "object") return workflowCapabilities(workflow);
  const file = findFile(model, seen.installed ? drawableFiles(seen.installed) : []) ?? model;
  return familyCapabilities(familyByName(file) ?? seen.families.get(file) ?? SDXL, file);
}

function modelFor(
  { inputs }: ImageRequest,
  usual: string | undefined,
  editing: string | undefined,
  of: (model: string) => Capabilities,
): string | undefined {
  const isForOther = inputs.length > 0 && usual !== undefined && !of(usual).inputs;
  return isForOther ? editing ?? usual : usual;
}
