/** Tasks at Black Forest Labs: submitted, asked about, fetched. */

import * as z from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { asExpired } from "../expired.ts";
import { createVendorClient, type VendorAnswer } from "../http.ts";
import { poll } from "../poll.ts";
import type { CallContext, ImageRequest, ImageResult, ProviderDependencies } from "../provider.ts";
import { submissionOf } from "./body.ts";
import { failedTask, failureOf, isFailure, unreadable } from "./errors.ts";
import { readTicket, type Ticket } from "./ticket.ts";

export interface Account {
  readonly endpoint: string;
  readonly key: string;
}

export interface Tasks {
  /** Draws with `model`. @throws {ImageError} */
  draw(request: ImageRequest, model: string, context: CallContext): Promise<ImageResult>;
  /** Fetches what an accepted task made. @throws {ImageError} */
  resume(ticket: string, context: CallContext): Promise<ImageResult>;
}

export function openTasks({ endpoint, key }: Account, outside: ProviderDependencies): Tasks {
  const client = createVendorClient({
    title: "Black Forest Labs",
    endpoint,
    secrets: [key],
    ...outside,
  });
  const headers = { "x-key": key, "accept": "application/json" };

  async function submit(
    request: ImageRequest,
    model: string,
    { signal, onProgress }: CallContext,
  ): Promise<Ticket> {
    const { body, warnings } = submissionOf(request, model);
    const call = { model, endpoint };
    onProgress({ message: `Asking Black Forest Labs for a picture by ${model}` });
    const { json } = await client.send({
      url: `${endpoint}/v1/${encodeURIComponent(model)}`,
      headers: { ...headers, "content-type": "application/json" },
      json: body,
      signal,
      repeat: "if nothing happened",
      failure: (answer) =>
        failureOf(answer, call) ??
          (ACCEPTANCE.safeParse(answer.json).success ? undefined : unreadable(answer, call)),
    });
    const { id, polling_url, cost, ...usage } = ACCEPTANCE.parse(json);
    return {
      poll: pollingAddress(id, polling_url, endpoint),
      model,
      warnings: [...warnings],
      ...cost === undefined ? {} : { cost },
      ...usage,
    };
  }

  async function finish(ticket: Ticket, context: CallContext): Promise<ImageResult> {
    const { signal, onProgress } = context;
    const task = await poll(async () => {
      const { json } = await client.send({
        url: ticket.poll,
        method: "GET",
        headers,
        signal,
        repeat: "freely",
        failure: (answer) => taskFailure(answer, ticket, endpoint),
      });
      const task = TASK.parse(json);
      if (task.result?.sample) return task;
      onProgress({ message: progressOf(task) });
    }, { signal });
    onProgress({ message: "FLUX has drawn the picture, downloading it" });
    const bytes = await download(task.result?.sample ?? "", signal);
    const { seed } = task.result ?? {};
    const cost = task.cost ?? ticket.cost;
    const { model, warnings, input_mp, output_mp } = ticket;
    return {
      images: [Number.isSafeInteger(seed) ? { bytes, seed } : { bytes }],
      warnings,
      model,
      ...output_mp === undefined ? {} : { usage: { input_mp, output_mp } },
      ...cost === undefined ? {} : { cost: { amount: cost, unit: "credits" } },
    };
  }

  async function download(address: string, signal: AbortSignal) {
    try {
      return await client.download(address, signal);
    } catch (error) {
      throw asExpired(error, EXPIRED);
    }
  }

  return {
    async draw(request, model, context) {
      const ticket = await submit(request, model, context);
      context.onAccepted(JSON.stringify(ticket));
      return await finish(ticket, context);
    },
    async resume(text, context) {
      const ticket = readTicket(text);
      if (isTrusted(ticket.poll, endpoint)) return await finish(ticket, context);
      throw new ImageError(
        "job_not_found",
        "The task was given to Black Forest Labs at another address than BFL_ENDPOINT, now " +
          `${endpoint}: set it back, or ask for the picture again`,
        { provider: "flux" },
      );
    },
  };
}

/** Where to ask about a task: as the vendor says, since tasks stay in a region, if the key may go there. */
function pollingAddress(id: string, given: string | undefined, endpoint: string): string {
  if (given !== undefined && isTrusted(given, endpoint)) return given;
  return `${endpoint}/v1/get_result?id=${encodeURIComponent(id)}`;
}

/** Whether the key of `endpoint` may go to an address: to the same origin, or within the vendor's hosts. */
function isTrusted(address: string, endpoint: string): boolean {
  const url = URL.parse(address);
  const own = new URL(endpoint);
  if (url === null || url.username !== "") return false;
  const isVendors = ({ protocol, hostname }: URL) =>
    protocol === "https:" && /(^|\.)bfl\.ai$/.test(hostname);
  return url.origin === own.origin || (isVendors(url) && isVendors(own));
}

/** A task may fail with any HTTP status, and its own status then says more. */
function taskFailure(
  answer: VendorAnswer,
  { model }: Ticket,
  endpoint: string,
): ImageError | undefined {
  const task = TASK.safeParse(answer.json).data;
  if (task && isFailure(task.status)) return failedTask(task.status, reasonsOf(task), { model });
  if (answer.status === 404) return failedTask("Task not found", "", { model });
  const failure = failureOf(answer, { model, endpoint });
  if (failure) return failure;
  if (!task) return unreadable(answer, { model, endpoint });
  if (task.status !== "Ready" || task.result?.sample) return undefined;
  return new ImageError(
    "missing_content",
    "Black Forest Labs finished the task without a picture. Ask for the picture again",
    { provider: "flux", model },
  );
}

function reasonsOf({ details }: Task): string {
  const values = Object.values(details ?? {}).flat().slice(0, MOST_REASONS);
  return values.filter((value) => typeof value === "string").join(", ");
}

function progressOf({ status, progress }: Task): string {
  if (progress) return `FLUX has drawn ${Math.round(Math.min(progress, 1) * 100)} %`;
  return status === "Pending" ? "Black Forest Labs has the task in its queue" : "FLUX is drawing";
}

const EXPIRED =
  "FLUX drew the picture, and Black Forest Labs no longer keeps it: its links live about 10 " +
  "minutes. Ask for the picture again";

const MOST_REASONS = 5;

const number = z.number().optional().catch(undefined);

const ACCEPTANCE = z.object({
  id: z.string().min(1),
  polling_url: z.string().optional().catch(undefined),
  cost: number,
  input_mp: number,
  output_mp: number,
});

const TASK = z.object({
  status: z.string(),
  progress: z.number().nullish().catch(undefined),
  details: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  cost: number,
  result: z.object({ sample: z.string().nullish(), seed: number }).nullish().catch(undefined),
});

type Task = z.infer<typeof TASK>;
