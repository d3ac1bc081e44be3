/** What is said of people's own workflows that do not work. */

import assert from "node:assert/strict";
import { comfyui } from "../../src/providers/comfyui/provider.ts";
import { startComfyui } from "../fakes/comfyui.ts";
import { context, draw, refusalOf, request } from "./comfyui_requests.ts";
import { EXPORTED, INVERT, node } from "./comfyui_workflows.ts";

Deno.test("a workflow that cannot be drawn says what to do about it", async (test) => {
  const gone = node("CheckpointLoaderSimple", { ckpt_name: "gone.safetensors" });
  const { "9": _, ...endless } = EXPORTED;
  const cases: readonly (readonly [string, object | string, RegExp])[] = [
    ["for the editor", { nodes: [], links: [] }, /'Export \(API\)'/],
    ["of no nodes", { a: 1 }, /member 'a' is no node/],
    ["of no JSON", "{", /no JSON object/],
    ["with a custom node", { ...EXPORTED, "5": node("LatentOf", {}) }, /LatentOf.*custom nodes/],
    ["without its file", { ...EXPORTED, "4": gone }, /no file "gone.*It has 'sd_xl_base/],
    ["without an end", endless, /Nothing comes out.*Save Image/],
    [
      "with a wrong value",
      { ...EXPORTED, "3": node("KSampler", { ...EXPORTED["3"].inputs, steps: 0 }) },
      /smaller than min.*KSampler \(3\).*export it again/,
    ],
  ];
  for (const [what, workflow, says] of cases) {
    await test.step(what, async () => {
      await using fake = await startComfyui({ workflows: { "mine.json": workflow } });
      const error = await refusalOf(draw(fake, { model: "mine" }));
      assert.equal(error.code, "model_unavailable");
      assert.match(error.message, says);
    });
  }
});

Deno.test("a workflow's own example that ComfyUI lacks is no fault where a picture comes in", async () => {
  await using fake = await startComfyui({ workflows: { "invert.json": INVERT } });
  const error = await refusalOf(draw(fake, { model: "invert" }));
  assert.equal(error.code, "invalid_parameters");
  assert.match(error.message, /"example\.png".*Pass a picture/);
});

Deno.test("what ComfyUI leaves out of a workflow is told with its picture", async () => {
  const broken = node("PreviewImage", {});
  await using fake = await startComfyui({
    workflows: { "mine.json": { ...EXPORTED, "20": broken } },
  });
  const { warnings } = await draw(fake, { model: "mine" });
  assert.match(warnings[0]!, /left a part.*PreviewImage \(20\)/);
});

Deno.test("a folder that cannot be read is told at the start and when a workflow is named", async () => {
  await using fake = await startComfyui();
  const folder = "/nowhere/workflows";
  const env = new Map(
    Object.entries({ ...fake.environment, COMFYUI_WORKFLOWS: folder })
      .map(([name, value]) => [name, { value, source: "a test" }]),
  );
  const opened = comfyui.open(env, { fetch, now: Date.now }, []);
  assert.ok(opened.on);
  assert.match(opened.warnings[0]!, /COMFYUI_WORKFLOWS, '\/nowhere\/workflows', cannot be read/);
  const error = await refusalOf(
    opened.provider.generate(request({ model: "portrait" }), context()),
  );
  assert.match(error.message, /folder cannot be read/);
});
