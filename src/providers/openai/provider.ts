/** OpenAI GPT Image, and every server that speaks its images API. */

import type { Values } from "../../config/variables.ts";
import { address, secret, text } from "../../config/variables.ts";
import type { ImageProvider, ProviderDependencies } from "../provider.ts";
import { defineProvider } from "../provider.ts";
import type { Server } from "./client.ts";
import { DEFAULT_MODEL, familyOf, modelsBeside, shutdownDate } from "./models.ts";

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
};

type Settings = Values<typeof variables>;

export const openai = defineProvider({
  name: "openai",
  title: "OpenAI GPT Image",
  variables,
  missing: (settings) =>
    serverOf(settings).isOpenAI && !settings.OPENAI_API_KEY ? ["OPENAI_API_KEY"] : [],
  warnings: (settings) => {
    const model = settings.OPENAI_MODEL;
    const date = serverOf(settings).isOpenAI ? shutdownDate(model) : undefined;
    return date === undefined ? [] : [
      `OPENAI_MODEL is '${model}', whose last day at OpenAI is ${date}: use '${DEFAULT_MODEL}'`,
    ];
  },
  create: (settings, outside) => createProvider(serverOf(settings), settings.OPENAI_MODEL, outside),
});

function serverOf(settings: Settings): Server {
  const { hostname, host } = new URL(settings.OPENAI_BASE_URL);
  const isOpenAI = /(^|\.)openai\.com$/.test(hostname);
  return {
    title: isOpenAI ? "OpenAI" : `OpenAI-compatible server ${host}`,
    address: settings.OPENAI_BASE_URL,
    isOpenAI,
    key: settings.OPENAI_API_KEY,
    organization: settings.OPENAI_ORG_ID,
    project: settings.OPENAI_PROJECT_ID,
  };
}

function createProvider(
  server: Server,
  configured: string,
  outside: ProviderDependencies,
): ImageProvider {
  return {
    name: "openai",
    endpoint: server.address,
    models: modelsBeside(configured),
    capabilities: (model = configured) => familyOf(model).capabilities,
    async generate(request, context) {
      const { draw } = await import("./draw.ts");
      return await draw(request, context, server, configured, outside);
    },
  };
}
