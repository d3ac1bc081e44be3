import { cut, printableLine } from "./printable.ts";

/**
 * Every way a request can end without a picture, as the `code` a client sees.
 * The first group is the predecessor's, kept word for word; the second tells
 * a vendor's refusals apart so that a person can act on them.
 */
export const ERROR_CODES = {
  provider_missing: "No provider is named and none is configured",
  provider_unavailable: "The provider named is unknown or not configured",
  invalid_style: "The provider has no style of that name",
  invalid_resolution: "The provider cannot draw that size",
  invalid_parameters: "A parameter contradicts another or is not the provider's",
  generation_failed: "The vendor accepted the request and could not draw it",
  provider_error: "The vendor answered with an error of its own",
  missing_content: "The vendor's answer holds no picture",
  decode_failed: "The vendor's picture cannot be read",
  internal_error: "A fault of this server",
  invalid_arguments: "The arguments do not match the tool's schema",
  image_not_found: "No picture of that id, or its record has expired",
  missing_local_path: "The picture was never saved to disk",
  path_outside_save_dir: "The recorded file lies outside the save directory",
  file_not_found: "The picture's file is gone from disk",
  payload_too_large: "The picture is larger than this tool may return",
  read_failed: "The picture's file cannot be read",
  unknown_tool: "There is no tool of that name",
  invalid_config: "The configuration has mistakes",
  restart_required: "The change needs a restart of the server",
  not_allowed: "The token may not do what concerns everybody",
  reload_failed: "The configuration could not be reloaded",

  authentication_failed: "The vendor does not accept the key",
  organization_unverified: "The vendor wants the organisation verified first",
  content_refused: "The vendor's moderation refused the prompt or the picture",
  quota_exceeded: "The account has no quota or money left",
  rate_limited: "The vendor asks for slower requests",
  provider_busy: "The vendor is overloaded and did nothing",
  model_unavailable: "The model is retired, unknown or not enabled",
  network_error: "The vendor could not be reached",
  timeout: "The picture did not come within the time limit",
  cancelled: "The request was cancelled",
  busy: "This server's queue is full, or what it must write down cannot be kept now",
  job_not_found: "No job of that id",
  interrupted: "The server stopped while the vendor was drawing",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * The one error this server shows people: a code for programs, a message for
 * the person (what happened, to what, what to do now) and details as data.
 * Anything else that is thrown is a bug.
 */
export class ImageError extends Error {
  override readonly name = "ImageError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The file that keys belong into, in sentences that anybody may read. */
export const SETTINGS_FILE = "the server's .env file";

/** The sentence with that file's own place in it; unchanged where its path is nobody's business. */
export function withSettingsFile(sentence: string, file: string | undefined): string {
  return file === undefined ? sentence : sentence.replaceAll(SETTINGS_FILE, () => file);
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** "'a', 'b' or 'c'": a list of legal values as a sentence wants it, each of them short. */
export function oneOf(values: Iterable<string>): string {
  const quoted = [...values].map((value) => shown(value));
  if (quoted.length < 2) return quoted.join("");
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

/** "'a', 'b' and 3 more": what somebody sent, as far as it helps to name it. */
export function someOf(values: readonly string[], most = MOST_NAMED): string {
  if (values.length <= most) return oneOf(values);
  const named = values.slice(0, most).map((value) => shown(value)).join(", ");
  return `${named} and ${values.length - most} more`;
}

/** A word from outside in quotation marks, cut and fit to be printed. */
export function shown(word: string, longest = LONGEST_SHOWN): string {
  return `'${cut(printableLine(word.slice(0, 2 * longest)), longest)}'`;
}

/**
 * The entry of `candidates` a misspelt `word` most likely meant, if any is near. Nobody looks for a
 * word that is too long to be misspelt.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST_GUESSED) return undefined;
  const scored = [...candidates].slice(0, MOST_CANDIDATES)
    .filter(({ length }) => length <= LONGEST_GUESSED)
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate) }))
    .sort((one, other) => one.distance - other.distance);
  const best = scored[0];
  return best && best.distance <= Math.max(2, Math.floor(best.candidate.length / 2))
    ? best.candidate
    : undefined;
}

/** In characters. */
const LONGEST_SHOWN = 100;
const LONGEST_GUESSED = 64;
const MOST_CANDIDATES = 200;
/** Unknown names of one call that are told one by one. */
const MOST_NAMED = 5;

/** How many letters to add, drop or change to make one word the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitution = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
