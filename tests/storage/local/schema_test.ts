import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "../../../src/log.ts";
import { HIDDEN_FOLDER, openLocalStorage } from "../../../src/storage/local/local_storage.ts";
import { RecordsTooNew } from "../../../src/storage/records/records.ts";
import { connectTestClient, openTestApp } from "../../support/app.ts";
import { temporaryFolder } from "../../support/folder.ts";

Deno.test("records of the first servers are opened and kept whole", async () => {
  await using folder = await temporaryFolder();
  await writeFirstRecords(folder.path);
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  const { images, jobs } = await storage.records();
  const found = await images.find("img_openai_1_aa", "ann", 0);
  assert.deepEqual(found, {
    id: "img_openai_1_aa",
    owner: null,
    provider: "openai",
    model: "gpt-image-2",
    mediaType: "image/png",
    sizeBytes: 70,
    width: 1,
    height: 1,
    seed: null,
    revisedPrompt: "a red cat",
    fileName: "img_openai_1_aa.png",
    saveError: null,
  });
  assert.equal(
    (await images.search({ query: "red" }, "bob", { limit: 5 })).length,
    1,
    "its words are known",
  );

  const ended = await jobs.find("job_1_ended", "ann");
  assert.equal(ended?.outcome?.imageIds[0], "img_openai_1_aa");
  const open = await jobs.find("job_1_open", "ann");
  assert.deepEqual(open?.calls, [
    { provider: "hunyuan", imageIds: ["img_hunyuan_1_bb"], state: "accepted", ticket: "t-1" },
  ]);
  const [attempt] = open!.plan.attempts;
  assert.deepEqual([attempt.provider, attempt.request.prompt, attempt.request.count], [
    "hunyuan",
    "a cat in the rain",
    2,
  ]);
  assert.equal(open!.plan.request.filePrefix, "cats");
  assert.deepEqual(await jobs.serversAtWork(), ["server-1"]);
  assert.deepEqual((await jobs.list("ann", 5)).map(({ prompt }) => prompt), [
    "a cat in the rain",
    "a cat",
  ]);
  const { batches } = await storage.records();
  assert.deepEqual(await batches.list("ann", 5), []);
  await storage.close();
});

Deno.test("records with the index of the second servers get the one of today", async () => {
  await using folder = await temporaryFolder();
  const path = await writeFirstRecords(folder.path);
  const open = () => openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  const before = open();
  await before.records();
  await before.close();
  {
    using database = new DatabaseSync(path);
    database.exec(`
      DROP TABLE trained_models;
      DROP TABLE oauth_clients;
      DROP TABLE oauth_grants;
      DROP TABLE oauth_used;
      DROP TABLE oauth_signing_keys;
      DROP TABLE uploads;
      DROP TABLE batches;
      DROP TABLE batch_items;
      DROP TABLE tags;
      DROP TABLE word_parts;
      DROP INDEX images_without_words;
      ALTER TABLE images DROP COLUMN indexed_notes;
      DROP INDEX images_by_trash;
      DROP INDEX images_by_time;
      DROP INDEX images_by_size;
      DROP INDEX images_by_owner;
      DROP INDEX images_by_favorite;
      ALTER TABLE images DROP COLUMN title;
      ALTER TABLE images DROP COLUMN tags;
      ALTER TABLE images DROP COLUMN favorite;
      ALTER TABLE images DROP COLUMN trashed_at;
      ALTER TABLE images DROP COLUMN original_path;
      CREATE INDEX images_by_owner ON images (owner);
      DROP TABLE image_words;
      CREATE VIRTUAL TABLE image_words USING fts5(words, content='', contentless_delete=1);
      INSERT INTO image_words (rowid, words) SELECT rowid, 're ed d' FROM images;
      PRAGMA user_version = 2`);
  }
  const after = open();
  const { images, jobs } = await after.records();
  assert.equal((await images.search({ query: "red" }, "bob", { limit: 5 })).length, 1);
  assert.equal((await images.search({ query: "cat" }, "bob", { limit: 5 })).length, 1);
  assert.equal((await jobs.list("ann", 5)).length, 2);
  assert.deepEqual(await jobs.serversAtWork(), ["server-1"]);
  await after.close();
});

Deno.test("several servers that open old records at once bring them up to date once", async () => {
  await using folder = await temporaryFolder();
  await writeFirstRecords(folder.path);
  const storages = [1, 2, 3].map(() =>
    openLocalStorage({ saveDirectory: folder.path, log: silentLogger })
  );
  const records = await Promise.all(storages.map((storage) => storage.records()));
  for (const { images } of records) {
    assert.equal((await images.list("", { limit: 5 })).length, 1);
  }
  await Promise.all(storages.map((storage) => storage.close()));
});

Deno.test("records of a newer server are refused with a sentence, and not a byte is changed", async () => {
  await using folder = await temporaryFolder();
  const path = await writeFirstRecords(folder.path);
  {
    using database = new DatabaseSync(path);
    database.exec("PRAGMA user_version = 999; CREATE TABLE from_the_future (id TEXT)");
  }
  const before = await Deno.readFile(path);
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  await assert.rejects(storage.records(), RecordsTooNew);
  await storage.close();

  await using test = await openTestApp({ folder: folder.path });
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("generate_image", { prompt: "a cat" });
  assert.equal(envelope.error.code, "invalid_config");
  assert.match(
    envelope.error.message,
    /written by a newer server \(version 999, this one knows \d+\): update this server, or give/,
  );
  assert.match(await test.app.images.trouble() ?? "", /written by a newer server/);
  assert.deepEqual(await Deno.readFile(path), before);
  const pictures = [...Deno.readDirSync(folder.path)].filter(({ isFile }) => isFile);
  assert.deepEqual(pictures, [], "nothing was drawn that could not be recorded");
});

/** Records as the first servers wrote them: a picture, an ended job, and one that a vendor has. */
async function writeFirstRecords(folder: string): Promise<string> {
  await Deno.mkdir(join(folder, HIDDEN_FOLDER), { recursive: true });
  const path = join(folder, HIDDEN_FOLDER, "records.sqlite");
  using database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE images (id TEXT PRIMARY KEY, file_name TEXT NOT NULL UNIQUE,
      provider TEXT NOT NULL, model TEXT NOT NULL, media_type TEXT NOT NULL,
      size_bytes INTEGER NOT NULL, width INTEGER, height INTEGER, seed INTEGER,
      prompt TEXT NOT NULL, revised_prompt TEXT, parameters TEXT NOT NULL, usage TEXT,
      created_at INTEGER NOT NULL) STRICT;
    CREATE TABLE jobs (id TEXT PRIMARY KEY, owner TEXT NOT NULL, state TEXT NOT NULL,
      runner TEXT NOT NULL, provider TEXT NOT NULL, message TEXT NOT NULL, wish TEXT NOT NULL,
      parts TEXT NOT NULL, outcome TEXT, cancel_requested INTEGER NOT NULL DEFAULT 0,
      created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
    CREATE INDEX jobs_by_state ON jobs (state, runner);
    CREATE INDEX jobs_by_time ON jobs (created_at);
    INSERT INTO images VALUES ('img_openai_1_aa', 'img_openai_1_aa.png', 'openai', 'gpt-image-2',
      'image/png', 70, 1, 1, NULL, 'a cat', 'a red cat', '{"size":"1x1"}', NULL, 1000);
    INSERT INTO jobs VALUES ('job_1_ended', 'ann', 'finished', 'server-0', 'openai', 'Finished',
      '{"prompt":"a cat"}',
      '[{"provider":"openai","imageIds":["img_openai_1_aa"],"state":"stored"}]',
      '{"imageIds":["img_openai_1_aa"],"warnings":[]}', 0, 1000, 1000);
    INSERT INTO jobs VALUES ('job_1_open', 'ann', 'accepted', 'server-1', 'hunyuan', 'Drawing',
      '{"prompt":"a cat in the rain","n":2,"file_prefix":"cats","style":"riman"}',
      '[{"provider":"hunyuan","imageIds":["img_hunyuan_1_bb"],"state":"accepted","ticket":"t-1"}]',
      NULL, 0, 2000, 2000);
  `);
  return path;
}
