/** ByteDance's Seedream models on Volcengine Ark. */

import { address, integer, secret, text, type Values } from "../../config/variables.ts";
import {
  type Capabilities,
  defineProvider,
  type ImageProvider,
  type ProviderDependencies,
} from "../provider.ts";
import { familyOf } from "./families.ts";
import { doubtsAbout, LIVE_MODELS } from "./models.ts";
import { STYLES } from "./prompt.ts";

const variables = {
  DOUBAO_API_KEY: secret("The key of Volcengine Ark", { example: "your_doubao_api_key" }),
  DOUBAO_ENDPOINT: address(
    "Where Ark or a gateway to it answers, with or without /api/v3; subscription keys need " +
      "https://ark.cn-beijing.volces.com/api/plan/v3",
    { default: "https://ark.cn-beijing.volces.com" },
  ),
  DOUBAO_MODEL: text("The Seedream model, or the id of an endpoint (ep-…)", {
    default: "doubao-seedream-5-0-pro-260628",
  }),
  DOUBAO_FALLBACK_MODEL: text(
    "The model that draws when DOUBAO_MODEL is retired or not opened for the key; 'none' for none",
    { default: "doubao-seedream-4-0-20260415" },
  ),
  DOUBAO_CONCURRENCY: integer("Calls that may run at once", {
    default: 4,
    minimum: 1,
    maximum: 500,
  }),
};

type Settings = Values<typeof variables>;

export const doubao = defineProvider({
  name: "doubao",
  title: "Doubao Seedream",
  aliases: [
    "seedream",
    "ark",
    "volcengine",
    "bytedance",
    "jimeng",
    "豆包",
    "即梦",
    "字节",
    "火山",
    "火山引擎",
    "火山方舟",
  ],
  modelIds: /^(doubao-seedream-|ep-\d)/,
  variables,
  missing: ({ DOUBAO_API_KEY }) => DOUBAO_API_KEY ? [] : ["DOUBAO_API_KEY"],
  warnings: ({ DOUBAO_MODEL, DOUBAO_FALLBACK_MODEL }) => [
    ...doubtsAbout("DOUBAO_MODEL", DOUBAO_MODEL),
    ...doubtsAbout("DOUBAO_FALLBACK_MODEL", DOUBAO_FALLBACK_MODEL),
  ],
  create: createDoubao,
});

function createDoubao(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const configured = settings.DOUBAO_MODEL;
  const fallback = fallbackOf(settings);
  const endpoint = settings.DOUBAO_ENDPOINT;
  const account = { endpoint, key: settings.DOUBAO_API_KEY ?? "", configured, fallback };
  return {
    name: "doubao",
    endpoint,
    models: [...new Set([configured, ...(fallback ? [fallback] : []), ...LIVE_MODELS])],
    concurrency: settings.DOUBAO_CONCURRENCY,
    capabilities: (model = configured) => capabilitiesOf(model),
    async generate(request, context) {
      // What only a call needs is loaded by the first one.
      const { draw } = await import("./api.ts");
      return await draw(request, context, account, outside);
    },
  };
}

function capabilitiesOf(model: string): Capabilities {
  const { sizes, outputFormats, maxPromptLength, inputs } = familyOf(model);
  return {
    styles: STYLES,
    sizes,
    maxCount: 1,
    maxPromptLength,
    negativePrompt: "words",
    inputs,
    options: outputFormats.length > 0 ? { output_format: { values: outputFormats } } : {},
  };
}

function fallbackOf({ DOUBAO_MODEL, DOUBAO_FALLBACK_MODEL }: Settings): string | undefined {
  const isOff = DOUBAO_FALLBACK_MODEL.toLowerCase() === "none";
  return isOff || DOUBAO_FALLBACK_MODEL === DOUBAO_MODEL ? undefined : DOUBAO_FALLBACK_MODEL;
}
