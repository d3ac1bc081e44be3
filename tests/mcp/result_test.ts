import assert from "node:assert/strict";
import { newImageId } from "../../src/storage/image_repository.ts";
import type { ImageRecord } from "../../src/storage/records/records.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import type { ServerDependencies } from "../../src/mcp/dependencies.ts";
import { answerResult } from "../../src/mcp/results/answer_result.ts";
import { asUnderstoodBy } from "../../src/mcp/results/result.ts";
import { connectTestClient, type Environment, openTestApp, type TestApp } from "../support/app.ts";
import { drawJpeg, drawPng, noise } from "../fakes/pictures.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

Deno.test("a picture that fits comes whole, and its text says where it is and what is next", async () => {
  await using server = await openServer();
  const bytes = noise(64, 64);
  const picture = await server.keep(bytes);
  const result = await picturesResult([picture], ["careful"], server.dependencies);
  const { content, structuredContent } = result;
  assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
  const [text, image] = content;
  assert.ok(image?.type === "image" && text?.type === "text");
  assert.deepEqual(Object.keys(text), ["type", "text"]);
  assert.equal(image.data, bytes.toBase64());
  assert.equal(image.mimeType, "image/png");
  assert.deepEqual(JSON.parse(text.text), {
    ok: true,
    images: [{
      id: picture.id, // which names the provider
      local_path: server.app.images.pathOf(picture),
      width: 64,
      height: 64,
    }],
    next: "Again: get_image_data",
    warnings: ["careful"],
  });
  const { ok, warnings, images } = structuredContent as Envelope;
  assert.deepEqual([ok, warnings], [true, ["careful"]]);
  assert.deepEqual([images[0].url, images[0].seed], [null, null]);
});

for (const count of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
  Deno.test(`${count} large pictures stay under the limit, each shown and told where it is`, async () => {
    const limit = 120_000;
    await using server = await openServer({ MCP_MAX_RESULT_BYTES: String(limit) });
    const pictures = await Promise.all(
      Array.from({ length: count }, () => server.keep(LARGE)),
    );
    const result = await picturesResult(pictures, ["a warning"], server.dependencies);
    assert.ok(size(result) <= limit, `${size(result)} bytes`);
    const images = result.content.filter(({ type }) => type === "image");
    assert.equal(images.length, count);
    const { next, images: entries } = envelopeOf(result);
    assert.match(next, /^Shown smaller than saved; /);
    assert.deepEqual(
      entries.map(({ local_path }) => local_path),
      pictures.map((picture) => server.app.images.pathOf(picture)),
    );
    const links = result.content.flatMap((each) => each.type === "resource_link" ? each.uri : []);
    assert.deepEqual(links, pictures.map(({ id }) => `image://${id}`));
  });
}

Deno.test("a preview is a picture, smaller than the one it stands for", async () => {
  await using server = await openServer({ MCP_MAX_RESULT_BYTES: "40000" });
  const { content } = await picturesResult(
    [await server.keep(LARGE)],
    [],
    server.dependencies,
  );
  const image = content.find(({ type }) => type === "image");
  assert.ok(image?.type === "image");
  const preview = identifyImage(Uint8Array.fromBase64(image.data));
  assert.equal(preview?.mediaType, image.mimeType);
  assert.ok(preview?.width !== undefined && preview.width < 256);
});

Deno.test("a picture that nothing can shrink is linked, with words that say where it is", async () => {
  await using server = await openServer({ MCP_MAX_RESULT_BYTES: "60000" });
  const picture = await server.keep(brokenWebp(200_000));
  const result = await picturesResult([picture], [], server.dependencies);
  assert.deepEqual(result.content.map(({ type }) => type), ["text", "resource_link"]);
  assert.match(envelopeOf(result).next, /^Too large to show here; /);
  assert.ok(size(result) <= 60_000);
});

Deno.test("MCP_INLINE_IMAGE=never shows none", async () => {
  await using server = await openServer({ MCP_INLINE_IMAGE: "never" });
  const { content } = await picturesResult(
    [await server.keep(noise(8, 8))],
    [],
    server.dependencies,
  );
  assert.deepEqual(content.map(({ type }) => type), ["text", "resource_link"]);
});

Deno.test("MCP_INLINE_IMAGE=always shows no more than clients take", async () => {
  await using server = await openServer({
    MCP_INLINE_IMAGE: "always",
    MCP_MAX_RESULT_BYTES: "20000",
  });
  const result = await picturesResult(
    [await server.keep(noise(560, 560))],
    [],
    server.dependencies,
  );
  assert.deepEqual(result.content.map(({ type }) => type), ["text", "image", "resource_link"]);
  assert.ok(size(result) > 20_000 && size(result) <= 1_048_576, `${size(result)} bytes`);
});

Deno.test("MCP_INLINE_IMAGE=always shows all of it where clients take it", async () => {
  await using server = await openServer({
    MCP_INLINE_IMAGE: "always",
    MCP_MAX_RESULT_BYTES: "20000",
  });
  const result = await picturesResult(
    [await server.keep(LARGE)],
    [],
    server.dependencies,
  );
  const image = result.content.find(({ type }) => type === "image");
  assert.ok(image?.type === "image" && image.data === LARGE.toBase64());
  assert.equal(envelopeOf(result).next, "Again: get_image_data; To change it: edit_image");
});

Deno.test("the smallest limit still holds ten pictures' records", async () => {
  await using server = await openServer({ MCP_MAX_RESULT_BYTES: "20000" });
  const long = "很".repeat(30_000);
  const pictures = await Promise.all(
    Array.from({ length: 10 }, () => server.keep(drawJpeg(64, 64, "x".repeat(30_000)), long)),
  );
  const result = await picturesResult(pictures, [], server.dependencies);
  assert.ok(size(result) <= 20_000, `${size(result)} bytes`);
  assert.equal(envelopeOf(result).images.length, 10);
});

Deno.test("a revised prompt is cut only where it would crowd out the rest", async () => {
  await using server = await openServer();
  const long = "word ".repeat(1_000);
  const revisedPrompt = async (count: number) => {
    const pictures = await Promise.all(
      Array.from({ length: count }, () => server.keep(drawPng(8, 8, "x"), long)),
    );
    const result = await picturesResult(pictures, [], server.dependencies);
    assert.ok(String(envelopeOf(result).images[0].revised_prompt).length <= 300);
    return (result.structuredContent as Envelope).images[0].revised_prompt;
  };
  assert.equal(await revisedPrompt(1), long);
  const cut = String(await revisedPrompt(10));
  assert.ok(cut.length < long.length && cut.endsWith("…") && long.startsWith(cut.slice(0, -1)));
});

Deno.test("structured content and its text hold no base64", async () => {
  await using server = await openServer();
  const result = await picturesResult(
    [await server.keep(noise(64, 64))],
    [],
    server.dependencies,
  );
  assert.doesNotMatch(JSON.stringify(result.structuredContent), /[A-Za-z0-9+/]{80,}/);
  assert.doesNotMatch(JSON.stringify(envelopeOf(result)), /[A-Za-z0-9+/]{80,}/);
});

Deno.test("a picture that could not be saved is shown all the same, and says so", async () => {
  await using server = await openServer();
  const picture = await server.keep(noise(8, 8));
  const unsaved: ImageRecord = { ...picture, fileName: null, saveError: "Not saved: disk full" };
  const result = await picturesResult([unsaved], [], {
    ...server.dependencies,
    imageService: Object.assign(Object.create(server.dependencies.imageService), {
      recentBytesOf: () => Promise.resolve(noise(8, 8)),
    }),
  });
  assert.equal(result.content[1]?.type, "image");
  const { save_error, file_name, local_path, url } = (result.structuredContent as Envelope)
    .images[0];
  assert.equal(save_error, "Not saved: disk full");
  assert.deepEqual([file_name, local_path, url], [null, null, null]);
  assert.ok(envelopeOf(result).next.includes(`image://${unsaved.id}`));
});

Deno.test("a file that vanished in between costs the block and not the answer", async () => {
  await using server = await openServer();
  const picture = await server.keep(noise(8, 8));
  await Deno.remove(server.app.images.pathOf(picture)!);
  const { images } = server.app;
  const forgetful = Object.assign(Object.create(images), {
    pathOf: images.pathOf.bind(images),
    readRecent: () => images.read(picture), // as once memory has let go of it
  });
  const dependencies = { ...server.dependencies, images: forgetful };
  const { content, isError } = await picturesResult([picture], [], dependencies);
  assert.equal(isError, false);
  assert.deepEqual(content.map(({ type }) => type), ["text", "resource_link"]);
  assert.ok(server.log.some((line) => line.includes("cannot be shown inline")));
});

Deno.test("clients older than structured content and links get the whole envelope as text", async () => {
  await using server = await openServer({ MCP_MAX_RESULT_BYTES: "60000" });
  const result = await picturesResult([await server.keep(LARGE)], [], server.dependencies);
  const types = (revision?: string) =>
    asUnderstoodBy(revision, result).content.map(({ type }) => type);
  assert.deepEqual(types("2024-11-05"), ["text", "image"]);
  assert.deepEqual(types("2025-03-26"), ["text", "image"]);
  assert.deepEqual(types("2025-06-18"), ["text", "image", "resource_link"]);
  assert.deepEqual(types("2026-07-28"), ["text", "image", "resource_link"]);
  assert.deepEqual(types(undefined), ["text", "image", "resource_link"]);
  const whole = envelopeOf(asUnderstoodBy("2024-11-05", result));
  assert.deepEqual(whole, result.structuredContent);
});

Deno.test("a preview that is not made before the wait is over costs the block and not the time", async () => {
  await using server = await openServer({ MCP_MAX_RESULT_BYTES: "60000" });
  const small = await server.keep(noise(8, 8));
  const large = await server.keep(LARGE);
  const previews = Object.assign(Object.create(server.dependencies.previews), {
    previewOf: () => new Promise(() => {}),
  });
  const began = performance.now();
  const result = await answerResult(
    { done: true, images: [small, large], warnings: [] },
    { ...server.dependencies, previews },
    { until: began + 200 },
  );
  const seconds = (performance.now() - began) / 1000;
  assert.ok(seconds < 10, `${seconds} s`);
  assert.deepEqual(result.content.map(({ type }) => type), ["text", "image", "resource_link"]);
  assert.match(envelopeOf(result).next, /^1: The wait was over before a preview was made; /);
});

for (const count of [1, 4]) {
  Deno.test(`the text of ${count} pictures is under 130 tokens for each`, async () => {
    await using server = await openServer();
    const pictures = await Promise.all(
      Array.from({ length: count }, () => server.keep(drawPng(1024, 1024, "x"))),
    );
    const job = { ...JOB, id: newImageId("job", Date.now()) };
    const answer = { done: true, images: pictures, warnings: [], job } as const;
    const { content: [text] } = await answerResult(answer, server.dependencies);
    assert.ok(text?.type === "text");
    const tokens = text.text.length / 3.5 / count;
    assert.ok(tokens < 130, `${tokens} tokens: ${text.text}`);
  });
}

Deno.test("a placeholder's text is under 130 tokens, with its warning", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { content } = await client.call("generate_image", { prompt: "a cat" });
  const text = String(content[0]?.text);
  assert.ok(text.length / 3.5 < 130, `${text.length / 3.5} tokens: ${text}`);
});

Deno.test("a real answer with a preview stays under the limit on the wire", async () => {
  await using test = await openTestApp({ env: { MCP_MAX_RESULT_BYTES: "50000" } });
  await using client = await connectTestClient(test.app, { mode: "auto" });
  const { envelope, content } = await client.call("generate_image", {
    prompt: "a forest of many leaves",
    resolution: "640x640",
    n: 2,
  });
  assert.equal(envelope.ok, true);
  assert.ok(size(content) + size(envelope) <= 50_000);
  assert.equal(content.filter(({ type }) => type === "image").length, 2);
});

const JOB = { state: "finished", provider: "test", startedAt: 0, message: "Finished" } as const;

const LARGE = noise(256, 256);

interface TestServer extends TestApp {
  readonly dependencies: ServerDependencies;
  keep(bytes: Uint8Array<ArrayBuffer>, revisedPrompt?: string): Promise<ImageRecord>;
}

async function openServer(env: Environment = {}): Promise<TestServer> {
  const test = await openTestApp({ env });
  return Object.assign(test, {
    dependencies: test.app.serverDependencies({ transport: "stdio" }),
    keep: (bytes: Uint8Array<ArrayBuffer>, revisedPrompt?: string) =>
      test.app.images.save({ bytes, revisedPrompt }, {
        id: newImageId("test", Date.now()),
        owner: "",
        operation: "generate",
        parents: [],
        provider: "test",
        model: "test",
        prompt: "a test",
        parameters: {},
      }),
  });
}

type Result = Awaited<ReturnType<typeof answerResult>>;

function picturesResult(
  pictures: readonly ImageRecord[],
  warnings: readonly string[],
  dependencies: ServerDependencies,
): Promise<Result> {
  return answerResult({ done: true, images: pictures, warnings }, dependencies);
}

interface Envelope {
  readonly ok: boolean;
  readonly warnings: readonly string[];
  readonly images: readonly [Record<string, unknown>, ...Record<string, unknown>[]];
  readonly next: string;
}

/** What stands in the text. */
function envelopeOf({ content: [text] }: Result): Envelope {
  assert.ok(text?.type === "text");
  return JSON.parse(text.text);
}

/** What a client receives for it, in bytes. */
function size(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Begins like a WebP and holds no picture. */
function brokenWebp(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length).fill(0x55);
  bytes.set(new TextEncoder().encode("RIFF\0\0\0\0WEBPVP8L\0\0\0\0/"));
  new DataView(bytes.buffer).setUint32(4, length - 8, true);
  return bytes;
}
