/** Calls with large pictures, which are taken out of the message while it comes. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { readJsonBody } from "../../src/http/bodies/body.ts";
import { PictureText } from "../../src/service/uploads.ts";
import { noise } from "../fakes/pictures.ts";
import { createRandom } from "../fuzz/random.ts";
import { type Called, callTool } from "../support/app.ts";
import { openHttpApp } from "../support/http_app.ts";
import { longestParsed } from "../support/parsed_texts.ts";
import { until } from "../support/wait.ts";
import { legacyPost, openSession, testHandler } from "./support.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const MEGABYTE = 1024 * 1024;

Deno.test("tools get large pictures whole, in both eras and beside progress", async () => {
  const picture = uriOf(noise(640, 600));
  assert.ok(picture.length > MEGABYTE);
  await using app = await openHttpApp(() => ({ IMAGE_PROVIDER: "placeholder" }));
  for (const mode of ["legacy", "auto"] as const) {
    const client = new Client(
      { name: "test", version: "1" },
      { versionNegotiation: { mode } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`)));
    for (const options of [{}, { onprogress() {} }]) {
      const call = (tool: string, args: Record<string, unknown>): Promise<Called> =>
        callTool(client, tool, args, options);
      const { envelope: made } = await call("transform_image", { image: picture, width: 64 });
      assert.deepEqual([made.images[0].width, made.images[0].height], [64, 60]);
      const { envelope: read } = await call("read_metadata", { image: picture });
      assert.equal(read.ok, true, JSON.stringify(read));
      const wrong = await call("edit_image", { prompt: picture, images: ["last"] });
      assert.match(wrong.envelope.error.message, /'prompt' must be .*, current value is a picture/);
      const inOptions = { prompt: "x", images: [picture], options: { image: picture } };
      const nested = await call("edit_image", inOptions);
      assert.match(nested.envelope.error.message, /picture in base64 stands where none is wanted/);
    }
    await client.close();
  }
});

Deno.test("a picture and a mask in one call are those of the same places", async () => {
  await using app = await openHttpApp(() => ({ IMAGE_PROVIDER: "placeholder" }));
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${app.url}/mcp`)));
  const base = uriOf(noise(640, 600));
  const other = uriOf(noise(600, 640));
  const { envelope } = await callTool(client, "edit_image", {
    prompt: "a hat",
    images: [{ image: base }, { image: other, role: "reference" }],
    mask: uriOf(noise(64, 64)) + "\n".repeat(40_000),
  });
  assert.match(envelope.error.message, /mask is 64x64 and the picture 640x600/);
  await client.close();
});

Deno.test("no picture of a call is ever a text, and all else is what JSON.parse makes of it", async () => {
  const random = createRandom(5);
  const longest = await longestParsed(async () => {
    for (let round = 0; round < 6; round++) {
      const pictures = [noise(400, 300 + round), noise(300, 200)];
      const images = pictures.map(uriOf);
      const args = { prompt: 'a "cat" \\', images: [images[0], { image: images[1] }], n: 1 };
      const text = callOf("edit_image", args);
      const step = random.of([1_000, 65_536, MEGABYTE]);
      const body = await readJsonBody(requestOf(text, step), LIMITS);
      assert.ok("value" in body);
      const { params } = body.value as { params: { arguments: typeof args } };
      const [first, second] = params.arguments.images as unknown[];
      const sent = [first, (second as { readonly image: unknown }).image];
      for (const [index, each] of sent.entries()) {
        assert.ok(each instanceof PictureText);
        assert.deepEqual(each.take(), pictures[index]);
      }
      assert.deepEqual({ ...params.arguments, images: [] }, { ...args, images: [] });
    }
  });
  assert.ok(longest < 70_000, `a text of ${longest} characters was parsed`);
});

Deno.test("the room of a long body is given back when its pictures are needed no more", async () => {
  let given = 0;
  const takeRoom = () => Promise.resolve(() => void given++);
  const text = callOf("edit_image", { images: [uriOf(noise(60, 60)), uriOf(noise(400, 300))] });
  for (const isAnswered of [false, true]) {
    given = 0;
    const body = await readJsonBody(requestOf(text, 1_000), { ...LIMITS, takeRoom });
    assert.ok("value" in body && body.pictures);
    const { params } = body.value as { params: { arguments: { images: unknown[] } } };
    const sent = params.arguments.images.filter((each) => each instanceof PictureText);
    sent.forEach((each) => each.take());
    assert.equal(given, 0);
    if (isAnswered) body.pictures.drop();
    else sent.forEach((each) => each.drop());
    assert.equal(given, 1);
  }
});

Deno.test("a long text that is no picture is refused once it is longer than a call without pictures", async () => {
  await using handler = testHandler();
  for (const long of ["A", "图", "\\u0041"]) {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        const begin = callOf("edit_image", { images: [""] }).slice(0, -5);
        const text = sent === 0 ? begin : long.repeat(20_000);
        sent += text.length;
        controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const session = await openSession(handler);
    const response = await handler.ask("/mcp", { ...legacyPost("", { session }), body });
    assert.equal(response.status, 413, long);
    await response.body?.cancel();
    assert.ok(sent < 6 * MEGABYTE, `${sent} characters were taken`);
  }
});

Deno.test("of several bodies that do not end, no more is held than the longest may have", async () => {
  await using handler = testHandler({ MCP_REQUEST_TIMEOUT: "1" });
  const session = await openSession(handler);
  const taken = [0, 0, 0];
  const answers = taken.map((_, index) => {
    const piece = "A".repeat(256 * 1024);
    const body = new ReadableStream({
      pull(controller) {
        const begin = callOf("edit_image", { images: ["data:image/png;base64,"] }).slice(0, -5);
        const text = taken[index] === 0 ? begin : piece;
        taken[index]! += text.length;
        if (taken[index]! < 20 * MEGABYTE) controller.enqueue(new TextEncoder().encode(text));
      },
    }, { highWaterMark: 0 });
    return handler.ask("/mcp", { ...legacyPost("", { session }), body });
  });
  await until("one is read as far as it goes", () => Math.max(...taken) >= 20 * MEGABYTE);
  assert.ok(taken.toSorted((one, other) => one - other)[1]! < 2 * MEGABYTE, `${taken}`);
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  assert.ok(statuses.includes(408), `${statuses}`);
  assert.ok(statuses.every((status) => status === 408 || status === 503), `${statuses}`);
});

const LIMITS = {
  maxBytes: 1024,
  timeout: 60_000,
  takeRoom: () => Promise.resolve(() => {}),
};

function callOf(name: string, args: Record<string, unknown>): string {
  const params = { name, arguments: args };
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
}

function uriOf(bytes: Uint8Array): string {
  return `data:image/png;base64,${bytes.toBase64()}`;
}

function requestOf(text: string, step: number): Request {
  const bytes = new TextEncoder().encode(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.slice(at, at + step);
  }
  return new Request("http://localhost/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: ReadableStream.from(chunks()),
  });
}
