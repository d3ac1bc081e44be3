/** The text in which Stable Diffusion's tools keep how a picture was made ("parameters"). */

import type { Making, Size } from "./provenance.ts";

/** What such a text says. */
export interface Parameters {
  readonly prompt: string;
  readonly negativePrompt?: string;
  /** The last line: "Steps", "Seed", "Size" and so on. */
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * The text as AUTOMATIC1111's web UI writes it: the prompt, the negative prompt, and a line of
 * at least three settings, without which its reader takes the last line for a part of the prompt
 * (modules/infotext_utils.py of stable-diffusion-webui 1.10, read 2026-11-25).
 */
export function parametersText(
  { prompt, seed, model, parameters }: Making,
  software: string,
  { width, height }: Size,
): string {
  const { negativePrompt } = parameters;
  const settings = Object.entries({
    Seed: seed ?? parameters.seed,
    Size: width && height ? `${width}x${height}` : undefined,
    Model: model,
    Version: software,
  }).flatMap(([name, value]) => value === undefined ? [] : [`${name}: ${quoted(String(value))}`]);
  return [
    prompt,
    ...typeof negativePrompt === "string" ? [`Negative prompt: ${negativePrompt}`] : [],
    settings.join(", "),
  ].join("\n");
}

/** Reads such a text, whoever wrote it; never throws. */
export function readParameters(text: string): Parameters {
  const lines = text.trim().split("\n");
  const settings = settingsIn(lines.at(-1)!);
  const words = settings ? lines.slice(0, -1) : lines;
  const at = words.findIndex((line) => line.trim().startsWith(NEGATIVE));
  const prompt = words.slice(0, at < 0 ? words.length : at).join("\n").trim();
  const negative = at < 0 ? "" : words.slice(at).join("\n").trim().slice(NEGATIVE.length).trim();
  return { prompt, ...negative && { negativePrompt: negative }, settings: settings ?? {} };
}

const NEGATIVE = "Negative prompt:";

function settingsIn(line: string): Readonly<Record<string, string>> | undefined {
  if (line.length > LONGEST_SETTINGS) return undefined;
  const found = [...line.matchAll(/(\w[\w \-/]{0,60}):\s*("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/g)];
  if (found.length < FEWEST_SETTINGS) return undefined;
  return Object.fromEntries(
    found.slice(0, MOST_SETTINGS).map(([, name, value]) => [name!.trim(), unquoted(value!.trim())]),
  );
}

/** In characters. */
const LONGEST_SETTINGS = 20_000;
const FEWEST_SETTINGS = 3;
const MOST_SETTINGS = 100;

function quoted(value: string): string {
  return /[,:\n"]/.test(value) ? JSON.stringify(value) : value;
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
