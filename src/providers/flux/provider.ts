/** Black Forest Labs: FLUX.2 and FLUX.3, FLUX.1 Kontext, and FLUX.1 Fill for masks. */

import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import {
  defineProvider,
  type ImageProvider,
  type ImageRequest,
  type ProviderDependencies,
} from "../provider.ts";
import { DEFAULT_FILL_MODEL, DEFAULT_MODEL, familyOf, LIVE_MODELS, withFilling } from "./models.ts";

const variables = {
  BFL_API_KEY: secret("The key of Black Forest Labs' API", { example: "your_bfl_api_key" }),
  BFL_ENDPOINT: address(
    "Where Black Forest Labs answers; https://api.eu.bfl.ai and https://api.us.bfl.ai keep all in " +
      "one region",
    { default: "https://api.bfl.ai" },
  ),
  BFL_MODEL: text("The FLUX model that draws and edits when a request names none", {
    default: DEFAULT_MODEL,
  }),
  BFL_FILL_MODEL: text("The FLUX model that fills the part of a picture that a mask names", {
    default: DEFAULT_FILL_MODEL,
  }),
  // 24 tasks in flight, 6 of flux-kontext-max (vendor's documents, read 2026-11-25).
  BFL_CONCURRENCY: integer(
    "Pictures that may be drawn at once; every model grants 6, most grant 24",
    { default: 6, minimum: 1, maximum: 1000 },
  ),
};

type Settings = Values<typeof variables>;

export const flux = defineProvider({
  name: "flux",
  title: "Black Forest Labs FLUX",
  aliases: ["bfl", "blackforest", "blackforestlabs"],
  modelIds: /^flux-/,
  variables,
  missing: ({ BFL_API_KEY }) => BFL_API_KEY ? [] : ["BFL_API_KEY"],
  warnings: ({ BFL_MODEL }) =>
    familyOf(BFL_MODEL).needsImage
      ? [
        `BFL_MODEL is '${BFL_MODEL}', which only fills parts of pictures: set BFL_MODEL to ` +
        `'${DEFAULT_MODEL}', and BFL_FILL_MODEL for masks`,
      ]
      : [],
  create: createFlux,
});

function createFlux(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const { BFL_ENDPOINT, BFL_API_KEY = "", BFL_MODEL, BFL_FILL_MODEL } = settings;
  const endpoint = BFL_ENDPOINT.replace(/\/v1$/, "");
  const unnamed = withFilling(familyOf(BFL_MODEL));
  const modelFor = ({ model, mask }: ImageRequest) => {
    const usual = model ?? BFL_MODEL;
    return mask && !familyOf(usual).capabilities.mask ? BFL_FILL_MODEL : usual;
  };
  // What only a call needs is loaded by the first one.
  const openTasks = async () =>
    (await import("./tasks.ts")).openTasks({ endpoint, key: BFL_API_KEY }, outside);

  return {
    name: "flux",
    endpoint,
    models: [...new Set([BFL_MODEL, ...LIVE_MODELS, BFL_FILL_MODEL])],
    concurrency: settings.BFL_CONCURRENCY,
    capabilities: (model) => model === undefined ? unnamed : familyOf(model).capabilities,
    async generate(request, context) {
      return await (await openTasks()).draw(request, modelFor(request), context);
    },
    async resume(ticket, context) {
      return await (await openTasks()).resume(ticket, context);
    },
  };
}
