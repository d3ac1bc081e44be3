/** Pictures go when they are old or too many, where somebody has said so; favourites stay. */

import assert from "node:assert/strict";
import { checkRetention } from "../../src/commands/doctor/retention.ts";
import { sweep } from "../../src/commands/upkeep.ts";
import { silentLogger } from "../../src/log.ts";
import { type Bounds, letGo, tooMuch, tooOld } from "../../src/service/retention.ts";
import { Library } from "../../src/service/library.ts";
import { ImageRepository } from "../../src/storage/image_repository.ts";
import { openLocalStorage } from "../../src/storage/local/local_storage.ts";
import { png } from "../fakes/png.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";

const NEVER = new AbortController().signal;
const DAY = 86_400_000;

Deno.test("without bounds everything stays for ever", async () => {
  await using test = await openLibrary();
  await test.save("a", 0);
  test.clock.now = 10_000 * DAY;
  assert.deepEqual(await test.letGo({ days: 0, bytes: undefined }), { trashed: 0, removed: 0 });
  assert.deepEqual(await test.ids(), ["a"]);
});

Deno.test("what is older than so many days goes into the trash, and no favourite does", async () => {
  await using test = await openLibrary();
  for (const [index, id] of ["a", "b", "c", "d"].entries()) await test.save(id, index * DAY);
  await test.favorite("b");
  test.clock.now = 12.5 * DAY;
  assert.deepEqual(await test.letGo({ days: 10, bytes: undefined }), { trashed: 2, removed: 0 });
  assert.deepEqual(await test.ids(), ["d", "b"]);
  assert.deepEqual(await test.ids({ isTrashed: true }), ["c", "a"]);
  assert.equal(await test.library.emptyTrash(30), 0, "from now on they lie there for 30 days");
  test.clock.now = 43 * DAY;
  assert.equal(await test.library.emptyTrash(30), 2);
});

Deno.test("above so many bytes the trash is removed first, then the oldest, and no favourite", async () => {
  await using test = await openLibrary();
  for (const [index, id] of ["a", "b", "c", "d", "e"].entries()) await test.save(id, index);
  await test.favorite("a");
  await test.library.trash([test.id("d")], "");
  const { size } = test;
  const go = (pictures: number) => test.letGo({ days: 0, bytes: pictures * size });
  assert.deepEqual(await go(5), { trashed: 0, removed: 0 }, "all of them just fit");
  assert.deepEqual(await go(4.5), { trashed: 0, removed: 1 });
  assert.deepEqual(await test.ids(), ["e", "c", "b", "a"], "that in the trash went");
  assert.deepEqual(await test.ids({ isTrashed: true }), []);
  await assert.rejects(Deno.stat(test.pathOf("d")), Deno.errors.NotFound);
  assert.deepEqual(await go(2), { trashed: 0, removed: 2 });
  assert.deepEqual(await test.ids(), ["e", "a"]);
  assert.deepEqual(await go(0.1), { trashed: 0, removed: 1 });
  assert.deepEqual(await test.ids(), ["a"], "a favourite stays, whatever it takes");
});

Deno.test("more than are looked at together go as well, and a stop ends it between two", async () => {
  await using test = await openLibrary();
  for (let index = 0; index < 230; index++) await test.save(`n${index}`, index);
  assert.deepEqual(await test.letGo({ days: 0, bytes: 5 * test.size }, AbortSignal.abort()), {
    trashed: 0,
    removed: 0,
  });
  assert.deepEqual(await test.letGo({ days: 0, bytes: 5 * test.size }), {
    trashed: 0,
    removed: 225,
  });
  assert.deepEqual(await test.ids(), ["n229", "n228", "n227", "n226", "n225"]);
});

Deno.test("two servers that let go at once take no more than one alone", async () => {
  await using test = await openLibrary();
  for (let index = 0; index < 20; index++) await test.save(`n${index}`, index);
  const bounds = { days: 0, bytes: 15 * test.size };
  const counts = await Promise.all([test.letGo(bounds), test.letGo(bounds)]);
  assert.equal(counts.reduce((sum, { removed }) => sum + removed, 0), 5);
  assert.equal((await test.ids()).length, 15);
});

Deno.test("what would go is told before it goes", async () => {
  await using test = await openLibrary();
  for (let index = 0; index < 5; index++) await test.save(`n${index}`, index * DAY);
  test.clock.now = 5.5 * DAY;
  const bounds = { days: 3, bytes: 3 * test.size };
  const names = (pictures: readonly { readonly id: string }[]) =>
    pictures.map(({ id }) => id.split("_")[1]);
  const old = await tooOld(bounds, 2, { images: test.images, now: () => test.clock.now });
  assert.deepEqual([names(old.pictures), old.isCut], [["n0", "n1"], true]);
  const much = await tooMuch(bounds, 10, { images: test.images });
  assert.deepEqual([names(much.pictures), much.isCut], [["n0", "n1"], false]);
  assert.equal((await test.ids()).length, 5);
});

Deno.test("a server lets go as it is set up, and doctor tells of it before", async () => {
  const inAMonth = () => Date.now() + 30 * DAY;
  await using test = await openTestApp({ env: { MCP_KEEP_DAYS: "7", MCP_KEEP_BYTES: "1 GB" } });
  await using client = await connectTestClient(test.app);
  const doctor = async () => (await checkRetention(test.app, inAMonth))[0]!;
  assert.match((await doctor()).message, /7 days into the trash[^]*1\.0 GB in all[^]*none yet$/);
  const ids = [];
  for (const prompt of ["a cat", "a dog"]) {
    const { envelope } = await client.call("generate_image", { prompt, resolution: "64x64" });
    ids.push(envelope.images[0].id);
  }
  await client.call("update_images", { image_ids: [ids[1]], favorite: true });
  const finding = await doctor();
  assert.equal(finding.state, "note");
  assert.match(finding.message, /Now: 1 \(0\.0 MB\) into the trash, 0 \(0\.0 MB\) for good$/);
  await sweep(test.app, NEVER, inAMonth);
  const { envelope } = await client.call("search_images", {});
  assert.deepEqual(envelope.images.map(({ id }: { id: string }) => id), [ids[1]]);
  await using unbounded = await openTestApp();
  assert.deepEqual(await checkRetention(unbounded.app), []);
});

/** Pictures of one size with a clock; their ids are "img_NAME_1_…". */
async function openLibrary() {
  const folder = await temporaryFolder();
  const clock = { now: 0 };
  const now = () => clock.now;
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger, now });
  const images = new ImageRepository({ storage, log: silentLogger, now });
  const library = new Library({ images, previews: { forget: () => Promise.resolve() }, now });
  const bytes = png(8, 8, 2);
  const id = (name: string) => `img_${name}_1_${"0".repeat(24)}`;
  return {
    clock,
    images,
    library,
    id,
    size: bytes.length,
    pathOf: (name: string) => `${folder.path}/${id(name)}.png`,
    async save(name: string, time: number) {
      clock.now = time;
      const source = { operation: "generate" as const, prompt: name, parents: [], parameters: {} };
      await images.save({ bytes }, {
        ...{ id: id(name), owner: "", provider: name, model: "m" },
        ...source,
      });
    },
    favorite: (name: string) => library.update([id(name)], "", { isFavorite: true }),
    letGo: (bounds: Bounds, signal = NEVER) => letGo(bounds, library, { images, now }, signal),
    async ids(filter = {}) {
      const found = await images.search(filter, "", { limit: 100 });
      return found.map(({ id }) => id.split("_")[1]);
    },
    async [Symbol.asyncDispose]() {
      images.close();
      await storage.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
