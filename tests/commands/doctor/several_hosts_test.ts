import assert from "node:assert/strict";
import { checkProviders } from "../../../src/commands/doctor/providers.ts";
import { openTestApp } from "../../support/app.ts";

/** What is said of fal where `isUp` tells which of its hosts answer. */
async function findingOf(isUp: (url: string) => boolean) {
  await using test = await openTestApp({ env: { FAL_KEY: "a-key" } });
  const asked: string[] = [];
  const findings = await checkProviders(test.app, {
    offline: false,
    environment: () => undefined,
    fetch: (input) => {
      const url = String(input);
      asked.push(url);
      return isUp(url)
        ? Promise.resolve(new Response())
        : Promise.reject(new TypeError("client error (Connect): connection refused"));
    },
  });
  return { asked, ...findings.find(({ check }) => check === "fal")! };
}

Deno.test("every host that a provider needs is asked for an answer", async () => {
  const { asked, state, message } = await findingOf(() => true);
  assert.deepEqual(asked, ["https://queue.fal.run", "https://fal.ai", "https://rest.fal.ai"]);
  assert.equal(state, "ok");
  assert.match(message, /queue\.fal\.run and fal\.ai and rest\.fal\.ai answer$/);
});

Deno.test("one host that does not answer is one too few, and is named", async () => {
  const { state, message } = await findingOf((url) => url !== "https://rest.fal.ai");
  assert.equal(state, "broken");
  assert.match(message, /cannot reach rest\.fal\.ai: the connection is refused/);
  assert.doesNotMatch(message, /cannot reach (queue|fal)\./);
});
