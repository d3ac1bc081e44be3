/** The current signed API: Hunyuan image 3.0, which knows no style, negative prompt or count. */

import type { Capabilities, ImageRequest } from "../provider.ts";
import type { JobActions } from "./actions.ts";
import { bytesOf, inputRules } from "./pictures.ts";
import { promptInWords } from "./prompt.ts";
import { isStyleTransformation, SERVICES, STYLE_TRANSFORMATION } from "./services.ts";
import { SEEDS, sizeLike, SIZES_V3 } from "./sizes.ts";
import { STYLES } from "./styles.ts";

const capabilities: Capabilities = {
  styles: STYLES,
  sizes: SIZES_V3,
  maxCount: 1,
  maxPromptLength: 8192,
  seed: SEEDS,
  inputs: inputRules(6, { maxImages: 3, roles: ["base", "reference", "style"] }),
  // Of the style transformation, which is asked where a picture comes with a style.
  strength: STYLE_TRANSFORMATION.capabilities.strength,
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
    ...(request.inputs.length > 0 ? { Images: bytesOf(request.inputs) } : {}),
    Resolution: resolutionOf(request),
  }),
  warnings: ({ inputs, size, strength }) => [
    ...(strength === undefined
      ? []
      : ["Tencent takes a strength only with a picture and one of its styles, so it was left out"]),
    ...(inputs.length === 0 || size === undefined
      ? []
      : [`Tencent takes size ${size} as a hint where pictures come in`]),
  ],
  services: SERVICES,
  serviceFor: (request) => isStyleTransformation(request) ? STYLE_TRANSFORMATION : undefined,
};

function resolutionOf({ size, inputs }: ImageRequest): string {
  const base = inputs.find(({ role }) => role === "base");
  return (size ?? (base ? sizeLike(base) : capabilities.sizes.default)).replace("x", ":");
}
