import assert from "node:assert/strict";
import type { Plan } from "../../../src/requests/request.ts";
import { packPlan, unpackPlan } from "../../../src/storage/rows/packed_plan.ts";

Deno.test("a long prompt stands in a kept plan once, however many attempts have it", () => {
  const plan = planOf("x".repeat(32_000));
  const json = packPlan(plan);
  assert.ok(json.length < 34_000, `${json.length} characters`);
  assert.deepEqual(unpackPlan(json), plan);
});

Deno.test("a plan that was kept before prompts stood once is read", () => {
  const plan = planOf("a cat");
  assert.deepEqual(unpackPlan(JSON.stringify(plan)), plan);
});

function planOf(prompt: string): Plan {
  const request = { operation: "generate" as const, prompt, inputs: [], count: 1, options: {} };
  const attempt = (provider: string) => ({ provider, request, warnings: [] });
  return {
    request: { ...request, providerNames: [] },
    attempts: [attempt("one"), attempt("two"), attempt("three"), attempt("four")],
  };
}
