/** What ComfyUI's answers mean for the person who asked, where they are no good ones. */

import { type ErrorCode, ImageError } from "../../errors.ts";
import { quote } from "../bounds.ts";
import type { VendorAnswer } from "../http.ts";
import { retryAfterSeconds } from "../retries.ts";
import { type Call, refusedGraph } from "./refused_graph.ts";

/** The error of an answer whose status is none of success, or undefined. */
export function failureOf(answer: VendorAnswer, call: Call): ImageError | undefined {
  const { status, headers, json, text } = answer;
  if (status >= 200 && status < 300) return undefined;
  const refused = status === 400 ? refusedGraph(json, call) : undefined;
  if (refused) return refused;
  const row = FAILURES.find(({ statuses }) => statuses.includes(status)) ??
    (status >= 500 ? BROKEN : UNNAMED);
  const wait = retryAfterSeconds(headers);
  const words = text.trim() && !/^\s*</.test(text) ? `: ${quote(text)}` : "";
  return new ImageError(row.code, `${row.happened(status)}${words}. ${row.advice(call, wait)}`, {
    provider: "comfyui",
    http_status: status,
    ...wait === undefined ? {} : { retry_after_seconds: wait },
  });
}

/** An answer that is none of ComfyUI's. */
export function unreadable({ text }: VendorAnswer, { endpoint }: Call): ImageError {
  return new ImageError(
    "provider_error",
    `The answer is not one of ComfyUI's: ${quote(text.slice(0, 300))}. Check that ` +
      `COMFYUI_URL, now ${endpoint}, is where ComfyUI runs`,
    { provider: "comfyui" },
  );
}

/** A server of one's own is most often not running. */
export function unreachable(error: unknown, endpoint: string): unknown {
  const isSilent = error instanceof ImageError && error.code === "network_error" &&
    error.details.connected === false;
  if (!isSilent) return error;
  const message = `Is ComfyUI running, and COMFYUI_URL, now ${endpoint}, its address? `;
  return new ImageError(error.code, message + error.message, error.details, { cause: error });
}

interface Failure {
  readonly statuses: readonly number[];
  readonly code: ErrorCode;
  readonly happened: (status: number) => string;
  readonly advice: (call: Call, wait: number | undefined) => string;
}

const BROKEN: Failure = {
  statuses: [],
  code: "provider_error",
  happened: (status) => `ComfyUI failed inside with HTTP ${status}`,
  advice: () => "Look at its window for the reason, or ask again",
};

const UNNAMED: Failure = {
  statuses: [],
  code: "provider_error",
  happened: (status) => `ComfyUI answered with HTTP ${status}`,
  advice: ({ endpoint }) => `Check COMFYUI_URL, now ${endpoint}, or ask again later`,
};

/** ComfyUI itself has few statuses; most of these are of gateways that stand before it. */
const FAILURES: readonly Failure[] = [
  {
    statuses: [401, 403],
    code: "authentication_failed",
    happened: () => "What stands before ComfyUI does not let this server in",
    advice: () => "Set COMFYUI_API_KEY to its token, or to name:password",
  },
  {
    statuses: [402],
    code: "quota_exceeded",
    happened: () => "The account that ComfyUI runs on has no quota or balance left",
    advice: () => "Fill it up where ComfyUI is hosted, then ask again",
  },
  {
    statuses: [404, 405, 501],
    code: "provider_error",
    happened: (status) => `What answers is not ComfyUI, or an old one (HTTP ${status})`,
    advice: ({ endpoint }) => `Set COMFYUI_URL, now ${endpoint}, to where ComfyUI runs`,
  },
  {
    statuses: [413],
    code: "invalid_parameters",
    happened: () => "A picture that came in is larger than ComfyUI takes",
    advice: () => "Make it smaller, or start ComfyUI with a larger --max-upload-size",
  },
  {
    statuses: [429],
    code: "rate_limited",
    happened: () => "What stands before ComfyUI asks for fewer requests",
    advice: (_, wait) =>
      `Wait ${wait === undefined ? "a minute" : `${Math.ceil(wait)} seconds`} and ask again, or ` +
      "lower COMFYUI_CONCURRENCY",
  },
];
