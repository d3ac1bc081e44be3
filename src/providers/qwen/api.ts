/** Calls to Model Studio: pictures in one answer, and tasks that are submitted, asked about, cancelled. */

import { ImageError } from "../../errors.ts";
import { firstOf, quote } from "../bounds.ts";
import { asExpired } from "../expired.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { poll } from "../poll.ts";
import type {
  CallContext,
  GeneratedImage,
  ImageRequest,
  ImageResult,
  ProviderDependencies,
} from "../provider.ts";
import {
  type AnsweredPicture,
  readError,
  readPictures,
  readTask,
  readWords,
  TASK_STATUS,
} from "./answer.ts";
import { thoseThatCame } from "../together.ts";
import { type Habits, type Submission, submissionOf } from "./body.ts";
import { type Call, failedTask, failureOf, unreadable } from "./errors.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Account extends Habits {
  /** Without the "/api/v1" at its end. */
  readonly endpoint: string;
  readonly key: string;
  /** The model for requests that name none. */
  readonly configured: string;
}

export interface Api {
  /** @throws {ImageError} */
  draw(request: ImageRequest, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted task made. @throws {ImageError} */
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
  /** @throws {ImageError} where the task is drawn already, or is no more. */
  cancel(ticket: string, signal: AbortSignal): Promise<void>;
}

export function openApi(account: Account, outside: ProviderDependencies): Api {
  const { endpoint, key, configured } = account;
  const client = createVendorClient({
    title: "Model Studio",
    endpoint,
    secrets: [key],
    ...outside,
  });
  const headers = { "authorization": `Bearer ${key}`, "content-type": "application/json" };
  const base = `${endpoint}/api/v1`;
  const callOf = (model: string, isConfigured = false): Call => ({ model, isConfigured, endpoint });

  async function submit(
    { path, isTask, body }: Submission,
    call: Call,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { json } = await client.send({
      url: base + path,
      headers: { ...headers, ...(isTask ? { "x-dashscope-async": "enable" } : {}) },
      json: body,
      signal,
      repeat: "if nothing happened",
      failure: (answer) =>
        failureOf(answer, call) ?? (isTask ? withoutTask(answer) : withoutPicture(answer)),
    });
    return json;
  }

  async function draw(request: ImageRequest, context: CallContext): Promise<ImageResult> {
    const model = request.model ?? configured;
    const submission = submissionOf(request, model, account);
    context.onProgress({ message: `Model Studio is drawing with ${model}` });
    const json = await submit(
      submission,
      callOf(model, request.model === undefined),
      context.signal,
    );
    const { warnings } = submission;
    if (!submission.isTask) {
      return await fetchPictures(json, { model, warnings, count: request.count }, context);
    }
    const ticket: Ticket = {
      task: readTask(json)!.id,
      endpoint,
      model,
      count: request.count,
      warnings: [...warnings],
    };
    context.onAccepted(JSON.stringify(ticket));
    return await finish(ticket, context);
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const { signal, onProgress } = context;
    const call = callOf(ticket.model);
    const answer = await poll(async () => {
      const answer = await client.send({
        url: `${base}/tasks/${encodeURIComponent(ticket.task)}`,
        method: "GET",
        headers: { authorization: headers.authorization },
        signal,
        repeat: "freely",
        failure: (answer) => taskCallFailure(answer, call),
      });
      const task = readTask(answer.json)!;
      if (ENDED.has(task.status)) return { ...answer, task };
      onProgress({
        message: task.status === TASK_STATUS.pending
          ? "Model Studio has the task in its queue"
          : `Model Studio is drawing with ${ticket.model}`,
      });
    }, { signal, firstPause: 500 });
    checkEnd(answer, ticket, call);
    return await fetchPictures(answer.json, ticket, context);
  }

  async function fetchPictures(
    json: unknown,
    { model, warnings, count }: Pick<Ticket, "model" | "count"> & {
      readonly warnings: readonly string[];
    },
    { signal, onProgress }: CallContext,
  ): Promise<ImageResult> {
    const { pictures, failures, usage } = readPictures(json);
    onProgress({ message: "Model Studio has drawn, downloading" });
    const { items, warnings: surplus } = firstOf(count, pictures);
    const fetched = await thoseThatCame(items.map((each) => download(each, signal)));
    return {
      images: fetched.images,
      warnings: [
        ...warnings,
        ...failures.map((code) => `Model Studio left out one of the pictures: ${quote(code)}`),
        ...fetched.failures,
        ...surplus,
        ...(pictures.length + failures.length < count
          ? [`Model Studio drew ${pictures.length} of the ${count} pictures asked for`]
          : []),
      ],
      model,
      usage,
    };
  }

  async function download(
    { url, revisedPrompt }: AnsweredPicture,
    signal: AbortSignal,
  ): Promise<GeneratedImage> {
    try {
      return { bytes: await client.download(url, signal), revisedPrompt };
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    draw,
    resume: async (text, context) => await finish(readTicket(text, endpoint), context),
    async cancel(text, signal) {
      const { task, model } = readTicket(text, endpoint);
      await client.send({
        url: `${base}/tasks/${encodeURIComponent(task)}/cancel`,
        headers,
        signal,
        repeat: "freely",
        failure: (answer) => failureOf(answer, callOf(model)),
      });
    },
  };
}

const ENDED: ReadonlySet<string> = new Set([
  TASK_STATUS.succeeded,
  TASK_STATUS.failed,
  TASK_STATUS.canceled,
  TASK_STATUS.unknown,
]);

/** A question about a task that the vendor does not know, or does not answer. */
function taskCallFailure(answer: VendorAnswer, call: Call): ImageError | undefined {
  if (answer.status === 404) return forgotten();
  return failureOf(answer, call) ?? withoutTask(answer);
}

/** @throws {ImageError} unless the task made a picture. */
function checkEnd(
  { json, task }: { readonly json: unknown; readonly task: { readonly status: string } },
  ticket: Ticket,
  call: Call,
): void {
  if (task.status === TASK_STATUS.unknown) throw forgotten();
  if (readPictures(json).pictures.length > 0) return;
  if (task.status === TASK_STATUS.canceled) {
    throw new ImageError(
      "generation_failed",
      "The task was cancelled at Model Studio before it was drawn. Ask for the picture again",
      { provider: "qwen", task: ticket.task },
    );
  }
  const told = readError(json);
  throw told ? failedTask(told, ticket.task, call) : pictureless(json);
}

function withoutTask(answer: VendorAnswer): ImageError | undefined {
  return readTask(answer.json) ? undefined : unreadable(answer);
}

function withoutPicture(answer: VendorAnswer): ImageError | undefined {
  if (readPictures(answer.json).pictures.length > 0) return undefined;
  const isModelStudio = typeof answer.json === "object" && answer.json !== null &&
    "output" in answer.json;
  return isModelStudio ? pictureless(answer.json) : unreadable(answer);
}

function pictureless(json: unknown): ImageError {
  const words = readWords(json);
  return new ImageError(
    "missing_content",
    `Model Studio answered without a picture${words ? `: ${quote(words)}` : ""}. Ask again, and ` +
      "say plainly what the picture shows",
    { provider: "qwen" },
  );
}

function forgotten(): ImageError {
  return new ImageError(
    "job_not_found",
    "Model Studio does not know the task: it keeps tasks for 24 hours, each in its region. Look " +
      "in its console whether the picture was charged, and ask for the picture again",
    { provider: "qwen" },
  );
}

const EXPIRED =
  "The picture was drawn, and Model Studio no longer keeps it: its links live 24 hours. Ask for " +
  "the picture again";
