/** The picture in a web UI's answer, and what it says of how it was drawn. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { quote } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import { decodedPicture } from "../picture_json.ts";
import type { ImageResult } from "../provider.ts";
import type { Engine } from "./engine.ts";
import { named } from "./inventory.ts";
import { type Chosen, loadedIn } from "./lists.ts";

/** What came for a request with that choice. @throws {ImageError} where it is no picture. */
export function readAnswer(
  answer: VendorAnswer,
  { engine, chosen }: { readonly engine: Engine; readonly chosen: Chosen },
): ImageResult {
  const { images, info: text } = ANSWER.safeParse(answer.json).data ?? {};
  if (!images) throw unreadable(answer, engine);
  const info = infoIn(text);
  // A sheet of all pictures may come before them.
  const base64 = images[info.index_of_first_image ?? 0] ?? images[0];
  if (!base64) throw pictureless();
  const seed = info.seed ?? info.all_seeds?.[0];
  const bytes = decodedPicture(base64.slice(base64.indexOf(",") + 1), "The web UI", "sdwebui");
  const { sampler_name, steps, cfg_scale, sd_model_hash } = info;
  return {
    images: [seed === undefined || seed < 0 ? { bytes } : { bytes, seed }],
    warnings: [...otherSampler(engine, info), ...otherCheckpoint(chosen, info)],
    model: modelOf(chosen, info),
    usage: { sampler: sampler_name, steps, cfg_scale, checkpoint_hash: sd_model_hash },
  };
}

function modelOf({ checkpoint, loras, inventory }: Chosen, { sd_model_name }: Info): string {
  const name = sd_model_name ?? (checkpoint ?? loadedIn(inventory))?.name ?? "unknown";
  return [name, ...loras.map((lora) => `lora:${lora.name}:${lora.weight}`)].join("+");
}

/** Forge takes its first sampler in silence where it knows none of that name. */
function otherSampler({ sampler }: Engine, { sampler_name: drawn }: Info): readonly string[] {
  if (!sampler || !drawn || sampler.toLowerCase().startsWith(drawn.toLowerCase())) return [];
  return [
    `The web UI drew with the sampler ${quote(drawn)} and not with ${quote(sampler)}: set ` +
    "SDWEBUI_SAMPLER to one that it lists",
  ];
}

/** A checkpoint that cannot be loaded is passed over in silence. */
function otherCheckpoint(
  { checkpoint, inventory }: Chosen,
  { sd_model_name: drawn }: Info,
): readonly string[] {
  if (!checkpoint || !drawn) return [];
  const real = named(drawn, inventory.checkpoints);
  if (!real || real.title === checkpoint.title) return [];
  return [`The web UI drew with ${quote(real.name)} and not with ${quote(checkpoint.name)}`];
}

function infoIn(text: string | null | undefined): Info {
  try {
    return INFO.safeParse(JSON.parse(text || "{}")).data ?? {};
  } catch {
    return {};
  }
}

function unreadable({ text }: VendorAnswer, { endpoint }: Engine): ImageError {
  return new ImageError(
    "provider_error",
    `The web UI's answer is not one of its API: ${quote(text.slice(0, 300))}. Check that ` +
      `SDWEBUI_URL, now ${endpoint}, is the address of a Stable Diffusion web UI`,
    { provider: "sdwebui" },
  );
}

/** SD.Next's answer where no checkpoint could be loaded. */
function pictureless(): ImageError {
  return new ImageError(
    "model_unavailable",
    "The web UI drew nothing, which it does where no checkpoint is loaded. Choose one in its " +
      "pages, or set SDWEBUI_MODEL or the argument 'model'",
    { provider: "sdwebui" },
  );
}

const ANSWER = z.object({
  images: z.array(z.string()).nullish().transform((images) => images ?? []),
  info: z.string().nullish().catch(undefined),
});

const number = z.number().optional().catch(undefined);
const word = z.string().optional().catch(undefined);

const INFO = z.object({
  seed: number,
  all_seeds: z.array(z.number()).optional().catch(undefined),
  index_of_first_image: number,
  sampler_name: word,
  steps: number,
  cfg_scale: number,
  sd_model_name: word,
  sd_model_hash: word,
});

type Info = Partial<z.infer<typeof INFO>>;
