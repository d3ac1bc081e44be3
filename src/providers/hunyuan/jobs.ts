/** Calls to a signed API of Tencent Cloud: jobs that are submitted, asked about, fetched, and pictures at once. */

import { ImageError } from "../../errors.ts";
import { firstOf, quote } from "../bounds.ts";
import { asExpired } from "../expired.ts";
import { poll } from "../poll.ts";
import type {
  CallContext,
  GeneratedImage,
  ImageRequest,
  ImageResult,
  ProviderDependencies,
} from "../provider.ts";
import { thoseThatCame } from "../together.ts";
import { type JobActions, type PictureAction, serviceOf } from "./actions.ts";
import {
  type CloudAccount,
  type CloudCall,
  type CloudResponse,
  createCloudApi,
  isFull,
} from "./cloud_api.ts";
import { failedJob } from "./errors.ts";
import { SEED_WARNING } from "./prompt.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Jobs {
  /** @throws {ImageError} */
  draw(request: ImageRequest, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted job made. @throws {ImageError} */
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
}

export function openJobs(
  actions: JobActions,
  account: CloudAccount,
  outside: ProviderDependencies,
): Jobs {
  const api = createCloudApi(actions, account, outside);

  /** Waits for a free slot as long as the caller does: other programs share the account. */
  function callInSlot(
    call: Pick<CloudCall, "action" | "parameters" | "failure">,
    context: CallContext,
  ): Promise<CloudResponse> {
    return poll(async () => {
      const response = await api.call({
        ...call,
        signal: context.signal,
        repeat: "if nothing happened",
        failure: (response) => isFull(response) ? undefined : call.failure?.(response),
      });
      if (!isFull(response)) return response;
      context.onProgress({ message: "Waiting for a free slot at Tencent" });
    }, { signal: context.signal, firstPause: 500 });
  }

  async function submit(request: ImageRequest, context: CallContext): Promise<string> {
    const { JobId = "" } = await callInSlot({
      action: actions.submit,
      parameters: {
        ...actions.parameters(request),
        ...seedAndRevision(request),
        LogoAdd: 0, // a watermark unless told otherwise
      },
      failure: (response) => response.JobId ? undefined : noJob(response),
    }, context);
    return JobId;
  }

  async function drawAtOnce(
    { action, parameters, warnings }: PictureAction,
    request: ImageRequest,
    context: CallContext,
  ): Promise<ImageResult> {
    context.onProgress({ message: "Tencent is changing the picture" });
    const response = await callInSlot({
      action,
      parameters: parameters(request),
      failure: (response) => response.ResultImage.length > 0 ? undefined : noPicture(response),
    }, context);
    const { items } = firstOf(1, response.ResultImage);
    const { images } = await download(items, response, context);
    return { images, warnings: warnings(request), model: action };
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const response = await poll(async () => {
      const response = await api.call({
        action: actions.query,
        parameters: { JobId: ticket.job },
        signal: context.signal,
        repeat: "freely",
        failure: (response) => failureOf(response, ticket.job),
      });
      if (response.JobStatusCode === JOB_STATUS.done) return response;
      context.onProgress({ message: progressOf(response, outside.now() - ticket.since) });
    }, { signal: context.signal });
    context.onProgress({ message: "Tencent has drawn the picture, downloading it" });
    const { items, warnings } = firstOf(ticket.count, response.ResultImage);
    const { images, failures } = await download(items, response, context);
    return {
      images,
      warnings: [...ticket.warnings, ...failures, ...shortfall(ticket, response), ...warnings],
      model: ticket.model,
    };
  }

  function download(
    addresses: readonly string[],
    response: CloudResponse,
    { signal }: CallContext,
  ) {
    return thoseThatCame(
      addresses.map(async (url, index): Promise<GeneratedImage> => ({
        bytes: await fetchPicture(url, signal),
        revisedPrompt: response.RevisedPrompt[index] ?? response.RevisedPrompt[0],
      })),
    );
  }

  async function fetchPicture(url: string, signal: AbortSignal) {
    try {
      return await api.download(url, signal);
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    async draw(request, context) {
      const service = serviceOf(actions, request);
      if (service) return await drawAtOnce(service, request, context);
      const ticket: Ticket = {
        backend: actions.backend,
        job: await submit(request, context),
        model: actions.model,
        count: request.count,
        since: outside.now(),
        warnings: warningsOf(request, actions),
      };
      context.onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    async resume(ticket, context) {
      return await finish(readTicket(ticket, actions.backend), context);
    },
  };
}

/** Tencent ignores a seed while it rewrites the prompt, which it does unless told not to. */
function seedAndRevision({ seed }: ImageRequest): Readonly<Record<string, number>> {
  return seed === undefined ? { Revise: 1 } : { Revise: 0, Seed: seed };
}

function warningsOf(request: ImageRequest, actions: JobActions): string[] {
  const { backend, model } = actions;
  const warnings = [...actions.warnings?.(request) ?? []];
  if (request.seed !== undefined) warnings.push(SEED_WARNING);
  if (request.model !== undefined && request.model !== model) {
    warnings.push(
      `Model '${request.model}' was not used: HUNYUAN_BACKEND=${backend} has only '${model}'`,
    );
  }
  return warnings;
}

function noJob({ RequestId }: CloudResponse): ImageError {
  return new ImageError(
    "provider_error",
    "Tencent Hunyuan answered without a job id. Look in Tencent's console whether it draws " +
      "before asking again",
    { provider: "hunyuan", request_id: RequestId },
  );
}

function noPicture({ RequestId }: CloudResponse): ImageError {
  return new ImageError(
    "missing_content",
    "Tencent Hunyuan answered without a picture. Ask for it again",
    { provider: "hunyuan", request_id: RequestId },
  );
}

function failureOf(response: CloudResponse, jobId: string): ImageError | undefined {
  const { JobStatusCode, JobErrorCode, JobErrorMsg, JobStatusMsg, RequestId } = response;
  if (JobStatusCode === JOB_STATUS.failed) {
    const code = JobErrorCode || "no error code";
    const message = JobErrorMsg || JobStatusMsg;
    return failedJob({ code, message, requestId: RequestId }, jobId);
  }
  if (JobStatusCode === JOB_STATUS.done && response.ResultImage.length === 0) {
    const details = response.ResultDetails.join(", ");
    return new ImageError(
      "missing_content",
      `Tencent Hunyuan finished the job without a picture${details && `: ${quote(details)}`}. ` +
        "Ask for the picture again",
      { provider: "hunyuan", job_id: jobId, request_id: RequestId },
    );
  }
}

function progressOf({ JobStatusCode }: CloudResponse, elapsed: number): string {
  return JobStatusCode === JOB_STATUS.drawing
    ? `Tencent is drawing (${Math.round(elapsed / 1000)} s)`
    : "Tencent has the job, waiting in its queue";
}

function shortfall(ticket: Ticket, { ResultImage, ResultDetails }: CloudResponse): string[] {
  if (ResultImage.length >= ticket.count) return [];
  const reasons = ResultDetails.filter((detail) => detail && detail !== "Success").join(", ");
  const because = reasons && `: ${quote(reasons)}`;
  return [`Tencent drew ${ResultImage.length} of ${ticket.count} pictures${because}`];
}

const JOB_STATUS = { waiting: "1", drawing: "2", failed: "4", done: "5" } as const;

const EXPIRED = "Tencent drew the picture, and no longer keeps it: its links live one hour. Ask " +
  "for the picture again";
