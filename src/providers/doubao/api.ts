/** Calls to Ark: a picture in one answer, or a group of them in a stream. */

import { ImageError, messageOf } from "../../errors.ts";
import { firstOf } from "../bounds.ts";
import { asExpired } from "../expired.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { decodedPicture } from "../picture_json.ts";
import type {
  CallContext,
  GeneratedImage,
  ImageRequest,
  ImageResult,
  ProviderDependencies,
} from "../provider.ts";
import { thoseThatCame } from "../together.ts";
import { type AnsweredPicture, type Call, failureOf, readAnswer } from "./answers.ts";
import { type Submission, submissionOf } from "./body.ts";
import { EventCollector } from "./events.ts";
import { adviceBeside, ARGUMENT_ADVICE } from "./models.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
  /** The model for requests that name none, and the one that draws where it cannot. */
  readonly configured: string;
  readonly fallback?: string;
}

/** Draws with the model that `request` names, or else with those of the account. @throws {ImageError} */
export async function draw(
  request: ImageRequest,
  context: CallContext,
  account: Account,
  outside: ProviderDependencies,
): Promise<ImageResult> {
  const { configured, fallback } = account;
  const drawWith = (model: string) => drawOnce(model, request, context, account, outside);
  if (request.model !== undefined) return await drawWith(request.model);
  try {
    return await drawWith(configured);
  } catch (error) {
    if (fallback === undefined || !isUnusableModel(error)) throw error;
    return await drawInstead(configured, fallback, error, drawWith);
  }
}

async function drawInstead(
  configured: string,
  fallback: string,
  reason: ImageError,
  drawWith: (model: string) => Promise<ImageResult>,
): Promise<ImageResult> {
  try {
    const result = await drawWith(fallback);
    const why = `'${configured}' (DOUBAO_MODEL) is retired, unknown or not opened for this key, ` +
      `so '${fallback}' (DOUBAO_FALLBACK_MODEL) drew`;
    return { ...result, warnings: [why, ...result.warnings] };
  } catch (error) {
    if (!isUnusableModel(error)) throw error;
    throw new ImageError(
      "model_unavailable",
      `Doubao can draw neither with '${configured}' (DOUBAO_MODEL) nor with '${fallback}' ` +
        "(DOUBAO_FALLBACK_MODEL): they are retired, unknown or not opened for this key. " +
        adviceBeside(configured, fallback),
      { ...error.details, models: [configured, fallback], first: reason.details },
    );
  }
}

async function drawOnce(
  model: string,
  request: ImageRequest,
  context: CallContext,
  { endpoint, key }: Account,
  { fetch, resolve }: ProviderDependencies,
): Promise<ImageResult> {
  const client = createVendorClient({ title: "Doubao", endpoint, secrets: [key], fetch, resolve });
  const { count } = request;
  const { signal, onProgress, onPartialImage, wantsProgress } = context;
  const submission = submissionOf(request, model, Boolean(wantsProgress || onPartialImage));
  const modelAdvice = request.model === undefined ? adviceBeside(model) : ARGUMENT_ADVICE;
  const fetched = new Map<string, Promise<GeneratedImage>>();
  onProgress({ message: `Doubao is drawing with ${model}` });
  const { document, warnings } = await submit(submission, { model, modelAdvice }, onPicture);
  const answer = readAnswer(document);
  const { items, warnings: surplus } = firstOf(count, answer.pictures);
  const { images, failures } = await thoseThatCame(items.map(pictureOf));
  const missing = count - answer.pictures.length - answer.failures.length;
  return {
    images,
    warnings: [
      ...submission.warnings,
      ...warnings,
      ...answer.failures.map(failedPicture),
      ...failures,
      ...surplus,
      ...(missing > 0
        ? [`Doubao drew ${answer.pictures.length} of the ${count} pictures asked for`]
        : []),
    ],
    model: answer.model ?? model,
    usage: answer.usage,
  };

  /** The whole answer; of a stream that breaks off, what came of it, which is paid for. */
  async function submit(
    { body, isStream }: Submission,
    call: Call,
    onPicture: (picture: AnsweredPicture) => void,
  ): Promise<{ readonly document: unknown; readonly warnings: readonly string[] }> {
    const events = isStream ? new EventCollector() : undefined;
    const documentOf = (answer: VendorAnswer) =>
      events && answer.json === undefined ? events.document() : answer.json;
    try {
      const answer = await client.send({
        url: imagesAddress(endpoint),
        headers: { "authorization": `Bearer ${key}`, "content-type": "application/json" },
        json: body,
        signal,
        repeat: "if nothing happened",
        pictures: count,
        onBytes: events && ((bytes) => events.read(bytes).forEach(onPicture)),
        failure: (answer) => failureOf({ ...answer, json: documentOf(answer) }, call),
      });
      return { document: documentOf(answer), warnings: [] };
    } catch (error) {
      if (!events || fetched.size === 0 || signal.aborted) throw error;
      return { document: events.document(), warnings: [messageOf(error)] };
    }
  }

  /** Fetches a picture of a group while the next is drawn, and shows it. */
  function onPicture(picture: AnsweredPicture): void {
    if (fetched.size >= count) return;
    const number = fetched.size + 1;
    pictureOf(picture).then(({ bytes }) => {
      onProgress({ message: `Doubao has drawn picture ${number} of ${count}` });
      onPartialImage?.(bytes);
    }, () => {}); // whoever waits for the picture itself is told
  }

  function pictureOf({ url, b64_json }: AnsweredPicture): Promise<GeneratedImage> {
    const name = url || b64_json || "";
    const picture = fetched.get(name) ?? fetchPicture({ url, b64_json });
    fetched.set(name, picture);
    return picture;
  }

  async function fetchPicture({ url, b64_json }: AnsweredPicture): Promise<GeneratedImage> {
    if (b64_json) return { bytes: decodedPicture(b64_json, "Doubao", "doubao") };
    try {
      return { bytes: await client.download(url ?? "", signal) };
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }
}

/** The address to post to, for an endpoint given with or without its version. */
function imagesAddress(endpoint: string): string {
  const path = "/images/generations";
  if (endpoint.endsWith(path)) return endpoint;
  return (/\/v\d+$/.test(endpoint) ? endpoint : `${endpoint}/api/v3`) + path;
}

function failedPicture(code: string): string {
  return `Doubao left out one of the pictures: ${code}`;
}

function isUnusableModel(error: unknown): error is ImageError {
  return error instanceof ImageError && error.code === "model_unavailable";
}

const EXPIRED =
  "Doubao drew the picture, and no longer keeps it: its links live 24 hours. Ask for the " +
  "picture again";
