/**
 * Requests in fal's queue, whatever they are for: submitted, asked about, answered, cancelled; and
 * files. Facts of its documents and its client @fal-ai/client 1.10.1, both read 2026-11-25.
 */

import * as z from "../../dependencies/zod.ts";
import type { ImageError } from "../../errors.ts";
import { checkDownloadAddress } from "../download_address.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { percentIn } from "../log_percent.ts";
import { poll } from "../poll.ts";
import type { CallContext, ProviderDependencies } from "../provider.ts";
import {
  hostsOf,
  isWithin,
  type RequestAddresses,
  requestAddresses,
  resultAddress,
} from "./addresses.ts";
import { failedRequest, failureOf, lostRequest, unreadable } from "./errors.ts";
import { documentAddress, unknownModel } from "./models.ts";
import type { Ticket } from "./ticket.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
}

/** A file on its way to fal. */
export interface SentFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mediaType: string;
  readonly name: string;
}

export function openRequests({ endpoint, key }: Account, outside: ProviderDependencies) {
  const client = createVendorClient({ title: "fal", endpoint, secrets: [key], ...outside });
  const hosts = hostsOf(endpoint);
  const headers = { authorization: `Key ${key}`, accept: "application/json" };
  const sending = { ...headers, "content-type": "application/json" };

  /** The OpenAPI document of an endpoint. */
  async function describe(id: string, signal: AbortSignal): Promise<unknown> {
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
    return json;
  }

  /** A file that fal keeps for a day, at an address that everybody may read who knows it. */
  async function upload(
    { bytes, mediaType, name }: SentFile,
    model: string,
    signal: AbortSignal,
  ): Promise<string> {
    const call = { model, endpoint };
    const { json } = await client.send({
      url: `${hosts.uploads}/storage/upload/initiate?storage_type=fal-cdn-v3`,
      headers: { ...sending, "x-fal-object-lifecycle": ONE_DAY },
      json: { content_type: mediaType, file_name: name },
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

  /** Where the result of the request will be. `lifetime` is how long fal keeps the files of it. */
  async function submit(
    model: string,
    input: Readonly<Record<string, unknown>>,
    lifetime: string,
    signal: AbortSignal,
  ): Promise<string> {
    const { json } = await client.send({
      url: `${hosts.queue}/${model}`,
      headers: { ...sending, "x-fal-object-lifecycle-preference": lifetime },
      json: input,
      signal,
      repeat: "if nothing happened",
      failure: (answer) =>
        failureOf(answer, { model, endpoint }) ?? unless(ACCEPTANCE, answer, endpoint),
    });
    const { request_id, response_url } = ACCEPTANCE.parse(json);
    return resultAddress(hosts.queue, model, request_id, response_url);
  }

  /** Waits until the request is over; what it says of its work. `doing` is what the model does meanwhile. */
  async function completed(
    ticket: Ticket,
    { signal, onProgress }: CallContext,
    doing: Doing,
  ): Promise<{ readonly inference_time?: number }> {
    const { model } = ticket;
    const addresses = addressesOf(ticket);
    return await poll(async () => {
      const { json } = await client.send({
        url: `${addresses.status}?logs=1`,
        method: "GET",
        headers,
        signal,
        repeat: "freely",
        failure: (answer) =>
          answer.status === 404
            ? lostRequest(model)
            : failureOf(answer, { model, endpoint }) ?? unless(STATUS, answer, endpoint),
      });
      const status = STATUS.parse(json);
      if (status.status === "COMPLETED") return status.metrics ?? {};
      onProgress({ message: progressOf(status, doing) });
    }, { signal, longestPause: doing.longestPause });
  }

  /** The answer of a request that is over, which has the shape of `schema`. */
  async function resultOf(ticket: Ticket, schema: z.ZodType, signal: AbortSignal) {
    const { model } = ticket;
    return await client.send({
      url: addressesOf(ticket).result,
      method: "GET",
      headers,
      signal,
      repeat: "freely",
      failure: (answer) =>
        failedRequest(answer, { model, endpoint }) ?? unless(schema, answer, endpoint),
    });
  }

  async function cancel(ticket: Ticket, signal: AbortSignal): Promise<void> {
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
  }

  function addressesOf({ result, model }: Ticket): RequestAddresses {
    if (isWithin(hosts.queue, result)) return requestAddresses(result);
    throw lostRequest(model);
  }

  return { describe, upload, submit, completed, resultOf, cancel, download: client.download };
}

/** Files are public to who knows their address: fal is asked to keep them a day and no longer. */
export const ONE_DAY = JSON.stringify({ expiration_duration_seconds: 86_400 });

/** What a model is told to be doing and how much of it is done, in percent. */
export interface Doing {
  readonly now: string;
  readonly done: string;
  /** Between two questions how far it is, in milliseconds; as of `poll` where absent. */
  readonly longestPause?: number;
}

function unless(
  schema: z.ZodType,
  answer: VendorAnswer,
  endpoint: string,
): ImageError | undefined {
  return schema.safeParse(answer.json).success ? undefined : unreadable(answer, endpoint);
}

function progressOf({ status, queue_position: place, logs }: Status, { now, done }: Doing): string {
  if (status === "IN_QUEUE") {
    return place ? `fal works on ${place} requests before this one` : "fal has it in its queue";
  }
  const percent = percentIn((logs ?? []).map(({ message }) => message).join("\n"));
  return percent === undefined ? now : `${done} ${percent} %`;
}

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
