import assert from "node:assert/strict";
import { join } from "node:path";
import type { ImageFiles } from "../../src/http/dependencies.ts";
import { DiskImageStore } from "../../src/storage/local/disk_image_store.ts";
import { type TestHandler, testHandler, testServer } from "./support.ts";

const BYTES = Uint8Array.from({ length: 200_000 }, (_, index) => index * 7 % 251);

interface Recorded {
  readonly mediaType: string;
  readonly owner?: string;
}

/** A folder with one recorded picture, and other files that are nobody's business. */
async function gallery(variables: Record<string, string> = {}) {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "img_a_1.png");
  await Deno.writeFile(path, BYTES);
  for (const other of ["notes.txt", ".env", "page.html", "loose.png"]) {
    await Deno.writeTextFile(join(folder, other), "secret");
  }
  const store = new DiskImageStore(folder, folder);
  const recorded = new Map<string, Recorded>([["img_a_1.png", { mediaType: "image/png" }]]);
  const asked: string[] = [];
  const images: ImageFiles = {
    async openFile(fileName, owner) {
      asked.push(fileName);
      const record = recorded.get(fileName);
      const isTheirs = owner === undefined || (record?.owner ?? owner) === owner;
      if (!record || !isTheirs) return undefined;
      const file = await store.open(fileName);
      return file && { ...file, mediaType: record.mediaType };
    },
  };
  const handler = testHandler(variables, { images });
  const get = (headers: Record<string, string> = {}, method = "GET") =>
    handler.ask("/images/img_a_1.png", { method, headers });
  return {
    folder,
    path,
    recorded,
    asked,
    images,
    handler,
    get,
    async [Symbol.asyncDispose]() {
      await handler.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function bytesOf(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

Deno.test("a picture comes with everything browsers and caches want to know", async () => {
  await using room = await gallery();
  const response = await room.get();
  assert.equal(response.status, 200);
  const { headers } = response;
  assert.equal(headers.get("content-type"), "image/png");
  assert.equal(headers.get("content-length"), String(BYTES.length));
  assert.equal(headers.get("cache-control"), "public, max-age=31536000, immutable");
  assert.equal(headers.get("x-content-type-options"), "nosniff");
  assert.equal(headers.get("access-control-allow-origin"), "*");
  assert.equal(headers.get("accept-ranges"), "bytes");
  assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match(headers.get("etag") ?? "", /^"[^"]+"$/);
  assert.deepEqual(await bytesOf(response), BYTES);
});

Deno.test("any page may show a picture", async () => {
  await using room = await gallery();
  const response = await room.get({ origin: "https://anywhere.example" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  await response.body?.cancel();
});

Deno.test("HEAD tells the same without the picture", async () => {
  await using room = await gallery();
  const response = await room.get({}, "HEAD");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-length"), String(BYTES.length));
  assert.equal((await bytesOf(response)).length, 0);
});

Deno.test("HEAD keeps its length over a real connection", async () => {
  await using room = await gallery();
  await using server = testServer({}, { images: room.images });
  const response = await fetch(`${server.url}/images/img_a_1.png`, { method: "HEAD" });
  assert.equal(response.headers.get("content-length"), String(BYTES.length));
});

Deno.test("a picture the client has already is a 304", async () => {
  await using room = await gallery();
  const first = await room.get();
  await first.body?.cancel();
  const etag = first.headers.get("etag") ?? "";
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
    const response = await room.get({ "if-none-match": known });
    assert.equal(response.status, 304, known);
    assert.equal(response.headers.get("etag"), etag);
    assert.equal((await bytesOf(response)).length, 0);
  }
  const changed = await room.get({ "if-none-match": '"other"' });
  assert.equal(changed.status, 200);
  await changed.body?.cancel();
  const modified = first.headers.get("last-modified") ?? "";
  assert.equal((await room.get({ "if-modified-since": modified })).status, 304);
  const older = await room.get({ "if-modified-since": new Date(0).toUTCString() });
  assert.equal(older.status, 200);
  await older.body?.cancel();
});

const LAST = BYTES.length - 1;
const RANGES: readonly [range: string, start: number, end: number][] = [
  ["bytes=0-0", 0, 0],
  ["bytes=10-99", 10, 99],
  ["bytes=70000-140000", 70_000, 140_000],
  ["bytes=199990-", 199_990, LAST],
  ["bytes=-5", LAST - 4, LAST],
  ["bytes=-999999", 0, LAST],
  ["bytes=100-999999", 100, LAST],
];

for (const [range, start, end] of RANGES) {
  Deno.test(`the range ${range} is bytes ${start} to ${end}`, async () => {
    await using room = await gallery();
    const response = await room.get({ range });
    assert.equal(response.status, 206);
    assert.equal(response.headers.get("content-range"), `bytes ${start}-${end}/${BYTES.length}`);
    assert.equal(response.headers.get("content-length"), String(end - start + 1));
    assert.deepEqual(await bytesOf(response), BYTES.slice(start, end + 1));
  });
}

for (const range of ["bytes=200000-", "bytes=999999-1000000", "bytes=-0"]) {
  Deno.test(`the range ${range} cannot be satisfied`, async () => {
    await using room = await gallery();
    const response = await room.get({ range });
    assert.equal(response.status, 416);
    assert.equal(response.headers.get("content-range"), `bytes */${BYTES.length}`);
  });
}

for (const range of ["bytes=0-1,5-6", "bytes=9-2", "bytes=-", "bytes=a-b", "lines=1-2"]) {
  Deno.test(`the range ${range} is answered with the whole picture`, async () => {
    await using room = await gallery();
    const response = await room.get({ range });
    assert.equal(response.status, 200);
    assert.equal((await bytesOf(response)).length, BYTES.length);
  });
}

Deno.test("a range of another version of the picture is answered with the whole", async () => {
  await using room = await gallery();
  const range = "bytes=0-9";
  const etag = (await room.get({}, "HEAD")).headers.get("etag") ?? "";
  const same = await room.get({ range, "if-range": etag });
  assert.equal(same.status, 206);
  await same.body?.cancel();
  const other = await room.get({ range, "if-range": '"other"' });
  assert.equal(other.status, 200);
  await other.body?.cancel();
});

const NOTHING = [
  "",
  "loose.png",
  ".env",
  "notes.txt",
  "page.html",
  "../secret.png",
  "..%2fimg_a_1.png",
  "%2e%2e/img_a_1.png",
  "%2e%2e%2fimg_a_1.png",
  "x/../img_a_1.png/",
  "img_a_1.png/",
  "img_a_1.png%00.png",
  "img_a_1.png%2f..%2f.env",
  "%5c..%5cimg_a_1.png",
  "%e0%a4%a",
  "IMG_A_1.png",
];

for (const name of NOTHING) {
  Deno.test(`/images/${name} is nothing`, async () => {
    await using room = await gallery();
    const response = await room.handler.ask(`/images/${name}`);
    assert.equal(response.status, 404);
    assert.doesNotMatch(await response.text(), /secret/);
  });
}

Deno.test("names with path separators or a dot in front are not even looked up", async () => {
  await using room = await gallery();
  for (const name of ["..%2fimg_a_1.png", ".env", "%5cx.png", "a%00.png"]) {
    await room.handler.ask(`/images/${name}`);
  }
  assert.deepEqual(room.asked, []);
});

Deno.test("the folder is not listed, with or without its slash", async () => {
  await using room = await gallery();
  for (const path of ["/images", "/images/"]) {
    assert.equal((await room.handler.ask(path)).status, 404);
  }
});

Deno.test("a link out of the folder is nothing, though it was recorded", async () => {
  await using room = await gallery();
  const path = join(room.folder, "link.png");
  await Deno.symlink(join(room.folder, ".env"), path);
  room.recorded.set("link.png", { mediaType: "image/png" });
  assert.equal((await room.handler.ask("/images/link.png")).status, 404);
});

Deno.test("a recorded file that is gone, or a folder now, is nothing", async () => {
  await using room = await gallery();
  room.recorded.set("gone.png", { mediaType: "image/png" });
  await Deno.mkdir(join(room.folder, "folder.png"));
  room.recorded.set("folder.png", { mediaType: "image/png" });
  assert.equal((await room.handler.ask("/images/gone.png")).status, 404);
  assert.equal((await room.handler.ask("/images/folder.png")).status, 404);
});

for (const mediaType of ["text/html", "text/javascript", "application/octet-stream"]) {
  Deno.test(`a recorded file of type ${mediaType}, which is no picture, is nothing`, async () => {
    await using room = await gallery();
    room.recorded.set("page.html", { mediaType });
    assert.equal((await room.handler.ask("/images/page.html")).status, 404);
  });
}

Deno.test("an SVG, which may hold scripts, is served for show only", async () => {
  await using room = await gallery();
  const path = join(room.folder, "drawing.svg");
  await Deno.writeTextFile(path, "<svg xmlns='http://www.w3.org/2000/svg'/>");
  room.recorded.set("drawing.svg", { mediaType: "image/svg+xml" });
  const response = await room.handler.ask("/images/drawing.svg");
  assert.equal(response.headers.get("content-type"), "image/svg+xml");
  assert.match(
    response.headers.get("content-security-policy") ?? "",
    /default-src 'none';.* sandbox$/,
  );
  await response.body?.cancel();
});

for (const method of ["POST", "PUT", "DELETE"]) {
  Deno.test(`${method} is not for pictures`, async () => {
    await using room = await gallery();
    const response = await room.get({}, method);
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD");
  });
}

Deno.test("pictures need no token, unless they are private", async () => {
  await using open = await gallery({ MCP_AUTH_TOKEN: "token" });
  assert.equal((await open.get({}, "HEAD")).status, 200);

  await using closed = await gallery({ MCP_AUTH_TOKEN: "token", MCP_PRIVATE_IMAGES: "true" });
  assert.equal((await closed.get({}, "HEAD")).status, 401);
  const allowed = await closed.get({ authorization: "Bearer token" }, "HEAD");
  assert.equal(allowed.status, 200);
  assert.match(allowed.headers.get("cache-control") ?? "", /^private,/);
  assert.equal(allowed.headers.get("access-control-allow-origin"), null);
  const origin = "https://evil.example";
  assert.equal((await closed.get({ authorization: "Bearer token", origin }, "HEAD")).status, 403);
});

Deno.test("an empty file is an empty picture, and has no ranges", async () => {
  await using room = await gallery();
  await Deno.writeFile(room.path, new Uint8Array());
  const response = await room.get();
  assert.equal(response.status, 200);
  assert.equal((await bytesOf(response)).length, 0);
  assert.equal((await room.get({ range: "bytes=0-" })).status, 416);
});

Deno.test("downloads that are broken off leave no file open", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using room = await gallery();
  await using server = testServer({}, { images: room.images });
  const openFiles = () =>
    [...Deno.readDirSync("/proc/self/fd")].filter(({ name }) => {
      try {
        return Deno.readLinkSync(`/proc/self/fd/${name}`) === room.path;
      } catch {
        return false;
      }
    }).length;
  for (const range of ["bytes=0-", "bytes=0-150000", "bytes=5-"]) {
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${server.url}/images/img_a_1.png`, { headers: { range } });
      await response.body?.cancel();
    }
  }
  const deadline = Date.now() + 3000;
  while (openFiles() > 0 && Date.now() < deadline) await askAgain(room.handler);
  assert.equal(openFiles(), 0);
});

async function askAgain(handler: TestHandler): Promise<void> {
  await (await handler.ask("/health")).body?.cancel();
  await new Promise((resolve) => setTimeout(resolve, 5));
}
