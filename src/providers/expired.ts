/** Pictures that a vendor drew and keeps no more. */

import { ImageError } from "../errors.ts";

/** `sentence` as the error where a download found nothing any more; any other error as it is. */
export function asExpired(error: unknown, sentence: string): unknown {
  const isGone = error instanceof ImageError &&
    [403, 404, 410].includes(Number(error.details.http_status));
  return isGone ? new ImageError("missing_content", sentence, error.details) : error;
}
