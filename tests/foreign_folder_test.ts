/** Folders that were copied, or came with somebody's project, as a client opens them. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { startTencent } from "./fakes/tencent.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startProgram, startServer } from "./support/process.ts";
import { until } from "./support/wait.ts";

const RECORDS = join("generated_images", ".mcp-image-server");

Deno.test("what is unfinished in copied records is neither drawn nor fetched, and goes on where it was begun", async () => {
  await using vendor = await startTencent({ drawingTime: 30 });
  const env = { ...vendor.environment, HUNYUAN_CONCURRENCY: "1" };
  await using original = await temporaryFolder();
  let job = "", batch = "";
  {
    await using server = startServer({ folder: original.path, env });
    await server.initialize();
    vendor.hold();
    const asked = await server.call("generate_image", { prompt: "a first", wait_seconds: 0 });
    job = asked.job.id;
    await until("the vendor has it and is asked for it", () => vendor.requests.length >= 2);
    batch = (await server.call("generate_batch", { items: ["a second", "a third"] })).batch.id;
  }
  await using copy = await temporaryFolder();
  await copyFolder(join(original.path, "generated_images"), join(copy.path, "generated_images"));
  vendor.finish();

  const before = vendor.requests.length;
  {
    await using server = startServer({ folder: copy.path, env });
    await server.initialize();
    const { error } = await server.call("get_job", { job_id: job, wait_seconds: 5 });
    assert.equal(error.code, "interrupted");
    assert.match(error.message, /begun in another one.*ask for it again/);
    const found = await server.call("get_job", { job_id: batch, wait_seconds: 5 });
    assert.equal(found.batch.state, "interrupted");
    assert.match(server.stderr, /records of this folder were begun in another one/);
  }
  assert.equal(vendor.requests.length, before, "the vendor heard nothing of the copy");

  await using server = startServer({ folder: original.path, env });
  await server.initialize();
  const drawn = await server.call("get_job", { job_id: job, wait_seconds: 30 });
  assert.equal(drawn.images.length, 1, JSON.stringify(drawn));
  const all = await server.call("get_job", { job_id: batch, wait_seconds: 30 });
  assert.equal(all.batch.message, "2 of 2 drawn");
});

Deno.test("records name no file outside their folder, to show or to remove", async () => {
  await using folder = await temporaryFolder();
  const outside = join(folder.path, "outside.png");
  {
    await using server = startServer({ folder: folder.path });
    await server.initialize();
    const { images: [image] } = await server.call("generate_image", { prompt: "a bait" });
    await Deno.copyFile(image.local_path, outside);
  }
  const { id } = changeRecords(folder.path, "UPDATE images SET file_name = '../outside.png'");
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await assert.rejects(server.request("resources/read", { uri: `image://${id}` }));
  await server.call("delete_images", { image_ids: [id], permanent: true });
  assert.ok((await Deno.stat(outside)).isFile, "it is not removed");
});

Deno.test("records that would change what is written are moved aside", async () => {
  await using folder = await temporaryFolder();
  {
    await using server = startServer({ folder: folder.path });
    await server.initialize();
    await server.call("generate_image", { prompt: "a first" });
  }
  changeRecords(
    folder.path,
    "CREATE TRIGGER spy AFTER INSERT ON images BEGIN UPDATE images SET owner = NULL; END",
  );
  await using server = startServer({ folder: folder.path });
  await server.initialize();
  await server.call("generate_image", { prompt: "a second" });
  assert.match(server.stderr, /corrupt and has been moved aside.*it holds 'spy'/);
});

Deno.test({
  name: "a pipe in the place of a folder's settings holds nothing up",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, ".env");
    assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    await using server = startServer({ folder: folder.path });
    await server.initialize();
    await server.call("generate_image", { prompt: "a pipe" });
    assert.match(server.stderr, /\.env.*it is no plain file/);
    await using program = startProgram({ folder: folder.path, args: ["doctor"] });
    await program.status;
    assert.match(program.stdout, /it is no plain file/);
  },
});

function changeRecords(folder: string, sql: string): { readonly id: string } {
  using database = new DatabaseSync(join(folder, RECORDS, "records.sqlite"));
  const found = database.prepare("SELECT id FROM images").get();
  database.exec(sql);
  return { id: String(found?.id) };
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    await (isDirectory ? copyFolder(source, target) : Deno.copyFile(source, target));
  }
}
