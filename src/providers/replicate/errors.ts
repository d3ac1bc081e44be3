/** What Replicate's errors mean for the person who asked, and what to do about each. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";

export interface Call {
  readonly model: string;
  readonly endpoint: string;
}

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { title = "", detail = "", error = "" } = WORDS.safeParse(answer.json).data ?? {};
  const words = [title, detail || error].filter(Boolean).join(": ");
  const row =
    FAILURES.find(({ statuses, says }) =>
      statuses.includes(status) && (says?.test(words) ?? true)
    ) ?? (status >= 500 ? BROKEN : UNNAMED);
  const wait = retryAfterSeconds(headers) ?? resetIn(words);
  const facts = { ...call, status, wait };
  const quoted = words && `: ${quote(words)}`;
  return new ImageError(row.code, `${row.happened(facts)}${quoted}. ${row.advice(facts)}`, {
    provider: "replicate",
    http_status: status,
    model: call.model,
    vendor_code: vendorWord(title || undefined),
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

/** An answer that is none of the API. */
export function unreadable({ text }: VendorAnswer, endpoint: string): ImageError {
  return new ImageError(
    "provider_error",
    `Replicate's answer is not one of its API: ${quote(text.slice(0, 300))}. It may have been ` +
      `charged; check that REPLICATE_ENDPOINT, now ${endpoint}, is the address of the API`,
    { provider: "replicate" },
  );
}

/** How a prediction ended that gives no picture; `words` are the model's own. */
export function failedPrediction(status: string, words: string, model: string): ImageError {
  const { code, happened, advice } = ENDINGS.find(({ says }) => says.test(`${status}: ${words}`))!;
  const because = words && `: ${quote(words)}`;
  return new ImageError(code, `${happened(model)}${because}. ${advice}`, {
    provider: "replicate",
    model,
    vendor_code: vendorWord(status),
  });
}

/** A prediction that Replicate does not know. */
export function lostPrediction(model: string): ImageError {
  return new ImageError(
    "job_not_found",
    "Replicate no longer knows the prediction, or it belongs to another account than that of " +
      "REPLICATE_API_TOKEN: ask for the picture again",
    { provider: "replicate", model },
  );
}

/** "Your rate limit resets in ~30s." */
function resetIn(words: string): number | undefined {
  const seconds = /resets in ~?(\d{1,4})\s?s/i.exec(words)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

interface Ending {
  readonly says: RegExp;
  readonly code: ErrorCode;
  readonly happened: (model: string) => string;
  readonly advice: string;
}

/**
 * By status and the words of the model, which follow no standard; the first that fits counts. E005
 * and the sentence with it come from Replicate's own moderation.
 */
const ENDINGS: readonly Ending[] = [
  {
    says: /^(?:canceled|aborted)/,
    code: "cancelled",
    happened: () => "The prediction was cancelled at Replicate",
    advice: "Ask for the picture again",
  },
  {
    says: /nsfw|\bE005\b|sensitive|moderat|safety|content polic|inappropriate|prohibited/i,
    code: "content_refused",
    happened: (model) => `The moderation of '${model}' refused the prompt or a picture`,
    advice: "Describe it in other words, or pass another picture",
  },
  {
    says: /\bE006\b|invalid (?:input|value|image)|validation error|must be|not supported/i,
    code: "invalid_parameters",
    happened: (model) => `'${model}' does not accept the request as it is`,
    advice: "Change what its words name and ask again",
  },
  {
    says: /(?:)/,
    code: "generation_failed",
    happened: (model) => `'${model}' took the request at Replicate and could not draw it`,
    advice: "Ask again, with other words or another model if it fails twice",
  },
];

interface Facts extends Call {
  readonly status: number;
  /** The seconds to wait, where Replicate tells. */
  readonly wait?: number;
}

interface Failure {
  readonly statuses: readonly number[];
  /** What its words must say. */
  readonly says?: RegExp;
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

const BROKEN: Failure = {
  statuses: [],
  code: "provider_error",
  happened: ({ status }) => `Replicate failed inside with HTTP ${status}`,
  advice: () => "It may have drawn and charged the picture all the same; ask again if you like",
};

const UNNAMED: Failure = {
  statuses: [],
  code: "provider_error",
  happened: ({ status }) => `Replicate answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check REPLICATE_ENDPOINT, now ${endpoint}, or ask again later`,
};

const GONE: Omit<Failure, "statuses"> = {
  code: "model_unavailable",
  happened: ({ model }) =>
    `Replicate has no model '${model}' for the account of REPLICATE_API_TOKEN`,
  advice: () =>
    "Look it up at https://replicate.com/explore and pass owner/name or owner/name:version as " +
    "'model', or set REPLICATE_MODEL, REPLICATE_EDIT_MODEL or REPLICATE_MASK_MODEL",
};

/** By HTTP status and title, as many public programs quote them (read 2026-11-26). */
const FAILURES: readonly Failure[] = [
  {
    statuses: [401, 403],
    code: "authentication_failed",
    happened: () => "Replicate does not accept the token in REPLICATE_API_TOKEN for this",
    advice: () => "Compare it with those at https://replicate.com/account/api-tokens",
  },
  {
    statuses: [402],
    code: "quota_exceeded",
    happened: () => "The Replicate account of REPLICATE_API_TOKEN has no credit in its balance",
    advice: () =>
      "Add credit at https://replicate.com/account/billing, wait some minutes and ask again",
  },
  { statuses: [404], ...GONE },
  { statuses: [422], says: /^Invalid version/, ...GONE },
  {
    statuses: [400, 413, 422],
    code: "invalid_parameters",
    happened: ({ model }) => `Replicate's model '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
  {
    statuses: [429],
    code: "rate_limited",
    happened: () => "Replicate asks for fewer requests, which an account with little credit gets",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, ` +
      "lower REPLICATE_CONCURRENCY, or add credit",
  },
];

const WORDS = z.object({
  title: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
  error: z.string().optional().catch(undefined),
});
