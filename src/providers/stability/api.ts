/** Calls to Stability's services, which answer with the picture. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { decodedPicture } from "../picture_json.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { type Call, failureOf, filtered, unreadable } from "./errors.ts";
import { serviceFor, submissionOf } from "./form.ts";
import type { Service } from "./services.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
}

/** Draws or edits as the request wants it; `usual` is who draws. @throws {ImageError} */
export async function draw(
  request: ImageRequest,
  usual: Service,
  { endpoint, key }: Account,
  { signal, onProgress }: CallContext,
  outside: ProviderDependencies,
): Promise<ImageResult> {
  const client = createVendorClient({
    title: "Stability",
    endpoint,
    secrets: [key],
    ...outside,
  });
  const service = serviceFor(request, usual);
  const { form, warnings } = submissionOf(request, service);
  const call = { model: service.id, endpoint };
  onProgress({ message: `Stability is drawing with ${service.id}` });
  const { json } = await client.send({
    url: `${endpoint}/v2beta/stable-image/${service.path}`,
    headers: { "authorization": `Bearer ${key}`, "accept": "application/json" },
    body: form,
    signal,
    repeat: "if nothing happened",
    pictures: 1,
    decodesPictures: true,
    failure: (answer) => failureOf(answer, call) ?? pictureless(answer, call),
  });
  const { image, seed } = ANSWER.parse(json);
  const bytes = decodedPicture(image, "Stability", "stability");
  return {
    images: [seed === undefined ? { bytes } : { bytes, seed }],
    warnings,
    model: service.id,
  };
}

function pictureless(answer: VendorAnswer, call: Call): ImageError | undefined {
  const drawn = ANSWER.safeParse(answer.json).data;
  if (!drawn) return unreadable(answer, call);
  return drawn.finish_reason === "CONTENT_FILTERED" ? filtered(call) : undefined;
}

const ANSWER = z.object({
  image: z.union([z.string().min(1), z.instanceof(Uint8Array<ArrayBuffer>)]),
  finish_reason: z.string().optional().catch(undefined),
  seed: z.number().int().optional().catch(undefined),
});
