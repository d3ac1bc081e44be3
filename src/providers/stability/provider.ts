/** Stability AI: Stable Diffusion 3.5, Stable Image Core and Ultra, and the services that edit. */

import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import { defineProvider, type ImageProvider, type ProviderDependencies } from "../provider.ts";
import { capabilitiesOf, unnamedCapabilities } from "./capabilities.ts";
import { DEFAULT_MODEL, serviceOf, SERVICES } from "./services.ts";

const variables = {
  STABILITY_API_KEY: secret("The key of Stability AI's platform", {
    example: "your_stability_api_key",
  }),
  STABILITY_ENDPOINT: address("Where Stability AI or a gateway to it answers", {
    default: "https://api.stability.ai",
  }),
  STABILITY_MODEL: text("The model that draws when a request names none", {
    default: DEFAULT_MODEL,
  }),
  STABILITY_CONCURRENCY: integer("Calls that may run at once", {
    default: 8,
    minimum: 1,
    maximum: 150,
  }),
};

type Settings = Values<typeof variables>;

export const stability = defineProvider({
  name: "stability",
  title: "Stability AI",
  aliases: ["stabilityai", "stablediffusion", "stableimage", "sd"],
  modelIds: /^(sd3|stable-image-|stable-diffusion-)/,
  variables,
  missing: ({ STABILITY_API_KEY }) => STABILITY_API_KEY ? [] : ["STABILITY_API_KEY"],
  warnings: ({ STABILITY_MODEL }) =>
    serviceOf(STABILITY_MODEL).needsInput
      ? [
        `STABILITY_MODEL is '${STABILITY_MODEL}', which only changes pictures: set it to one that ` +
        `draws, such as '${DEFAULT_MODEL}'`,
      ]
      : [],
  create: createStability,
});

function createStability(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const { STABILITY_API_KEY: key = "", STABILITY_MODEL } = settings;
  const endpoint = settings.STABILITY_ENDPOINT.replace(/\/v2beta$/, "");
  const usual = serviceOf(STABILITY_MODEL);
  const unnamed = unnamedCapabilities(usual);
  // What only a call needs is loaded by the first one.
  const services = async () =>
    (await import("./api.ts")).openServices({ endpoint, key }, usual, outside);
  return {
    name: "stability",
    endpoint,
    models: [...new Set([STABILITY_MODEL, ...SERVICES.map(({ id }) => id)])],
    concurrency: settings.STABILITY_CONCURRENCY,
    capabilities: (model) => model === undefined ? unnamed : capabilitiesOf(serviceOf(model)),
    async generate(request, context) {
      return await (await services()).draw(request, context);
    },
    async resume(ticket, context) {
      return await (await services()).resume(ticket, context);
    },
  };
}
