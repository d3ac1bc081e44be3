/** OpenAI GPT Image, and every server that speaks its images API. */

import { ImageError } from "../../errors.ts";
import type { Values } from "../../config/variables.ts";
import { address, secret, text } from "../../config/variables.ts";
import { firstOf } from "../bounds.ts";
import { createVendorClient } from "../http.ts";
import { collect } from "./answer.ts";
import type { Body } from "./ask.ts";
import { ask } from "./ask.ts";
import { createClient, type Server } from "./client.ts";
import { DEFAULT_MODEL, familyOf, modelsBeside, shutdownDate } from "./models.ts";
import type {
  CallContext,
  Capabilities,
  ImageProvider,
  ImageRequest,
  ProviderDependencies,
} from "../provider.ts";
import { defineProvider } from "../provider.ts";

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
  configuredModel: string,
  outside: ProviderDependencies,
): ImageProvider {
  const { download } = createVendorClient({
    title: server.title,
    endpoint: server.address,
    secrets: server.key ? [server.key] : [],
    fetch: outside.fetch,
    resolve: outside.resolve,
  });
  const client = createClient(server, outside.fetch);

  return {
    name: "openai",
    endpoint: server.address,
    models: modelsBeside(configuredModel),
    capabilities: (model = configuredModel) => familyOf(model).capabilities,
    async generate(request, context) {
      const { model = configuredModel, count } = request;
      const { partialImages } = familyOf(model).capabilities;
      const answer = await ask({
        server,
        client,
        body: bodyOf(request, model),
        signal: context.signal,
        onPartial: context.wantsProgress && count === 1 && partialImages
          ? (number, base64) => {
            context.onProgress({ message: `OpenAI sent partial picture ${number}` });
            showPartial(base64, context);
          }
          : undefined,
      });
      const { items, warnings: surplus } = firstOf(count, answer.pictures);
      const images = await collect(items, (url) => download(url, context.signal), server);
      const warnings = images.length < count
        ? [`${server.title} drew ${images.length} of the ${count} pictures asked for`]
        : surplus;
      return { images, warnings, model, usage: answer.usage };
    },
  };
}

/** An unfinished picture that cannot be read costs nothing but the look at it. */
function showPartial(base64: string | undefined, { onPartialImage }: CallContext): void {
  if (!base64 || !onPartialImage) return;
  try {
    onPartialImage(Uint8Array.fromBase64(base64));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
}

/** Exactly the fields that `model`'s family knows. @throws {ImageError} where two options contradict. */
function bodyOf(request: ImageRequest, model: string): Body {
  const { isGptImage, capabilities } = familyOf(model);
  checkFormat(request.options);
  const size = request.size ?? capabilities.sizes.default;
  return {
    model,
    prompt: promptOf(request, capabilities),
    n: request.count,
    // Only GPT Image knows the word: elsewhere silence lets the server choose.
    ...(size === "auto" && !isGptImage ? {} : { size }),
    ...(isGptImage ? {} : { response_format: "b64_json" }),
    ...request.options,
  };
}

function checkFormat({ output_format, output_compression, background }: ImageRequest["options"]) {
  const format = output_format ?? "png";
  if (output_compression !== undefined && format !== "jpeg" && format !== "webp") {
    throw new ImageError(
      "invalid_parameters",
      "output_compression requires output_format to be 'jpeg' or 'webp', current value is " +
        `'${format}'`,
      { output_compression, output_format: format },
    );
  }
  if (background === "transparent" && format === "jpeg") {
    throw new ImageError(
      "invalid_parameters",
      "background 'transparent' requires output_format to be 'png' or 'webp', current value is " +
        "'jpeg'",
      { background, output_format: format },
    );
  }
}

/** The prompt, and in words what the API has no field for. */
function promptOf(
  { prompt, style = "", negativePrompt }: ImageRequest,
  { styles }: Capabilities,
): string {
  const styleWords = styles[style]?.prompt;
  return [
    prompt,
    styleWords && `Style: ${styleWords}.`,
    negativePrompt && `Leave out of the picture: ${negativePrompt}`,
  ].filter(Boolean).join("\n\n");
}
