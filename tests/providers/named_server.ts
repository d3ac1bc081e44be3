/** A server named in OPENAI_COMPATIBLE as the suites of every provider take it: its address is known once it runs. */

import { compatibleServer } from "../../src/providers/openai/compatible.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import type { ProviderDefinition } from "../../src/providers/provider.ts";
import { type FakeOpenAI, fakeOpenAI, type Resemblance } from "../fakes/openai.ts";

const NAME = "my-gateway";

/** Opened as the registry does: by what the variable says. */
export const namedServer: ProviderDefinition = {
  ...compatibleServer({ name: NAME, address: "http://127.0.0.1" }),
  open(env, outside, problems) {
    const [definition] = openai.further!.definitions(env);
    return definition!.open(env, outside, problems);
  },
};

export function startNamedServer(like: Omit<Resemblance, "name">): FakeOpenAI {
  return fakeOpenAI({ like: { ...like, name: NAME } });
}
