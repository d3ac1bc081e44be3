/** OpenAI's image API in front of every provider, as foreign clients use it: real servers, real processes. */

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateImage } from "ai";
import assert from "node:assert/strict";
import { OpenAI } from "../src/dependencies/openai.ts";
import { identifyImage } from "../src/images/media_type.ts";
import { drawPlainPng } from "./fakes/pictures.ts";
import { fakeOpenAI } from "./fakes/openai.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

const TOKENS = { ann: "token-of-ann", bob: "token-of-bob" };
const MCP_AUTH_TOKEN = Object.entries(TOKENS).map(([name, token]) => `${name}=${token}`).join();
const PNG = drawPlainPng(64, 48, "base");
const MODEL = "placeholder";
const prompt = "a cat in a garden";

Deno.test("the official client draws, edits, and lists models, unchanged", async () => {
  await using server = await startServer();
  const client = clientOf(server.url);

  const models = await Array.fromAsync(client.models.list());
  const [first] = models;
  assert.ok(models.some(({ owned_by }) => owned_by === MODEL), JSON.stringify(models));
  assert.deepEqual(await client.models.retrieve(first!.id), first);

  for (const model of [MODEL, first!.id, undefined]) {
    const { data, created, output_format } = await client.images.generate({
      model,
      prompt,
      size: "256x256",
      n: 2,
      quality: "auto",
      user: "somebody",
    });
    assert.equal(data?.length, 2);
    assert.ok(Math.abs(created - Date.now() / 1000) < 60);
    for (const { b64_json } of data) {
      const kind = identifyImage(Uint8Array.fromBase64(b64_json!))!;
      assert.deepEqual([kind.width, kind.height], [256, 256]);
      assert.equal(kind.mediaType, `image/${output_format}`);
    }
  }

  const { data } = await client.images.generate({ model: MODEL, prompt, response_format: "url" });
  const fetched = await fetch(data![0]!.url!);
  assert.equal(fetched.status, 200);
  assert.ok(identifyImage(await fetched.bytes()));

  const file = () => new File([PNG], "base.png", { type: "image/png" });
  for (const image of [file(), [file(), file()]]) {
    const edited = await client.images.edit({
      model: MODEL,
      prompt: "a red sky",
      image,
      mask: new File([drawPlainPng(64, 48, "mask")], "mask.png", { type: "image/png" }),
    });
    assert.ok(identifyImage(Uint8Array.fromBase64(edited.data![0]!.b64_json!)));
  }
});

Deno.test("a second foreign client draws and edits, too", async () => {
  await using server = await startServer();
  const provider = createOpenAICompatible({
    name: "pictures",
    baseURL: `${server.url}/v1`,
    apiKey: TOKENS.ann,
  });
  const model = provider.imageModel(MODEL);
  const drawn = await generateImage({ model, prompt, n: 2, size: "512x512" });
  assert.equal(drawn.images.length, 2);
  const edited = await generateImage({ model, prompt: { text: "a red sky", images: [PNG] } });
  for (const { uint8Array } of [...drawn.images, ...edited.images]) {
    assert.ok(identifyImage(uint8Array));
  }
});

Deno.test("a stream brings unfinished pictures, as many as were asked for, and the finished ones", async () => {
  await using vendor = fakeOpenAI();
  await using server = await startServer(vendor.environment);
  const client = clientOf(server.url);
  const cases = [[1, ["partial_image", "completed"]], [0, ["completed"]]] as const;
  for (const [partial_images, expected] of cases) {
    const common = { prompt: `${prompt} ${partial_images}`, stream: true, partial_images } as const;
    const image = new File([PNG], "base.png", { type: "image/png" });
    const streams = {
      image_generation: await client.images.generate(common),
      image_edit: await client.images.edit({ ...common, image }),
    };
    for (const [kind, stream] of Object.entries(streams)) {
      const types = [];
      for await (const { type, b64_json } of stream) {
        types.push(type);
        assert.ok(identifyImage(Uint8Array.fromBase64(b64_json)));
      }
      assert.deepEqual(types, expected.map((each) => `${kind}.${each}`));
    }
  }
});

Deno.test("an error comes in the form and with the status that the official client knows", async () => {
  await using server = await startServer();
  const client = clientOf(server.url);
  const draw = (more: Record<string, unknown>) =>
    client.images.generate({ prompt, model: MODEL, ...more } as { prompt: string });
  const cases = [
    [() => draw({ model: "no-such-model" }), 404, "model_not_found", "model", /provider\/model/],
    [() => draw({ model: "gpt-image-1" }), 404, "model_not_found", null, /OPENAI_API_KEY/],
    [() => draw({ prompt: "" }), 400, null, "prompt", /'prompt' is missing/],
    [() => draw({ n: 11 }), 400, "invalid_parameters", null, /from 1 to 10/],
    [() => draw({ n: "many" }), 400, null, "n", /whole number/],
    [() => draw({ response_format: "file" }), 400, null, "response_format", /'b64_json' or 'url'/],
    [() => draw({ partial_images: 4 }), 400, null, "partial_images", /'0', '1', '2' or '3'/],
    [
      () => client.models.retrieve("no-such-model"),
      404,
      "model_not_found",
      "model",
      /GET \/v1\/models/,
    ],
    [() => clientOf(server.url, "wrong").models.list(), 401, "invalid_api_key", null, /token/],
    [
      () => client.images.edit({ prompt, image: textFile() }),
      400,
      "invalid_parameters",
      null,
      /picture/,
    ],
    [
      () => client.post("/images/edits", { body: { prompt } }),
      400,
      null,
      "image",
      /send the picture/,
    ],
    [() => client.get("/images/generations"), 405, null, null, /Method not allowed/],
  ] as const;
  for (const [ask, status, code, param, message] of cases) {
    const error = await Promise.resolve(ask()).then(() => undefined, (error) => error);
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.equal(error.status, status, error.message);
    assert.deepEqual([error.code, error.param], [code, param], error.message);
    assert.match(error.message, message);
  }
});

Deno.test("a failure in a stream reaches the official client as an error", async () => {
  await using vendor = fakeOpenAI();
  await using server = await startServer({ ...vendor.environment, OPENAI_API_KEY: "sk-bad" });
  const stream = await clientOf(server.url).images.generate({ prompt, stream: true });
  await assert.rejects(Array.fromAsync(stream), /OPENAI_API_KEY|key/);
});

Deno.test("an address is refused before anything is drawn where pictures are private", async () => {
  await using server = await startServer({ MCP_PRIVATE_IMAGES: "true" });
  await assert.rejects(
    clientOf(server.url).images.generate({ model: MODEL, prompt, response_format: "url" }),
    { status: 400, param: "response_format", message: /pictures are private here/ },
  );
});

Deno.test("what is too large, and what is no JSON, is refused and not read on", async () => {
  await using server = await startServer({ MCP_MAX_BODY_BYTES: "2048" });
  const post = async (path: string, body: BodyInit, type?: string) => {
    const response = await fetch(`${server.url}/v1/images/${path}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${TOKENS.ann}`, ...type && { "content-type": type } },
    });
    const { error } = await response.json();
    return [response.status, error.message, error.param];
  };
  const json = "application/json";
  const large = JSON.stringify({ prompt: "a".repeat(3000) });
  const message = "The request body is larger than 2048 bytes";
  assert.deepEqual(await post("generations", large, json), [413, message, null]);
  assert.deepEqual(await post("generations", "[]", json), [
    400,
    "The request body is no JSON object",
    null,
  ]);
  assert.equal((await post("generations", "a=b", "text/plain"))[0], 415);
  assert.equal((await post("edits", "nothing", "multipart/form-data; boundary=x"))[0], 400);
  const form = new FormData();
  form.set("prompt", prompt);
  form.set("image", new Blob([new Uint8Array(26 * 1024 * 1024)], { type: "image/png" }), "a.png");
  assert.deepEqual(await post("edits", form), [
    413,
    "A picture may have at most 25 MB: make it smaller",
    "image",
  ]);
});

Deno.test("a picture may be named by its data, and fields that do nothing are told", async () => {
  await using server = await startServer();
  const client = clientOf(server.url);
  const image_url = `data:image/png;base64,${PNG.toBase64()}`;
  const body = { prompt, model: MODEL, images: [{ image_url }], input_fidelity: "high" };
  const { data, warnings } = await client.post("/images/edits", { body }) as {
    data: { b64_json: string }[];
    warnings: string[];
  };
  assert.ok(identifyImage(Uint8Array.fromBase64(data[0]!.b64_json)));
  assert.match(warnings.join(), /Nothing here takes 'input_fidelity'/);
});

Deno.test("tokens that a vendor tells of reach the client, summed over all calls", async () => {
  await using vendor = fakeOpenAI();
  await using server = await startServer(vendor.environment);
  const client = clientOf(server.url);
  const one = {
    input_tokens: 9,
    input_tokens_details: { text_tokens: 9, image_tokens: 0 },
    output_tokens: 196,
    total_tokens: 205,
  };
  const { usage } = await client.images.generate({ prompt, n: 2 });
  const calls = vendor.requests.length;
  assert.deepEqual(usage, {
    input_tokens: 9 * calls,
    input_tokens_details: { text_tokens: 9 * calls, image_tokens: 0 },
    output_tokens: 196 * calls,
    total_tokens: 205 * calls,
  });

  const image = new File([PNG], "base.png", { type: "image/png" });
  const stream = await client.images.edit({ prompt, image, stream: true });
  const events = await Array.fromAsync(stream);
  const [completed] = events.filter(({ type }) => type === "image_edit.completed");
  assert.ok(completed?.type === "image_edit.completed");
  assert.deepEqual(completed.usage, one);

  await using free = await startServer();
  const drawn = await clientOf(free.url).images.generate({ prompt, model: MODEL });
  assert.equal(drawn.usage, undefined);
});

Deno.test("nobody sees what another draws, nor works from it", async () => {
  await using server = await startServer();
  await clientOf(server.url).images.generate({ prompt, model: MODEL, size: "256x256" });
  const [picture] = await picturesOf(server.url, TOKENS.ann);
  assert.deepEqual(await picturesOf(server.url, TOKENS.bob), []);
  const edit = (apiKey: string, id: string) =>
    clientOf(server.url, apiKey).post("/images/edits", {
      body: { prompt, model: MODEL, images: [{ image_url: id }] },
    });
  await edit(TOKENS.ann, picture!.id);
  const refused = async (id: string) => {
    const error = await edit(TOKENS.bob, id).then(() => undefined, (error) => error);
    assert.ok(error instanceof OpenAI.APIError);
    return [error.status, error.code, error.message.replaceAll(id, "ID")];
  };
  const unknown = picture!.id.replace(/.$/, (last) => last === "0" ? "1" : "0");
  assert.deepEqual(await refused(picture!.id), await refused(unknown));
});

Deno.test("who asks too often waits, in the form of the API, and nobody else does", async () => {
  await using server = await startServer({ MCP_RATE_LIMIT: "2" });
  const list = (apiKey: string) => Array.fromAsync(clientOf(server.url, apiKey).models.list());
  await list(TOKENS.ann);
  await list(TOKENS.ann);
  const error = await list(TOKENS.ann).then(() => undefined, (error) => error);
  assert.ok(error instanceof OpenAI.RateLimitError, String(error));
  assert.match(error.message, /Too many requests; try again in \d+ s/);
  assert.match(error.headers.get("retry-after") ?? "", /^\d+$/);
  await list(TOKENS.bob);
});

Deno.test("a picture that is being drawn is kept, whose client leaves meanwhile", async () => {
  await using vendor = fakeOpenAI();
  await using server = await startServer(vendor.environment);
  for (const stream of [false, true]) {
    const said = `${prompt} ${stream}`;
    const before = vendor.requests.length;
    const finish = Promise.withResolvers<void>();
    vendor.answerNext(() => afterwards(finish.promise));
    const leaving = new AbortController();
    const drawing = clientOf(server.url).images
      .generate({ prompt: said, stream }, { signal: leaving.signal })
      .then(async (answer) => Symbol.asyncIterator in answer && await Array.fromAsync(answer));
    const gone = drawing.then(() => {}, () => {});
    await until("the vendor is asked", () => vendor.requests.length > before);
    leaving.abort();
    await gone;
    finish.resolve();
    const kept = await until(
      "the picture",
      async () => (await picturesOf(server.url, TOKENS.ann)).find((each) => each.prompt === said),
    );
    assert.equal(kept.provider, "openai");
    assert.equal(vendor.requests.length, before + 1);
  }
});

/** The vendor's answer, whose picture comes after its beginning. */
function afterwards(finish: Promise<void>): Response {
  async function* pieces() {
    yield "{";
    await finish;
    yield `"created":1770000000,"data":[{"b64_json":"${PNG.toBase64()}"}]}`;
  }
  return new Response(ReadableStream.from(pieces()).pipeThrough(new TextEncoderStream()), {
    headers: { "content-type": "application/json" },
  });
}

async function picturesOf(url: string, token: string) {
  const response = await fetch(`${url}/page/data/pictures`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { pictures } = await response.json();
  return pictures as { id: string; prompt: string; provider: string }[];
}

function textFile(): File {
  return new File(["no picture"], "a.png", { type: "image/png" });
}

function clientOf(url: string, apiKey: string = TOKENS.ann): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 });
}

/** A server with two people's tokens, on a folder of its own. */
async function startServer(env: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  const server = await startHttpServer({ folder: folder.path, env: { MCP_AUTH_TOKEN, ...env } });
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
