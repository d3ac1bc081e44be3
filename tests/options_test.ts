/** A model's own fields, by every way in which pictures are asked for beside generate_image. */

import assert from "node:assert/strict";
import { parseRequest } from "../src/requests/parse.ts";
import { withTemplate } from "../src/requests/template.ts";
import { readTemplate } from "../src/service/templates/read_template.ts";
import { startFal } from "./fakes/fal.ts";
import { drawPlainPng } from "./fakes/pictures.ts";
import { connectTestClient, openTestApp } from "./support/app.ts";
import { openHttpApp } from "./support/http_app.ts";

const MODEL = "fal-ai/flux-lora";

Deno.test("the image API passes options on, as an object or as its JSON text", async () => {
  await using fake = startFal();
  await using http = await openHttpApp(() => ({ ...fake.environment }));
  const draw = async (options: unknown) => {
    const response = await fetch(`${http.url}/v1/images/generations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: `fal/${MODEL}`, prompt: "a lamp", options }),
    });
    return { status: response.status, json: await response.json() };
  };
  const asObject = await draw({ guidance_scale: 3 });
  assert.equal(asObject.status, 200, JSON.stringify(asObject.json));
  assert.equal(asObject.json.warnings, undefined);
  const asText = await draw('{"guidance_scale": 4}');
  assert.equal(asText.status, 200, JSON.stringify(asText.json));
  assert.deepEqual(fake.inputs.map((input) => input.guidance_scale), [3, 4]);
  for (const wrong of ["guidance", [1], 7, { text: "x".repeat(20_000) }]) {
    const { status, json } = await draw(wrong);
    assert.equal(status, 400);
    assert.match(json.error.message, /'options' must be an object of the model's own fields/);
    assert.equal(json.error.param, "options");
  }
  const unknown = await draw({ guidanc_scale: 3 });
  assert.equal(unknown.status, 400);
  assert.match(unknown.json.error.message, /has no option 'guidanc_scale'/);
  assert.equal(fake.inputs.length, 2);
});

Deno.test("the image API draws with a model that its client has trained", async () => {
  await using fake = startFal();
  await using http = await openHttpApp(() => ({ ...fake.environment }));
  await using client = await connectTestClient(http.opened.app);
  const { envelope } = await client.call("train_model", {
    name: "my-dog",
    trigger_word: "ZXDOG",
    images: ["a", "b", "c", "d"].map((each) =>
      `data:image/png;base64,${drawPlainPng(64, 64, each).toBase64()}`
    ),
    confirm: true,
  });
  assert.equal(envelope.error, null);
  const response = await fetch(`${http.url}/v1/images/generations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "my-dog", prompt: "a red hat" }),
  });
  assert.equal(response.status, 200, await response.text());
  assert.equal(fake.inputs.at(-1)!.prompt, "ZXDOG, a red hat");
});

Deno.test("a comparison passes the same options to all", async () => {
  await using fake = startFal();
  await using test = await openTestApp({ env: fake.environment });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("compare_images", {
    prompt: "a lamp",
    models: [MODEL],
    seeds: [1, 2],
    options: { guidance_scale: 3 },
  });
  assert.deepEqual(envelope.compared.map(({ error }: { error?: unknown }) => error), [
    undefined,
    undefined,
  ]);
  assert.deepEqual(fake.inputs.map((input) => input.guidance_scale), [3, 3]);
});

Deno.test("a template brings options, and the request's win one by one", () => {
  const template = readTemplate(
    "lamp",
    `---\nrequest:\n  model: ${MODEL}\n  options:\n    guidance_scale: 3\n    loras:\n` +
      "      - path: https://example.com/lamp\n---\nA lamp",
  );
  const options = { guidance_scale: 5 };
  const { modelOptions } = parseRequest(withTemplate(template, {}, { prompt: "", options }));
  assert.deepEqual(modelOptions, {
    guidance_scale: 5,
    loras: [{ path: "https://example.com/lamp" }],
  });
  assert.throws(
    () => readTemplate("lamp", "---\nrequest:\n  options: 7\n---\nA lamp"),
    /'request\.options'/,
  );
});
