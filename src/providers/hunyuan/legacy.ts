/** The first signed API, ended in public and alive at private endpoints: styles are the vendor's own. */

import type { Capabilities, ImageRequest } from "../provider.ts";
import type { JobActions } from "./actions.ts";
import { SEEDS, SIZES_V1 } from "./sizes.ts";
import { STYLES, withoutWords } from "./styles.ts";

const capabilities: Capabilities = {
  styles: withoutWords(STYLES),
  sizes: SIZES_V1,
  maxCount: 4,
  maxPromptLength: 1024,
  seed: SEEDS,
  resume: true,
  negativePrompt: "native",
  options: {},
};

export const LEGACY: JobActions = {
  backend: "legacy",
  service: "hunyuan",
  version: "2023-09-01",
  submit: "SubmitHunyuanImageJob",
  query: "QueryHunyuanImageJob",
  model: "hunyuan-image-1.0",
  capabilities,
  parameters: (request: ImageRequest) => ({
    Prompt: request.prompt,
    ...(request.negativePrompt ? { NegativePrompt: request.negativePrompt } : {}),
    ...(request.style === undefined ? {} : { Style: request.style }),
    Resolution: (request.size ?? capabilities.sizes.default).replace("x", ":"),
    Num: request.count,
  }),
  services: [],
};
