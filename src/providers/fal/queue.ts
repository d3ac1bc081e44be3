/**
 * Requests in fal's queue: submitted, asked about, fetched. Facts of its documents and its client
 * @fal-ai/client 1.10.1, both read 2026-11-25.
 */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { checkDownloadAddress } from "../download_address.ts";
import { asExpired } from "../expired.ts";
import { fileName, withPictures } from "../hosted_pictures.ts";
import type { Host, HostedModel } from "../hosted_models.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { percentIn } from "../log_percent.ts";
import { modelInput } from "../model_input.ts";
import { poll } from "../poll.ts";
import type { CallContext, ImageResult, InputImage, ProviderDependencies } from "../provider.ts";
import {
  hostsOf,
  isWithin,
  type RequestAddresses,
  requestAddresses,
  resultAddress,
} from "./addresses.ts";
import { thoseThatCame } from "../together.ts";
import { failedRequest, failureOf, lostRequest, refusedPictures, unreadable } from "./errors.ts";
import { documentAddress, modelIn, unknownModel } from "./models.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
}

export function openQueue(
  { endpoint, key }: Account,
  outside: ProviderDependencies,
): Host<HostedModel> {
  const client = createVendorClient({ title: "fal", endpoint, secrets: [key], ...outside });
  const hosts = hostsOf(endpoint);
  const headers = { authorization: `Key ${key}`, accept: "application/json" };
  const sending = { ...headers, "content-type": "application/json" };

  async function read(id: string, signal: AbortSignal): Promise<HostedModel> {
    const { json } = await client.send({
      url: documentAddress(hosts.documents, id),
      method: "GET",
      signal,
      repeat: "freely",
      failure: (answer) =>
        [400, 404].includes(answer.status)
          ? unknownModel(id, "it publishes no schema under this id")
          : failureOf(answer, { model: id, endpoint }),
    });
    const model = modelIn(json, id);
    if (model) return model;
    throw unknownModel(id, "what it publishes under this id tells nothing of the input");
  }

  /** A file that fal keeps for a day, at an address that everybody may read who knows it. */
  async function upload(picture: InputImage, model: string, signal: AbortSignal): Promise<string> {
    const { bytes, mediaType } = picture;
    const call = { model, endpoint };
    const { json } = await client.send({
      url: `${hosts.uploads}/storage/upload/initiate?storage_type=fal-cdn-v3`,
      headers: { ...sending, "x-fal-object-lifecycle": LIFETIME },
      json: { content_type: mediaType, file_name: fileName(picture) },
      signal,
      repeat: "freely",
      failure: (answer) => failureOf(answer, call) ?? unless(FILE, answer, endpoint),
    });
    const { upload_url, file_url } = FILE.parse(json);
    await checkDownloadAddress(upload_url, endpoint, "fal", outside.resolve);
    await client.send({
      url: upload_url,
      method: "PUT",
      headers: { "content-type": mediaType },
      body: bytes,
      signal,
      repeat: "freely",
      failure: (answer) => failureOf(answer, call),
    });
    return file_url;
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const { signal, onProgress } = context;
    const { model, warnings } = ticket;
    const addresses = addressesOf(ticket);
    const call = { model, endpoint };
    const metrics = await poll(async () => {
      const { json } = await client.send({
        url: `${addresses.status}?logs=1`,
        method: "GET",
        headers,
        signal,
        repeat: "freely",
        failure: (answer) =>
          answer.status === 404
            ? lostRequest(model)
            : failureOf(answer, call) ?? unless(STATUS, answer, endpoint),
      });
      const status = STATUS.parse(json);
      if (status.status === "COMPLETED") return status.metrics ?? {};
      onProgress({ message: progressOf(status) });
    }, { signal });
    const { json, headers: told } = await client.send({
      url: addresses.result,
      method: "GET",
      headers,
      signal,
      repeat: "freely",
      failure: (answer) => failedRequest(answer, call) ?? unless(RESULT, answer, endpoint),
    });
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

  function addressesOf({ result, model }: Ticket): RequestAddresses {
    if (isWithin(hosts.queue, result)) return requestAddresses(result);
    throw lostRequest(model);
  }

  async function download(address: string, signal: AbortSignal) {
    try {
      return await client.download(address, signal);
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
        (picture, signal) => upload(picture, model, signal),
        signal,
      );
      const { json } = await client.send({
        url: `${hosts.queue}/${model}`,
        headers: { ...sending, "x-fal-object-lifecycle-preference": LIFETIME },
        json: input,
        signal,
        repeat: "if nothing happened",
        failure: (answer) =>
          failureOf(answer, { model, endpoint }) ?? unless(ACCEPTANCE, answer, endpoint),
      });
      const { request_id, response_url } = ACCEPTANCE.parse(json);
      const result = resultAddress(hosts.queue, model, request_id, response_url);
      const ticket: Ticket = { result, model, warnings: [...warnings] };
      onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
    async cancel(text, signal) {
      const ticket = readTicket(text);
      const { model } = ticket;
      await client.send({
        url: addressesOf(ticket).cancel,
        method: "PUT",
        headers,
        signal,
        repeat: "freely",
        // 400 where it has ended already, 404 where fal knows it no more: there is nothing to stop.
        failure: (answer) =>
          [400, 404].includes(answer.status) ? undefined : failureOf(answer, { model, endpoint }),
      });
    },
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

function unless(
  schema: z.ZodType,
  answer: VendorAnswer,
  endpoint: string,
): ImageError | undefined {
  return schema.safeParse(answer.json).success ? undefined : unreadable(answer, endpoint);
}

function progressOf({ status, queue_position: place, logs }: Status): string {
  if (status === "IN_QUEUE") {
    return place ? `fal draws ${place} requests before this one` : "fal has it in its queue";
  }
  const percent = percentIn((logs ?? []).map(({ message }) => message).join("\n"));
  return percent === undefined ? "The model is drawing" : `The model has drawn ${percent} %`;
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

/** Files are public to who knows their address: fal is asked to keep them a day and no longer. */
const LIFETIME = JSON.stringify({ expiration_duration_seconds: 86_400 });

const MOST_PICTURES = 20;

const FILE = z.object({ upload_url: z.string().min(1), file_url: z.string().startsWith("http") });

const ACCEPTANCE = z.object({
  request_id: z.string().regex(/^[\w-]{1,100}$/),
  response_url: z.string().optional().catch(undefined),
});

const STATUS = z.object({
  status: z.string(),
  queue_position: z.number().nullish().catch(undefined),
  logs: z.array(z.object({ message: z.string() })).nullish().catch(undefined),
  metrics: z.object({ inference_time: z.number().optional() }).nullish().catch(undefined),
});

type Status = z.infer<typeof STATUS>;

const PICTURE = z.object({ url: z.string() });

const RESULT = z.object({
  images: z.array(PICTURE).nullish().catch(undefined),
  image: PICTURE.nullish().catch(undefined),
  seed: z.number().optional().catch(undefined),
  has_nsfw_concepts: z.array(z.unknown()).nullish().catch(undefined),
});
