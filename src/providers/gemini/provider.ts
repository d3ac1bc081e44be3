/** Google's Gemini image models ("Nano Banana") on the Gemini API. */

import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import { defineProvider, type ImageProvider, type ProviderDependencies } from "../provider.ts";
import { DEFAULT_MODEL, familyOf, KNOWN_MODELS, retirement } from "./models.ts";

const variables = {
  GEMINI_API_KEY: secret("Key of the Gemini API, from Google AI Studio", {
    example: "your_gemini_api_key",
  }),
  GEMINI_ENDPOINT: address(
    "Where the Gemini API or a gateway to it answers, with or without /v1beta",
    { default: "https://generativelanguage.googleapis.com" },
  ),
  GEMINI_MODEL: text("The Gemini model that draws when a request names none", {
    default: DEFAULT_MODEL,
  }),
  GEMINI_CONCURRENCY: integer("Calls that may run at once", {
    default: 4,
    minimum: 1,
    maximum: 500,
  }),
};

type Settings = Values<typeof variables>;

export const gemini = defineProvider({
  name: "gemini",
  title: "Google Gemini",
  aliases: ["google", "nanobanana", "imagen", "谷歌"],
  modelIds: /^(models\/)?(gemini|imagen)-/,
  variables,
  missing: ({ GEMINI_API_KEY }) => GEMINI_API_KEY ? [] : ["GEMINI_API_KEY"],
  warnings: ({ GEMINI_MODEL }) => {
    const why = retirement(GEMINI_MODEL);
    return why ? [`GEMINI_MODEL is '${GEMINI_MODEL}', ${why}: use '${DEFAULT_MODEL}'`] : [];
  },
  create: createGemini,
});

function createGemini(settings: Settings, { fetch }: ProviderDependencies): ImageProvider {
  const configured = settings.GEMINI_MODEL;
  const account = {
    endpoint: settings.GEMINI_ENDPOINT,
    key: settings.GEMINI_API_KEY ?? "",
    fetch,
  };
  return {
    name: "gemini",
    endpoint: account.endpoint,
    models: [...new Set([configured, ...KNOWN_MODELS])],
    concurrency: settings.GEMINI_CONCURRENCY,
    capabilities: (model = configured) => familyOf(model).capabilities,
    async generate(request, context) {
      const { draw } = await import("./api.ts");
      return await draw(request, context, account, configured);
    },
  };
}
