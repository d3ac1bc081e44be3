/** The current signed API: Hunyuan image 3.0, which knows no style, negative prompt or count. */

import type { Capabilities, ImageRequest } from "../provider.ts";
import type { JobActions } from "./job_provider.ts";
import { promptInWords } from "./prompt.ts";
import { SEEDS, SIZES_V3 } from "./sizes.ts";
import { STYLES } from "./styles.ts";

const capabilities: Capabilities = {
  styles: STYLES,
  sizes: SIZES_V3,
  maxCount: 1,
  maxPromptLength: 8192,
  seed: SEEDS,
  resume: true,
  negativePrompt: "words",
  options: {},
};

export const AIART: JobActions = {
  backend: "aiart",
  service: "aiart",
  version: "2022-12-29",
  submit: "SubmitTextToImageJob",
  query: "QueryTextToImageJob",
  model: "hunyuan-image-3.0",
  capabilities,
  parameters: (request: ImageRequest) => ({
    Prompt: promptInWords(request, capabilities),
    Resolution: (request.size ?? capabilities.sizes.default).replace("x", ":"),
  }),
};
