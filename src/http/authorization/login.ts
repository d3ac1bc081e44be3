/** Names and passwords, tried slowly: one count for every page that asks for them. */

import type { AuthorizationServer, Person } from "../../authorization/authorization_server.ts";
import { createRateLimit } from "../rate_limit.ts";

/** Who fills a form so, from where; or why nobody. */
export type Login = (
  form: URLSearchParams,
  address: string,
) => Promise<Person | "wrong" | "busy" | "attempts">;

/** `now` is in milliseconds since 1970. */
export function createLogin(server: AuthorizationServer, now: () => number): Login {
  const slowly = () => now() / MINUTES;
  const guessOfName = createRateLimit(MOST_OF_NAME, slowly);
  const guessOfAddress = createRateLimit(MOST_OF_ADDRESS, slowly);
  return async (form, address) => {
    const name = form.get("name") ?? "";
    if (guessOfAddress(address) > 0 || guessOfName(name.slice(0, 64)) > 0) return "attempts";
    return await server.identify(name, form.get("password") ?? "");
  };
}

/** So many at once, and as many again over so many minutes. */
const MINUTES = 15;
const MOST_OF_NAME = 10;
/** Behind a proxy all visitors have one address. */
const MOST_OF_ADDRESS = 60;
