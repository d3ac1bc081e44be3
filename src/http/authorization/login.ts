/** Names and passwords, tried slowly: one count for every page that asks for them. */

import type { AuthorizationServer, Person } from "../../authorization/authorization_server.ts";
import type { Logger } from "../../log.ts";
import type { Rate, RateLimit } from "../limits/rate_limit.ts";

/** Who fills a form so, from where; or why nobody. */
export type Login = (
  form: URLSearchParams,
  address: string,
) => Promise<Person | "wrong" | "busy" | "attempts">;

/** What is typed as a name may be a password, and is not logged. */
export function createLogin(
  server: Pick<AuthorizationServer, "identify" | "people">,
  { log, limit }: { readonly log: Logger; readonly limit: (rate: Rate) => RateLimit },
): Login {
  const guessOfAddress = limit({ of: "sign-ins", most: MOST_OF_ADDRESS, minutes: MINUTES });
  const guessOfBoth = limit({ of: "names from addresses", most: MOST_OF_BOTH, minutes: MINUTES });
  const guessOfName = limit({ of: "names", most: MOST_OF_NAME, minutes: MINUTES });
  return async (form, address) => {
    const name = form.get("name") ?? "";
    const counted = name.slice(0, 64);
    // In this order: what one address may not try does not count for the name everywhere.
    const isSlowed = await guessOfAddress(address) > 0 ||
      await guessOfBoth(`${address} ${counted}`) > 0 ||
      await guessOfName(counted) > 0;
    const person = isSlowed ? "attempts" : await server.identify(name, form.get("password") ?? "");
    if (typeof person !== "string") return person;
    const known = server.people.find((each) => each.name === name)?.name;
    log.warning("sign-in failed", { reason: person, user: known ?? "unknown", address });
    return person;
  };
}

/** So many at once, and as many again over so many minutes. */
const MINUTES = 15;
const MOST_OF_BOTH = 10;
/** From everywhere: more than one visitor uses up, so that nobody locks another's name by wrong passwords. */
const MOST_OF_NAME = 100;
/** Behind a proxy all visitors have one address. */
const MOST_OF_ADDRESS = 60;
