/** Stable Diffusion web UIs: AUTOMATIC1111, Forge and SD.Next, which share one API. */

import { address, decimal, integer, secret, text, type Values } from "../../config/variables.ts";
import { defineProvider, type ImageProvider, type ProviderDependencies } from "../provider.ts";
import { capabilitiesFor } from "./capabilities.ts";
import { type Inventory, namesIn } from "./inventory.ts";

const variables = {
  SDWEBUI_URL: address(
    "Where a Stable Diffusion web UI answers: AUTOMATIC1111 or Forge, started with --api, or SD.Next",
    { example: "http://127.0.0.1:7860" },
  ),
  SDWEBUI_USERNAME: text("The name that goes with SDWEBUI_PASSWORD", { example: "ann" }),
  SDWEBUI_PASSWORD: secret("The web UI's password, where it was started with --api-auth or --auth"),
  SDWEBUI_MODEL: text(
    "The checkpoint that draws when a request names none; unset: the one that is loaded there",
    { example: "juggernautXL_v9" },
  ),
  SDWEBUI_SAMPLER: text("The sampler, as the web UI names it; unset: the web UI's own choice", {
    example: "DPM++ 2M",
  }),
  SDWEBUI_STEPS: integer(
    "Steps of a picture of medium quality; 0: as the kind of checkpoint wants",
    { default: 0, minimum: 0, maximum: 150 },
  ),
  SDWEBUI_CFG_SCALE: decimal(
    "How closely the prompt is followed (CFG scale); unset: as the kind of checkpoint wants",
    { minimum: 0, maximum: 30 },
  ),
  SDWEBUI_CONCURRENCY: integer("Pictures that may be asked for at once; a web UI draws one", {
    default: 1,
    minimum: 1,
    maximum: 100,
  }),
};

type Settings = Values<typeof variables>;

export const sdwebui = defineProvider({
  name: "sdwebui",
  title: "Stable Diffusion web UI (AUTOMATIC1111, Forge, SD.Next)",
  variables,
  charges: false,
  localEngines: [{
    name: "sdwebui",
    // With its pages, and without them (--nowebui).
    ports: [7860, 7861],
    recognise: async (look) => (await import("./recognise.ts")).recognise(look),
  }],
  missing: ({ SDWEBUI_URL }) => SDWEBUI_URL ? [] : ["SDWEBUI_URL"],
  warnings: ({ SDWEBUI_USERNAME, SDWEBUI_PASSWORD }) =>
    SDWEBUI_PASSWORD !== undefined && SDWEBUI_USERNAME === undefined
      ? ["SDWEBUI_PASSWORD is set without a name: set SDWEBUI_USERNAME, too"]
      : [],
  create: createProvider,
});

function createProvider(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const endpoint = (settings.SDWEBUI_URL ?? "").replace(/\/sdapi(\/v1)?$/, "");
  // What was read at the last request, for everybody who asks without a network.
  let inventory: Inventory | undefined;
  const engine = {
    endpoint,
    username: settings.SDWEBUI_USERNAME ?? "",
    password: settings.SDWEBUI_PASSWORD,
    model: settings.SDWEBUI_MODEL,
    sampler: settings.SDWEBUI_SAMPLER,
    steps: settings.SDWEBUI_STEPS,
    cfgScale: settings.SDWEBUI_CFG_SCALE,
  };
  return {
    name: "sdwebui",
    endpoint,
    get models() {
      return namesIn(inventory, settings.SDWEBUI_MODEL);
    },
    concurrency: settings.SDWEBUI_CONCURRENCY,
    capabilities: (model = settings.SDWEBUI_MODEL) => capabilitiesFor(model, inventory),
    async generate(request, context) {
      // What only a call needs is loaded by the first one.
      const { draw } = await import("./api.ts");
      return await draw(request, engine, context, {
        outside,
        inventory,
        onInventory: (read) => void (inventory = read),
      });
    },
  };
}
