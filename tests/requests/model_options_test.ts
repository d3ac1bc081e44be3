/** Further fields of a model on their way to who has models with fields of their own. */

import assert from "node:assert/strict";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { parseRequest, type RequestArguments } from "../../src/requests/parse.ts";
import { route } from "../../src/requests/route.ts";
import { surroundingsOf } from "../support/app.ts";

const { providers } = loadConfiguration(
  surroundingsOf({ OPENAI_API_KEY: "key", FAL_KEY: "key", REPLICATE_API_TOKEN: "key" }, "/nowhere"),
  new Map(),
);

function planned(args: Partial<RequestArguments>) {
  return route(parseRequest({ prompt: "a lamp", ...args }), providers).attempts;
}

Deno.test("options go to the first that takes any, and it is said why", () => {
  const [first, ...others] = planned({ options: { guidance: 3 } });
  assert.equal(first.provider, "fal");
  assert.deepEqual(first.request.modelOptions, { guidance: 3 });
  assert.match(first.warnings.join(), /openai takes no options of a model, so fal was chosen/);
  assert.deepEqual(others.map(({ request }) => request.modelOptions), [undefined, undefined]);
  const replicate = others.find(({ provider }) => provider === "replicate")!;
  assert.match(replicate.warnings.join(), /options guidance are another model's/);
});

Deno.test("a provider without models of others refuses options and says who takes them", () => {
  assert.throws(() => planned({ provider: "openai", options: { guidance: 3 } }), {
    code: "invalid_parameters",
    message: "Provider 'openai' takes no options of a model. Use provider 'fal' or 'replicate', " +
      "or leave them out",
  });
});

Deno.test("no options are none", () => {
  const [first] = planned({ options: {} });
  assert.deepEqual([first.provider, first.request.modelOptions], ["openai", undefined]);
});
