/** What Stability's errors mean for the person who asked, and what to do about each. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError, oneOf } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import { type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { SERVICES } from "./services.ts";

/** What was asked, for errors to name. */
export interface Call {
  readonly model: string;
  readonly endpoint: string;
}

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, headers, json } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { id, name, errors = [] } = ERROR.safeParse(json).data ?? {};
  const seen = { status, name, isAboutModel: errors.some((each) => /^model\b/.test(each)) };
  const row = FAILURES.find(({ when }) => when(seen)) ?? (status >= 500 ? BROKEN : UNNAMED);
  const words = errors.slice(0, MOST_ERRORS).join("; ");
  const wait = retryAfterSeconds(headers);
  const facts = { ...call, status, wait };
  const quoted = words && `: ${quote(words)}`;
  return new ImageError(row.code, `${row.happened(facts)}${quoted}. ${row.advice(facts)}`, {
    provider: "stability",
    http_status: status,
    model: call.model,
    vendor_code: vendorWord(name),
    request_id: vendorWord(id),
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

/** A picture that the vendor's filter blurred; it is charged. */
export function filtered({ model }: Call): ImageError {
  return new ImageError(
    "content_refused",
    "Stability drew the picture, and its moderation let only a blurred one out. Describe it in " +
      "other words; the blurred one may have been charged",
    { provider: "stability", model, vendor_code: "CONTENT_FILTERED", stage: "output" },
  );
}

/** A generation that the vendor does not know, or not of this key. */
export function lostGeneration({ model }: Call): ImageError {
  return new ImageError(
    "job_not_found",
    "Stability knows the generation no more: it keeps one for 24 hours, for the key that asked " +
      "for it. Check that STABILITY_API_KEY is still that one, or ask for the picture again",
    { provider: "stability", model },
  );
}

/** An answer that is none of the vendor's API. */
export function unreadable(answer: VendorAnswer, { endpoint }: Call): ImageError {
  return new ImageError(
    "provider_error",
    `Stability's answer is not one of its API: ${quote(answer.text.slice(0, 300))}. It may have ` +
      `been charged; check that STABILITY_ENDPOINT, now ${endpoint}, is the address of the API`,
    { provider: "stability" },
  );
}

interface Seen {
  readonly status: number;
  readonly name?: string;
  readonly isAboutModel: boolean;
}

interface Facts extends Call {
  readonly status: number;
  /** The seconds the vendor asks to wait, where it does. */
  readonly wait?: number;
}

interface Failure {
  readonly when: (seen: Seen) => boolean;
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

const status = (...statuses: readonly number[]) => (seen: Seen) => statuses.includes(seen.status);

const BROKEN: Failure = {
  when: () => true,
  code: "provider_error",
  happened: ({ status }) => `Stability failed inside with HTTP ${status}`,
  advice: () => "It may have drawn and charged the picture all the same; ask again if you like",
};

const UNNAMED: Failure = {
  when: () => true,
  code: "provider_error",
  happened: ({ status }) => `Stability answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check STABILITY_ENDPOINT, now ${endpoint}, or ask again later`,
};

/** The first row that fits decides (vendor's API reference, read 2026-11-25). */
const FAILURES: readonly Failure[] = [
  {
    when: ({ name }) => name === "content_moderation",
    code: "content_refused",
    happened: () => "Stability's moderation refused the prompt or a picture that came with it",
    advice: () => "Describe it in other words; the same ones will be refused again",
  },
  {
    when: status(401, 403),
    code: "authentication_failed",
    happened: () => "Stability does not accept the key in STABILITY_API_KEY",
    advice: () => "Compare it with the keys at https://platform.stability.ai/account/keys",
  },
  {
    when: status(402),
    code: "quota_exceeded",
    happened: () => "The Stability account of STABILITY_API_KEY has no credits left in its balance",
    advice: () => "Buy credits at https://platform.stability.ai/account/credits, then ask again",
  },
  {
    when: (seen) => seen.status === 404 || (seen.status === 400 && seen.isAboutModel),
    code: "model_unavailable",
    happened: ({ model, endpoint }) => `Stability has no model '${model}' at ${endpoint}`,
    advice: () =>
      "Set STABILITY_MODEL or the argument 'model' to a live one, such as " +
      oneOf(SERVICES.map(({ id }) => id)),
  },
  {
    when: status(413),
    code: "invalid_parameters",
    happened: () => "Stability takes requests of at most 10 MB, and this one is larger",
    advice: () => "Make the pictures that come in smaller",
  },
  {
    when: status(400, 422),
    code: "invalid_parameters",
    happened: ({ model }) => `Stability's '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
  {
    when: status(429),
    code: "rate_limited",
    happened: () => "Stability asks for slower requests",
    // 150 requests in 10 seconds; who exceeds them is shut out for 60.
    advice: ({ wait = 60 }) =>
      `Wait ${Math.ceil(wait)} seconds and ask again, or lower STABILITY_CONCURRENCY`,
  },
  {
    when: status(503),
    code: "provider_busy",
    happened: () => "Stability is overloaded and drew nothing",
    advice: () => "Ask again in a minute",
  },
];

const MOST_ERRORS = 5;

const ERROR = z.object({
  id: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  errors: z.array(z.string()).optional().catch(undefined),
});
