/** Tencent Hunyuan, through whichever of its three APIs the settings choose. */

import {
  address,
  choice,
  integer,
  secret,
  text,
  type Values,
  type Variables,
} from "../../config/variables.ts";
import { defineProvider, type ImageProvider, type ProviderDependencies } from "../provider.ts";
import { capabilitiesOf, type JobActions } from "./actions.ts";
import { AIART } from "./aiart.ts";
import { LEGACY } from "./legacy.ts";
import { familyOf, TOKENHUB_MODELS } from "./tokenhub_models.ts";

const variables = {
  TENCENT_SECRET_ID: secret(
    "Id of the Tencent Cloud API key that signs requests (backends aiart and legacy).",
    { example: "your_tencent_secret_id" },
  ),
  TENCENT_SECRET_KEY: secret("Secret of the same Tencent Cloud API key.", {
    example: "your_tencent_secret_key",
  }),
  TENCENT_SESSION_TOKEN: secret(
    "Session token, only with temporary Tencent Cloud keys.",
    { example: "your_tencent_session_token" },
  ),
  TENCENT_TOKENHUB_API_KEY: secret(
    "API key of Tencent's TokenHub (backend tokenhub), instead of the key pair.",
    { example: "your_tokenhub_api_key" },
  ),
  TENCENT_REGION: text("Region of Tencent Cloud (backends aiart and legacy).", {
    default: "ap-guangzhou",
  }),
  HUNYUAN_BACKEND: choice(
    "Which of Tencent's APIs draws. Unset: tokenhub if its key is set, else aiart. The public " +
      "service behind legacy ended on 2026-09-30; it is for private endpoints.",
    ["aiart", "tokenhub", "legacy"],
  ),
  HUNYUAN_ENDPOINT: address(
    "Base address of the backends aiart and legacy. Unset: Tencent's own for the backend.",
    { example: "https://aiart.tencentcloudapi.com" },
  ),
  HUNYUAN_TOKENHUB_ENDPOINT: address(
    "Base address of TokenHub; the international site has another one.",
    { default: "https://tokenhub.tencentmaas.com" },
  ),
  HUNYUAN_MODEL: text(
    "Model of the backend tokenhub, any id TokenHub offers. Unset: hy-image-v3.",
    { example: "hy-image-v3.5-preview" },
  ),
  HUNYUAN_CONCURRENCY: integer(
    "Pictures Tencent may draw at once; raise it only if the account was granted more.",
    { default: 1, minimum: 1, maximum: 100 },
  ),
} satisfies Variables;

type Settings = Values<typeof variables>;

export const hunyuan = defineProvider({
  name: "hunyuan",
  title: "Tencent Hunyuan",
  aliases: ["tencent", "hunyuanimage", "yuanbao", "腾讯", "混元", "腾讯混元", "元宝"],
  modelIds: /^(hunyuan-image|hy-image)/,
  variables,
  missing,
  warnings,
  create(settings, outside) {
    const backend = backendOf(settings);
    return backend === "tokenhub"
      ? createTokenHub(settings, outside)
      : createSigned(ACTIONS[backend], settings, outside);
  },
});

function createSigned(
  actions: JobActions,
  settings: Settings,
  outside: ProviderDependencies,
): ImageProvider {
  const account = {
    endpoint: settings.HUNYUAN_ENDPOINT ?? `https://${actions.service}.tencentcloudapi.com`,
    region: settings.TENCENT_REGION,
    keys: {
      secretId: settings.TENCENT_SECRET_ID ?? "",
      secretKey: settings.TENCENT_SECRET_KEY ?? "",
      sessionToken: settings.TENCENT_SESSION_TOKEN,
    },
  };
  const jobs = once(async () => (await import("./jobs.ts")).openJobs(actions, account, outside));
  return {
    name: "hunyuan",
    endpoint: account.endpoint,
    models: [actions.model, ...actions.services.map(({ action }) => action)],
    concurrency: settings.HUNYUAN_CONCURRENCY,
    capabilities: (model) => capabilitiesOf(actions, model),
    generate: async (request, context) => await (await jobs()).draw(request, context),
    resume: async (ticket, context) => await (await jobs()).resume(ticket, context),
  };
}

function createTokenHub(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const account = {
    endpoint: settings.HUNYUAN_TOKENHUB_ENDPOINT,
    key: settings.TENCENT_TOKENHUB_API_KEY ?? "",
    configured: settings.HUNYUAN_MODEL ?? TOKENHUB_MODELS[0],
  };
  const { endpoint, configured } = account;
  const hub = once(async () => (await import("./tokenhub.ts")).openTokenHub(account, outside));
  return {
    name: "hunyuan",
    endpoint,
    models: [...new Set([configured, ...TOKENHUB_MODELS])],
    concurrency: settings.HUNYUAN_CONCURRENCY,
    capabilities: (model = configured) => familyOf(model).capabilities,
    generate: async (request, context) => await (await hub()).draw(request, context),
  };
}

/**
 * What only a call needs is loaded by the first one, and kept: all calls together keep Tencent's
 * limit of requests per second.
 */
function once<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | undefined;
  return () =>
    loading ??= load().catch((error) => {
      loading = undefined; // the next call tries again
      throw error;
    });
}

function backendOf(settings: Settings): "aiart" | "tokenhub" | "legacy" {
  return settings.HUNYUAN_BACKEND ?? (settings.TENCENT_TOKENHUB_API_KEY ? "tokenhub" : "aiart");
}

function missing(settings: Settings): readonly string[] {
  if (backendOf(settings) === "tokenhub") {
    return settings.TENCENT_TOKENHUB_API_KEY ? [] : ["TENCENT_TOKENHUB_API_KEY"];
  }
  const { TENCENT_SECRET_ID, TENCENT_SECRET_KEY } = settings;
  if (TENCENT_SECRET_ID && TENCENT_SECRET_KEY) return [];
  if (TENCENT_SECRET_ID) return ["TENCENT_SECRET_KEY"];
  if (TENCENT_SECRET_KEY) return ["TENCENT_SECRET_ID"];
  const pair = "TENCENT_SECRET_ID and TENCENT_SECRET_KEY";
  return [settings.HUNYUAN_BACKEND ? pair : `${pair}, or TENCENT_TOKENHUB_API_KEY`];
}

function warnings(settings: Settings): readonly string[] {
  const backend = backendOf(settings);
  const hasPair = settings.TENCENT_SECRET_ID && settings.TENCENT_SECRET_KEY;
  const sentences: string[] = [];
  if (backend === "legacy") {
    sentences.push(
      "HUNYUAN_BACKEND=legacy: Tencent ended the public service on 2026-09-30, so it works only " +
        "with a private endpoint in HUNYUAN_ENDPOINT; use aiart or tokenhub otherwise",
    );
  }
  if (backend === "tokenhub" && hasPair && settings.HUNYUAN_BACKEND === undefined) {
    sentences.push(
      "TENCENT_TOKENHUB_API_KEY and TENCENT_SECRET_ID are both set: hunyuan draws with TokenHub; " +
        "HUNYUAN_BACKEND=aiart chooses the other",
    );
  }
  if (backend !== "tokenhub" && settings.HUNYUAN_MODEL !== undefined) {
    sentences.push(`HUNYUAN_MODEL has no effect with HUNYUAN_BACKEND=${backend}`);
  }
  return sentences;
}

const ACTIONS = { aiart: AIART, legacy: LEGACY } as const;
