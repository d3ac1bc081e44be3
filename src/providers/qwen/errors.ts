/** Model Studio's errors in words a person can act on. */

import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote } from "../bounds.ts";
import { type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { readError, readPictures, readTask, type ToldError } from "./answer.ts";
import { HOSTS } from "./hosts.ts";

/** What was asked, for errors to name. */
export interface Call {
  readonly model: string;
  /** Whether the model is QWEN_MODEL's, rather than the request's own. */
  readonly isConfigured: boolean;
  readonly endpoint: string;
}

/**
 * The error of an answer, which may come with HTTP 200. A task that failed is none of the call
 * that asks about it.
 */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, json, headers } = answer;
  const isGood = status >= 200 && status < 300;
  const told = readError(json);
  if (isGood && (!told || readTask(json) || readPictures(json).pictures.length > 0)) return;
  const wait = retryAfterSeconds(headers);
  const facts = { ...call, status, wait, told: told ?? { code: "", message: "" } };
  return imageError(rowOf(facts), facts, { http_status: status });
}

/** The error of a task that the vendor accepted and then failed. */
export function failedTask(told: ToldError, task: string, call: Call): ImageError {
  const facts = { ...call, status: 200, told };
  const row = FAILURES.find(({ codes }) => codes.test(told.code));
  // An accepted task is asked for again after what passes at a call, and this one never comes.
  const isFinal = row !== undefined && FINAL_FOR_TASKS.has(row.code);
  return imageError(isFinal ? row : BROKEN_TASK, facts, { task });
}

/** An answer that is none of Model Studio's. */
export function unreadable({ status, text }: VendorAnswer): ImageError {
  return new ImageError(
    "provider_error",
    `Model Studio's answer is not one of its API: ${quote(text.slice(0, 120))}. Check that ` +
      "DASHSCOPE_ENDPOINT is the address of Model Studio or of a gateway to it",
    { provider: "qwen", http_status: status },
  );
}

interface Facts extends Call {
  readonly status: number;
  readonly told: ToldError;
  /** The seconds the vendor asks to wait, where it does. */
  readonly wait?: number;
}

function rowOf({ told, status }: Facts): Failure {
  const isMissingModel = /\bmodel\b.*\b(not exist|not found|not supported)/i.test(told.message);
  if (isMissingModel && status < 500) return UNUSABLE_MODEL;
  return FAILURES.find(({ codes }) => codes.test(told.code)) ??
    FAILURES.find(({ statuses }) => statuses?.includes(status)) ??
    (status >= 500 ? BROKEN : told.code ? UNNAMED : WRONG_ADDRESS);
}

function imageError(
  row: Failure,
  facts: Facts,
  details: Readonly<Record<string, unknown>>,
): ImageError {
  const { code, message, requestId } = facts.told;
  const words = [code, message && quote(message)].filter(Boolean).join(" ");
  const told = words ? `: ${words}` : "";
  return new ImageError(row.code, `${row.happened(facts)}${told}. ${row.advice(facts)}`, {
    provider: "qwen",
    model: facts.model,
    vendor_code: code || undefined,
    request_id: requestId,
    retry_after_seconds: facts.wait,
    ...details,
  });
}

interface Failure {
  /** The vendor's codes. */
  readonly codes: RegExp;
  /** The statuses that mean the same where the code is unknown or absent. */
  readonly statuses?: readonly number[];
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

const CONSOLE = "https://modelstudio.console.alibabacloud.com";
const NOTHING = /^(?!)/;

const UNUSABLE_MODEL: Failure = {
  codes: /^(Model\.?(AccessDenied|NotFound|NotExist)|model_not_found|AccessDenied\.Unpurchased)/i,
  statuses: [404],
  code: "model_unavailable",
  happened: ({ model }) =>
    `Model Studio cannot draw with the model '${model}': it is retired, unknown or not offered to ` +
    "this key in its region",
  advice: ({ isConfigured }) =>
    isConfigured
      ? `Set QWEN_MODEL to one of the models listed at ${CONSOLE}`
      : "Name another model in the 'model' argument, or leave it out to draw with QWEN_MODEL",
};

const BROKEN: Failure = {
  codes: /^(InternalError|RequestTimeOut|SystemError)/i,
  statuses: [408],
  code: "provider_error",
  happened: ({ status }) => `Model Studio failed inside with HTTP ${status}`,
  advice: () => "It may have drawn and charged, so it was not asked again; ask again if you like",
};

const BROKEN_TASK: Failure = {
  codes: NOTHING,
  code: "generation_failed",
  happened: ({ model }) => `Model Studio accepted the task and could not draw it with '${model}'`,
  advice: () => "Ask for the picture again",
};

const WRONG_ADDRESS: Failure = {
  codes: NOTHING,
  code: "provider_error",
  happened: ({ status }) => `No API of Model Studio answered, but HTTP ${status}`,
  advice: () => `Check DASHSCOPE_ENDPOINT: ${HOSTS.china}, or another host's address up to /api/v1`,
};

const UNNAMED: Failure = {
  codes: NOTHING,
  code: "provider_error",
  happened: ({ status }) => `Model Studio answered with an error of its own, HTTP ${status}`,
  advice: () => "Act on its words, or ask again later",
};

/** Codes of Model Studio's list of errors; the first row whose codes match counts, then statuses. */
const FAILURES: readonly Failure[] = [
  {
    codes: /^InvalidParameter\.DataInspection/i,
    code: "invalid_parameters",
    happened: () => "Model Studio cannot read a picture that came in",
    advice: () => "Pass it as PNG or JPEG",
  },
  {
    codes: /DataInspection|IPInfringement|GreenNet|inappropriate_content/i,
    code: "content_refused",
    happened: ({ told }) =>
      `Model Studio's moderation refused ${
        /output/i.test(told.message) && !/input/i.test(told.message)
          ? "the picture that was drawn"
          : "the prompt or a picture"
      }`,
    advice: () => "Describe the picture in other words; the same ones will be refused again",
  },
  {
    codes: /^(Arrearage|(Prepaid|Postpaid)BillOverdue|CommodityNotPurchased|AllocationQuota)/i,
    statuses: [402],
    code: "quota_exceeded",
    happened: () => "The account of DASHSCOPE_API_KEY has no money or free quota left",
    advice: () => `Top it up, or let the model be paid for beyond its free quota, at ${CONSOLE}`,
  },
  UNUSABLE_MODEL,
  {
    codes: /^(InvalidApiKey|InvalidAccessToken|Unauthorized|invalid_api_key)/i,
    statuses: [401],
    code: "authentication_failed",
    happened: ({ endpoint }) =>
      `Model Studio does not accept the key in DASHSCOPE_API_KEY at ${endpoint}`,
    advice: () =>
      "A key is of one region: set DASHSCOPE_REGION to 'china', 'international', 'us' or " +
      "'hongkong', or DASHSCOPE_ENDPOINT to the address that the console shows beside the key",
  },
  {
    codes: /^(Throttling|LimitRequests|limit_requests)/i,
    statuses: [429],
    code: "rate_limited",
    happened: () => "Model Studio asks for slower requests",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, ` +
      "or lower QWEN_CONCURRENCY",
  },
  {
    codes: /^(ServiceUnavailable|ModelUnavailable|ModelServing)/i,
    statuses: [503],
    code: "provider_busy",
    happened: () => "Model Studio is overloaded and drew nothing",
    advice: () => "Ask again in a minute",
  },
  {
    codes: /^(InvalidParameter|InvalidURL|BadRequest|UnsupportedOperation|InvalidImage|DataType)/i,
    statuses: [400, 413, 422],
    code: "invalid_parameters",
    happened: ({ model }) => `Model Studio's '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
  {
    codes: /AccessDenied/i,
    statuses: [403],
    code: "authentication_failed",
    happened: () => "Model Studio knows the key in DASHSCOPE_API_KEY and does not let it do this",
    advice: () => `Give its workspace the right to the model at ${CONSOLE}`,
  },
  BROKEN,
];

/** What a failed task may be told as; anything else would be taken for something that passes. */
const FINAL_FOR_TASKS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "content_refused",
  "invalid_parameters",
  "quota_exceeded",
]);
