/** A vendor's error, in whichever shape its server writes it, as the error a person can act on. */

import * as z from "../../dependencies/zod.ts";
import type { ErrorCode } from "../../errors.ts";
import { ImageError } from "../../errors.ts";
import { hideSecrets } from "../../secrets.ts";
import { boundedError, quote, vendorWord } from "../bounds.ts";
import { retryAfterSeconds } from "../retries.ts";
import { drewNothing } from "../statuses.ts";
import type { Body } from "./body.ts";
import type { Server } from "./client.ts";
import { DEFAULT_MODEL, shutdownDate } from "./models.ts";

/** What went wrong, as received. */
export interface Failure {
  /** Absent when the answer began well and failed on the way. */
  readonly status?: number;
  readonly headers?: Headers;
  /** OpenAI's object, a plain text, `{detail}` or a whole page, as servers differ. */
  readonly body: unknown;
}

/** What was wanted of whom, for errors to name. */
export interface Asked {
  readonly operation: Body["operation"];
  readonly model: string;
}

/** `failure` of `server` in our words; nothing of the key is left in it. */
export function vendorError(failure: Failure, server: Server, asked: Asked): ImageError {
  const seen = read(failure, server, asked);
  const { code, say, passing } = RULES.find(({ when }) => when(seen)) ?? OTHERWISE;
  const error = new ImageError(code, say(seen), {
    ...passing ? { passing } : {},
    http_status: seen.status,
    vendor_code: seen.code || undefined,
    vendor_parameter: seen.parameter,
    request_id: vendorWord(failure.headers?.get("x-request-id") ?? undefined),
    retry_after_seconds: seen.retryAfter,
  });
  return boundedError(error, server.key ? [server.key] : []);
}

/** Whether a server refused to stream, before it drew anything. */
export function refusesToStream(error: unknown): boolean {
  if (!(error instanceof ImageError)) return false;
  const { http_status: status, vendor_parameter: parameter } = error.details;
  if (status !== 400 && status !== 422) return false;
  const isAboutFields = error.code === "invalid_parameters" || error.code === "provider_error";
  return parameter === "stream" || parameter === "partial_images" ||
    (isAboutFields && /\bstream(ing)?\b|\bpartial_images\b/i.test(error.message));
}

/** An answer that should be JSON and is `text`. */
export function unreadable(text: string, server: Server): ImageError {
  return new ImageError(
    "provider_error",
    `${server.title} answered with something that is not JSON: ${quoted(text, server)}`,
  );
}

/** The vendor's words in quotation marks, short and without anything like a key. */
export function quoted(words: string, server: Server): string {
  if (/^\s*</.test(words)) {
    return `a web page, so ${server.variables.address} may not be an API's address`;
  }
  const hidden = hideSecrets(words.slice(0, LONGEST_READ), server.key ? [server.key] : []);
  return quote(hidden.replace(/\bsk-[\w*.-]+/g, "[hidden]"));
}

/** A failure taken apart for the rules. */
interface Seen {
  readonly status?: number;
  /** "" where the server has no codes. */
  readonly code: string;
  readonly parameter?: string;
  readonly words: string;
  readonly quotation: string;
  readonly stage?: string;
  /** In seconds. */
  readonly retryAfter?: number;
  readonly model: string;
  readonly isEdit: boolean;
  readonly server: Server;
}

interface Rule {
  readonly code: ErrorCode;
  readonly when: (seen: Seen) => boolean;
  readonly say: (seen: Seen) => string;
  /** Whether another provider may be asked instead, because this one did nothing. */
  readonly passing?: boolean;
}

function read(
  { status, headers, body }: Failure,
  server: Server,
  { operation, model }: Asked,
): Seen {
  const fields = OpenAIError.safeParse(body).data;
  const words = wordsOf(body).slice(0, LONGEST_READ);
  return {
    status,
    code: vendorWord(fields?.code ?? fields?.type ?? ""),
    parameter: vendorWord(fields?.param ?? undefined),
    words,
    quotation: quoted(words, server),
    stage: fields?.moderation_details?.moderation_stage,
    retryAfter: headers && retryAfterSeconds(headers),
    model,
    isEdit: operation === "edit",
    server,
  };
}

/** The sentence in any of the shapes: a text, `{message}`, `{detail: text}`, `{detail: [{loc, msg}]}`. */
function wordsOf(body: unknown): string {
  if (typeof body === "string") return body || "no explanation";
  const { message, detail } = Explanation.safeParse(body).data ?? {};
  if (message !== undefined) return message;
  if (typeof detail === "string") return detail;
  if (detail === undefined) return JSON.stringify(body) ?? "no explanation";
  return detail.slice(0, MOST_DETAILS)
    .map(({ loc, msg }) => `${loc.at(-1) ?? "request"}: ${msg.slice(0, LONGEST_READ)}`).join("; ");
}

/** Characters of a vendor's words that are looked at. */
const LONGEST_READ = 10_000;
/** Faults of one request that are worth a sentence. */
const MOST_DETAILS = 10;

const OpenAIError = z.object({
  code: z.coerce.string().nullish().catch(undefined),
  type: z.string().nullish().catch(undefined),
  param: z.string().nullish().catch(undefined),
  moderation_details: z.object({ moderation_stage: z.string() }).optional().catch(undefined),
});

const Explanation = z.object({
  message: z.string().optional().catch(undefined),
  detail: z.union([
    z.string(),
    z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])), msg: z.string() })),
  ]).optional().catch(undefined),
});

/** What GPT Image says of files that it cannot open, with no code of its own for it. */
const INVALID_IMAGE = /invalid (mask )?image (file|format)|invalid input image/i;

const has = (...codes: string[]) => ({ code }: Seen) => codes.includes(code);

/** The first rule that fits decides. */
const RULES: readonly Rule[] = [
  {
    code: "content_refused",
    when: has("moderation_blocked", "content_policy_violation"),
    say: ({ server, stage, isEdit, quotation }) =>
      `${server.title}'s moderation refused ${refused(stage, isEdit)}: ${quotation}. Change the ` +
      `prompt${isEdit ? " or the pictures" : ""} and ask again`,
  },
  {
    code: "quota_exceeded",
    when: (seen) =>
      has("insufficient_quota", "billing_hard_limit_reached")(seen) || seen.status === 402,
    say: ({ server, quotation }) =>
      `The account at ${server.title} has no quota or money left: ${quotation}. ` +
      (server.isOpenAI
        ? "See https://platform.openai.com/settings/organization/billing"
        : `See the account at the server of ${server.variables.address}`),
  },
  {
    code: "organization_unverified",
    when: ({ status, words }) => status === 403 && /must be verified/i.test(words),
    say: ({ server, model }) =>
      `${server.title} draws with '${model}' only for a verified organisation: verify it at ` +
      "https://platform.openai.com/settings/organization/general, and ask again 15 minutes later",
  },
  {
    code: "authentication_failed",
    when: ({ status, code }) => status === 401 || code === "invalid_api_key",
    // Not quoted: the vendor's sentence repeats a part of the key.
    say: ({ server }) =>
      server.key === undefined
        ? `${server.title} wants a key: set ${server.variables.key}`
        : `${server.title} does not accept the key: check ${server.variables.key}` +
          (server.organization || server.project ? ", OPENAI_ORG_ID and OPENAI_PROJECT_ID" : ""),
  },
  {
    code: "authentication_failed",
    when: ({ status }) => status === 403,
    say: ({ server, quotation }) =>
      `${server.title} does not let the key of ${server.variables.key} do this: ${quotation}`,
  },
  {
    code: "model_unavailable",
    when: ({ status = 0, model, words }) =>
      model === "" && [400, 404, 422].includes(status) && /\bmodel\b/i.test(words),
    say: ({ server, quotation }) =>
      `${server.title} wants to be told a model: ${quotation}. Set ${server.variables.model}, or ` +
      "the argument 'model', to one that it has",
  },
  {
    code: "model_unavailable",
    when: ({ status, code, words }) =>
      code === "model_not_found" || (status === 404 && /\bmodel\b/i.test(words)),
    say: ({ server, model, quotation }) => {
      const date = server.isOpenAI ? shutdownDate(model) : undefined;
      const reason = date ? `, which OpenAI ended on ${date}` : `: ${quotation}`;
      const advice = server.isOpenAI ? `, for example to '${DEFAULT_MODEL}'` : "";
      return `${server.title} does not draw with the model '${model}'${reason}. ` +
        `Set ${server.variables.model}, or the argument 'model', to one that this account can use${advice}`;
    },
  },
  {
    code: "provider_error",
    when: ({ status, isEdit, server }) =>
      isEdit && !server.isOpenAI && (status === 404 || status === 405 || status === 501),
    say: ({ server }) =>
      `${server.title} has no /images/edits, so it draws from words alone: leave out the pictures, ` +
      `name another provider, or set ${server.variables.address} to a server that edits`,
    passing: true,
  },
  {
    code: "provider_error",
    when: ({ status }) => status === 404 || status === 405,
    say: ({ server, quotation }) =>
      `${server.title} has no images API under ${server.address}: ${quotation}. ` +
      `Check the address in ${server.variables.address}, which usually ends in /v1`,
  },
  {
    code: "rate_limited",
    when: ({ status }) => status === 429,
    say: ({ server, retryAfter, quotation }) =>
      `${server.title} asks for slower requests: ${quotation}. Ask again ` +
      (retryAfter === undefined ? "a little later" : `in ${Math.ceil(retryAfter)} seconds`),
  },
  {
    code: "provider_busy",
    when: ({ status = 0 }) => drewNothing(status),
    say: ({ server, status, quotation }) =>
      `${server.title} is overloaded or cannot be reached (HTTP ${status}) and drew nothing: ` +
      `${quotation}. Ask again a little later`,
  },
  {
    code: "provider_error",
    when: ({ status = 0 }) => status >= 500,
    say: ({ server, status, quotation }) =>
      `${server.title} failed with HTTP ${status}: ${quotation}. It may have drawn and charged the ` +
      "picture all the same, so it was not asked a second time",
  },
  {
    code: "invalid_parameters",
    when: ({ status, code, isEdit, words }) =>
      isEdit && (status === 413 || /^invalid_image/.test(code) || INVALID_IMAGE.test(words)),
    say: ({ server, status, quotation }) =>
      `${server.title} cannot take ${
        status === 413 ? "so much in one request" : "a picture that came with the prompt"
      }: ${quotation}. Pass fewer or smaller pictures, as PNG, JPEG or WebP`,
  },
  {
    code: "invalid_parameters",
    when: ({ status, parameter }) => status === 422 || (status === 400 && parameter !== undefined),
    say: ({ server, model, parameter, quotation }) =>
      `${server.title} does not accept ${parameter ? `'${parameter}'` : "the request"} as given ` +
      `for '${model}': ${quotation}`,
  },
  {
    code: "generation_failed",
    when: ({ status }) => status === undefined,
    say: ({ server, quotation }) =>
      `${server.title} began to draw and then failed: ${quotation}. It may have been charged`,
  },
];

const OTHERWISE: Omit<Rule, "when"> = {
  code: "provider_error",
  say: ({ server, status, quotation }) =>
    `${server.title} answered with HTTP ${status} and an error: ${quotation}`,
};

/** By the stage of moderation that the vendor names. */
function refused(stage: string | undefined, isEdit: boolean): string {
  if (stage === "output") return "the picture it had drawn";
  if (isEdit) return "the prompt or a picture that came with it";
  return stage === "input" ? "the prompt" : "the prompt or the picture";
}
