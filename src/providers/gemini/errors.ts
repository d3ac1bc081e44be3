/** The Gemini API's errors in words a person can act on. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import { type VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { DEFAULT_MODEL, retirement } from "./models.ts";

/** What was asked, for errors to name. */
export interface Call {
  readonly model: string;
  /** Whether the model is GEMINI_MODEL's, rather than the request's own. */
  readonly isConfigured: boolean;
}

/** The error that an answer tells in the API's own envelope, if it does. */
export function toldFailure(answer: VendorAnswer, call: Call): ImageError | undefined {
  const told = ENVELOPE.safeParse(answer.json).data?.error;
  if (!told) return undefined;
  const facts = factsOf(answer, told, call);
  const row = FAILURES.find(({ when }) => when(facts)) ?? UNNAMED;
  const quoted = told.message ? `: ${quote(told.message)}` : "";
  return new ImageError(row.code, `${row.happened(facts)}${quoted}. ${row.advice(facts)}`, {
    provider: "gemini",
    http_status: answer.status,
    vendor_code: vendorWord(told.status) || undefined,
    model: call.model,
    retry_after_seconds: facts.wait,
  });
}

/** An error status whose body is not the API's: a proxy, a gateway or a wrong address answered. */
export function untoldFailure({ status, headers }: VendorAnswer): ImageError {
  const row = PLAIN_STATUSES[status] ?? {
    code: "provider_error",
    sentence: status >= 500
      ? `Gemini failed with HTTP ${status}. It may have drawn and charged, so it was not asked ` +
        "again; ask again if you like"
      : `No Gemini API answered, but HTTP ${status}. Check GEMINI_ENDPOINT: ` +
        "https://generativelanguage.googleapis.com, or a gateway's address up to /v1beta",
  };
  return new ImageError(row.code, row.sentence, {
    provider: "gemini",
    http_status: status,
    retry_after_seconds: retryAfterSeconds(headers),
  });
}

const PLAIN_STATUSES: Readonly<Record<number, { code: ErrorCode; sentence: string }>> = {
  401: {
    code: "authentication_failed",
    sentence: "The gateway at GEMINI_ENDPOINT does not accept the key in GEMINI_API_KEY",
  },
  413: {
    code: "invalid_parameters",
    sentence: "The request is too large for Gemini: pass fewer or smaller pictures",
  },
  429: { code: "rate_limited", sentence: "Gemini asks for slower requests. Ask again in a minute" },
  503: {
    code: "provider_busy",
    sentence: "Gemini is overloaded and drew nothing. Ask again in a minute",
  },
};

interface Facts extends Call {
  readonly httpStatus: number;
  /** The API's name for the kind of error, such as "RESOURCE_EXHAUSTED". */
  readonly status: string;
  readonly words: string;
  /** Machine-readable reasons and ids of quotas in the error's details, in one text. */
  readonly reasons: string;
  /** The seconds the vendor asks to wait, where it does. */
  readonly wait?: number;
}

function factsOf(answer: VendorAnswer, told: ToldError, call: Call): Facts {
  const details = told.details.slice(0, MOST_DETAILS).flatMap((detail) =>
    DETAIL.safeParse(detail).data ?? []
  );
  const delay = details.find(({ retryDelay }) => retryDelay)?.retryDelay;
  return {
    ...call,
    httpStatus: answer.status,
    status: told.status || NAMES[answer.status] || "",
    words: told.message.slice(0, LONGEST_READ),
    reasons: details.flatMap(({ reason, violations }) => [
      reason ?? "",
      ...(violations ?? []).slice(0, MOST_DETAILS).map(({ quotaId }) => quotaId ?? ""),
    ]).map((word) => vendorWord(word)).join(" "),
    wait: delay ? Number.parseFloat(delay) : retryAfterSeconds(answer.headers),
  };
}

/** Where the envelope names no kind (the vendor's mapping, in an SDK of 2026-11-13). */
const NAMES: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

interface Failure {
  readonly when: (facts: Facts) => boolean;
  readonly code: ErrorCode;
  readonly happened: (facts: Facts) => string;
  readonly advice: (facts: Facts) => string;
}

/** The first row that fits counts. */
const FAILURES: readonly Failure[] = [
  {
    // A bad key is a 400 here, told from other mistakes by its reason only.
    when: ({ status, reasons }) =>
      status === "UNAUTHENTICATED" || /API_KEY_INVALID|API_KEY_EXPIRED/.test(reasons),
    code: "authentication_failed",
    happened: () => "Gemini does not accept the key in GEMINI_API_KEY",
    advice: () => "Compare it with https://aistudio.google.com/apikey",
  },
  {
    when: ({ words }) => /location is not supported|not available in your country/i.test(words),
    code: "authentication_failed",
    happened: () => "Gemini does not serve the place that this server calls from",
    advice: () =>
      "Use a key of a project with billing, reach it through a proxy (HTTPS_PROXY) elsewhere, or " +
      "ask another provider",
  },
  {
    when: ({ httpStatus, status, reasons, words }) =>
      httpStatus === 402 ||
      (status === "RESOURCE_EXHAUSTED" && (/PerDay|PerMonth/i.test(reasons) ||
        /\blimit: 0\b|credits? (is|are) depleted|spend(ing)? cap|per day/i.test(words))),
    code: "quota_exceeded",
    happened: () => "The project of GEMINI_API_KEY has no quota or money left for this model",
    advice: () => "Switch on billing, top it up or wait for the next day: https://ai.studio/usage",
  },
  {
    when: ({ status }) => status === "RESOURCE_EXHAUSTED",
    code: "rate_limited",
    happened: () => "Gemini asks for slower requests",
    advice: ({ wait }) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, ` +
      "or lower GEMINI_CONCURRENCY",
  },
  {
    when: ({ status, words }) =>
      status === "NOT_FOUND" || /\bmodel\b.*\b(not (found|supported)|no longer)/i.test(words),
    code: "model_unavailable",
    happened: ({ model }) => {
      const why = retirement(model);
      return `Gemini cannot draw with the model '${model}'${why ? `, ${why}` : ""}`;
    },
    advice: ({ isConfigured }) =>
      isConfigured
        ? `Set GEMINI_MODEL to one that draws, such as '${DEFAULT_MODEL}'`
        : "Name another model in the 'model' argument, or leave it out to draw with GEMINI_MODEL",
  },
  {
    when: ({ status }) => status === "PERMISSION_DENIED",
    code: "authentication_failed",
    happened: () => "Gemini does not let the key in GEMINI_API_KEY draw",
    advice: () =>
      "Check at https://aistudio.google.com/apikey that it is not blocked or restricted, and that " +
      "the Gemini API is switched on in its project",
  },
  {
    when: ({ status }) => status === "UNAVAILABLE",
    code: "provider_busy",
    happened: () => "Gemini is overloaded and drew nothing",
    advice: () => "Ask again in a minute",
  },
  {
    when: ({ httpStatus }) => httpStatus >= 400 && httpStatus < 499,
    code: "invalid_parameters",
    happened: ({ model }) => `Gemini's model '${model}' does not accept the request as it is`,
    advice: () => "Change what its words name and ask again",
  },
];

const UNNAMED: Failure = {
  when: () => true,
  code: "provider_error",
  happened: ({ httpStatus }) => `Gemini failed inside with HTTP ${httpStatus}`,
  advice: () => "It may have drawn and charged, so it was not asked again; ask again if you like",
};

/** Of an error, and of each in turn. */
const MOST_DETAILS = 20;
/** Characters of a message that are looked through for its meaning. */
const LONGEST_READ = 10_000;

const ENVELOPE = z.object({
  error: z.object({
    message: z.string().catch(""),
    status: z.string().catch(""),
    details: z.array(z.unknown()).catch([]),
  }),
});
type ToldError = z.infer<typeof ENVELOPE>["error"];

const DETAIL = z.object({
  reason: z.string().optional().catch(undefined),
  retryDelay: z.string().regex(/^\d+(\.\d+)?s$/).optional().catch(undefined),
  violations: z.array(z.object({ quotaId: z.string().optional().catch(undefined) })).optional()
    .catch(undefined),
});
