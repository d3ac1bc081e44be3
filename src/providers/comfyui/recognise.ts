/** Whether ComfyUI answers at an address, and whether it can draw as it is. */

import type { Look, LookAnswer, RecognisedEngine } from "../provider.ts";
import { drawableFiles } from "./installed.ts";

/** By its queue: KoboldCpp, which pretends to be ComfyUI elsewhere, has no GET /prompt (read 2026-11-25). */
export async function recognise({ url, get }: Look): Promise<RecognisedEngine | undefined> {
  const queue = await get("/prompt");
  if (queue === undefined || !isQueue(queue)) return undefined;
  const [checkpoints, diffusion] = await Promise.all([
    get("/models/checkpoints"),
    get("/models/diffusion_models"),
  ]);
  const known = { checkpoints: filesIn(checkpoints), diffusion: filesIn(diffusion) };
  const isEmpty = checkpoints?.status === 200 &&
    drawableFiles({ ...known, encoders: [], decoders: [], loras: [] }).length === 0;
  if (!isEmpty) return { title: "ComfyUI", settings: { COMFYUI_URL: url } };
  return {
    title: "ComfyUI",
    advice: "it has no checkpoint: put one into its folder models/checkpoints, or set " +
      `COMFYUI_URL=${url} and COMFYUI_WORKFLOWS to a folder of workflows exported for the API`,
  };
}

function isQueue({ status, json }: LookAnswer): boolean {
  return status === 200 &&
    typeof memberOf(memberOf(json, "exec_info"), "queue_remaining") === "number";
}

function filesIn(answer: LookAnswer | undefined): readonly string[] {
  const files = answer?.json;
  return Array.isArray(files) ? files.filter((file) => typeof file === "string") : [];
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
