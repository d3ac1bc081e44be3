/** Whatever a vendor sends, what comes of it is small. */

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { ImageError } from "../../src/errors.ts";
import { loadConfiguration } from "../../src/app/configuration.ts";
import {
  answerLimit,
  atMost,
  boundedError,
  firstOf,
  quote,
  vendorWord,
} from "../../src/providers/bounds.ts";
import { checkDownloadAddress } from "../../src/providers/download_address.ts";
import { printable } from "../../src/printable.ts";
import { createVendorClient } from "../../src/providers/http.ts";
import type { ImageResult } from "../../src/providers/provider.ts";
import { closeVendorConnections } from "../../src/providers/vendor_fetch.ts";
import { drawPng } from "../fakes/pictures.ts";
import { surroundingsOf } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";
import { peakMemory } from "../support/memory.ts";
import { startServer } from "../support/process.ts";
import { fakeOpenAI } from "../fakes/openai.ts";

const NASTY = "\x1b]0;x\x07\u202e".repeat(100_000);
const never = new AbortController().signal;

Deno.test("no more pictures are taken than were asked for, and it is said", () => {
  const image = { bytes: new Uint8Array(1), revisedPrompt: NASTY };
  const result: ImageResult = {
    images: Array.from({ length: 500 }, () => image),
    warnings: Array.from({ length: 5_000 }, () => NASTY),
    model: NASTY,
    usage: { [NASTY]: NASTY, deep: { a: { b: { c: { d: { e: 1 } } } } } },
  };
  const bounded = atMost(1, result);
  assert.equal(bounded.images.length, 1);
  assert.ok(JSON.stringify(bounded).length < 100_000);
  for (const text of [bounded.model, bounded.images[0]!.revisedPrompt!, ...bounded.warnings]) {
    assert.ok(printable(text) === text);
  }
  assert.match(firstOf(1, result.images).warnings[0]!, /500 pictures came where 1 was asked for/);
});

Deno.test("a result within the bounds stays as it is", () => {
  const result = {
    images: [{ bytes: new Uint8Array(1), revisedPrompt: "一只猫\nin two lines", seed: 3 }],
    warnings: ["a warning"],
    model: "m-1",
    usage: { total_tokens: 12, details: { text: 3 } },
  };
  assert.deepEqual(atMost(1, result), result);
});

Deno.test("an error keeps no vendor's flood, no base64 and no begun secret", () => {
  const secret = "sk-secret-of-a-person";
  const words = `${"x".repeat(187)} ${secret}`;
  const error = new ImageError("provider_error", `It said ${quote(words)}`, {
    vendor_parameter: NASTY,
    request_id: vendorWord(NASTY),
    many: Array.from({ length: 1_000_000 }, (_, index) => index),
  });
  const bounded = boundedError(error, [secret]);
  assert.ok(JSON.stringify(bounded.details).length < 5_000);
  assert.doesNotMatch(bounded.message, /sk-sec/);
  const picture = drawPng(64, 64, "note").toBase64();
  assert.doesNotMatch(quote(`{"data":"${picture}"}`), new RegExp(picture.slice(0, 20)));
});

Deno.test("a packed answer is bounded by what comes out of it", async () => {
  const blanks = new Uint8Array(gzipSync(new Uint8Array(150 * 1024 * 1024).fill(32)));
  await using vendor = Deno.serve({ port: 0, onListen() {} }, () =>
    new Response(blanks, {
      headers: { "content-encoding": "gzip", "content-type": "application/json" },
    }));
  const url = `http://127.0.0.1:${vendor.addr.port}`;
  const client = createVendorClient({ title: "The vendor", endpoint: url, secrets: [] });
  for (const pictures of [0, 1]) {
    const asked = { url, signal: never, repeat: "freely", pictures } as const;
    await assert.rejects(client.send({ ...asked, failure: () => undefined }), {
      message: new RegExp(`larger than ${Math.round(answerLimit(pictures) / 1024 / 1024)} MB`),
    });
  }
  await assert.rejects(client.download(url, never), { message: /larger than 50 MB/ });
});

Deno.test("a server that asks for one picture keeps its memory whatever comes packed", async () => {
  const blanks = new Uint8Array(gzipSync(new Uint8Array(150 * 1024 * 1024).fill(32)));
  const headers = { "content-encoding": "gzip", "content-type": "application/json" };
  const answers = [new Response("{}", { status: 400 }), new Response(blanks, { headers })];
  await using vendor = Deno.serve({ port: 0, onListen() {} }, () => answers.shift()!);
  await using folder = await temporaryFolder();
  const OPENAI_BASE_URL = `http://127.0.0.1:${vendor.addr.port}/v1`;
  await using server = startServer({ folder: folder.path, env: { OPENAI_BASE_URL } });
  await server.initialize();
  await server.call("generate_image", { prompt: "a cat" }, 30); // everything is loaded then
  const before = await peakMemory(server.pid);
  const answer = await server.call("generate_image", { prompt: "a cat" }, 30);
  assert.match(answer.error.message, /larger than 71 MB and was not read/);
  const growth = await peakMemory(server.pid) - before;
  assert.ok(growth < 3 * 71, `${growth} MiB more than before`);
});

Deno.test("a redirect to no address is told at once, and not tried for a minute", async () => {
  await using vendor = Deno.serve(
    { port: 0, onListen() {} },
    () => new Response(null, { status: 302, headers: { location: "http://[" } }),
  );
  const url = `http://127.0.0.1:${vendor.addr.port}`;
  const client = createVendorClient({ title: "The vendor", endpoint: url, secrets: [] });
  const began = performance.now();
  await assert.rejects(client.download(url, never), {
    message: /redirected to what is no address/,
  });
  assert.ok(performance.now() - began < 10_000);
});

Deno.test("a vendor on this machine opens no other port of it", async () => {
  const check = (url: string, resolve?: (host: string) => Promise<readonly string[]>) =>
    checkDownloadAddress(url, "http://127.0.0.1:8080/v1", "The vendor", resolve);
  await check("http://127.0.0.1:8080/picture.png");
  for (
    const url of ["http://127.0.0.1:9200/", "https://127.0.0.1:8080/", "http://localhost:8080/"]
  ) {
    await assert.rejects(check(url), { code: "missing_content" }, url);
  }
  const inside = () => Promise.resolve(["203.0.113.5", "169.254.169.254"]);
  await assert.rejects(check("https://pictures.example/x", inside), { code: "missing_content" });
  await check("https://pictures.example/x", () => Promise.resolve(["203.0.113.5"]));
  await check("https://pictures.example/x", () => Promise.resolve([]));
});

Deno.test("every hop of a download is resolved anew", async () => {
  const resolved: string[] = [];
  const addresses: Record<string, string> = { "a.example": "203.0.113.5", "b.example": "10.0.0.1" };
  const client = createVendorClient({
    title: "The vendor",
    endpoint: "https://api.example",
    secrets: [],
    fetch: () => Promise.resolve(Response.redirect("https://b.example/inside")),
    resolve(host) {
      resolved.push(host);
      return Promise.resolve([addresses[host]!]);
    },
  });
  await assert.rejects(client.download("https://a.example/x", never), { code: "missing_content" });
  assert.deepEqual(resolved, ["a.example", "b.example"]);
});

Deno.test("openai takes the one picture asked for out of five hundred, and no flood in an error", async () => {
  await using vendor = fakeOpenAI({ like: { pictures: "b64_json", errors: "text" } });
  const picture = drawPng(8, 8, "one").toBase64();
  const { providers } = loadConfiguration(
    surroundingsOf(vendor.environment, "/nowhere"),
    new Map(),
  );
  const provider = providers.on.get("openai")!;
  const request = {
    operation: "generate" as const,
    prompt: "a cat",
    inputs: [],
    count: 1,
    options: {},
  };
  const context = { signal: never, onProgress() {}, onAccepted() {} };
  vendor.answerNext(() =>
    Response.json({ data: Array.from({ length: 500 }, () => ({ b64_json: picture })) })
  );
  const { images, warnings } = await provider.generate(request, context);
  assert.equal(images.length, 1);
  assert.match(warnings.join(), /500 pictures came/);
  const error = { message: NASTY, param: NASTY.slice(0, 60_000), code: NASTY.slice(0, 60_000) };
  vendor.answerNext(() => Response.json({ error }, { status: 400 }));
  const refusal = await provider.generate(request, context).catch((error) => error);
  assert.ok(refusal instanceof ImageError);
  assert.ok(refusal.message.length + JSON.stringify(refusal.details).length < 3_000);
  assert.ok(printable(refusal.message) === refusal.message);
  closeVendorConnections();
});
