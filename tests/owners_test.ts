/** What belongs to one person is seen by that person alone, over every way in and in both eras. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";

const TOKENS = { ann: "token-of-ann", bob: "token-of-bob" };
const MCP_AUTH_TOKEN = Object.entries(TOKENS).map(([name, token]) => `${name}=${token}`).join();

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`bob gets nothing of ann's, as if it were not there (${mode})`, async () => {
    await using folder = await temporaryFolder();
    const env = { MCP_AUTH_TOKEN, MCP_PRIVATE_IMAGES: "true" };
    await using server = await startHttpServer({ folder: folder.path, env });
    await using ann = await connect(server.url, "ann", mode);
    await using bob = await connect(server.url, "bob", mode);
    const made = await ann.call("generate_image", { prompt: "a cat", resolution: "64x64" });
    const [{ id, url }] = made.images;
    const [job] = (await ann.call("list_jobs")).jobs;
    const items = ["a cow", "a hen"];
    const all = { items, resolution: "64x64", wait_seconds: 60 };
    const { batch } = await ann.call("generate_batch", all);
    assert.equal(batch.drawn, 2);

    const refusals = [
      ["get_image_data", { image_id: id }, { image_id: "img_none" }],
      ["edit_image", { images: [id], prompt: "x" }, { images: ["img_none"], prompt: "x" }],
      ["generate_image", { based_on: id }, { based_on: "img_none" }],
      ["transform_image", { image: id, width: 9 }, { image: "img_none", width: 9 }],
      ["read_metadata", { image: id }, { image: "img_none" }],
      ["image_history", { image_id: id }, { image_id: "img_none" }],
      ["get_job", { job_id: job.id }, { job_id: "job_none" }],
      ["cancel_job", { job_id: job.id }, { job_id: "job_none" }],
      ["get_job", { job_id: batch.id }, { job_id: "batch_none" }],
      ["cancel_job", { job_id: batch.id }, { job_id: "batch_none" }],
    ] as const;
    for (const [tool, hers, nobodys] of refusals) {
      assert.equal((await ann.call(tool, hers)).ok, true, tool);
      const theirs = await bob.call(tool, hers);
      const unknown = await bob.call(tool, nobodys);
      const [known, none] = [hers, nobodys].map((args) => String(Object.values(args)[0]));
      const withoutId = (text: string) => text.replaceAll(known!, "ID").replaceAll(none!, "ID");
      assert.equal(
        withoutId(JSON.stringify(theirs.error)),
        withoutId(JSON.stringify(unknown.error)),
        tool,
      );
    }
    const repeated = async (person: typeof ann, repeat_failed: string) =>
      (await person.call("generate_batch", { repeat_failed })).error.message
        .replace(repeat_failed, "ID");
    assert.match(await repeated(ann, batch.id), /Nothing of batch 'ID' failed/);
    assert.equal(await repeated(bob, batch.id), await repeated(bob, "batch_none"));
    const side = { images: [id, job.id] };
    assert.equal((await ann.call("compare_images", side)).ok, true);
    assert.equal((await bob.call("compare_images", side)).error.code, "image_not_found");
    await writeTemplates(folder.path, { hers: id, nobodys: "img_none" });
    const byTemplate = async (person: typeof bob, template: string) =>
      (await person.call("generate_image", { template, resolution: "64x64" })).error;
    assert.equal(await byTemplate(ann, "hers"), null);
    assert.equal((await byTemplate(bob, "hers")).code, "image_not_found");
    assert.equal(
      (await byTemplate(bob, "hers")).message.replaceAll(id, "ID"),
      (await byTemplate(bob, "nobodys")).message.replaceAll("img_none", "ID"),
    );
    assert.deepEqual((await bob.call("list_jobs")).jobs, []);
    assert.deepEqual((await bob.call("search_images", {})).images, []);
    const noted = await bob.call("update_images", { image_ids: [id], title: "his" });
    assert.deepEqual([noted.updated, noted.unknown], [[], [id]]);
    for (const more of [{}, { permanent: true }, { restore: true }]) {
      assert.deepEqual((await bob.call("delete_images", { image_ids: [id], ...more })).unknown, [
        id,
      ]);
    }

    const uri = `image://${id}`;
    assert.equal((await ann.client.readResource({ uri })).contents.length, 1);
    const codeOf = (uri: string) =>
      bob.client.readResource({ uri }).then(() => "read", (error) => error.code);
    assert.equal(await codeOf(uri), await codeOf("image://img_none"));
    assert.notEqual(await codeOf(uri), "read");

    const statusFor = async (name: keyof typeof TOKENS, address: string) => {
      const headers = { authorization: `Bearer ${TOKENS[name]}` };
      const response = await fetch(address, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assert.deepEqual([await statusFor("ann", url), await statusFor("bob", url)], [200, 404]);
  });
}

Deno.test("pictures at public addresses are seen by whoever knows them", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: { MCP_AUTH_TOKEN } });
  await using ann = await connect(server.url, "ann", "auto");
  const made = await ann.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const response = await fetch(made.images[0].url);
  assert.equal(response.status, 200);
  await response.body?.cancel();
});

Deno.test("pictures from before owners were kept are everybody's, until they are given one", async () => {
  await using folder = await temporaryFolder();
  await using server = await startHttpServer({ folder: folder.path, env: { MCP_AUTH_TOKEN } });
  await using ann = await connect(server.url, "ann", "auto");
  await using bob = await connect(server.url, "bob", "auto");
  const made = await ann.call("generate_image", { prompt: "a cat", resolution: "64x64" });
  const image_id = made.images[0].id;
  const path = join(folder.path, "generated_images", ".mcp-image-server", "records.sqlite");
  const give = (owner: string | null) => {
    using database = new DatabaseSync(path);
    database.prepare("UPDATE images SET owner = ? WHERE id = ?").run(owner, image_id);
  };
  give(null);
  assert.equal((await bob.call("get_image_data", { image_id })).ok, true);
  give("bob");
  assert.equal((await bob.call("get_image_data", { image_id })).ok, true);
  assert.equal((await ann.call("get_image_data", { image_id })).error.code, "image_not_found");
});

async function connect(url: string, name: keyof typeof TOKENS, mode: "legacy" | "auto") {
  const client = new Client({ name, version: "1" }, { versionNegotiation: { mode } });
  const headers = { Authorization: `Bearer ${TOKENS[name]}` };
  const options = { requestInit: { headers } };
  await client.connect(new StreamableHTTPClientTransport(new URL("/mcp", url), options));
  return {
    client,
    // deno-lint-ignore no-explicit-any
    async call(tool: string, args: Record<string, unknown> = {}): Promise<any> {
      return (await client.callTool({ name: tool, arguments: args })).structuredContent;
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}

/** Templates of the server that each draw by one picture. */
async function writeTemplates(folder: string, images: Readonly<Record<string, string>>) {
  const templates = join(folder, "generated_images", "templates");
  await Deno.mkdir(templates, { recursive: true });
  for (const [name, image] of Object.entries(images)) {
    await Deno.writeTextFile(
      join(templates, `${name}.md`),
      `---\nimages: [${image}]\n---\nThe same cat`,
    );
  }
}
