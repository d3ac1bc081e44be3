/** HTTP statuses that gateways, proxies and object stores send for a vendor behind them. */

import { ImageError } from "../errors.ts";

/**
 * Whether an answer of that status surely means that nothing was drawn: the request was turned away
 * or never reached the vendor. Statuses after which it may have drawn (500, 502, 504, 520, 524) are
 * not among them.
 */
export function drewNothing(status: number): boolean {
  return NOTHING_DRAWN.has(status);
}

/** What that means for people; undefined where the status tells nothing of the kind. */
export function busyError(title: string, status: number): ImageError | undefined {
  const happened = NOTHING_DRAWN.get(status);
  return happened === undefined ? undefined : new ImageError(
    "provider_busy",
    `${title} ${happened} (HTTP ${status}) and drew nothing. Ask again in a minute`,
    { http_status: status },
  );
}

/**
 * What a store answered, in place of a picture that was drawn and paid for. `details.passing` tells
 * that it may yet be had: a store that has not spread a new object answers as if there were none,
 * or as if it were forbidden.
 */
export function downloadRefusal(
  title: string,
  { status }: Pick<Response, "status">,
  words: string,
): ImageError {
  const hasExpired = status === 410 || (status === 403 && EXPIRED.test(words));
  return new ImageError(
    status >= 500 ? "network_error" : "missing_content",
    `${title} drew the picture, but its download ` +
      (hasExpired ? "has expired" : `answered HTTP ${status}`),
    { http_status: status, drawn: true, passing: !hasExpired && PASSING_AT_STORES.has(status) },
  );
}

/** RFC 9110 and 8470, Cloudflare's 5xx reference (read 2026-11-25), and gateways' own. */
const NOTHING_DRAWN: ReadonlyMap<number, string> = new Map([
  [408, "did not get the whole request in time"],
  [425, "was not ready for the request"],
  [503, "is overloaded or under maintenance"],
  [509, "has no bandwidth left"],
  [521, "is down behind its gateway"],
  [522, "could not be reached by its gateway"],
  [523, "could not be reached by its gateway"],
  [525, "could not be reached by its gateway"],
  [526, "could not be reached by its gateway"],
  [529, "is overloaded"],
  [530, "could not be reached by its gateway"],
]);

/** As stores say it of a signed address: "Request has expired", "… time frame". */
const EXPIRED = /expired|time frame/i;

const PASSING_AT_STORES: ReadonlySet<number> = new Set([403, 404, 408, 409, 423, 425, 429]);
