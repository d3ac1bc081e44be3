/**
 * Training at fal: a LoRA of FLUX.1 [dev], which a model that takes LoRAs draws with. Fields as in
 * @fal-ai/client 1.10.1 (2026-05-04, read 2026-11-26).
 */

import * as z from "../../dependencies/zod.ts";
import { zipOf } from "../picture_archive.ts";
import type { CallContext, ProviderDependencies } from "../provider.ts";
import { type TrainedModel, type TrainerCalls, TRAINING_PAUSE } from "../training.ts";
import { type Account, openRequests } from "./requests.ts";
import { readTicket, type Ticket } from "./ticket.ts";
import { TRAINER } from "./trainer.ts";

export function openTraining(account: Account, outside: ProviderDependencies): TrainerCalls {
  const requests = openRequests(account, outside);

  async function finish(ticket: Ticket, context: CallContext): Promise<TrainedModel> {
    await requests.completed(ticket, context, TRAINING);
    const { json } = await requests.resultOf(ticket, RESULT, context.signal);
    const { diffusers_lora_file: { url: path } } = RESULT.parse(json);
    return { model: DRAWS_WITH_IT, options: { loras: [{ path, scale: 1 }] }, warnings: [] };
  }

  return {
    async train({ pictures, triggerWord, kind, steps }, context) {
      const { signal, onProgress, onAccepted } = context;
      onProgress({ message: `Sending ${pictures.length} pictures to fal` });
      const archive = {
        bytes: await zipOf(pictures),
        mediaType: "application/zip",
        name: "pictures.zip",
      };
      const input = {
        images_data_url: await requests.upload(archive, TRAINER, signal),
        trigger_word: triggerWord,
        is_style: kind === "style",
        steps,
      };
      const result = await requests.submit(TRAINER, input, FOR_GOOD, signal);
      const ticket: Ticket = { result, model: TRAINER, warnings: [] };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
    cancel: async (text, signal) => await requests.cancel(readTicket(text), signal),
  };
}

/** What was learned is drawn with for as long as somebody likes, so its file must stay. */
const FOR_GOOD = JSON.stringify({ expiration_duration_seconds: null });
const DRAWS_WITH_IT = "fal-ai/flux-lora";
const TRAINING = {
  now: "The model is being trained",
  done: "The model is trained by",
  longestPause: TRAINING_PAUSE,
};

const RESULT = z.object({ diffusers_lora_file: z.object({ url: z.string().startsWith("http") }) });
