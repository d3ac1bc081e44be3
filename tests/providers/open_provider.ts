/** A provider as the server opens it, with exactly the given variables. */

import assert from "node:assert/strict";
import type { Problem } from "../../src/config/variables.ts";
import type { ImageProvider, ProviderDefinition } from "../../src/providers/provider.ts";

export function openProvider(
  definition: ProviderDefinition,
  environment: Readonly<Record<string, string>>,
): ImageProvider {
  const problems: Problem[] = [];
  const env = new Map(
    Object.entries(environment).map(([name, value]) => [name, { value, source: "a test" }]),
  );
  const opened = definition.open(env, { fetch, now: Date.now }, problems);
  assert.deepEqual(problems, []);
  assert.ok(opened.on, `${definition.name} is off`);
  return opened.provider;
}
