/** What people read agrees with the code that obeys it. */

import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { parseEnv } from "node:util";
import { loadConfiguration } from "../src/app/configuration.ts";
import { serverVariables } from "../src/config/settings.ts";
import { providerVariables } from "../src/providers/registry.ts";
import { surroundingsOf } from "./support/app.ts";
import {
  ENV_EXAMPLE,
  environmentExample,
  exampleOf,
  GENERATED,
  withSection,
} from "./tools/docs.ts";

const HOW = "Run 'deno run -A tests/tools/docs.ts' and commit what it writes";
const VARIABLES = { ...serverVariables, ...providerVariables };

for (const { file, name, text } of GENERATED) {
  Deno.test(`${basename(file.pathname)} says of ${name} what the code obeys`, async () => {
    const written = await Deno.readTextFile(file);
    assert.equal(withSection(written, name, await text()), written, HOW);
  });
}

Deno.test(".env.example names every variable", async () => {
  assert.equal(await Deno.readTextFile(ENV_EXAMPLE), environmentExample(), HOW);
});

Deno.test(".env.example copied unchanged configures nothing", async () => {
  const example = parseEnv(await Deno.readTextFile(ENV_EXAMPLE));
  assert.ok(Object.keys(example).length > 0);
  const env = Object.entries(example).map(([name, value]) => [name, value ?? ""] as const);
  const { problems, providers, snapshot } = loadConfiguration(
    surroundingsOf(Object.fromEntries(env), "/nowhere"),
    new Map(),
  );
  assert.deepEqual(problems, []);
  assert.deepEqual([...snapshot.env.keys()], []);
  assert.deepEqual([...providers.on.keys()], ["placeholder"]);
});

Deno.test("every default and example is a legal value", () => {
  for (const [name, variable] of Object.entries(VARIABLES)) {
    const shown = [variable.shownDefault, variable.example, exampleOf(name, variable)];
    for (const value of shown.filter((each) => each)) {
      assert.notEqual(variable.parse(value!), undefined, `${name}=${value}`);
    }
  }
});

Deno.test("every shown default is what an unset variable means", () => {
  for (const [name, { shownDefault, parse, whenUnset }] of Object.entries(VARIABLES)) {
    if (shownDefault) assert.deepEqual(parse(shownDefault), whenUnset, name);
  }
});

Deno.test("every variable has a plain name and words that say what it does", () => {
  for (const [name, { description }] of Object.entries(VARIABLES)) {
    assert.ok(description.split(" ").length >= 3, `${name}: ${description}`);
    assert.match(name, /^[A-Z][A-Z\d_]+$/);
  }
});
