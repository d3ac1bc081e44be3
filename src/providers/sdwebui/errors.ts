/** What a web UI's errors mean for the person who asked, and what to do about each. */

import * as z from "../../dependencies/zod.ts";
import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote, vendorWord } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import type { Engine } from "./engine.ts";

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, engine: Engine): ImageError | undefined {
  const { status, headers, json } = answer;
  if (status >= 200 && status < 300) return undefined;
  const { error, detail, errors } = ERROR.safeParse(json).data ?? {};
  const words = (typeof detail === "string" ? detail : mistakesIn(detail)) || errors || "";
  const wait = retryAfterSeconds(headers);
  const seen = { ...engine, status, words: `${error ?? ""} ${words}`, wait };
  const row = FAILURES.find(({ when }) => when(seen)) ?? (status >= 500 ? BROKEN : UNNAMED);
  const quoted = words && `: ${quote(words)}`;
  return new ImageError(row.code, `${row.happened(seen)}${quoted}. ${row.advice(seen)}`, {
    provider: "sdwebui",
    http_status: status,
    vendor_code: vendorWord(error ?? undefined),
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

interface Seen extends Engine {
  readonly status: number;
  /** The class of the error and what it says. */
  readonly words: string;
  readonly wait?: number;
}

interface Failure {
  readonly when: (seen: Seen) => boolean;
  readonly code: ErrorCode;
  readonly happened: (seen: Seen) => string;
  readonly advice: (seen: Seen) => string;
}

const status = (...statuses: readonly number[]) => (seen: Seen) => statuses.includes(seen.status);
const says = (pattern: RegExp) => ({ words }: Seen) => pattern.test(words);

const BROKEN: Failure = {
  when: () => true,
  code: "provider_error",
  happened: ({ status }) => `The web UI failed inside with HTTP ${status}`,
  advice: () => "Its window may tell more; ask again if you like",
};

const UNNAMED: Failure = {
  when: () => true,
  code: "provider_error",
  happened: ({ status }) => `The web UI answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check SDWEBUI_URL, now ${endpoint}, or ask again later`,
};

/** The first row that fits decides (sources of the three programs as of `recognise.ts`). */
const FAILURES: readonly Failure[] = [
  {
    when: status(401, 403),
    code: "authentication_failed",
    happened: ({ password }) =>
      password
        ? "The web UI does not accept SDWEBUI_USERNAME with SDWEBUI_PASSWORD"
        : "The web UI asks for a name and password",
    advice: () => "Set SDWEBUI_USERNAME and SDWEBUI_PASSWORD as its --api-auth or --auth has them",
  },
  {
    when: says(/sampler not found/i),
    code: "invalid_config",
    happened: ({ sampler }) => `The web UI has no sampler ${quote(sampler ?? "")}`,
    advice: () => "Set SDWEBUI_SAMPLER to one that its pages list, or leave it out",
  },
  {
    when: says(/(?:model|checkpoint)\b.{0,200}\bnot found|no checkpoint/i),
    code: "model_unavailable",
    happened: () => "The web UI cannot load the checkpoint",
    advice: () => "Set SDWEBUI_MODEL or the argument 'model' to another, or choose one there",
  },
  {
    when: says(/out of ?memory|not enough memory/i),
    code: "provider_error",
    happened: () => "The web UI's graphics card ran out of memory",
    advice: () => "Ask for a smaller resolution, or start the web UI with --medvram",
  },
  {
    when: status(404),
    code: "provider_error",
    happened: () => "What answers there is no web UI, or one whose API is off",
    advice: ({ endpoint }) =>
      `Start AUTOMATIC1111 or Forge with --api, and check SDWEBUI_URL, now ${endpoint}`,
  },
  {
    when: status(400, 422),
    code: "invalid_parameters",
    happened: () => "The web UI does not accept the request as it is",
    advice: () => "Change what its words name and ask again",
  },
  {
    when: status(429),
    code: "rate_limited",
    happened: () => "The web UI asks for slower requests",
    advice: ({ wait = 60 }) =>
      `Wait ${Math.ceil(wait)} seconds and ask again, or raise its option server_rate_limit`,
  },
];

/** FastAPI's list of what is wrong with a body, as words. */
function mistakesIn(detail: unknown): string {
  const mistakes = MISTAKES.safeParse(detail).data ?? [];
  return mistakes.slice(0, MOST_MISTAKES).map(({ loc, msg }) => `${loc.join(".")}: ${msg}`)
    .join("; ");
}

const MOST_MISTAKES = 5;

const MISTAKES = z.array(
  z.object({ loc: z.array(z.union([z.string(), z.number()])).catch([]), msg: z.string() }),
);

const word = z.string().nullish().catch(undefined);

const ERROR = z.object({ error: word, detail: z.unknown(), errors: word });
