/** What is kept of what a file told, where the file itself loses it. */

import { type FoundProvenance, readProvenance } from "./read.ts";

/** What a file tells, within bounds; undefined where it tells nothing. Never throws. */
export function keptProvenance(bytes: Uint8Array): FoundProvenance | undefined {
  const { comfyui, ...found } = readProvenance(bytes);
  const { parameters, making, hasManifest, sourceType, software } = found;
  if (!parameters && !making && !comfyui && !hasManifest && !sourceType && !software) return;
  const whole = { ...found, comfyui };
  return [whole, { ...found, leftOut: [...found.leftOut, GRAPHS] }]
    .find((each) => JSON.stringify(each).length <= LONGEST_KEPT) ??
    { sourceType, hasManifest, leftOut: [...found.leftOut, ALL] };
}

const GRAPHS = "The graphs of ComfyUI were too long to be kept when the picture came in";
const ALL = "What the file told was too long to be kept when the picture came in";
/** In characters of JSON. */
const LONGEST_KEPT = 65_536;
