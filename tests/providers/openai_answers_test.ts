/** Answers of compatible servers in every form that is known in the field, whatever was asked for. */

import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { openai } from "../../src/providers/openai/provider.ts";
import { drawPng } from "../fakes/pictures.ts";
import { openProvider } from "./open_provider.ts";

const picture = drawPng(64, 64, "the one that was paid for");
const unfinished = drawPng(64, 64, "an unfinished one");
const base64 = picture.toBase64();
const dataUri = `data:image/png;base64,${base64}`;

const event = (data: unknown, name = "message") => `event: ${name}\ndata: ${JSON.stringify(data)}`;
const stream = (...events: string[]) =>
  new Response(`${events.join("\n\n")}\n\n`, { headers: { "content-type": "text/event-stream" } });
const partial = event({
  type: "image_generation.partial_image",
  b64_json: unfinished.toBase64(),
  partial_image_index: 0,
});

const FORMS: Readonly<Record<string, () => Response>> = {
  "an event stream, as for pictures that come bit by bit": () =>
    stream(
      ": a comment",
      partial,
      event({ type: "image_generation.completed", b64_json: base64 }),
      "data: [DONE]",
    ),
  "an event stream of an edit": () =>
    stream(partial, event({ type: "image_edit.completed", b64_json: base64 })),
  "an event stream that is called JSON": () =>
    new Response(`data: ${JSON.stringify({ data: [{ b64_json: base64 }] })}\r\n\r\n`, {
      headers: { "content-type": "application/json" },
    }),
  "the picture itself": () => new Response(picture, { headers: { "content-type": "image/png" } }),
  "a list 'images' of addresses": () => Response.json({ images: [{ url: dataUri }], seed: 1 }),
  "a list 'images' of texts": () => Response.json({ images: [base64], info: "{}" }),
  "a list 'artifacts'": () =>
    Response.json({ artifacts: [{ base64, finishReason: "SUCCESS", seed: 1 }] }),
  "a list 'output' of addresses": () => Response.json({ output: [dataUri] }),
  "one member 'image'": () => Response.json({ image: base64, success: true }),
  "a chat completion": () =>
    Response.json({
      choices: [{
        message: {
          role: "assistant",
          content: "Here it is",
          images: [{ type: "image_url", image_url: { url: dataUri } }],
        },
      }],
    }),
};

for (const [form, answer] of Object.entries(FORMS)) {
  Deno.test(`a picture that comes as ${form} is taken`, async () => {
    const { images } = await draw(answer);
    assert.deepEqual(images.map(({ bytes }) => bytes), [picture]);
  });
}

Deno.test("an event stream that ends before the finished picture shows none of its base64", async () => {
  const error = await draw(() => stream(partial)).then(() => assert.fail(), (error) => error);
  assert.ok(error instanceof ImageError);
  assert.equal(error.code, "missing_content");
  assert.ok(error.message.length < 400, error.message);
  assert.doesNotMatch(error.message, /[\w+/]{64}/);
});

Deno.test("an error in an event stream is told as the vendor's own", async () => {
  const refused = { error: { code: "moderation_blocked", message: "Not this" } };
  const error = await draw(() => stream(event(refused, "error"))).catch((error) => error);
  assert.equal(error.code, "content_refused");
});

async function draw(answer: () => Response) {
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, answer);
  const provider = openProvider(openai, {
    OPENAI_BASE_URL: `http://127.0.0.1:${server.addr.port}/v1`,
    OPENAI_MODEL: "a-model",
  });
  return await provider.generate(
    { operation: "generate", prompt: "a cat", inputs: [], count: 1, options: {} },
    { signal: new AbortController().signal, onProgress() {}, onAccepted() {} },
  );
}
