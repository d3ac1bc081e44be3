/** What fal's errors mean for the person who asked, and what to do about each. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { unknownModel } from "./models.ts";

export interface Call {
  readonly model: string;
  readonly endpoint: string;
}

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return undefined;
  const words = wordsOf(answer);
  if (status === 404) return unknownModel(call.model, words.text ? quote(words.text) : "HTTP 404");
  const wait = retryAfterSeconds(headers);
  const meaning = meaningOf(status, words);
  return explain(meaning, words, { ...call, status, wait }, {
    http_status: status,
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

/**
 * Why a request that has ended gave no picture: fal answers its result with the status of the
 * failure then. Asking again for the result changes nothing, so that nothing tells it is passing;
 * an answer that is none of the model's is a gateway's.
 */
export function failedRequest(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const words = wordsOf(answer);
  if (status === 404) return lostRequest(call.model);
  if (status === 401 || status === 403 || !words.text) return failureOf(answer, call);
  const meaning = MEANINGS.find(({ types }) => types.includes(words.type));
  const ending = meaning && ENDINGS.has(meaning.code) ? meaning : FAILED;
  return explain(ending, words, { ...call, status }, { vendor_status: status });
}

/** An answer that is none of the API. */
export function unreadable({ text }: VendorAnswer, endpoint: string): ImageError {
  return new ImageError(
    "provider_error",
    `fal's answer is not one of its API: ${quote(text.slice(0, 300))}. It may have been charged; ` +
      `check that FAL_ENDPOINT, now ${endpoint}, is the address of the queue`,
    { provider: "fal" },
  );
}

/** A request that fal does not know. */
export function lostRequest(model: string): ImageError {
  return new ImageError(
    "job_not_found",
    "fal no longer knows the request, or it was given to another FAL_ENDPOINT or with another " +
      "FAL_KEY: ask for the picture again",
    { provider: "fal", model },
  );
}

/** Pictures that the model's own check blacked out. */
export function refusedPictures(model: string): ImageError {
  return explain(REFUSED, { text: "", type: "has_nsfw_concepts" }, {
    model,
    endpoint: "",
    status: 200,
  });
}

function explain(
  { code, happened, advice }: Meaning,
  { text, type }: Words,
  facts: Facts,
  details: Readonly<Record<string, unknown>> = {},
): ImageError {
  const quoted = text && `: ${quote(text)}`;
  return new ImageError(code, `${happened(facts)}${quoted}. ${advice(facts)}`, {
    provider: "fal",
    model: facts.model,
    vendor_code: vendorWord(type || undefined),
    ...details,
  });
}

interface Facts extends Call {
  readonly status: number;
  /** The seconds to wait, where fal tells. */
  readonly wait?: number;
}

interface Meaning {
  readonly statuses: readonly number[];
  /** fal's own names of errors. */
  readonly types: readonly string[];
  /** What its words must say for a status to mean it. */
  readonly says?: RegExp;
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

function meaningOf(status: number, { type, text }: Words): Meaning {
  return MEANINGS.find(({ types }) => types.includes(type)) ??
    MEANINGS.find(({ statuses, says }) =>
      statuses.includes(status) && (says?.test(text) ?? true)
    ) ??
    (status >= 500 ? BROKEN : UNNAMED);
}

const REFUSED: Meaning = {
  statuses: [],
  types: ["content_policy_violation", "no_media_generated"],
  code: "content_refused",
  happened: ({ model }) => `The moderation of '${model}' refused the prompt or a picture`,
  advice: () => "Describe it in other words, or pass another picture",
};

const FAILED: Meaning = {
  statuses: [],
  types: [],
  code: "generation_failed",
  happened: ({ model }) => `'${model}' took the request at fal and could not draw it`,
  advice: () => "Ask again, with other words or another model if it fails twice",
};

const BROKEN: Meaning = {
  statuses: [],
  types: [],
  code: "provider_error",
  happened: ({ status }) => `fal failed inside with HTTP ${status}`,
  advice: () => "It may have drawn the picture all the same; ask again if you like",
};

const UNNAMED: Meaning = {
  statuses: [],
  types: [],
  code: "provider_error",
  happened: ({ status }) => `fal answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check FAL_ENDPOINT, now ${endpoint}, or ask again later`,
};

/** By fal's name of the error, or else by HTTP status (errors page and public reports, 2026-11-25). */
const MEANINGS: readonly Meaning[] = [
  REFUSED,
  {
    statuses: [403],
    types: [],
    says: /balance|locked|billing/i,
    code: "quota_exceeded",
    happened: () => "The fal account of FAL_KEY has no balance left",
    advice: () => "Top it up at https://fal.ai/dashboard/billing, then ask again",
  },
  {
    statuses: [401, 403],
    types: [],
    code: "authentication_failed",
    happened: () => "fal does not accept the key in FAL_KEY for this",
    advice: () => "Compare it with those at https://fal.ai/dashboard/keys",
  },
  {
    statuses: [429],
    types: ["concurrent_requests_limit"],
    code: "rate_limited",
    happened: () => "fal asks for fewer requests at once",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, or ` +
      "lower FAL_CONCURRENCY",
  },
  {
    statuses: [503],
    types: ["runner_scheduling_failure"],
    code: "provider_busy",
    happened: () => "fal has no machine free for the model and drew nothing",
    advice: () => "Ask again in a minute",
  },
  {
    statuses: [400, 413, 422],
    types: [
      "missing",
      "value_error",
      "one_of",
      "literal_error",
      "greater_than",
      "greater_than_equal",
      "less_than",
      "less_than_equal",
      "image_too_small",
      "image_too_large",
      "image_load_error",
      "file_download_error",
      "file_too_large",
      "unsupported_image_format",
      "face_detection_error",
      "feature_not_supported",
    ],
    code: "invalid_parameters",
    happened: ({ model }) => `fal's model '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
];

/** What a request may end with for good. */
const ENDINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "content_refused",
  "invalid_parameters",
]);

interface Words {
  readonly text: string;
  readonly type: string;
}

/** `{detail}` as a list of FastAPI's or as a text, perhaps with `error_type` beside. */
function wordsOf({ json }: VendorAnswer): Words {
  const { detail, error_type = "", error, message } = WORDS.safeParse(json).data ?? {};
  if (!Array.isArray(detail)) return { text: detail ?? message ?? error ?? "", type: error_type };
  const first = detail.slice(0, MOST_DETAILS);
  const text = first.map(({ loc = [], msg = "" }) => `${loc.at(-1) ?? "request"}: ${msg}`);
  return { text: text.join("; "), type: first[0]?.type ?? error_type };
}

const MOST_DETAILS = 5;
const word = z.string().optional().catch(undefined);

const WORDS = z.object({
  detail: z.union([
    z.string(),
    z.array(z.object({
      loc: z.array(z.union([z.string(), z.number()])).optional(),
      msg: word,
      type: word,
    })),
  ]).optional().catch(undefined),
  error_type: word,
  error: word,
  message: word,
});
