/** OpenAI's image API in front of every provider: generations, edits and the list of models. */

import { isShared } from "../../config/tokens.ts";
import { ImageError, messageOf } from "../../errors.ts";
import type { Caller } from "../../jobs/caller.ts";
import { parseRequest } from "../../requests/parse.ts";
import type { Answer } from "../../service/image_service.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import type { HttpDependencies, ImagesApiParts, IncomingRequest } from "../dependencies.ts";
import { createShares, ownersOf } from "../limits/shares.ts";
import { documentOf, FAULT, startEvents } from "./answers.ts";
import { MAX_FORM_BYTES, readFields } from "./body.ts";
import { ApiError, described, errorResponse } from "./errors.ts";
import { findModel, listModels } from "./models.ts";
import { type ApiRequest, readRequest } from "./request.ts";
import { sumOf, type UsageOfCalls, usageOfCalls } from "./usage.ts";

export interface ImagesApi {
  /** Answers a request to an address below "/v1/". */
  answer(visit: IncomingRequest): Promise<Response>;
}

/** The API of one server. */
export function createImagesApi(
  { settings, uploads, log }: HttpDependencies,
  { imageService, imageUrl, inputAccess, prepare }: ImagesApiParts,
): ImagesApi {
  const places = createShares(MOST_FORMS, ownersOf(settings));
  const { MCP_PRIVATE_IMAGES: isPrivate } = settings;
  const providers = () => imageService.settings.providers;

  async function answer(visit: IncomingRequest): Promise<Response> {
    try {
      await prepare();
      return await respond(visit);
    } catch (error) {
      const told = described(error);
      if (told) return errorResponse(told.status, told.body, told.headers);
      logFault(error);
      return errorResponse(500, FAULT, { "X-Should-Retry": "false" });
    }
  }

  async function respond(visit: IncomingRequest): Promise<Response> {
    const { url: { pathname } } = visit;
    if (/^\/v1\/models\/?$/.test(pathname)) return listModels(providers());
    if (pathname.startsWith(ONE_MODEL)) {
      return findModel(decoded(pathname.slice(ONE_MODEL.length)), providers());
    }
    const isEdit = pathname.startsWith("/v1/images/edits");
    return isEdit ? await inItsPlace(visit) : await draw(visit, false);
  }

  /** Bodies with pictures are read few at once. */
  async function inItsPlace(visit: IncomingRequest): Promise<Response> {
    if (!places.hasRoom(visit.client)) {
      throw new ImageError("busy", "Too many pictures are coming in; try again in a moment");
    }
    const leave = places.take(visit.client);
    try {
      return await draw(visit, true, leave);
    } finally {
      leave();
    }
  }

  async function draw(
    visit: IncomingRequest,
    isEdit: boolean,
    onInputsKept = () => {},
  ): Promise<Response> {
    const textLimit = settings.MCP_MAX_BODY_BYTES;
    const limit = isEdit ? Math.max(MAX_FORM_BYTES, textLimit) : textLimit;
    const timeout = isEdit ? FORM_TIMEOUT : settings.MCP_REQUEST_TIMEOUT * 1000;
    const keep = (bytes: Uint8Array<ArrayBuffer>) => uploads.keepEarly(bytes);
    const fields = await readFields(visit.request, { limit, textLimit, timeout }, keep);
    const { model } = fields.values;
    const own = typeof model === "string"
      ? await imageService.models.find(model, visit.client)
      : undefined;
    const request = readRequest(fields, isEdit, providers(), own !== undefined);
    if (request.form === "url") checkAddresses();
    const caller = callerOf(visit);
    const { operation, ...inputs } = isEdit
      ? await imageService.takeInputs(request.pictures, { ...caller, access: inputAccess() })
      : { operation: "generate" as const, images: [] };
    onInputsKept();
    const parsed = parseRequest(request.args, operation, inputs);
    const run = (more: Partial<Caller>) => imageService.run(parsed, { ...caller, ...more });
    return request.isStreamed
      ? inEvents(request, isEdit, visit.client, run)
      : await inDocument(request, visit.client, await run({}));
  }

  async function inDocument(
    { form, warnings }: ApiRequest,
    owner: string,
    answer: Answer,
  ): Promise<Response> {
    const { images, warnings: said } = finished(answer);
    const usage = sumOf(await usageIn(answer, owner));
    return documentOf(images, { warnings: [...warnings, ...said], usage }, async (image) => {
      const address = form === "url" && image.fileName !== null ? imageUrl(image.fileName) : null;
      const { revisedPrompt } = image;
      return {
        ...address === null ? { b64_json: (await read(image)).toBase64() } : { url: address },
        ...revisedPrompt && { revised_prompt: revisedPrompt },
      };
    });
  }

  function inEvents(
    request: ApiRequest,
    isEdit: boolean,
    owner: string,
    run: (more: Partial<Caller>) => Promise<Answer>,
  ): Response {
    const events = startEvents({ ...request, isEdit }, settings.MCP_SSE_KEEPALIVE * 1000);
    const drawing = run({
      signal: gone(events.gone),
      ...request.partialImages > 0 && { onPartialImage: events.partial },
    });
    const finish = async (answer: Answer) =>
      await events.finish(finished(answer).images, await usageIn(answer, owner), read);
    drawing.then(finish).catch((error) => {
      if (!described(error)) logFault(error);
      events.fail(error);
    });
    return events.response;
  }

  async function usageIn(answer: Answer, owner: string): Promise<UsageOfCalls> {
    const { images, calls = [] } = finished(answer);
    return await usageOfCalls(images, calls, (image) => imageService.images.sourceOf(image, owner));
  }

  function read(image: ImageRecord): Promise<Uint8Array<ArrayBuffer>> {
    return imageService.images.read(image);
  }

  /** @throws {ApiError} before anything is drawn that nobody could fetch. */
  function checkAddresses(): void {
    if (!isPrivate && imageUrl("") !== null) return;
    const why = isPrivate ? "pictures are private here" : "the server has no address for pictures";
    throw new ApiError(400, `No url can be given, because ${why}: ask for b64_json`, FORM);
  }

  /** Clients of this API know no jobs, so that they wait until the end. */
  function callerOf({ client, address, request }: IncomingRequest): Caller {
    const key = isShared(settings) ? client : `${client} ${address}`;
    return { owner: client, key, signal: gone(request.signal) };
  }

  function logFault(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    log.error("A request for pictures failed", { error: messageOf(error), stack });
  }

  return { answer };
}

/** @throws {ImageError} where a job is not over, which happens when the server stops. */
function finished(answer: Answer): Extract<Answer, { readonly done: true }> {
  if (answer.done) return answer;
  throw new ImageError("interrupted", `Job '${answer.job.id}' goes on after the server's restart`);
}

/** Aborts, in our words, when `signal` does. */
function gone(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const leave = () => controller.abort(new ImageError("cancelled", "The caller has gone"));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  return controller.signal;
}

/** @throws {ApiError} for an address that is not encoded as one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ApiError(400, "The model's id in the address is not encoded well", "model");
  }
}

const ONE_MODEL = "/v1/models/";
const FORM = "response_format";
/** Forms that are read at once, of 100 MB each. */
const MOST_FORMS = 4;
/** Milliseconds that pictures may take to come. */
const FORM_TIMEOUT = 300_000;
