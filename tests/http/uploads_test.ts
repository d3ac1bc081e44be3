import assert from "node:assert/strict";
import { readUpload } from "../../src/http/uploads/body.ts";
import { MAX_UPLOAD_BYTES, Uploads } from "../../src/service/uploads.ts";
import { silentLogger } from "../../src/log.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { drawPlainPng } from "../fakes/pictures.ts";
import { smallPicture } from "../fakes/small_pictures.ts";
import { temporaryFolder } from "../support/folder.ts";
import { gate, testHandler, until } from "./support.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const PNG = drawPlainPng(16, 12, "one");
const AS_JSON = { accept: "application/json" };
const MINUTE = 60_000;

Deno.test("a link takes a picture of whoever opens it, for the person who asked for it", async () => {
  await using server = await openServer();
  const { path, id } = await server.link("ann");
  const response = await server.post(path, PNG);
  assert.equal(response.status, 201);
  const size = { width: 16, height: 12, size_bytes: PNG.length };
  assert.deepEqual(
    await response.json(),
    { id, mime_type: "image/png", ...size, warnings: [] },
  );
  const found = await server.wait(id, "ann");
  assert.deepEqual(await server.uploads.read(found.picture!), PNG);
  await assert.rejects(server.wait(id, "bob"), { code: "image_not_found" });
});

Deno.test("a link works once: used, expired and unknown ones say so, in two languages", async () => {
  await using server = await openServer();
  const used = await server.link();
  await (await server.post(used.path, PNG)).body?.cancel();
  const expired = await server.link();
  server.clock.now += 15 * MINUTE;
  const cases = [
    [used.path, 410, "used", /This link has been used/, /此链接已使用/],
    [expired.path, 410, "expired", /This link has expired/, /此链接已过期/],
    [`/uploads/${"a".repeat(43)}`, 404, "unknown", /not known here/, /无法识别此链接/],
    ["/uploads/..%2f..%2fetc", 404, "unknown", /not known here/, /无法识别此链接/],
  ] as const;
  for (const [path, status, code, english, chinese] of cases) {
    const page = await server.ask(path);
    assert.equal(page.status, status);
    assert.match(await page.text(), english);
    const translated = await server.ask(path, { headers: { "accept-language": "zh-CN,en;q=0.5" } });
    assert.equal(translated.headers.get("content-language"), "zh");
    assert.match(await translated.text(), chinese);
    const posted = await server.post(path, PNG);
    assert.equal(posted.status, status);
    assert.equal((await posted.json()).error.code, code);
  }
});

Deno.test("of two pictures at once on one link one wins, and the other is told", async () => {
  await using server = await openServer();
  const { path, id } = await server.link();
  const pictures = [PNG, drawPlainPng(20, 10, "two"), drawPlainPng(8, 8, "three")];
  const responses = await Promise.all(pictures.map((bytes) => server.post(path, bytes)));
  assert.deepEqual(responses.map(({ status }) => status).toSorted(), [201, 410, 410]);
  const winner = responses.findIndex(({ status }) => status === 201);
  const { picture } = await server.wait(id);
  assert.deepEqual(await server.uploads.read(picture!), pictures[winner]);
  for (const response of responses) await response.body?.cancel();
});

const REFUSED: readonly (readonly [string, Uint8Array<ArrayBuffer>, number, string, RegExp])[] = [
  ["a text", new TextEncoder().encode("no picture"), 422, "picture", /is not a picture/],
  ["a cut file", PNG.slice(0, -20), 422, "picture", /The picture is cut short/],
  ["AVIF", smallPicture("AVIF"), 422, "picture", /save it as JPEG or PNG first/],
  ["nothing", new Uint8Array(), 400, "none", /no picture in what was sent/],
  ["too much", new Uint8Array(MAX_UPLOAD_BYTES + 1), 413, "large", /larger than 25 MB/],
];

for (const [what, bytes, status, code, message] of REFUSED) {
  Deno.test(`${what} is refused, and the link still works`, async () => {
    await using server = await openServer();
    const { path } = await server.link();
    const response = await server.post(path, bytes);
    assert.equal(response.status, status);
    const { error } = await response.json();
    assert.equal(error.code, code);
    assert.match(error.message, message);
    const again = await server.post(path, PNG);
    assert.equal(again.status, 201);
    await again.body?.cancel();
  });
}

Deno.test("a body that tells no length is counted as it comes", async () => {
  await using server = await openServer();
  const { path } = await server.link();
  const piece = new Uint8Array(1024 * 1024);
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      sent += piece.length;
      controller.enqueue(piece);
    },
  });
  const response = await server.ask(path, { method: "POST", body: endless, headers: AS_JSON });
  assert.equal(response.status, 413);
  assert.ok(sent < MAX_UPLOAD_BYTES + 4 * piece.length, `${sent} bytes were taken`);
  await response.body?.cancel();
});

Deno.test("four pictures are read at once, and a place is free again when one is done", async () => {
  await using server = await openServer();
  const { opened, open } = gate();
  let begun = 0;
  const slow = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        begun++;
        await opened;
        controller.enqueue(PNG);
        controller.close();
      },
    }, { highWaterMark: 0 });
  const links = await Promise.all(Array.from({ length: 5 }, () => server.link()));
  const [last, ...first] = links.reverse();
  const pending = first.map(({ path }) =>
    server.ask(path, { method: "POST", body: slow(), headers: AS_JSON })
  );
  await until(() => begun === 4);
  const busy = await server.post(last!.path, PNG);
  assert.equal(busy.status, 503);
  assert.equal(busy.headers.get("retry-after"), "5");
  await busy.body?.cancel();
  open();
  for (const response of await Promise.all(pending)) {
    assert.equal(response.status, 201);
    await response.body?.cancel();
  }
  assert.equal((await server.post(last!.path, PNG)).status, 201);
});

Deno.test("a picture that does not arrive in time is not waited for", async () => {
  const request = new Request("http://127.0.0.1/", { method: "POST", body: new ReadableStream() });
  assert.equal(await readUpload(request, 20), "slow");
});

Deno.test("a turned photo arrives upright, without what its camera wrote", async () => {
  await using server = await openServer();
  const { path, id } = await server.link();
  const answer = await (await server.post(path, smallPicture("turned JPEG"))).json();
  assert.deepEqual([answer.width, answer.height], [32, 24]);
  const bytes = await server.uploads.read((await server.wait(id)).picture!);
  assert.doesNotMatch(new TextDecoder("latin1").decode(bytes), /Exif/);
});

Deno.test("what was lost of a picture is told", async () => {
  await using server = await openServer();
  const { path, id } = await server.link();
  const { warnings } = await (await server.post(path, smallPicture("animated GIF"))).json();
  assert.match(warnings.join(), /The picture is animated, and its first picture was used/);
  assert.deepEqual((await server.wait(id)).picture!.changes, warnings);
});

Deno.test("without its script the page sends a form, and gets a page", async () => {
  await using server = await openServer();
  const { path } = await server.link();
  const form = new FormData();
  form.append("camera", new File([], ""));
  form.append("file", new File([PNG], "cat.png", { type: "image/png" }));
  const response = await server.ask(path, { method: "POST", body: form });
  assert.equal(response.status, 201);
  assert.match(response.headers.get("content-type")!, /text\/html/);
  assert.match(await response.text(), /The picture has arrived\. 16 × 12/);
});

Deno.test("the page runs its own script and nothing else, and is kept nowhere", async () => {
  await using server = await openServer();
  const { path } = await server.link();
  const response = await server.ask(path);
  assert.equal(response.status, 200);
  const policy = response.headers.get("content-security-policy")!;
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.includes(rule), policy);
  }
  assert.doesNotMatch(policy, /unsafe|\*/);
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("referrer-policy"), "no-referrer");
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  const html = await response.text();
  assert.doesNotMatch(html, /<script(?! src="page\.js">)|<style|style=|\son[a-z]+=/);
  const script = await server.ask("/uploads/page.js");
  assert.match(script.headers.get("content-type")!, /javascript/);
  assert.match(await script.text(), /XMLHttpRequest/);
  const style = await server.ask("/uploads/page.css", { method: "HEAD" });
  assert.equal(style.status, 200);
  assert.equal(await style.text(), "");
});

Deno.test("opening the page, however often, does not use the link up", async () => {
  await using server = await openServer();
  const { path } = await server.link();
  for (const method of ["GET", "HEAD", "GET"]) {
    const response = await server.ask(path, { method });
    assert.equal(response.status, 200);
    assert.equal((await response.text()) === "", method === "HEAD");
  }
  assert.equal((await server.post(path, PNG)).status, 201);
});

for (
  const [what, headers, status] of [
    ["another site", { "sec-fetch-site": "cross-site" }, 403],
    ["another site of an older browser", { origin: "https://evil.example" }, 403],
    ["a page without an origin", { origin: "null" }, 403],
    ["its own page", { "sec-fetch-site": "same-origin", origin: "https://pictures.example" }, 201],
    ["its own page in an older browser", { origin: "http://127.0.0.1:8000" }, 201],
    ["its own page behind a proxy", { origin: "https://pictures.example" }, 201],
    ["a program", {}, 201],
  ] as const
) {
  Deno.test(`a picture that ${what} sends to a link gets ${status}`, async () => {
    await using server = await openServer({ MCP_PUBLIC_BASE_URL: "https://pictures.example" });
    const { path } = await server.link();
    const response = await server.ask(path, { method: "POST", body: PNG, headers });
    assert.equal(response.status, status, await response.text());
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });
}

Deno.test("unknown links are tried 20 times a minute at most, and right ones work all the while", async () => {
  await using server = await openServer();
  const { path } = await server.link();
  const statuses: number[] = [];
  for (let guess = 0; guess < 25; guess++) {
    const response = await server.ask(`/uploads/${String(guess).padStart(43, "x")}`);
    statuses.push(response.status);
    if (response.status === 429) assert.equal(response.headers.get("retry-after"), "60");
    await response.body?.cancel();
  }
  assert.deepEqual(statuses, [...Array(20).fill(404), ...Array(5).fill(429)]);
  const elsewhere = await server.ask("/uploads/none", { address: "192.0.2.9" });
  assert.equal(elsewhere.status, 404);
  await elsewhere.body?.cancel();
  assert.equal((await server.post(path, PNG)).status, 201);
});

Deno.test("what makes a link secret is neither in the log nor in the records", async () => {
  await using server = await openServer();
  const { path, token } = await server.link();
  await (await server.ask(path)).body?.cancel();
  await (await server.post(path, PNG)).body?.cancel();
  const lines = server.handler.dependencies.log.lines.filter(({ event }) => event === "request");
  assert.deepEqual(lines.map(({ fields }) => fields.path), ["/uploads/", "/uploads/"]);
  assert.ok(!JSON.stringify(lines).includes(token));
  await server.close();
  for await (const { name, isFile } of Deno.readDir(`${server.folder}/.mcp-image-server`)) {
    if (!isFile) continue;
    const bytes = await Deno.readFile(`${server.folder}/.mcp-image-server/${name}`);
    assert.ok(!new TextDecoder("latin1").decode(bytes).includes(token), name);
  }
});

Deno.test("a program sends a picture with the server's token, as it is or in a form", async () => {
  await using server = await openServer({ MCP_AUTH_TOKEN: "ann=token-a,bob=token-b" });
  const form = new FormData();
  form.append("picture", new File([PNG], "cat.png"));
  for (const body of [PNG, form]) {
    const headers = { authorization: "Bearer token-a" };
    const response = await server.ask("/uploads", { method: "POST", body, headers });
    assert.equal(response.status, 201);
    const { id } = await response.json();
    assert.ok((await server.wait(id, "ann")).picture);
    await assert.rejects(server.wait(id, "bob"), { code: "image_not_found" });
  }
  for (const headers of [{}, { authorization: "Bearer wrong" }] as Record<string, string>[]) {
    const response = await server.ask("/uploads", { method: "POST", body: PNG, headers });
    assert.equal(response.status, 401);
    await response.body?.cancel();
  }
});

Deno.test("a person has 100 unused uploads at most", async () => {
  await using server = await openServer();
  for (let count = 0; count < 100; count++) await server.link("ann");
  await assert.rejects(server.link("ann"), {
    code: "busy",
    message: /100 uploads that nothing was/,
  });
  await server.link("bob");
  server.clock.now += 15 * MINUTE;
  await server.link("ann");
});

async function openServer(variables: Record<string, string> = {}) {
  const folder = await temporaryFolder();
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  const clock = { now: Date.now() };
  const uploads = new Uploads({ storage, now: () => clock.now });
  const handler = testHandler(variables, { uploads, now: () => clock.now });
  const signal = new AbortController().signal;
  const close = async () => {
    await handler.close();
    await storage.close();
  };
  return {
    folder: folder.path,
    clock,
    uploads,
    handler,
    ask: handler.ask,
    close,
    async link(owner = "") {
      const { upload: { id }, token } = await uploads.openLink(owner);
      return { id, token, path: `/uploads/${token}` };
    },
    post: (path: string, bytes: Uint8Array<ArrayBuffer>) =>
      handler.ask(path, { method: "POST", body: bytes, headers: AS_JSON }),
    wait: (id: string, owner = "") => uploads.wait(id, { owner, signal, until: 0 }),
    async [Symbol.asyncDispose]() {
      await close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
