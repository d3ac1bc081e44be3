/** Alibaba's Qwen-Image and Wan models on Model Studio (DashScope). */

import {
  address,
  choice,
  flag,
  integer,
  secret,
  text,
  type Values,
} from "../../config/variables.ts";
import { defineProvider, type ImageProvider, type ProviderDependencies } from "../provider.ts";
import { DEFAULT_MODEL, familyOf, KNOWN_MODELS } from "./models.ts";
import { HOSTS } from "./hosts.ts";

const variables = {
  DASHSCOPE_API_KEY: secret(
    "Key of Alibaba Cloud Model Studio (DashScope), which is of one region",
    {
      example: "your_dashscope_api_key",
    },
  ),
  DASHSCOPE_REGION: choice(
    "The region of the key: Beijing, Singapore, Virginia or Hong Kong",
    Object.keys(HOSTS) as (keyof typeof HOSTS)[],
    { default: "china" },
  ),
  DASHSCOPE_ENDPOINT: address(
    "Where Model Studio answers, with or without /api/v1: a workspace's own host, or a gateway. " +
      "Unset: the host that all workspaces of DASHSCOPE_REGION share",
    { example: "https://your-workspace.ap-southeast-1.maas.aliyuncs.com" },
  ),
  QWEN_MODEL: text("The Qwen-Image or Wan model that draws when a request names none", {
    default: DEFAULT_MODEL,
  }),
  QWEN_PROMPT_EXTEND: flag("Let the vendor rewrite prompts into richer ones before drawing", {
    default: true,
  }),
  QWEN_WATERMARK: flag("Put the vendor's mark of generated pictures into a corner", {
    default: false,
  }),
  QWEN_CONCURRENCY: integer("Pictures that may be drawn at once; most models grant 2", {
    default: 2,
    minimum: 1,
    maximum: 500,
  }),
};

type Settings = Values<typeof variables>;

export const qwen = defineProvider({
  name: "qwen",
  title: "Alibaba Qwen-Image and Wan",
  aliases: [
    "alibaba",
    "aliyun",
    "dashscope",
    "modelstudio",
    "tongyi",
    "qwenimage",
    "wan",
    "wanx",
    "阿里",
    "阿里云",
    "百炼",
    "通义",
    "通义千问",
    "千问",
    "通义万相",
    "万相",
  ],
  modelIds: /^(qwen-image|wan\d|wanx)/,
  variables,
  missing: ({ DASHSCOPE_API_KEY }) => DASHSCOPE_API_KEY ? [] : ["DASHSCOPE_API_KEY"],
  warnings: ({ QWEN_MODEL, DASHSCOPE_API_KEY }) => [
    ...(familyOf(QWEN_MODEL).needsImage
      ? [
        `QWEN_MODEL is '${QWEN_MODEL}', which only changes pictures: set it to '${DEFAULT_MODEL}', ` +
        "and name this one in the 'model' argument",
      ]
      : []),
    ...(DASHSCOPE_API_KEY?.startsWith("sk-sp-")
      ? [
        "DASHSCOPE_API_KEY is the key of a plan for words (sk-sp-…): pictures need one that is " +
        "paid as it is used",
      ]
      : []),
  ],
  create: createQwen,
});

function createQwen(settings: Settings, outside: ProviderDependencies): ImageProvider {
  const configured = settings.QWEN_MODEL;
  const endpoint = (settings.DASHSCOPE_ENDPOINT ?? HOSTS[settings.DASHSCOPE_REGION])
    .replace(/\/api\/v1$/, "");
  const account = {
    endpoint,
    key: settings.DASHSCOPE_API_KEY ?? "",
    configured,
    promptExtend: settings.QWEN_PROMPT_EXTEND,
    watermark: settings.QWEN_WATERMARK,
  };
  // What only a call needs is loaded by the first one.
  const openApi = async () => (await import("./api.ts")).openApi(account, outside);

  return {
    name: "qwen",
    endpoint,
    models: [...new Set([configured, ...KNOWN_MODELS])],
    concurrency: settings.QWEN_CONCURRENCY,
    capabilities: (model = configured) => familyOf(model).capabilities,
    async generate(request, context) {
      return await (await openApi()).draw(request, context);
    },
    async resume(ticket, context) {
      return await (await openApi()).resume(ticket, context);
    },
    async cancel(ticket, signal) {
      await (await openApi()).cancel(ticket, signal);
    },
  };
}
