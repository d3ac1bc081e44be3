/** Whether people who sign in elsewhere can be let in here. */

import type { App } from "../../app.ts";
import { messageOf, someOf } from "../../errors.ts";
import type { Finding } from "./finding.ts";

/** One finding for each who gives access tokens; its keys are fetched as for the first token. */
export async function checkSignIn(
  { issuers, configuration, authorizationServer }: App,
  { offline }: { readonly offline: boolean },
): Promise<readonly Finding[]> {
  if (configuration.settings.MCP_TRANSPORT !== "http") return [];
  return await Promise.all(issuers.map(async (each): Promise<Finding> => {
    const check = "sign-in";
    const what = `access tokens of '${each.issuer}' for ${someOf(each.audience)}`;
    if (each.issuer === authorizationServer?.issuer) {
      return { check, state: "ok", message: `${what}, which this server gives itself` };
    }
    if (offline) {
      return { check, state: "skipped", message: `${what}; its keys not fetched: --offline` };
    }
    try {
      await each.keySet();
      return { check, state: "ok", message: `${what}; its keys can be had` };
    } catch (error) {
      return { check, state: "broken", message: messageOf(error) };
    }
  }));
}
