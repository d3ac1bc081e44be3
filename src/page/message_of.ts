/** What went wrong, in words for whoever looks at the page. */

import { ServerError } from "./server.ts";
import { texts } from "./texts.ts";

export function messageOf(error: unknown): string {
  if (error instanceof ServerError && error.code === "network") return texts.network;
  return error instanceof Error ? error.message : String(error);
}
