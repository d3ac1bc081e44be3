/** The ids of Seedream models: which draw, which are doubtful, and what to say of them. */

import { oneOf } from "../../errors.ts";

/** Known to draw in November 2026. */
export const LIVE_MODELS = [
  "doubao-seedream-5-0-pro-260628",
  "doubao-seedream-5-0-flash-260915",
  "doubao-seedream-4-0-20260415",
];

/** Sentences about a configured model that will hardly draw. */
export function doubtsAbout(variable: string, model: string): readonly string[] {
  const doubt = DOUBTS.find(({ pattern }) => pattern.test(model));
  return doubt
    ? [`${variable} is '${model}', ${doubt.why}; live ids are ${oneOf(LIVE_MODELS)}`]
    : [];
}

/** What to do about a configured model that cannot draw, naming others than the ones tried. */
export function adviceBeside(...tried: readonly string[]): string {
  const others = LIVE_MODELS.filter((model) => !tried.includes(model));
  return `Set DOUBAO_MODEL to a live model, such as ${oneOf(others)}, or open the model at ` +
    "https://console.volcengine.com/ark";
}

export const ARGUMENT_ADVICE =
  "Name another model in the 'model' argument, or leave it out to draw with " +
  "DOUBAO_MODEL; models are opened at https://console.volcengine.com/ark";

const DOUBTS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /seedream-3-0|seededit|seedream-4-0-250828/i,
    why: "which the vendor has retired",
  },
  { pattern: /seedream-\d\.\d/i, why: "a short name, where Ark's own ids end in a date" },
];
