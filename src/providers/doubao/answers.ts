/** Ark's answers: pictures, or an error in words a person can act on. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import { type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";

/** A picture in an answer: by address, or the bytes themselves in base64. */
export interface AnsweredPicture {
  readonly url?: string | null;
  readonly b64_json?: string | null;
}

export interface ReadAnswer {
  readonly pictures: readonly AnsweredPicture[];
  /** The vendor's codes for pictures that failed beside others that came. */
  readonly failures: readonly string[];
  /** The model that drew, where the answer tells. */
  readonly model?: string;
  readonly usage?: Readonly<Record<string, unknown>>;
}

/** What was asked, for errors to name. */
export interface Call {
  readonly model: string;
  /** What to do when the model cannot be used, as a clause. */
  readonly modelAdvice: string;
}

/** Reads an answer that `failureOf` found nothing wrong with. */
export function readAnswer(json: unknown): ReadAnswer {
  const { data, model, usage } = ANSWER.parse(json);
  return {
    pictures: data.filter(hasPicture),
    failures: data.slice(0, MOST_FAILURES).flatMap(({ error }) =>
      error ? [vendorWord(error.code || error.message)] : []
    ),
    model: model || undefined,
    usage,
  };
}

/** The error in an answer, or undefined where it holds a picture. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const parsed = ANSWER.safeParse(answer.json).data;
  const isGood = answer.status >= 200 && answer.status < 300;
  if (isGood && parsed?.data.some(hasPicture)) return undefined;
  const told = parsed?.error ?? parsed?.data.find(({ error }) => error)?.error;
  if (told) return toldFailure(told, answer, call);
  return isGood ? pictureless(answer, parsed !== undefined) : untoldFailure(answer, call);
}

function hasPicture({ url, b64_json }: AnsweredPicture): boolean {
  return Boolean(url || b64_json);
}

function toldFailure(told: ToldError, answer: VendorAnswer, call: Call): ImageError {
  const row = rowOf(told, answer.status);
  const words = (told.message || told.code).slice(0, LONGEST_READ);
  const requestId = words.match(/request id:\s*([\w-]+)/i)?.[1];
  return imageError(row, answer, call, words ? `: ${quote(words)}` : "", {
    vendor_code: vendorWord(told.code) || undefined,
    request_id: requestId,
    parameter: vendorWord(told.param ?? undefined) || undefined,
  });
}

/** An error status whose body is not Ark's: a proxy, a gateway or a wrong address answered. */
function untoldFailure(answer: VendorAnswer, call: Call): ImageError {
  const row = FAILURES.find(({ statuses }) => statuses?.includes(answer.status));
  if (row) return imageError(row, answer, call, "");
  return imageError(answer.status >= 500 ? BROKEN : WRONG_ADDRESS, answer, call, "");
}

function pictureless(answer: VendorAnswer, isArk: boolean): ImageError {
  return isArk
    ? new ImageError(
      "missing_content",
      "Doubao answered without a picture and without an error. Ask again, or with other words",
      { provider: "doubao", http_status: answer.status },
    )
    : new ImageError(
      "provider_error",
      `Doubao's answer is not one of its image API: ${quote(answer.text.slice(0, 120))}. ` +
        "Check that DOUBAO_ENDPOINT is the address of Ark or of a gateway to it",
      { provider: "doubao", http_status: answer.status },
    );
}

function rowOf({ code, param }: ToldError, status: number): Failure {
  if (param === "model") return UNUSABLE_MODEL;
  return FAILURES.find(({ codes }) => codes.test(code)) ??
    FAILURES.find(({ statuses }) => statuses?.includes(status)) ??
    (status >= 500 ? BROKEN : UNNAMED);
}

function imageError(
  row: Failure,
  answer: VendorAnswer,
  call: Call,
  quoted: string,
  told: Readonly<Record<string, unknown>> = {},
): ImageError {
  const wait = retryAfterSeconds(answer.headers);
  const facts = { ...call, status: answer.status, wait };
  return new ImageError(row.code, `${row.happened(facts)}${quoted}. ${row.advice(facts)}`, {
    provider: "doubao",
    http_status: answer.status,
    model: call.model,
    ...row.details,
    ...told,
    ...(wait === undefined ? {} : { retry_after_seconds: wait }),
  });
}

interface Facts extends Call {
  readonly status: number;
  /** The seconds the vendor asks to wait, where it does. */
  readonly wait?: number;
}

interface Failure {
  /** The vendor's codes. */
  readonly codes: RegExp;
  /** The statuses that mean the same where the code is unknown or absent. */
  readonly statuses?: readonly number[];
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
  readonly details?: Readonly<Record<string, unknown>>;
}

const UNUSABLE_MODEL: Failure = {
  codes: /^(ModelNotOpen|UnsupportedModel|InvalidEndpoint|InvalidModel|ModelNotFound)/i,
  code: "model_unavailable",
  happened: ({ model }) =>
    `Doubao cannot draw with the model '${model}': it is retired, unknown or not opened for this key`,
  advice: ({ modelAdvice }) => modelAdvice,
};

const BROKEN: Failure = {
  codes: /^Internal/i,
  code: "provider_error",
  happened: ({ status }) => `Doubao failed inside with HTTP ${status}`,
  advice: () => "It may have drawn and charged, so it was not asked again; ask again if you like",
};

const WRONG_ADDRESS: Failure = {
  codes: /^$/,
  code: "provider_error",
  happened: ({ status }) => `No image API of Doubao answered, but HTTP ${status}`,
  advice: () =>
    "Check DOUBAO_ENDPOINT: https://ark.cn-beijing.volces.com, or a gateway's address up to /api/v3",
};

const UNNAMED: Failure = {
  codes: /^$/,
  code: "provider_error",
  happened: ({ status }) => `Doubao answered with an error of its own, HTTP ${status}`,
  advice: () => "Act on its words, or ask again later",
};

/** The first row whose codes match counts; then the first whose statuses do. */
const FAILURES: readonly Failure[] = [
  {
    codes: /^(Authentication|Unauthorized|InvalidApiKey|MissingApiKey)/i,
    statuses: [401],
    code: "authentication_failed",
    happened: () => "Doubao does not accept the key in DOUBAO_API_KEY",
    advice: () =>
      "Compare it with https://console.volcengine.com/ark; the key of a subscription plan also " +
      "needs a DOUBAO_ENDPOINT that ends in /api/plan/v3",
  },
  {
    codes: /^Output.*(SensitiveContent|RiskDetection)/i,
    code: "content_refused",
    happened: () => "Doubao's moderation refused the picture that was drawn",
    advice: () => "Ask again, or describe the picture in other words",
    details: { stage: "output" },
  },
  {
    codes: /^InputImage.*(SensitiveContent|RiskDetection)/i,
    code: "content_refused",
    happened: () => "Doubao's moderation refused a picture that came in",
    advice: () => "Pass another picture; the same one will be refused again",
    details: { stage: "input" },
  },
  {
    codes: /SensitiveContent|RiskDetection/i,
    code: "content_refused",
    happened: () => "Doubao's moderation refused the prompt",
    advice: () => "Describe the picture in other words; the same ones will be refused again",
    details: { stage: "input" },
  },
  {
    codes: /Overdue|QuotaExceeded|SetLimitExceeded|InsufficientBalance/i,
    statuses: [402],
    code: "quota_exceeded",
    happened: () => "The Volcengine account of DOUBAO_API_KEY has no money or quota left",
    advice: () => "Top it up or raise its limit at https://console.volcengine.com, then ask again",
  },
  UNUSABLE_MODEL,
  {
    codes: /Overload|ServiceUnavailable|ModelLoading/i,
    statuses: [503],
    code: "provider_busy",
    happened: () => "Doubao is overloaded and drew nothing",
    advice: () => "Ask again in a minute",
  },
  {
    codes: /RateLimit|TooManyRequests|RequestBurst|InflightBatchsize/i,
    statuses: [429],
    code: "rate_limited",
    happened: () => "Doubao asks for slower requests",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, ` +
      "or lower DOUBAO_CONCURRENCY",
  },
  {
    codes: /^(InvalidParameter|MissingParameter|InvalidArgument|BadRequest)/i,
    statuses: [400, 413, 422],
    code: "invalid_parameters",
    happened: ({ model }) => `Doubao's model '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
  {
    codes: /^(AccessDenied|OperationDenied|PermissionDenied)/i,
    statuses: [403],
    code: "authentication_failed",
    happened: () => "Doubao knows the key in DOUBAO_API_KEY and does not let it draw",
    advice: () => "Give it the right to the model at https://console.volcengine.com/ark",
  },
  BROKEN,
];

/** Failed pictures of one answer that are worth a sentence. */
const MOST_FAILURES = 10;
/** Characters of a message that are looked through for an id. */
const LONGEST_READ = 10_000;

const TOLD_ERROR = z.object({
  code: z.coerce.string().catch(""),
  message: z.string().catch(""),
  param: z.string().nullish().catch(undefined),
});
type ToldError = z.infer<typeof TOLD_ERROR>;

const ANSWER = z.object({
  model: z.string().nullish().catch(undefined),
  data: z.array(z.object({
    url: z.string().nullish(),
    b64_json: z.string().nullish(),
    error: TOLD_ERROR.nullish(),
  })).nullish().transform((items) => items ?? []),
  error: TOLD_ERROR.nullish(),
  usage: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
