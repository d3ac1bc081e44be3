/** What can be asked of each service of Stability's, and of all of them where none is named. */

import type { Capabilities, InputRole, InputRules, SizeRules } from "../provider.ts";
import { describedFields } from "./options.ts";
import type { Service } from "./services.ts";
import { STYLES } from "./styles.ts";

/** In bytes, all of it (vendor's API reference, read 2026-11-25). */
export const MAX_REQUEST_BYTES = 10 * 1024 * 1024;

export function capabilitiesOf(service: Service): Capabilities {
  const { hasMask, hasNegativePrompt, hasSeed, strength, shapes, formats, fields } = service;
  const inputs = inputRules(service);
  return {
    styles: STYLES,
    sizes: shapes?.rules ?? SIZE_OF_INPUT,
    maxCount: 1,
    maxPromptLength: 10_000,
    negativePrompt: hasNegativePrompt ? "native" : "words",
    // 0 asks for any seed.
    ...hasSeed ? { seed: { minimum: 1, maximum: 4_294_967_294 } } : {},
    ...inputs ? { inputs } : {},
    ...hasMask ? { mask: "white" } : {},
    ...strength ? { strength: { minimum: 0, maximum: 1 } } : {},
    options: { output_format: { values: formats } },
    ...fields ? { modelOptions: describedFields(fields) } : {},
    resume: true,
  };
}

/** Where the request names no service, each does what it is there for; `usual` draws. */
export function unnamedCapabilities(usual: Service): Capabilities {
  return {
    ...capabilitiesOf(usual),
    inputs: { ...BOUNDS, maxImages: 2, maxImagesWithMask: 1, roles: ["base", "style"] },
    mask: "white",
    strength: { minimum: 0, maximum: 1 },
  };
}

function inputRules(service: Service): InputRules | undefined {
  const roles: readonly InputRole[] = [
    ...service.base ? ["base" as const] : [],
    ...service.style ? ["style" as const] : [],
  ];
  if (roles.length === 0) return undefined;
  return { ...BOUNDS, maxImages: roles.length, roles, ...service.bounds };
}

const SIZE_OF_INPUT: SizeRules = {
  listed: { auto: "the shape of the picture that comes in" },
  default: "auto",
};

/** Of every picture (vendor's API reference, read 2026-11-25). */
const BOUNDS = {
  mediaTypes: ["image/png", "image/jpeg", "image/webp"],
  maxBytes: MAX_REQUEST_BYTES - 100_000, // the words of the request come with it
  minSide: 64,
  maxPixels: 9_437_184,
};
