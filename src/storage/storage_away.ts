import { ImageError, messageOf } from "../errors.ts";

/** Records or files cannot be reached now; a change that was asked for may have been made or not. */
export class StorageAway extends ImageError {
  /** `reason` is a sentence without its full stop: what is away. */
  constructor(readonly reason: string, options?: ErrorOptions) {
    const details = { retry_after_seconds: RETRY_AFTER_SECONDS };
    super("busy", `${reason}; please try again in a moment`, details, options);
  }
}

/** When to try again what nothing can be kept of now. */
const RETRY_AFTER_SECONDS = 2;

/** Why something could not be kept, in the middle of a sentence. */
export function reasonOf(error: unknown): string {
  return error instanceof StorageAway ? error.reason : messageOf(error);
}
