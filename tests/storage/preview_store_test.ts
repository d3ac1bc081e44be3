import assert from "node:assert/strict";
import { join } from "node:path";
import type { Preview } from "../../src/images/preview.ts";
import { silentLogger } from "../../src/log.ts";
import { PreviewStore, type PreviewStoreOptions } from "../../src/storage/preview_store.ts";
import { drawJpeg } from "../fakes/pictures.ts";
import { temporaryFolder } from "../support/folder.ts";

const WANTED = { format: "jpeg", maxBytes: 50_000 } as const;

Deno.test("a preview is made once, for those who ask together and those who ask later", async () => {
  await using test = await openStore();
  const made = await Promise.all([1, 2, 3].map(() => test.store.find("img_a", WANTED, test.make)));
  const later = await test.store.find("img_a", WANTED, test.make);
  assert.deepEqual([...made, later].map((preview) => preview?.width), [64, 64, 64, 64]);
  assert.equal(test.limits.length, 1);
});

Deno.test("a preview is made once however late the disk answers", async () => {
  await using test = await openStore();
  using _ = lateAnswers();
  for (let number = 0; number < 20; number++) {
    const before = test.limits.length;
    await Promise.all([0, 1, 2].map(async (wait) => {
      await new Promise((resolve) => setTimeout(resolve, wait));
      await test.store.find(`img_${number}`, WANTED, test.make);
    }));
    assert.equal(test.limits.length, before + 1);
  }
});

Deno.test("one who asks and goes gets no answer, and spoils nothing for those who stay", async () => {
  await using test = await openStore();
  const { make, begun, finish, signals } = slowMaker(test.make);
  const leaving = new AbortController();
  const gone = test.store.find("img_a", { ...WANTED, signal: leaving.signal }, make);
  const staying = test.store.find("img_a", WANTED, make);
  await begun;
  leaving.abort(new Error("gone"));
  await assert.rejects(gone, /gone/);
  assert.equal(signals[0]?.aborted, false);
  finish();
  assert.equal((await staying)?.width, 64);
  assert.equal(test.limits.length, 1);
});

Deno.test("when all who asked are gone the making stops, and the next who asks has it made", async () => {
  await using test = await openStore();
  const { make, begun, signals } = slowMaker(test.make);
  const callers = [new AbortController(), new AbortController()];
  const asked = callers.map(({ signal }) => test.store.find("img_a", { ...WANTED, signal }, make));
  await begun;
  callers.forEach((caller) => caller.abort(new Error("gone")));
  const next = test.store.find("img_a", WANTED, test.make);
  for (const each of asked) await assert.rejects(each, /gone/);
  assert.equal(signals[0]?.aborted, true);
  assert.equal((await next)?.width, 64);
  await assert.rejects(test.store.find("img_b", { ...WANTED, signal: AbortSignal.abort() }, make));
});

Deno.test("a store that is closed gives up what it makes", async () => {
  await using test = await openStore();
  const { make, begun } = slowMaker(test.make);
  const asked = assert.rejects(test.store.find("img_a", WANTED, make), /The server stops/);
  await begun;
  await test.store.close();
  await asked;
});

Deno.test("a preview outlives the server that made it", async () => {
  await using test = await openStore();
  const first = await test.store.find("img_a", WANTED, test.make);
  const again = await test.another().find("img_a", WANTED, test.make);
  assert.deepEqual(again, first);
  assert.equal(test.limits.length, 1);
});

Deno.test("a preview whose file was deleted or damaged is made again", async () => {
  await using test = await openStore();
  await test.store.find("img_a", WANTED, test.make);
  const [file] = await test.files();
  await Deno.truncate(join(test.folder, file!), 100);
  assert.equal((await test.another().find("img_a", WANTED, test.make))?.width, 64);
  await Deno.remove(test.folder, { recursive: true });
  assert.equal((await test.another().find("img_a", WANTED, test.make))?.width, 64);
  assert.equal(test.limits.length, 3);
});

Deno.test("one that did not have to be made to fit serves every larger limit, and one that had to serves its own", async () => {
  await using test = await openStore();
  await test.store.find("img_a", { ...WANTED, maxBytes: 3_000 }, test.make);
  await test.store.find("img_a", { ...WANTED, maxBytes: 900_000 }, test.make);
  assert.equal(test.limits.length, 1);
  const reduced = async (limit: number) => ({ ...await test.make(limit), isReduced: true });
  for (const maxBytes of [40_000, 41_000, 80_000, 42_000]) {
    await test.store.find("img_b", { ...WANTED, maxBytes }, reduced);
  }
  assert.equal(test.limits.length, 3, "near limits share one");
  assert.ok(test.limits.slice(1).every((limit) => limit <= 80_000));
  const [made] = await Promise.all(
    [45_000, 52_000, 50_000, 600_000].map((maxBytes) =>
      test.store.find("img_c", { ...WANTED, maxBytes }, test.make)
    ),
  );
  assert.equal(test.limits.length, 4, "one that is being made may do for other limits, too");
  assert.equal(made?.isReduced, false);
});

Deno.test("no preview is larger than asked for", async () => {
  await using test = await openStore();
  for (let maxBytes = 2_000; maxBytes < 2_000_000; maxBytes = Math.ceil(maxBytes * 1.07)) {
    await test.store.find(`img_${maxBytes}`, { ...WANTED, maxBytes }, test.make);
    assert.ok(test.limits.at(-1)! <= maxBytes && test.limits.at(-1)! > maxBytes * 0.79);
  }
});

Deno.test("where there can be no preview none is kept", async () => {
  await using test = await openStore();
  assert.equal(await test.store.find("img_a", WANTED, () => Promise.resolve(undefined)), undefined);
  assert.deepEqual(await test.files(), []);
});

Deno.test("the folder stays within its bound, and the newest stay", async () => {
  const size = preview(1).bytes.length;
  await using test = await openStore({ maxDiskBytes: size * 10 });
  for (let number = 10; number < 40; number++) {
    await test.store.find(`img_${number}`, WANTED, test.make);
    await new Promise((resolve) => setTimeout(resolve, 2)); // so that no two are of the same time
  }
  const files = (await test.files()).sort();
  assert.ok(files.length >= 8 && files.length <= 10, files.join());
  assert.equal(files.at(-1), "img_39.jpeg");
});

Deno.test("memory stays within its bound, and the disk still has what it let go", async () => {
  const size = preview(1).bytes.length;
  await using test = await openStore({ maxMemoryBytes: size * 2 });
  for (const id of ["img_a", "img_b", "img_c"]) await test.store.find(id, WANTED, test.make);
  await Deno.remove(join(test.folder, "img_a.jpeg"));
  await Deno.remove(join(test.folder, "img_c.jpeg"));
  await test.store.find("img_c", WANTED, test.make);
  assert.equal(test.limits.length, 3, "the newest is in memory");
  await test.store.find("img_a", WANTED, test.make);
  assert.equal(test.limits.length, 4, "the oldest was on disk only");
});

Deno.test("an id never leads out of the folder, and a folder that cannot be written costs nothing", async () => {
  await using test = await openStore();
  await test.store.find("../../escape", WANTED, test.make);
  assert.deepEqual(await test.files(), ["______escape.jpeg"]);
  const file = join(test.folder, "file");
  await Deno.writeTextFile(file, "");
  const blocked = new PreviewStore({ folder: join(file, "previews"), log: silentLogger });
  assert.equal((await blocked.find("img_a", WANTED, test.make))?.width, 64);
});

/** Makes nothing before `finish`, and stops when it is told to. */
function slowMaker(make: (limit: number) => Promise<Preview>) {
  const begun = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  return {
    begun: begun.promise,
    finish: finished.resolve,
    signals,
    async make(limit: number, signal: AbortSignal): Promise<Preview> {
      signals.push(signal);
      begun.resolve();
      const stopped = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => stopped.reject(signal.reason));
      await Promise.race([finished.promise, stopped.promise]);
      return await make(limit);
    },
  };
}

/** What was read from the disk comes after a while, as on a busy machine. */
function lateAnswers(): Disposable {
  const { readFile } = Deno;
  let reads = 0;
  Deno.readFile = async (...args) => {
    const wait = [0, 9, 4, 14, 1][reads++ % 5]!;
    const answer = await readFile(...args).then((bytes) => () => bytes, (error) => () => {
      throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, wait));
    return answer();
  };
  return {
    [Symbol.dispose]() {
      Deno.readFile = readFile;
    },
  };
}

async function openStore(options: Partial<PreviewStoreOptions> = {}) {
  const temporary = await temporaryFolder();
  const folder = join(temporary.path, "previews");
  const limits: number[] = [];
  const another = () => new PreviewStore({ folder, log: silentLogger, ...options });
  return {
    folder,
    limits,
    store: another(),
    another,
    make(limit: number): Promise<Preview> {
      limits.push(limit);
      return Promise.resolve(preview(limits.length));
    },
    async files(): Promise<string[]> {
      const names: string[] = [];
      if (!await Deno.stat(folder).catch(() => undefined)) return names;
      for await (const { name } of Deno.readDir(folder)) names.push(name);
      return names;
    },
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

function preview(number: number): Preview {
  const bytes = drawJpeg(64, 64, `${number}`.padStart(6));
  return { bytes, mediaType: "image/jpeg", width: 64, height: 64, isReduced: false };
}
