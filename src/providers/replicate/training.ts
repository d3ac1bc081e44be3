/**
 * Training at Replicate: the first version of a new model of the account's own. Facts of its client
 * replicate 1.4.0 (2025-12-25) and of the API's document of 2026-03-16, both read 2026-11-26; the
 * inputs are those of ostris/flux-dev-lora-trainer.
 */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import { percentIn } from "../log_percent.ts";
import { zipOf } from "../picture_archive.ts";
import { poll } from "../poll.ts";
import type { CallContext, ProviderDependencies } from "../provider.ts";
import { type TrainedModel, type TrainerCalls, TRAINING_PAUSE } from "../training.ts";
import { type Account, openApi } from "./api.ts";
import { pathOf } from "./models.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export function openTraining(
  { trainer, ...account }: Account & { readonly trainer: string },
  outside: ProviderDependencies,
): TrainerCalls {
  const { ask, upload } = openApi(account, outside);
  const json = { "content-type": "application/json" };

  /** The path of the version that trains: the one that `trainer` names, or the newest. */
  async function versionPath(signal: AbortSignal): Promise<string> {
    const path = pathOf(trainer);
    if (path.includes("/versions/")) return path;
    const read = (answer: unknown) => MODEL.safeParse(answer).data;
    const { latest_version: version } = await ask(
      path,
      read,
      trainer,
      { method: "GET", signal, repeat: "freely" },
      ({ status }) => status === 404 ? noTrainer(trainer) : undefined,
    );
    if (!version) throw noTrainer(trainer);
    return `${path}/versions/${version.id}`;
  }

  /** The id of a new private model; never one that is there, which would get a version it is not for. */
  async function newModel(wanted: string, signal: AbortSignal): Promise<string> {
    const read = (answer: unknown) => ACCOUNT.safeParse(answer).data;
    const { username: owner } = await ask("/v1/account", read, trainer, {
      method: "GET",
      signal,
      repeat: "freely",
    });
    const name = `${wanted}-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
    await ask("/v1/models", (answer) => NAMED.safeParse(answer).data, trainer, {
      headers: json,
      json: { owner, name, visibility: "private", hardware: "gpu-t4" },
      signal,
      repeat: "if nothing happened",
    });
    return `${owner}/${name}`;
  }

  async function finish(
    { id, model }: Ticket,
    { signal, onProgress }: CallContext,
  ): Promise<TrainedModel> {
    const done = await poll(async () => {
      const now = await ask(
        `/v1/trainings/${id}`,
        readTraining,
        model,
        { method: "GET", signal, repeat: "freely" },
        ({ status }) => status === 404 ? lostTraining(model) : undefined,
      );
      if (now.status === "succeeded") return now;
      if (!UNFINISHED.has(now.status)) throw failedTraining(now, model);
      onProgress({ message: progressOf(now) });
    }, { signal, longestPause: TRAINING_PAUSE });
    const version = done.output?.version ?? "";
    const hash = VERSION.exec(version)?.[0];
    if (hash !== undefined) return { model: `${model}:${hash}`, warnings: [] };
    throw failedTraining({ ...done, error: "it gives no version" }, model);
  }

  return {
    async train({ name, pictures, triggerWord, steps }, context) {
      const { signal, onProgress, onAccepted } = context;
      onProgress({ message: `Sending ${pictures.length} pictures to Replicate` });
      const path = await versionPath(signal);
      const archive = new File([await zipOf(pictures)], "pictures.zip", {
        type: "application/zip",
      });
      const input_images = await upload(archive, trainer, signal);
      const destination = await newModel(name, signal);
      const { id } = await ask(`${path}/trainings`, readTraining, trainer, {
        headers: json,
        json: { destination, input: { input_images, trigger_word: triggerWord, steps } },
        signal,
        repeat: "if nothing happened",
      });
      const ticket: Ticket = { id, model: destination, warnings: [] };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
    async cancel(text, signal) {
      const { id, model } = readTicket(text);
      await ask(`/v1/trainings/${id}/cancel`, readTraining, model, { signal, repeat: "freely" });
    },
  };
}

function progressOf({ status, logs }: Training): string {
  if (status === "starting") return "Replicate has the training in its queue";
  const percent = percentIn(logs ?? "");
  return percent === undefined
    ? "The model is being trained"
    : `The model is trained by ${percent} %`;
}

function failedTraining({ status, error }: Training, model: string): ImageError {
  const isCancelled = status === "canceled" || status === "aborted";
  const because = error ? `: ${quote(error)}` : "";
  return new ImageError(
    isCancelled ? "cancelled" : "generation_failed",
    isCancelled
      ? "The training was cancelled at Replicate. Train again if you like"
      : `Replicate could not train '${model}'${because}. Look at its log at ` +
        "https://replicate.com/trainings, then change the pictures or train again",
    { provider: "replicate", model, vendor_code: vendorWord(status) },
  );
}

function noTrainer(trainer: string): ImageError {
  return new ImageError(
    "model_unavailable",
    `Replicate has no trainer '${trainer}' that can run; nothing was sent. Set REPLICATE_TRAINER to ` +
      "one that takes input_images, trigger_word and steps, as https://replicate.com/explore names them",
    { provider: "replicate", model: trainer },
  );
}

function lostTraining(model: string): ImageError {
  return new ImageError(
    "job_not_found",
    `Replicate no longer knows the training of '${model}', or it belongs to another account than ` +
      "that of REPLICATE_API_TOKEN: look at https://replicate.com/trainings",
    { provider: "replicate", model },
  );
}

const UNFINISHED: ReadonlySet<string> = new Set(["starting", "processing"]);
/** At the end of what names a version: "owner/name:" may come before it. */
const VERSION = /[\da-f]{64}$/;

const ACCOUNT = z.object({ username: z.string().regex(/^[\w-][\w.-]*$/) });
const NAMED = z.object({ name: z.string() });
const MODEL = z.object({
  latest_version: z.object({ id: z.string().regex(/^[\da-f]{64}$/) }).nullish(),
});

const TRAINING = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.string(),
  output: z.object({ version: z.string().optional() }).nullish().catch(undefined),
  error: z.string().nullish().catch(undefined),
  logs: z.string().nullish().catch(undefined),
});

type Training = z.infer<typeof TRAINING>;

const readTraining = (json: unknown) => TRAINING.safeParse(json).data;
