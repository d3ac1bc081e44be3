/** What Black Forest Labs' errors mean for the person who asked, and what to do about each. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError, oneOf } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import { type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { LIVE_MODELS } from "./models.ts";

/** What was asked, for errors to name. */
export interface Call {
  readonly model: string;
  readonly endpoint: string;
}

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const row = FAILURES.find(({ statuses }) => statuses.includes(status)) ??
    (status >= 500 ? BROKEN : UNNAMED);
  const words = wordsOf(answer);
  const wait = retryAfterSeconds(headers) ?? words.wait;
  const facts = { ...call, status, wait };
  const quoted = words.text && `: ${quote(words.text)}`;
  return new ImageError(row.code, `${row.happened(facts)}${quoted}. ${row.advice(facts)}`, {
    provider: "flux",
    http_status: status,
    model: call.model,
    vendor_code: vendorWord(words.code),
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

/** An answer that is none of the vendor's API. */
export function unreadable(answer: VendorAnswer, { endpoint }: Call): ImageError {
  return new ImageError(
    "provider_error",
    `Black Forest Labs' answer is not one of its API: ${
      quote(answer.text.slice(0, 300))
    }. It may ` +
      `have been charged; check that BFL_ENDPOINT, now ${endpoint}, is the address of the API`,
    { provider: "flux" },
  );
}

/** How a task ended that gives no picture. `reasons` are the vendor's. */
export function failedTask(
  status: string,
  reasons: string,
  details: Readonly<Record<string, unknown>>,
): ImageError {
  const { code, happened, advice } = ENDINGS[status] ?? FAILED;
  const because = reasons && `: ${quote(reasons)}`;
  return new ImageError(code, `${happened}${because}. ${advice}`, {
    provider: "flux",
    vendor_code: vendorWord(status),
    ...details,
  });
}

/** Whether a task of this status is over without a picture. */
export function isFailure(status: string): boolean {
  return status in ENDINGS;
}

interface Ending {
  readonly code: ErrorCode;
  readonly happened: string;
  readonly advice: string;
}

const FAILED: Ending = {
  code: "generation_failed",
  happened: "FLUX took the request and could not draw it",
  advice: "Ask again, with other words or pictures if it fails twice",
};

/** By the status of a task (vendor's errors page, read 2026-11-25). */
const ENDINGS: Readonly<Record<string, Ending>> = {
  "Request Moderated": {
    code: "content_refused",
    happened: "Black Forest Labs' moderation refused the prompt or a picture that came with it",
    advice: "Describe it in other words; the same ones will be refused again",
  },
  "Content Moderated": {
    code: "content_refused",
    happened: "Black Forest Labs' moderation refused the picture that was drawn",
    advice: "Ask again, or describe the picture in other words",
  },
  "Task not found": {
    code: "job_not_found",
    happened: "Black Forest Labs no longer knows the task",
    advice: "It keeps a task for a short time only: ask for the picture again",
  },
  Error: FAILED,
  Failed: FAILED,
};

interface Facts extends Call {
  readonly status: number;
  /** The seconds the vendor asks to wait, where it does. */
  readonly wait?: number;
}

interface Failure {
  readonly statuses: readonly number[];
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

const BROKEN: Failure = {
  statuses: [],
  code: "provider_error",
  happened: ({ status }) => `Black Forest Labs failed inside with HTTP ${status}`,
  advice: () => "It may have drawn and charged the picture all the same; ask again if you like",
};

const UNNAMED: Failure = {
  statuses: [],
  code: "provider_error",
  happened: ({ status }) => `Black Forest Labs answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check BFL_ENDPOINT, now ${endpoint}, or ask again later`,
};

/** By HTTP status (vendor's errors page, read 2026-11-25). */
const FAILURES: readonly Failure[] = [
  {
    statuses: [401, 403],
    code: "authentication_failed",
    happened: () => "Black Forest Labs does not accept the key in BFL_API_KEY for this",
    advice: () => "Compare it with the keys at https://dashboard.bfl.ai",
  },
  {
    statuses: [402],
    code: "quota_exceeded",
    happened: () =>
      "The Black Forest Labs account of BFL_API_KEY has no credits left in its balance",
    advice: () => "Add credits at https://dashboard.bfl.ai, then ask again",
  },
  {
    statuses: [404, 405],
    code: "model_unavailable",
    happened: ({ model, endpoint }) => `Black Forest Labs has no model '${model}' at ${endpoint}`,
    advice: () =>
      `Set BFL_MODEL (BFL_FILL_MODEL for masks) or the argument 'model' to a live one, such as ` +
      oneOf(LIVE_MODELS),
  },
  {
    statuses: [400, 413, 422],
    code: "invalid_parameters",
    happened: ({ model }) => `FLUX's model '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
  {
    statuses: [429],
    code: "rate_limited",
    happened: () => "Black Forest Labs asks for fewer requests at once",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, or ` +
      "lower BFL_CONCURRENCY",
  },
  {
    statuses: [503],
    code: "provider_busy",
    happened: () => "Black Forest Labs is overloaded and drew nothing",
    advice: () => "Ask again in a minute",
  },
];

/** `{detail}` as the API writes it, or `{error, message}` as its documents do. */
function wordsOf({ json }: VendorAnswer): { text: string; code?: string; wait?: number } {
  const { detail, error, message, retry_after: wait } = WORDS.safeParse(json).data ?? {};
  const details = Array.isArray(detail)
    ? detail.slice(0, MOST_DETAILS).map(({ loc, msg }) => `${loc.at(-1) ?? "request"}: ${msg}`)
    : [detail ?? message ?? error ?? ""];
  return { text: details.join("; "), code: error, wait };
}

const MOST_DETAILS = 5;

const WORDS = z.object({
  detail: z.union([
    z.string(),
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() })),
  ]).optional().catch(undefined),
  error: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  retry_after: z.number().nonnegative().optional().catch(undefined),
});
