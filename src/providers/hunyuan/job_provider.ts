/** An image provider over Tencent Cloud's pairs of actions: one submits a job, one asks about it. */

import { z } from "../../dependencies/zod.ts";
import { ImageError, messageOf } from "../../errors.ts";
import { poll } from "../poll.ts";
import type {
  CallContext,
  Capabilities,
  GeneratedImage,
  ImageProvider,
  ImageRequest,
  ImageResult,
  ProviderDependencies,
} from "../provider.ts";
import { firstOf, quote } from "../bounds.ts";
import {
  type CloudAccount,
  type CloudResponse,
  type CloudService,
  createCloudApi,
  isFull,
} from "./cloud_api.ts";
import { failedJob } from "./errors.ts";

/** What tells one pair of actions from another, as data. */
export interface JobActions extends CloudService {
  readonly backend: string;
  readonly model: string;
  readonly submit: string;
  readonly query: string;
  readonly capabilities: Capabilities;
  /** The parameters of `submit`, without the ones every job has. */
  readonly parameters: (request: ImageRequest) => Readonly<Record<string, unknown>>;
}

export function createJobProvider(
  actions: JobActions,
  account: CloudAccount,
  concurrency: number,
  outside: ProviderDependencies,
): ImageProvider {
  const api = createCloudApi(actions, account, outside);

  /** Waits for a free slot as long as the caller does: other programs share the account. */
  function submit(request: ImageRequest, context: CallContext): Promise<string> {
    return poll(async () => {
      const response = await api.call({
        action: actions.submit,
        parameters: {
          ...actions.parameters(request),
          ...seedAndRevision(request),
          LogoAdd: 0, // a watermark unless told otherwise
        },
        signal: context.signal,
        repeat: "if nothing happened",
        failure: (response) => isFull(response) || response.JobId ? undefined : noJob(response),
      });
      if (isFull(response)) {
        context.onProgress({ message: "Waiting for a free slot at Tencent" });
      }
      return response.JobId;
    }, { signal: context.signal, firstPause: 500 });
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

  async function download(
    addresses: readonly string[],
    response: CloudResponse,
    { signal }: CallContext,
  ) {
    const settled = await Promise.allSettled(
      addresses.map(async (url, index): Promise<GeneratedImage> => ({
        bytes: await api.download(url, signal),
        revisedPrompt: response.RevisedPrompt[index] ?? response.RevisedPrompt[0],
      })),
    );
    const images = settled.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
    const reasons = settled.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
    if (images.length === 0) throw reasons[0];
    return { images, failures: reasons.map(messageOf) };
  }

  return {
    name: "hunyuan",
    endpoint: account.endpoint,
    models: [actions.model],
    concurrency,
    capabilities: () => actions.capabilities,
    async generate(request, context) {
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

function warningsOf(request: ImageRequest, { backend, model }: JobActions): string[] {
  const warnings: string[] = [];
  if (request.seed !== undefined) warnings.push(SEED_WARNING);
  if (request.model !== undefined && request.model !== model) {
    warnings.push(
      `Model '${request.model}' was not used: HUNYUAN_BACKEND=${backend} has only '${model}'`,
    );
  }
  return warnings;
}

export const SEED_WARNING =
  "Tencent drew the prompt as written: it would ignore the seed while improving the prompt";

function noJob({ RequestId }: CloudResponse): ImageError {
  return new ImageError(
    "provider_error",
    "Tencent Hunyuan answered without a job id. Look in Tencent's console whether it draws " +
      "before asking again",
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

/** @throws {ImageError} unless the ticket is of a job at this backend. */
function readTicket(text: string, backend: string): Ticket {
  const ticket = ticketText.safeParse(text);
  if (ticket.success && ticket.data.backend === backend) return ticket.data;
  throw new ImageError(
    "job_not_found",
    ticket.success
      ? `The job was given to Tencent's backend '${ticket.data.backend}', and HUNYUAN_BACKEND is ` +
        `now '${backend}': set it back, or ask for the picture again`
      : "The record of the job at Tencent cannot be read: ask for the picture again",
    { provider: "hunyuan" },
  );
}

const JOB_STATUS = { waiting: "1", drawing: "2", failed: "4", done: "5" } as const;

const ticketText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
}).pipe(z.object({
  backend: z.string(),
  job: z.string(),
  model: z.string(),
  count: z.number(),
  /** When Tencent took the job, in milliseconds since 1970. */
  since: z.number(),
  warnings: z.array(z.string()),
}));

type Ticket = z.infer<typeof ticketText>;
