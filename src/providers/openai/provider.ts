/** OpenAI GPT Image, and every server that speaks its images API. */

import type { Values } from "../../config/variables.ts";
import { address, secret, text } from "../../config/variables.ts";
import { defineProvider } from "../provider.ts";
import type { Server } from "./client.ts";
import { compatibleServer, namedServers } from "./compatible.ts";
import { DEFAULT_MODEL, shutdownDate } from "./models.ts";
import { createProvider, serverAt } from "./server.ts";

const variables = {
  OPENAI_API_KEY: secret("Key of the OpenAI API; a compatible server may need none", {
    example: "sk-...",
  }),
  OPENAI_BASE_URL: address(
    "Base address of the API: OpenAI's, or a compatible server's such as http://localhost:8080/v1",
    { default: "https://api.openai.com/v1" },
  ),
  OPENAI_MODEL: text("The model that draws when a request names none", { default: DEFAULT_MODEL }),
  OPENAI_ORG_ID: text("The organisation that is charged, where the key has several", {
    example: "org-...",
  }),
  OPENAI_PROJECT_ID: text("The project that is charged, where the key has several", {
    example: "proj_...",
  }),
  OPENAI_COMPATIBLE: namedServers(
    "More servers that speak OpenAI's images API, each a provider of the name it is given; the " +
      "key of one called my-gateway goes into OPENAI_COMPATIBLE_KEY_MY_GATEWAY, its model into " +
      "OPENAI_COMPATIBLE_MODEL_MY_GATEWAY",
    "my-gateway=https://gateway.example.com/v1,local=http://localhost:8080/v1",
  ),
};

type Settings = Values<typeof variables>;

export const openai = defineProvider({
  name: "openai",
  title: "OpenAI GPT Image",
  aliases: ["gpt", "gptimage", "chatgpt", "dalle"],
  modelIds: /^(gpt-image|dall-e|chatgpt-image)-/,
  variables,
  localEngines: [
    {
      name: "localai",
      ports: [8080],
      recognise: async (look) => (await import("./engines.ts")).recogniseLocalAI(look),
    },
    {
      name: "sd-server",
      ports: [1234, 8080],
      recognise: async (look) => (await import("./engines.ts")).recogniseSdServer(look),
    },
  ],
  missing: (settings) =>
    serverOf(settings).isOpenAI && !settings.OPENAI_API_KEY ? ["OPENAI_API_KEY"] : [],
  warnings: (settings) => {
    const model = settings.OPENAI_MODEL;
    const date = serverOf(settings).isOpenAI ? shutdownDate(model) : undefined;
    return date === undefined ? [] : [
      `OPENAI_MODEL is '${model}', whose last day at OpenAI is ${date}: use '${DEFAULT_MODEL}'`,
    ];
  },
  create: (settings, outside) =>
    createProvider("openai", serverOf(settings), settings.OPENAI_MODEL, outside),
  further: {
    variable: "OPENAI_COMPATIBLE",
    definitions: ({ OPENAI_COMPATIBLE }) => OPENAI_COMPATIBLE.map(compatibleServer),
  },
});

function serverOf(settings: Settings): Server {
  return {
    ...serverAt(settings.OPENAI_BASE_URL),
    key: settings.OPENAI_API_KEY,
    organization: settings.OPENAI_ORG_ID,
    project: settings.OPENAI_PROJECT_ID,
    variables: { key: "OPENAI_API_KEY", address: "OPENAI_BASE_URL", model: "OPENAI_MODEL" },
  };
}
