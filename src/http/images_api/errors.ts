/** Errors in the form that clients of OpenAI's image API read, as its reference has it in 2026-11. */

import { type ErrorCode, ImageError } from "../../errors.ts";

/** A mistake of the request itself, with the field it is about. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly param: string | null = null,
    readonly code: string | null = null,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** What is told of an error; undefined where it is a fault of this server. */
export function described(
  error: unknown,
): { status: number; body: ErrorBody; headers: Readonly<Record<string, string>> } | undefined {
  if (error instanceof ApiError) {
    const { status, message, param, code, headers } = error;
    return { status, body: { message, type: typeOf(status), param, code }, headers };
  }
  if (!(error instanceof ImageError)) return undefined;
  const status = STATUSES[error.code] ?? 500;
  const param = typeof error.details.argument === "string" ? error.details.argument : null;
  const code = CODES[error.code] ?? error.code;
  const headers = {
    // The official clients try every 409, 429 and 5xx again, which may be paid for again.
    "X-Should-Retry": String(HARMLESS.has(error.code)),
    ...HARMLESS.has(error.code) && { "Retry-After": "5" },
  };
  return { status, body: { message: error.message, type: typeOf(status), param, code }, headers };
}

export function errorResponse(
  status: number,
  body: ErrorBody,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(
    { error: body },
    { status, headers: { "Cache-Control": "no-store", ...headers } },
  );
}

/** A refusal of this server in that form, with its status and headers. */
export async function reformed(refused: Response): Promise<Response> {
  const { status, headers } = refused;
  if (refused.body === null) return refused;
  const { error: { message } } = await refused.json();
  const code = status === 401 ? "invalid_api_key" : status === 429 ? "rate_limit_exceeded" : null;
  const kept = new Headers(headers);
  kept.delete("content-length");
  const error: ErrorBody = { message, type: typeOf(status), param: null, code };
  return new Response(JSON.stringify({ error }), { status, headers: kept });
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

/** A wrong key of a vendor is none of the client's, so that it is no 401. */
const STATUSES: Readonly<Partial<Record<ErrorCode, number>>> = {
  invalid_style: 400,
  invalid_resolution: 400,
  invalid_parameters: 400,
  invalid_arguments: 400,
  content_refused: 400,
  not_allowed: 403,
  provider_unavailable: 404,
  model_unavailable: 404,
  image_not_found: 404,
  job_not_found: 404,
  file_not_found: 404,
  cancelled: 409,
  payload_too_large: 413,
  quota_exceeded: 429,
  rate_limited: 429,
  generation_failed: 502,
  provider_error: 502,
  missing_content: 502,
  decode_failed: 502,
  authentication_failed: 502,
  organization_unverified: 502,
  network_error: 502,
  provider_missing: 503,
  provider_busy: 503,
  busy: 503,
  interrupted: 503,
  timeout: 504,
};

/** Codes that clients know by another word. */
const CODES: Readonly<Partial<Record<ErrorCode, string>>> = {
  content_refused: "moderation_blocked",
  provider_unavailable: "model_not_found",
  model_unavailable: "model_not_found",
  quota_exceeded: "insufficient_quota",
  rate_limited: "rate_limit_exceeded",
};

/** After these nothing was drawn, and a moment later it may be. */
const HARMLESS: ReadonlySet<ErrorCode> = new Set(["busy", "provider_busy", "rate_limited"]);
