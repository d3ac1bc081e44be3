/** Calls to Stability's services, most of which answer with the picture, and some with the id of a generation. */

import * as z from "../../dependencies/zod.ts";
import type { ImageError } from "../../errors.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { decodedPicture } from "../picture_json.ts";
import { poll } from "../poll.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { type Call, failureOf, filtered, lostGeneration, unreadable } from "./errors.ts";
import { serviceFor, submissionOf } from "./form.ts";
import type { Service } from "./services.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
}

export interface Services {
  /** Draws or edits as the request wants it. @throws {ImageError} */
  draw(request: ImageRequest, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted generation made, within 24 hours. @throws {ImageError} */
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
}

/** `usual` is who draws where a request names no model. */
export function openServices(
  { endpoint, key }: Account,
  usual: Service,
  outside: ProviderDependencies,
): Services {
  const client = createVendorClient({ title: "Stability", endpoint, secrets: [key], ...outside });
  const headers = { "authorization": `Bearer ${key}`, "accept": "application/json" };

  async function finish({ id, model, warnings }: Ticket, context: CallContext) {
    const call = { model, endpoint };
    const json = await poll(async () => {
      context.onProgress({ message: `Stability is drawing with ${model}` });
      const answer = await client.send({
        url: `${endpoint}/v2beta/results/${id}`,
        method: "GET",
        headers,
        signal: context.signal,
        repeat: "freely",
        pictures: 1,
        decodesPictures: true,
        failure: (answer) => {
          if (answer.status === 404) return lostGeneration(call);
          if (answer.status === UNFINISHED) return undefined;
          return failureOf(answer, call) ?? pictureless(answer, call);
        },
      });
      return answer.status === UNFINISHED ? undefined : answer.json;
    }, { signal: context.signal, firstPause: PAUSE, longestPause: PAUSE });
    return resultOf(json, model, warnings);
  }

  return {
    async draw(request, context) {
      const service = serviceFor(request, usual);
      const { form, warnings } = submissionOf(request, service);
      const { id: model, isAsynchronous = false } = service;
      const call = { model, endpoint };
      context.onProgress({ message: `Stability is drawing with ${model}` });
      const { json } = await client.send({
        url: `${endpoint}/v2beta/stable-image/${service.path}`,
        headers,
        body: form,
        signal: context.signal,
        repeat: "if nothing happened",
        pictures: isAsynchronous ? 0 : 1,
        decodesPictures: true,
        failure: (answer) =>
          failureOf(answer, call) ??
            (isAsynchronous
              ? ACCEPTANCE.safeParse(answer.json).success ? undefined : unreadable(answer, call)
              : pictureless(answer, call)),
      });
      if (!isAsynchronous) return resultOf(json, model, warnings);
      const ticket = { id: ACCEPTANCE.parse(json).id, model, warnings: [...warnings] };
      context.onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    resume: async (text, context) => await finish(readTicket(text), context),
  };
}

function resultOf(json: unknown, model: string, warnings: readonly string[]): ImageResult {
  const { image, seed } = ANSWER.parse(json);
  const bytes = decodedPicture(image, "Stability", "stability");
  return { images: [seed === undefined ? { bytes } : { bytes, seed }], warnings, model };
}

function pictureless(answer: VendorAnswer, call: Call): ImageError | undefined {
  const drawn = ANSWER.safeParse(answer.json).data;
  if (!drawn) return unreadable(answer, call);
  return drawn.finish_reason === "CONTENT_FILTERED" ? filtered(call) : undefined;
}

/** The HTTP status of a generation that is not done (vendor's API reference, read 2026-11-26). */
const UNFINISHED = 202;
/** Who asks more often than this may be refused, in milliseconds (the same). */
const PAUSE = 10_000;

const ACCEPTANCE = z.object({ id: z.string().regex(/^[\w-]{1,100}$/) });

const PICTURE = z.union([z.string().min(1), z.instanceof(Uint8Array<ArrayBuffer>)]);

/** A generation's picture is called `result` where a service's own is `image`. */
const ANSWER = z.object({
  image: PICTURE.optional(),
  result: PICTURE.optional(),
  finish_reason: z.string().optional().catch(undefined),
  seed: z.number().int().optional().catch(undefined),
}).transform(({ image, result, ...others }, context) => {
  const picture = image ?? result;
  if (picture !== undefined) return { ...others, image: picture };
  context.addIssue({ code: "custom", message: "There is no picture" });
  return z.NEVER;
});
