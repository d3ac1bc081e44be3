/** Pictures by fal's models: asked for through its queue, fetched from where it keeps them. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { asExpired } from "../expired.ts";
import { fileName, withPictures } from "../hosted_pictures.ts";
import type { Host, HostedModel } from "../hosted_models.ts";
import { modelInput } from "../model_input.ts";
import type { CallContext, ImageResult, ProviderDependencies } from "../provider.ts";
import { refusedPictures } from "./errors.ts";
import { modelIn, unknownModel } from "./models.ts";
import { thoseThatCame } from "../together.ts";
import { type Account, ONE_DAY, openRequests } from "./requests.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export function openQueue(account: Account, outside: ProviderDependencies): Host<HostedModel> {
  const requests = openRequests(account, outside);

  async function read(id: string, signal: AbortSignal): Promise<HostedModel> {
    const model = modelIn(await requests.describe(id, signal), id);
    if (model) return model;
    throw unknownModel(id, "what it publishes under this id tells nothing of the input");
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const { signal, onProgress } = context;
    const { model, warnings } = ticket;
    const metrics = await requests.completed(ticket, context, DRAWING);
    const { json, headers: told } = await requests.resultOf(ticket, RESULT, signal);
    const { images, image, seed, has_nsfw_concepts: flags } = RESULT.parse(json);
    const found = (images ?? (image ? [image] : [])).slice(0, MOST_PICTURES);
    const kept = found.filter((_, index) => flags?.[index] !== true);
    if (found.length === 0) throw pictureless(model);
    if (kept.length === 0) throw refusedPictures(model);
    onProgress({ message: "fal has drawn the picture, downloading it" });
    const { images: pictures, failures } = await thoseThatCame(
      kept.map(({ url }) => download(url, signal)),
    );
    const isSeedKnown = found.length === 1 && Number.isSafeInteger(seed);
    const lost = found.length - kept.length;
    return {
      images: pictures.map((bytes) => isSeedKnown ? { bytes, seed } : { bytes }),
      warnings: [
        ...warnings,
        ...(lost > 0
          ? [`${lost} of ${found.length} pictures were refused by the model's moderation`]
          : []),
        ...failures,
      ],
      model,
      ...usageOf(metrics.inference_time, told.get("x-fal-billable-units")),
    };
  }

  async function download(address: string, signal: AbortSignal) {
    try {
      return await requests.download(address, signal);
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    read,
    async draw(request, { id: model, schema }, context) {
      const { signal, onProgress, onAccepted } = context;
      const { values, warnings } = await modelInput(request, schema, { model, signal });
      onProgress({ message: `Asking fal for a picture by ${model}` });
      const input = await withPictures(
        values,
        (picture, signal) =>
          requests.upload({ ...picture, name: fileName(picture) }, model, signal),
        signal,
      );
      const result = await requests.submit(model, input, ONE_DAY, signal);
      const ticket: Ticket = { result, model, warnings: [...warnings] };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
    cancel: async (text, signal) => await requests.cancel(readTicket(text), signal),
  };
}

/** In seconds, and in units whose price fal's page of the model tells. */
function usageOf(seconds: number | undefined, units: string | null) {
  const usage = {
    ...seconds === undefined ? {} : { inference_time: seconds },
    ...Number(units) > 0 ? { billable_units: Number(units) } : {},
  };
  return Object.keys(usage).length > 0 ? { usage } : {};
}

function pictureless(model: string): ImageError {
  return new ImageError(
    "missing_content",
    `fal's model '${model}' came to its end without a picture: name one that gives pictures, or ` +
      "ask for the picture again",
    { provider: "fal", model },
  );
}

const EXPIRED =
  "fal drew the picture and no longer keeps it, since its files live a day. Ask for " +
  "the picture again";

const DRAWING = { now: "The model is drawing", done: "The model has drawn" };

const MOST_PICTURES = 20;

const PICTURE = z.object({ url: z.string() });

const RESULT = z.object({
  images: z.array(PICTURE).nullish().catch(undefined),
  image: PICTURE.nullish().catch(undefined),
  seed: z.number().optional().catch(undefined),
  has_nsfw_concepts: z.array(z.unknown()).nullish().catch(undefined),
});
