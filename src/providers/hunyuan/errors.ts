/** What Tencent Cloud's error codes mean for the person who asked, and what to do about each. */

import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";

export interface CloudFault {
  /** Such as "AuthFailure.SignatureFailure". */
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
}

/** The error for a request that Tencent refused. */
export function refusedRequest(fault: CloudFault): ImageError {
  const meaning = meaningOf(fault.code) ?? UNKNOWN;
  return explain(fault, meaning.code, meaning);
}

/** The error for a job that Tencent took and then failed; asking about it again changes nothing. */
export function failedJob(fault: CloudFault, jobId: string): ImageError {
  const meaning = meaningOf(fault.code) ?? FAILED_JOB;
  const code = JOB_CODES.has(meaning.code) ? meaning.code : "generation_failed";
  const { what, advice } = code === meaning.code ? meaning : FAILED_JOB;
  return explain(fault, code, { code, what, advice }, { job_id: jobId });
}

function explain(
  fault: CloudFault,
  code: ErrorCode,
  { what, advice, passing }: Meaning,
  more: Readonly<Record<string, unknown>> = {},
): ImageError {
  const words = fault.message ? ` ${quote(fault.message)}` : "";
  return new ImageError(
    code,
    `Tencent Hunyuan ${what}: ${vendorWord(fault.code)}${words}. ${advice}`,
    {
      provider: "hunyuan",
      vendor_code: fault.code,
      ...(fault.requestId === undefined ? {} : { request_id: fault.requestId }),
      ...(passing ? { passing } : {}),
      ...more,
    },
  );
}

/** The meaning of the code itself or else of its family, the part before the dot. */
function meaningOf(code: string): Meaning | undefined {
  return MEANINGS[code] ?? MEANINGS[code.split(".")[0] ?? ""];
}

interface Meaning {
  readonly code: ErrorCode;
  /** Ends the sentence "Tencent Hunyuan …". */
  readonly what: string;
  readonly advice: string;
  /** A fault that goes by itself: what costs nothing may be asked again. */
  readonly passing?: true;
}

/** What a failed job keeps of its code's meaning; everything else is a failed generation. */
const JOB_CODES: ReadonlySet<ErrorCode> = new Set([
  "content_refused",
  "quota_exceeded",
  "invalid_parameters",
  "model_unavailable",
]);

const UNKNOWN: Meaning = {
  code: "provider_error",
  what: "answered with an error",
  advice: "Try again later; if it stays, ask Tencent's support with the request id",
};

const FAILED_JOB: Meaning = {
  code: "generation_failed",
  what: "took the job and could not draw it",
  advice: "Ask for the picture again, with another prompt if it fails twice",
};

const WRONG_PAIR: Meaning = {
  code: "authentication_failed",
  what: "does not accept the signature",
  advice: "Check that TENCENT_SECRET_KEY is the secret that belongs to TENCENT_SECRET_ID",
};

const WRONG_ID: Meaning = {
  code: "authentication_failed",
  what: "does not know the key id",
  advice: "Check TENCENT_SECRET_ID",
};

const NOT_ALLOWED: Meaning = {
  code: "authentication_failed",
  what: "does not let this key use the service",
  advice: "Grant the account of TENCENT_SECRET_ID the right to it in Tencent's access management",
};

const PROMPT_REFUSED: Meaning = {
  code: "content_refused",
  what: "refused the prompt in its moderation",
  advice: "Say it in other words",
};

const PICTURE_REFUSED: Meaning = {
  code: "content_refused",
  what: "refused the picture in its moderation",
  advice: "Ask again, or change the prompt",
};

const BAD_REQUEST: Meaning = {
  code: "invalid_parameters",
  what: "does not accept a parameter",
  advice: "Change the parameter it names",
};

const BAD_PICTURE: Meaning = {
  code: "invalid_parameters",
  what: "cannot use a picture that came in",
  advice: "Pass it as PNG or JPEG, with sides of 51 to 4999 pixels",
};

const NO_MONEY: Meaning = {
  code: "quota_exceeded",
  what: "wants payment first",
  advice: "Top up the account or buy a resource pack in Tencent Cloud's console",
};

const NOT_OPENED: Meaning = {
  code: "model_unavailable",
  what: "has not opened the service for this account",
  advice: "Activate Hunyuan image generation in Tencent Cloud's console",
};

const RETIRED: Meaning = {
  code: "model_unavailable",
  what: "no longer offers this service",
  advice:
    "Set HUNYUAN_BACKEND to another backend, 'aiart' or 'tokenhub', and check HUNYUAN_ENDPOINT",
};

const TOO_FAST: Meaning = {
  code: "rate_limited",
  what: "asks for slower requests",
  advice: "Wait a moment and try again",
};

const OVERLOADED: Meaning = {
  code: "provider_busy",
  what: "is overloaded and did nothing",
  advice: "Try again in a minute",
};

const INNER_FAULT: Meaning = {
  code: "provider_error",
  what: "has a fault of its own",
  advice: "Try again in a minute",
  passing: true,
};

/** By code, or by the family before its dot. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AuthFailure: WRONG_PAIR,
  "AuthFailure.SecretIdNotFound": WRONG_ID,
  "AuthFailure.InvalidSecretId": WRONG_ID,
  "AuthFailure.SignatureExpire": {
    code: "authentication_failed",
    what: "refused the time of the signature",
    advice: "Set this computer's clock: it must be within 5 minutes of the real time",
  },
  "AuthFailure.TokenFailure": {
    code: "authentication_failed",
    what: "does not accept the session token",
    advice: "Get new temporary keys, or unset TENCENT_SESSION_TOKEN if the keys are permanent",
  },
  "AuthFailure.UnauthorizedOperation": NOT_ALLOWED,
  UnauthorizedOperation: NOT_ALLOWED,

  OperationDenied: PROMPT_REFUSED,
  "OperationDenied.TextIllegalDetected": PROMPT_REFUSED,
  "OperationDenied.ImageIllegalDetected": PICTURE_REFUSED,
  "FailedOperation.GenerateImageFailed": PICTURE_REFUSED,
  "FailedOperation.ModerationFailed": PICTURE_REFUSED,

  InvalidParameter: BAD_REQUEST,
  InvalidParameterValue: BAD_REQUEST,
  MissingParameter: BAD_REQUEST,
  UnknownParameter: BAD_REQUEST,
  "InvalidParameterValue.TextLengthExceed": {
    code: "invalid_parameters",
    what: "finds the prompt too long",
    advice: "Shorten the prompt and the negative prompt",
  },
  "FailedOperation.RequestEntityTooLarge": BAD_REQUEST,
  RequestSizeLimitExceeded: BAD_REQUEST,
  "FailedOperation.ImageDecodeFailed": BAD_PICTURE,
  "FailedOperation.ImageDownloadError": BAD_PICTURE,
  "FailedOperation.ImageResolutionExceed": BAD_PICTURE,
  "FailedOperation.ImageSizeExceed": BAD_PICTURE,
  UnsupportedRegion: {
    code: "invalid_config",
    what: "does not offer the service in this region",
    advice: "Change TENCENT_REGION; 'ap-guangzhou' is the usual one",
  },

  "ResourceUnavailable.InArrears": NO_MONEY,
  "ResourceUnavailable.LowBalance": NO_MONEY,
  "ResourcesSoldOut.ChargeStatusException": NO_MONEY,
  ResourceInsufficient: NO_MONEY,
  "FailedOperation.ResourcePackExhausted": NO_MONEY,
  "FailedOperation.FreeResourcePackExhausted": NO_MONEY,
  "FailedOperation.ServiceStopArrears": NO_MONEY,

  ResourceUnavailable: NOT_OPENED,
  "ResourceUnavailable.StopUsing": NOT_OPENED,
  "ResourceUnavailable.Delivering": {
    code: "model_unavailable",
    what: "is still opening the service for this account",
    advice: "Try again in a few minutes",
  },
  "FailedOperation.ServiceNotActivated": NOT_OPENED,
  "FailedOperation.ServiceStop": NOT_OPENED,
  "FailedOperation.UserUnAuthError": NOT_OPENED,

  ActionOffline: RETIRED,
  InvalidAction: RETIRED,
  NoSuchProduct: RETIRED,
  NoSuchVersion: RETIRED,
  UnsupportedOperation: RETIRED,

  RequestLimitExceeded: TOO_FAST,
  LimitExceeded: TOO_FAST,
  "FailedOperation.EngineServerLimitExceeded": OVERLOADED,

  "FailedOperation.JobNotExist": {
    code: "job_not_found",
    what: "no longer knows the job",
    advice: "It keeps a job and its pictures for a short time only: ask for the picture again",
  },

  InternalError: INNER_FAULT,
  "FailedOperation.EngineRequestTimeout": INNER_FAULT,
  "FailedOperation.InnerError": INNER_FAULT,
  "FailedOperation.RequestTimeout": INNER_FAULT,
  "FailedOperation.RpcFail": INNER_FAULT,
  "FailedOperation.ServerError": INNER_FAULT,
  "FailedOperation.Unknown": INNER_FAULT,
};
