/** One call of `generateContent`, the Gemini API's method for pictures as for words. */

import { firstOf } from "../bounds.ts";
import { createVendorClient } from "../http.ts";
import { decodedPicture } from "../picture_json.ts";
import type { CallContext, ImageRequest, ImageResult } from "../provider.ts";
import { failureOf, readAnswer } from "./answer.ts";
import { bodyOf } from "./body.ts";

export interface Account {
  /** With or without the version at its end. */
  readonly endpoint: string;
  readonly key: string;
  readonly fetch: typeof fetch;
}

/** Draws with `request.model`, or with the `configured` one. @throws {ImageError} */
export async function draw(
  request: ImageRequest,
  { signal, onProgress }: CallContext,
  { endpoint, key, fetch }: Account,
  configured: string,
): Promise<ImageResult> {
  const model = (request.model ?? configured).replace(/^models\//, "");
  const client = createVendorClient({ title: "Gemini", endpoint, secrets: [key], fetch });
  onProgress({ message: `Gemini is drawing with ${model}` });
  const { json } = await client.send({
    url: addressOf(endpoint, model),
    headers: { "x-goog-api-key": key, "content-type": "application/json" },
    json: bodyOf(request, model),
    signal,
    repeat: "if nothing happened",
    // As many again, for drafts among its thoughts.
    pictures: 2 * request.count,
    decodesPictures: true,
    failure: (answer) => failureOf(answer, { model, isConfigured: request.model === undefined }),
  });
  const { pictures, usage, modelVersion } = readAnswer(json);
  const { items, warnings } = firstOf(request.count, pictures);
  return {
    images: items.map((data) => ({ bytes: decodedPicture(data, "Gemini", "gemini") })),
    warnings,
    model: modelVersion ?? model,
    usage,
  };
}

function addressOf(endpoint: string, model: string): string {
  const base = /\/v\d+(alpha|beta)?\d*$/.test(endpoint) ? endpoint : `${endpoint}/v1beta`;
  return `${base}/models/${encodeURIComponent(model)}:generateContent`;
}
