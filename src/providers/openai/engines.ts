/** Engines on this machine that speak the images API, and the model that draws there. */

import type { Look, RecognisedEngine } from "../provider.ts";

/** LocalAI, by the document that only it has (its source, 2026-08-22). */
export async function recogniseLocalAI({ url, get }: Look): Promise<RecognisedEngine | undefined> {
  const [about, listed] = await Promise.all([
    get("/.well-known/localai.json"),
    get("/v1/models/capabilities"),
  ]);
  if (about?.status !== 200 || typeof memberOf(about.json, "version") !== "string") {
    return undefined;
  }
  if (listed?.status === 401) {
    return { title: "LocalAI", advice: `set OPENAI_BASE_URL=${url}/v1 and OPENAI_API_KEY` };
  }
  const model = listOf(memberOf(listed?.json, "data")).find(draws);
  const id = memberOf(model, "id");
  return typeof id === "string"
    ? { title: "LocalAI", settings: settingsFor(url, id) }
    : { title: "LocalAI", advice: "it has no model that draws: install one in its gallery" };
}

/** The server of stable-diffusion.cpp, which has one model and takes any name for it (2026-08-19). */
export async function recogniseSdServer(
  { url, get }: Look,
): Promise<RecognisedEngine | undefined> {
  const json = (await get("/sdcpp/v1/capabilities"))?.json;
  const modes = listOf(memberOf(json, "supported_modes"));
  const mode = memberOf(json, "current_mode");
  if (modes.length === 0 && typeof mode !== "string") return undefined;
  const title = "sd-server of stable-diffusion.cpp";
  if (![...modes, mode].includes(IMAGE_MODE)) {
    return { title, advice: "its model draws no pictures: start it with another" };
  }
  const stem = memberOf(memberOf(json, "model"), "stem");
  return { title, settings: settingsFor(url, typeof stem === "string" && stem ? stem : ANY_NAME) };
}

/** As its list of models calls whatever it has. */
const ANY_NAME = "sd-cpp-local";
const IMAGE_MODE = "img_gen";

function settingsFor(url: string, model: string): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: model };
}

/** LocalAI names what a model does and what comes out of it. */
function draws(model: unknown): boolean {
  const words = [
    ...listOf(memberOf(model, "output_modalities")),
    ...listOf(memberOf(model, "capabilities")),
  ];
  return words.some((word) => /^(?:flag_)?image$/i.test(String(word)));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
