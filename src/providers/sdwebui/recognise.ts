/** Which web UI answers at an address, and whether it can draw as it is. */

import type { Look, LookAnswer, RecognisedEngine } from "../provider.ts";

/**
 * By paths that only these programs have: the progress of what they draw, SD.Next's version,
 * Forge's modules (AUTOMATIC1111 1.10.1, Forge of 2025-06-26, SD.Next of 2026-07-23).
 */
export async function recognise({ url, get }: Look): Promise<RecognisedEngine | undefined> {
  const progress = await get("/sdapi/v1/progress?skip_current_image=true");
  if (progress === undefined) return undefined;
  if (asksForPassword(progress)) {
    return {
      title: UNNAMED,
      advice: `set SDWEBUI_URL=${url} and, as its --api-auth or --auth has them, ` +
        "SDWEBUI_USERNAME and SDWEBUI_PASSWORD",
    };
  }
  if (progress.status === 404) return await withoutApi(get);
  if (!isProgress(progress)) return undefined;
  const [version, modules, checkpoints] = await Promise.all([
    get("/sdapi/v1/version"),
    get("/sdapi/v1/sd-modules"),
    get("/sdapi/v1/sd-models"),
  ]);
  const title = isGood(version) ? "SD.Next" : isGood(modules) ? "Forge" : "AUTOMATIC1111";
  if (Array.isArray(checkpoints?.json) && checkpoints.json.length === 0) {
    return { title, advice: "it has no checkpoint: put one into its models folder" };
  }
  return { title, settings: { SDWEBUI_URL: url } };
}

const UNNAMED = "A Stable Diffusion web UI";

/** The pages are there, and the API that belongs to them is off. */
async function withoutApi(get: Look["get"]): Promise<RecognisedEngine | undefined> {
  const ping = await get("/internal/ping");
  if (!isGood(ping) || JSON.stringify(ping?.json) !== "{}") return undefined;
  return {
    title: UNNAMED,
    advice: "its API is off: start it with --api, for example COMMANDLINE_ARGS=--api in webui-user",
  };
}

function asksForPassword({ status, headers, json }: LookAnswer): boolean {
  return status === 401 && /^basic\b/i.test(headers.get("www-authenticate") ?? "") &&
    typeof memberOf(json, "detail") === "string";
}

function isProgress({ status, json }: LookAnswer): boolean {
  return status === 200 && typeof memberOf(json, "progress") === "number" &&
    typeof memberOf(memberOf(json, "state"), "job_count") === "number";
}

function isGood(answer: LookAnswer | undefined): boolean {
  return answer?.status === 200 && answer.json !== undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
