/** What is known of a picture, in words for people. */

import type { Picture } from "./server.ts";
import { texts } from "./texts.ts";

/** Each fact with its name. */
export function factsOf(picture: Picture): readonly (readonly [string, string])[] {
  const { width, height, seed, sizeBytes, mediaType, source } = picture;
  const { cost, usage = {}, parameters = {} } = source ?? {};
  const used = Object.entries(usage).filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name} ${value}`);
  const facts: (readonly [string, string])[] = [
    [texts.madeBy, makerOf(picture)],
    [texts.size, `${width} × ${height}`],
    [texts.bytes, `${mediaType}, ${Math.ceil(sizeBytes / 1000)} kB`],
    ...seed === null ? [] : [[texts.seed, String(seed)] as const],
    ...cost ? [[texts.cost, `${cost.amount} ${cost.unit}`] as const] : [],
    ...used.length > 0 ? [[texts.usage, used.join(", ")] as const] : [],
  ];
  const others = Object.entries(parameters).flatMap(([name, value]) => {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    const isTold = value !== null && !UNTOLD.has(name) && !EMPTY.has(text) &&
      !(name === "count" && value === 1);
    return isTold ? [[NAMES[name] ?? name, text] as const] : [];
  });
  return [...facts, ...others];
}

/** The provider and its model, which some call alike. */
export function makerOf({ provider, model }: Pick<Picture, "provider" | "model">): string {
  return provider === model ? model : `${provider} · ${model}`;
}

/** Told above, or of use to programs alone. */
const UNTOLD: ReadonlySet<string> = new Set(["seed", "job", "sourceType"]);
const EMPTY: ReadonlySet<string> = new Set(["", "undefined", "{}", "[]"]);
const NAMES: Readonly<Record<string, string>> = {
  count: texts.count,
  style: texts.style,
  size: texts.wantedSize,
  model: texts.model,
  negativePrompt: texts.negative,
};
