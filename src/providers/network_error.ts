/** What a network did not do, in our words: first what to do, then what happened. */

import { ImageError, messageOf } from "../errors.ts";

/** Anything thrown by a fetch, in our words. */
export function asImageError(
  error: unknown,
  title: string,
  signal: AbortSignal,
  url: string,
): ImageError {
  if (signal.aborted && signal.reason instanceof ImageError) return signal.reason;
  if (error instanceof ImageError) return error;
  const host = URL.parse(url)?.host ?? "the configured address";
  // Deno's fetch says "client error (Connect)" when no connection was made at all.
  const causes = chain(error);
  if (/requires net access/i.test(causes)) return notAllowed(title, host, error);
  const connected = !/client error \(Connect\)|connection refused|dns error/i.test(causes);
  const what = connected
    ? `The connection to ${title} at ${host} broke off, and what was asked may have been charged`
    : `${title} could not be reached at ${host}`;
  const reason = NETWORK_REASONS.find(({ sign }) => sign.test(causes))?.words;
  return new ImageError(
    "network_error",
    "Check the network and, behind a proxy, HTTPS_PROXY, HTTP_PROXY and NO_PROXY: " + what +
      (reason ? ` (${reason})` : ""),
    { connected, host },
    { cause: error },
  );
}

function notAllowed(title: string, host: string, cause: unknown): ImageError {
  const message =
    `${title} was not asked, since this process has no net access to "${host}": start it with ` +
    `--allow-net=${host}`;
  return new ImageError("network_error", message, { connected: false, host }, { cause });
}

/** What a chain of causes comes to, for people; all of it goes to the log. */
const NETWORK_REASONS: readonly { readonly sign: RegExp; readonly words: string }[] = [
  { sign: /dns error|lookup address|name or service not known/i, words: "its name was not found" },
  { sign: /connection refused/i, words: "the connection was refused" },
  { sign: /certificate|UnknownIssuer|tls|ssl/i, words: "its certificate was not accepted" },
  { sign: /tunnel|proxy/i, words: "the proxy did not let it through" },
  { sign: /timed? ?out/i, words: "it did not answer in time" },
  { sign: /unreachable/i, words: "the network does not lead there" },
  {
    sign: /connection reset|connection closed|broken pipe|unexpected end of file/i,
    words: "it hung up",
  },
];

function chain(error: unknown): string {
  const cause = error instanceof Error && error.cause ? `: ${messageOf(error.cause)}` : "";
  return messageOf(error) + cause;
}
