/** What went wrong, in words for whoever looks at the page. */

import { ServerError } from "./server.ts";
import { texts } from "./texts.ts";

export function messageOf(error: unknown): string {
  if (error instanceof ServerError && Object.hasOwn(WORDS, error.code)) return WORDS[error.code]!;
  return error instanceof Error ? error.message : String(error);
}

/** What is told in the language of the page, by its code. */
const WORDS: Readonly<Record<string, string>> = {
  network: texts.network,
  token: texts.wrongToken,
  guesses: texts.tooManyTokens,
};
