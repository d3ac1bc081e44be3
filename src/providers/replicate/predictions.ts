/**
 * Predictions at Replicate: asked for, asked about, fetched. Facts of its HTTP API and its client
 * replicate 1.4.0, both read 2026-11-25.
 */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { asExpired } from "../expired.ts";
import { fileName, withPictures } from "../hosted_pictures.ts";
import type { Host } from "../hosted_models.ts";
import { percentIn } from "../log_percent.ts";
import { modelInput } from "../model_input.ts";
import { poll } from "../poll.ts";
import type { CallContext, ImageResult, InputImage, ProviderDependencies } from "../provider.ts";
import { thoseThatCame } from "../together.ts";
import { type Account, openApi } from "./api.ts";
import { failedPrediction, lostPrediction } from "./errors.ts";
import { modelIn, pathOf, type ReplicateModel } from "./models.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export function openPredictions(
  account: Account,
  outside: ProviderDependencies,
): Host<ReplicateModel> {
  const { ask, upload: uploadFile, download: downloadFile } = openApi(account, outside);

  async function upload(picture: InputImage, model: string, signal: AbortSignal): Promise<string> {
    const { bytes, mediaType: type } = picture;
    return await uploadFile(new File([bytes], fileName(picture), { type }), model, signal);
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const { signal, onProgress } = context;
    const { model, warnings } = ticket;
    const prediction = await poll(async () => {
      const now = await ask(
        `/v1/predictions/${ticket.id}`,
        readPrediction,
        model,
        { method: "GET", signal, repeat: "freely" },
        ({ status }) => status === 404 ? lostPrediction(model) : undefined,
      );
      if (now.status === "succeeded") return now;
      if (!UNFINISHED.has(now.status)) throw failedPrediction(now.status, now.error ?? "", model);
      onProgress({ message: progressOf(now) });
    }, { signal });
    const addresses = addressesIn(prediction.output);
    if (addresses.length === 0) throw pictureless(model, prediction.data_removed === true);
    onProgress({ message: "Replicate has drawn the picture, downloading it" });
    const { images: pictures, failures } = await thoseThatCame(
      addresses.map((each) => download(each, signal)),
    );
    const seed = Number(/\bseed\b\D{0,5}(\d{1,15})\b/i.exec(prediction.logs ?? "")?.[1] ?? NaN);
    const isKnown = addresses.length === 1 && Number.isSafeInteger(seed);
    const { predict_time } = prediction.metrics ?? {};
    return {
      images: pictures.map((bytes) => isKnown ? { bytes, seed } : { bytes }),
      warnings: [...warnings, ...failures],
      model,
      ...predict_time === undefined ? {} : { usage: { predict_time } },
    };
  }

  async function download(address: string, signal: AbortSignal) {
    try {
      return await downloadFile(address, signal);
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    read: (id, signal) =>
      ask(pathOf(id), (json) => modelIn(json, id), id, { method: "GET", signal, repeat: "freely" }),
    async draw(request, model, context) {
      const { id, schema, path, version } = model;
      const { signal, onProgress, onAccepted } = context;
      const { values, warnings } = await modelInput(request, schema, { model: id, signal });
      onProgress({ message: `Asking Replicate for a picture by ${id}` });
      const input = await withPictures(
        values,
        (picture, signal) => upload(picture, id, signal),
        signal,
      );
      const accepted = await ask(path, readPrediction, id, {
        headers: { "content-type": "application/json" },
        json: { ...version === undefined ? {} : { version }, input },
        signal,
        repeat: "if nothing happened",
      });
      const ticket: Ticket = { id: accepted.id, model: id, warnings: [...warnings] };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
    async cancel(text, signal) {
      const { id, model } = readTicket(text);
      await ask(`/v1/predictions/${id}/cancel`, readPrediction, model, {
        signal,
        repeat: "freely",
      });
    },
  };
}

function progressOf({ status, logs }: Prediction): string {
  if (status === "starting") {
    return "Replicate has it in its queue; a model that was not used for a while starts first";
  }
  const percent = percentIn(logs ?? "");
  return percent === undefined ? "The model is drawing" : `The model has drawn ${percent} %`;
}

/** One address or several, as models give them; some put each into an object. */
function addressesIn(output: unknown, depth = 0): readonly string[] {
  if (typeof output === "string") return /^https?:/.test(output) ? [output] : [];
  if (typeof output !== "object" || output === null || depth > 1) return [];
  return Object.values(output).slice(0, MOST_PICTURES)
    .flatMap((each) => addressesIn(each, depth + 1));
}

function pictureless(model: string, isRemoved: boolean): ImageError {
  return new ImageError(
    "missing_content",
    isRemoved ? EXPIRED : `Replicate's model '${model}' came to its end without a picture: name ` +
      "one that gives pictures, or ask for the picture again",
    { provider: "replicate", model, drawn: isRemoved },
  );
}

const EXPIRED = "Replicate drew the picture and no longer keeps it: files of predictions live an " +
  "hour. Ask for the picture again";

const UNFINISHED: ReadonlySet<string> = new Set(["starting", "processing"]);
const MOST_PICTURES = 20;

const PREDICTION = z.object({
  id: z.string().regex(/^[\w-]{1,100}$/),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.string().nullish().catch(undefined),
  logs: z.string().nullish().catch(undefined),
  metrics: z.object({ predict_time: z.number().optional() }).nullish().catch(undefined),
  data_removed: z.boolean().nullish().catch(undefined),
});

type Prediction = z.infer<typeof PREDICTION>;

const readPrediction = (json: unknown) => PREDICTION.safeParse(json).data;
