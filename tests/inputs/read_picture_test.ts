import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type InputAccess,
  MAX_INPUT_BYTES,
  type PictureReader,
} from "../../src/inputs/picture_source.ts";
import { readPicture } from "../../src/inputs/read_picture.ts";
import { silentLogger } from "../../src/log.ts";
import { ImageRepository, newImageId } from "../../src/storage/image_repository.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { Jobs } from "../../src/jobs/jobs.ts";
import { Uploads } from "../../src/service/uploads.ts";
import { joinBytes } from "../../src/bytes.ts";
import { drawJpeg, drawPlainPng, drawPng } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

const PNG = drawPng(16, 16, "one");
const isWindows = Deno.build.os === "windows";

// ---- Pictures made here

Deno.test("a picture made here is found by its id, its address, and as the last one", async () => {
  await using place = await openPlace();
  await place.save("ann", drawPng(8, 8, "older"));
  const id = await place.save("ann", PNG);
  for (const text of [id, `image://${id}`, ` ${id}\n`, "last", "LAST"]) {
    const { bytes, imageId, mediaType } = await place.read(text, { owner: "ann" });
    assert.deepEqual({ bytes, imageId, mediaType }, {
      bytes: PNG,
      imageId: id,
      mediaType: "image/png",
    });
  }
});

Deno.test("a picture of another caller is not known, and never the last", async () => {
  await using place = await openPlace();
  const id = await place.save("ann", PNG);
  for (const text of [id, `image://${id}`, "last"]) {
    await assert.rejects(place.read(text, { owner: "ben" }), { code: "image_not_found" });
  }
});

Deno.test("a picture whose record has expired is not known any more", async () => {
  await using place = await openPlace();
  const id = await place.save("ann", PNG);
  const access = { recordSeconds: -1 };
  await assert.rejects(place.read(id, { owner: "ann", access }), /MCP_IMAGE_RECORD_TTL/);
});

// ---- Uploads

Deno.test("a picture that was uploaded is read by its owner, and stays for as long as it is used", async () => {
  await using place = await openPlace();
  const { upload, token } = await place.uploads.openLink("ann");
  const noneYet = place.read(upload.id, { owner: "ann" });
  await assert.rejects(noneYet, {
    code: "image_not_found",
    message: /wait for it with get_upload/,
  });
  const link = await place.uploads.lookUp(token);
  assert.equal(link.state, "open");
  const picture = drawPlainPng(16, 12, "one");
  await place.uploads.take(link.upload, picture);
  for (const text of [upload.id, `image://${upload.id}`, ` ${upload.id}\n`]) {
    const { bytes, mediaType, imageId } = await place.read(text, { owner: "ann" });
    assert.deepEqual([bytes, mediaType, imageId], [picture, "image/png", undefined]);
  }
  const unknown = { code: "image_not_found", message: /is not known here, or was deleted/ };
  await assert.rejects(place.read(upload.id, { owner: "ben" }), unknown);
  const tomorrow = Date.now() + 25 * 3_600_000;
  await place.tidy(tomorrow);
  assert.ok(await place.read(upload.id, { owner: "ann" }));
});

Deno.test("an upload whose link expired says so, and a day later is not known any more", async () => {
  await using place = await openPlace();
  const { upload } = await place.uploads.openLink("ann");
  const read = (now: number) => place.read(upload.id, { owner: "ann", now });
  await assert.rejects(read(upload.expiresAt), /expired before a picture came: ask for another/);
  await place.tidy(Date.now() + 25 * 3_600_000);
  await assert.rejects(read(upload.expiresAt), /is not known here, or was deleted/);
});

Deno.test("an upload that nothing was made from is deleted after a day, file and all", async () => {
  await using place = await openPlace();
  const { id, picture } = await place.uploads.takeOf("ann", drawPlainPng(16, 12, "one"));
  await place.tidy(Date.now() + 23 * 3_600_000);
  assert.ok(await place.storage.inputs.open(picture.hash));
  await place.tidy(Date.now() + 25 * 3_600_000);
  assert.equal(await place.storage.inputs.open(picture.hash), undefined);
  await assert.rejects(place.read(id, { owner: "ann" }), { code: "image_not_found" });
});

// ---- Files

Deno.test("over stdio a picture is read by its path, however that is written", async () => {
  await using place = await openPlace();
  const path = await place.write("my cat ö.png", PNG);
  const home = { home: place.folder };
  const texts = [
    path,
    pathToFileURL(path).href,
    "~/my cat ö.png",
    "file://localhost/".concat(
      pathToFileURL(path).href.slice("file:///".length),
    ),
  ];
  for (const text of texts) {
    assert.deepEqual((await place.read(text, { access: home })).bytes, PNG, text);
  }
});

Deno.test({
  name: "over stdio a Windows path is read with either slash",
  ignore: !isWindows,
  async fn() {
    await using place = await openPlace();
    const path = await place.write("cat.png", PNG);
    for (const text of [path, path.replaceAll("\\", "/")]) {
      assert.deepEqual((await place.read(text)).bytes, PNG);
    }
  },
});

Deno.test({
  name: "a path of another system, of a network, or with a zero is no path here",
  ignore: isWindows,
  async fn() {
    await using place = await openPlace();
    const texts = [
      "C:\\Users\\ann\\cat.png",
      "file:///C:/Users/ann/cat.png",
      "\\\\server\\share\\cat.png",
      "//server/share/cat.png",
      "file://server/share/cat.png",
      "file:///tmp/%00.png",
      "file:///%E0%A4%A",
      "~nobody/cat.png",
    ];
    for (const text of texts) {
      await assert.rejects(place.read(text), { code: "invalid_parameters" }, text);
    }
  },
});

Deno.test("over stdio a file that is no picture is never given out, and a missing one is told", async () => {
  await using place = await openPlace();
  const text = await place.write("secret.png", new TextEncoder().encode("password: hunter2"));
  await assert.rejects(place.read(text), (error: Error) => {
    assert.match(error.message, /not a picture, by its bytes/);
    assert.doesNotMatch(JSON.stringify(error) + error.message, /hunter2/);
    return true;
  });
  await assert.rejects(place.read(place.folder), /not a picture/);
  await assert.rejects(place.read(join(place.folder, "none.png")), /There is no such file/);
});

Deno.test({
  name: "a pipe is not waited for",
  ignore: isWindows,
  async fn() {
    await using place = await openPlace();
    const path = join(place.folder, "pipe.png");
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await assert.rejects(place.read(path), /not a picture/);
  },
});

Deno.test("a file that is too large is told with the limit", async () => {
  await using place = await openPlace();
  const path = await place.write("large.png", PNG);
  await Deno.truncate(path, MAX_INPUT_BYTES + 1);
  await assert.rejects(place.read(path), /larger than the 26214400 bytes/);
});

Deno.test("over HTTP no path is read unless its folder was opened", async () => {
  await using place = await openPlace();
  const path = await place.write("cat.png", PNG);
  await assert.rejects(place.read(path, { access: OVER_HTTP }), {
    code: "not_allowed",
    message: /Paths are not read over HTTP.*MCP_INPUT_DIRS/,
  });
  const access = { ...OVER_HTTP, folders: [place.folder] };
  assert.deepEqual((await place.read(path, { access })).bytes, PNG);
  assert.deepEqual((await place.read(pathToFileURL(path).href, { access })).bytes, PNG);
});

Deno.test("over HTTP all that is no picture in an open folder sounds the same", async () => {
  await using place = await openPlace();
  const open = join(place.folder, "open");
  await Deno.mkdir(open);
  const outside = await place.write("outside.png", PNG);
  await place.write(join("open", "notes.png"), new TextEncoder().encode("no picture"));
  if (!isWindows) await Deno.symlink(outside, join(open, "link.png"));
  const access = { ...OVER_HTTP, folders: [open] };
  const texts = [
    outside,
    join(place.folder, "missing.png"),
    join(open, "missing.png"),
    join(open, "notes.png"),
    `${open}/../outside.png`,
    `file://${open}/%2e%2e/outside.png`,
    `${open}-beside/cat.png`,
    join(open, "link.png"),
  ];
  const sentences = await Promise.all(texts.map(async (text) => {
    const error = await place.read(text, { access }).then(
      () => assert.fail(text),
      (error) => error,
    );
    assert.equal(error.code, "not_allowed", text);
    return error.message.replace(/'.*'/, "'…'");
  }));
  assert.equal(new Set(sentences).size, 1, sentences.join("\n"));
});

Deno.test({
  name: "over HTTP a link within an open folder is followed, and the folder may be one",
  ignore: isWindows,
  async fn() {
    await using place = await openPlace();
    const open = join(place.folder, "open");
    await Deno.mkdir(open);
    await place.write(join("open", "cat.png"), PNG);
    await Deno.symlink(join(open, "cat.png"), join(open, "link.png"));
    await Deno.symlink(open, join(place.folder, "door"));
    const access = { ...OVER_HTTP, folders: [join(place.folder, "door")] };
    for (const path of [join(open, "link.png"), join(place.folder, "door", "cat.png")]) {
      assert.deepEqual((await place.read(path, { access })).bytes, PNG);
    }
  },
});

// ---- The data itself

Deno.test("a data URI is read as people and programs write it", async () => {
  await using place = await openPlace();
  const bytes = drawJpeg(40, 30, "with all letters of base64");
  const base64 = bytes.toBase64();
  const texts = [
    `data:image/jpeg;base64,${base64}`,
    `data:image/png;base64,${base64}`, // the bytes decide
    `DATA:;BASE64,${base64}`,
    `data:image/jpeg;charset=utf-8;base64,${base64}`,
    `data:image/jpeg;base64,\n${base64.replace(/.{76}/g, "$&\r\n")}\n`,
    `data:image/jpeg;base64,${base64.replaceAll("+", "-").replaceAll("/", "_")}`,
    `data:image/jpeg;base64,${base64.replace(/=+$/, "")}`,
    `data:image/jpeg;base64,${encodeURIComponent(base64)}`,
  ];
  for (const text of texts) assert.deepEqual((await place.read(text)).bytes, bytes);
});

Deno.test("a long data URI is read in pieces, between which others have their turn", async () => {
  await using place = await openPlace();
  const noise = new Uint8Array(600_000);
  for (let at = 0; at < noise.length; at += 60_000) {
    crypto.getRandomValues(noise.subarray(at, at + 60_000));
  }
  const bytes = joinBytes([drawJpeg(40, 30, "large"), noise]);
  const base64 = bytes.toBase64();
  const forms = [
    base64,
    base64.replaceAll("+", "%2B").replaceAll("/", "%2f"), // some escape lies where a piece ends
    base64.replaceAll("+", "-").replaceAll("/", "_"),
    base64.replace(/.{76}/g, "$&\r\n"),
  ];
  for (const form of forms) {
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const read = await place.read(`data:image/jpeg;base64,${form}`);
    clearInterval(others);
    assert.deepEqual(read.bytes, bytes);
    assert.ok(turns > 0);
  }
  const padded = `data:image/jpeg;base64,${base64.slice(0, 400_002)}==${base64.slice(0, 400_000)}`;
  await assert.rejects(place.read(padded), /cannot be read/);
});

Deno.test("a long text of base64 alone is read as well", async () => {
  await using place = await openPlace();
  const bytes = joinBytes([drawJpeg(40, 30, "begins with a slash"), new Uint8Array(4_000)]);
  assert.deepEqual((await place.read(bytes.toBase64())).bytes, bytes);
});

Deno.test("a data URI that is none, or no picture, is told without its data", async () => {
  await using place = await openPlace();
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ["data:image/png,hello", /cannot be read/],
    ["data:image/png;base64", /cannot be read/],
    ["data:image/png;base64,****", /cannot be read/],
    [`data:image/png;base64,${btoa("password: hunter2")}`, /is no picture/],
    ["data:image/png;base64,", /is no picture/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(place.read(text), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2|cGFzc3dvcmQ/);
      return true;
    });
  }
});

Deno.test("a data URI that is too long is not unpacked", async () => {
  await using place = await openPlace();
  const text = `data:image/png;base64,${"A".repeat(MAX_INPUT_BYTES * 1.7)}`;
  await assert.rejects(place.read(text), /more than the 26214400|larger than the 26214400/);
});

Deno.test("a text that names no picture is told what does", async () => {
  await using place = await openPlace();
  for (const text of ["cat.png", "", "ftp://example.com/cat.png", "the cat", "img_cat.png"]) {
    await assert.rejects(place.read(text), /pass the id of a picture.*an absolute path/);
  }
  await assert.rejects(place.read("cat", { access: OVER_HTTP }), (error: Error) => {
    assert.doesNotMatch(error.message, /path/);
    return true;
  });
});

Deno.test("a picture of zero width is none", async () => {
  await using place = await openPlace();
  const bytes = PNG.slice();
  new DataView(bytes.buffer).setUint32(16, 0);
  await assert.rejects(
    place.read(`data:image/png;base64,${bytes.toBase64()}`),
    /is no picture: .* the header is broken/,
  );
});

const OVER_HTTP: Partial<InputAccess> = { mayReadAnyFile: false };

/** A storage of its own, and a folder for files. */
async function openPlace() {
  const folder = await temporaryFolder();
  const saveDirectory = join(folder.path, "saved");
  const storage = openLocalStorage({ saveDirectory, log: silentLogger });
  const images = new ImageRepository({ storage, log: silentLogger });
  return {
    folder: folder.path,
    storage,
    uploads: new Uploads({ storage }),
    /** What a server does now and then, at that time. */
    async tidy(now: number): Promise<void> {
      const jobs = new Jobs({ storage, log: silentLogger, now: () => now });
      await jobs.recover(() => () => Promise.reject(new Error("There are no jobs here")));
      await jobs.close();
    },
    async save(owner: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
      const about = { owner, provider: "example", model: "one", operation: "generate" } as const;
      const id = newImageId("example", Date.now());
      await images.save({ bytes }, { ...about, id, prompt: "a cat", parents: [], parameters: {} });
      return id;
    },
    async write(name: string, bytes: Uint8Array): Promise<string> {
      const path = join(folder.path, name);
      await Deno.writeFile(path, bytes);
      return path;
    },
    read: (text: string, { owner = "", access = {}, now = Date.now() }: {
      readonly owner?: string;
      readonly now?: number;
      readonly access?: Partial<InputAccess>;
    } = {}) => readPicture(text, readerWith(access, owner), { images, storage, now }),
    async [Symbol.asyncDispose]() {
      images.close();
      await storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function readerWith(access: Partial<InputAccess>, owner: string): PictureReader {
  return {
    owner,
    signal: new AbortController().signal,
    access: {
      mayReadAnyFile: true,
      folders: [],
      hosts: [],
      usesProxy: false,
      recordSeconds: 60,
      hasUploadLinks: false,
      ...access,
    },
  };
}
