import assert from "node:assert/strict";
import { drawPng } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp, type TestApp, type TestClient } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

/** A picture as it is saved by another way than a tool. */
const SAVED = {
  provider: "placeholder",
  model: "placeholder",
  operation: "generate",
  prompt: "a dog",
  parents: [],
  parameters: {},
} as const;
const SMALL = { resolution: "64x64" };

Deno.test("a picture is found by parts of words, in Chinese too, with a look at the first few", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const fox = await draw(client, "a blue logo of a fox");
  const bamboo = await draw(client, "雨中的竹林小路");
  assert.deepEqual(await found(client, { query: "log fo" }), [fox]);
  assert.deepEqual(await found(client, { query: "竹林" }), [bamboo]);
  assert.deepEqual(await found(client), [bamboo, fox]);
  const { envelope, content } = await client.call("search_images", { query: "fox" });
  const [row] = envelope.images;
  assert.equal(row.prompt, "a blue logo of a fox");
  assert.ok(row.local_path.endsWith(".png"));
  assert.equal(content.filter(({ type }) => type === "image").length, 1);
  const nothing = await client.call("search_images", { query: "zebra" });
  assert.deepEqual(nothing.envelope.images, []);
  assert.match(nothing.envelope.next, /fewer words/);
});

Deno.test("pictures are found by what is noted of them, and by when they were made", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const cat = await draw(client, "a cat");
  const dog = await draw(client, "a dog", { style: "watercolor" });
  const changes = { title: "Client A's cat", add_tags: ["client-a", "海报"], favorite: true };
  const updated = await client.call("update_images", { image_ids: [cat, "img_none"], ...changes });
  assert.deepEqual(updated.envelope.updated, [cat]);
  assert.deepEqual(updated.envelope.unknown, ["img_none"]);
  assert.match(updated.envelope.next, /img|search_images/);
  assert.deepEqual(await found(client, { query: "client" }), [cat]);
  assert.deepEqual(await found(client, { tag: "CLIENT-A" }), [cat]);
  assert.deepEqual(await found(client, { tag: "海报" }), [cat]);
  assert.deepEqual(await found(client, { favorite: true }), [cat]);
  assert.deepEqual(await found(client, { favorite: false }), [dog]);
  for (const style of ["watercolor", "Watercolour", "水彩", "アクア", "acuarela", "수채화"]) {
    assert.deepEqual(await found(client, { style }), style === "アクア" ? [] : [dog], style);
  }
  assert.deepEqual(await found(client, { provider: "placeholder", after: "1h" }), [dog, cat]);
  assert.deepEqual(await found(client, { before: "1h" }), []);
  assert.deepEqual(await found(client, { after: "2020-01-01", before: "2999-12-31" }), [dog, cat]);
  const again = { image_ids: [cat], remove_tags: ["Client-A"], title: "", favorite: false };
  await client.call("update_images", again);
  assert.deepEqual(await found(client, { tag: "client-a" }), []);
  assert.deepEqual(await found(client, { tag: "海报" }), [cat]);
});

Deno.test("a page ends with the cursor of the next", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const drawn: string[] = [];
  for (const number of [1, 2, 3]) drawn.unshift(await draw(client, `cat ${number}`));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { envelope } = await client.call("search_images", { limit: 2, cursor });
    seen.push(...envelope.images.map(({ id }: { id: string }) => id));
    cursor = envelope.next_cursor ?? undefined;
  } while (cursor);
  assert.deepEqual(seen, drawn);
  const { envelope } = await client.call("search_images", { cursor: "abc" });
  assert.match(envelope.error.message, /cursor must be the next_cursor/);
});

Deno.test("a time that is none is refused with the forms there are", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  for (const after of ["someday", "2026-13-01", "7 moons"]) {
    const { envelope } = await client.call("search_images", { after });
    assert.match(envelope.error.message, /after must be today, .* or an age such as 12h/);
  }
});

Deno.test("what is deleted lies in the trash until it is restored, or is removed for good", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const kept = await draw(client, "a cat");
  const cat = await draw(client, "another cat");
  const { local_path } =
    (await client.call("get_image_data", { image_id: cat })).envelope.images[0];
  const trashed = await client.call("delete_images", { image_ids: [cat, "img_none"] });
  assert.deepEqual(trashed.envelope.trashed, [cat]);
  assert.deepEqual(trashed.envelope.unknown, ["img_none"]);
  assert.deepEqual(await found(client), [kept]);
  assert.deepEqual(await found(client, { trash: true }), [cat]);
  const unknown = await client.call("get_image_data", { image_id: cat });
  assert.match(unknown.envelope.error.message, /search_images .*trash/);
  assert.equal(
    (await client.call("get_image_data", { image_id: "last" })).envelope.images[0].id,
    kept,
  );
  assert.ok(await Deno.stat(local_path));

  const restored = await client.call("delete_images", { image_ids: [cat], restore: true });
  assert.deepEqual(restored.envelope.restored, [cat]);
  assert.deepEqual(await found(client), [cat, kept]);

  const removed = await client.call("delete_images", { image_ids: ["last"], permanent: true });
  assert.deepEqual(removed.envelope.removed, [cat]);
  assert.deepEqual(await found(client), [kept]);
  assert.deepEqual(await found(client, { trash: true }), []);
  await assert.rejects(Deno.stat(local_path), Deno.errors.NotFound);
  assert.deepEqual(previewsOf(test, cat), []);
  const both = { image_ids: [kept], permanent: true, restore: true };
  assert.match((await client.call("delete_images", both)).envelope.error.message, /one of the two/);
});

Deno.test("what has lain in the trash for long enough is removed, and nothing else", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const kept = await draw(client, "a cat");
  const gone = await draw(client, "a dog");
  await client.call("delete_images", { image_ids: [gone] });
  assert.equal(await test.app.library.emptyTrash(1), 0);
  assert.equal(await test.app.library.emptyTrash(-1), 1);
  assert.deepEqual(await found(client, { trash: true }), []);
  assert.deepEqual(await found(client), [kept]);
});

Deno.test("a picture tells what it was made from, and what was made from it", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const base = await draw(client, "a cat", { seed: 7 });
  const [small] = await pictures(client, "transform_image", { image: base, width: 32 });
  const [edited] = await pictures(client, "edit_image", { prompt: "in a hat", images: [small!] });
  const { envelope } = await client.call("image_history", { image_id: small });
  assert.equal(envelope.image.operation, "transform");
  assert.deepEqual(envelope.parents.map(({ id }: { id: string }) => id), [base]);
  assert.equal(envelope.parents[0].parameters.seed, 7);
  assert.deepEqual(envelope.children.map(({ id }: { id: string }) => id), [edited]);
  const youngest = await client.call("image_history", { image_id: edited });
  assert.deepEqual(youngest.envelope.parents.map(({ id }: { id: string }) => id), [small, base]);
  assert.deepEqual(await found(client, { parent: base }), [small]);
  const { contents } = await client.client.readResource({ uri: `image://${small}/record` });
  const record = JSON.parse((contents[0] as { text: string }).text);
  assert.equal(record.id, small);
  assert.deepEqual(record.made_from.map(({ id }: { id: string }) => id), [base]);
});

Deno.test("the newest pictures are a resource, and their ids are offered for addresses", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const cat = await draw(client, "a cat");
  const { contents } = await client.client.readResource({ uri: "images://recent" });
  const rows = JSON.parse((contents[0] as { text: string }).text);
  assert.deepEqual(rows.map(({ id }: { id: string }) => id), [cat]);
  const { completion } = await client.client.complete({
    ref: { type: "ref/resource", uri: "image://{id}/record" },
    argument: { name: "id", value: "img_pl" },
  });
  assert.deepEqual(completion.values, [cat]);
});

Deno.test("pictures of a tag are a resource, and the owner's own tags are offered for its address", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const cat = await draw(client, "a cat");
  await draw(client, "a dog");
  const tags = ["Client A/B 100%", "竹林"];
  await client.call("update_images", { image_ids: [cat], add_tags: tags });
  const theirs = { ...SAVED, id: "img_placeholder_1_2", owner: "ann" };
  await test.app.images.save({ bytes: drawPng(8, 8, "hers") }, theirs);
  await test.app.library.update([theirs.id], "ann", { addTags: ["client of hers", tags[1]!] });

  for (const tag of tags) {
    const uri = `images://tagged/${encodeURIComponent(tag)}`;
    const { contents } = await client.client.readResource({ uri });
    const rows = JSON.parse((contents[0] as { text: string }).text);
    assert.deepEqual(rows.map(({ id }: { id: string }) => id), [cat], tag);
  }
  const none = await client.client.readResource({ uri: "images://tagged/none" });
  assert.equal((none.contents[0] as { text: string }).text, "[]");
  await assert.rejects(client.client.readResource({ uri: "images://tagged/100%" }), {
    message: /a '%' in a tag is '%25'/,
  });

  const offered = async (value: string) => {
    const ref = { type: "ref/resource", uri: "images://tagged/{tag}" } as const;
    return (await client.client.complete({ ref, argument: { name: "tag", value } })).completion;
  };
  assert.deepEqual((await offered("")).values.toSorted(), tags.toSorted());
  assert.deepEqual((await offered("client")).values, [tags[0]]);
  assert.deepEqual((await offered("竹")).values, [tags[1]]);
});

Deno.test("an update that changes nothing is told so", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const { envelope } = await client.call("update_images", { image_ids: ["last"] });
  assert.match(envelope.error.message, /give title, add_tags, remove_tags or favorite/);
});

async function draw(
  client: TestClient,
  prompt: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return (await pictures(client, "generate_image", { prompt, ...SMALL, ...more }))[0]!;
}

async function pictures(
  client: TestClient,
  tool: string,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly string[]> {
  const { envelope } = await client.call(tool, args);
  assert.ok(envelope.ok, JSON.stringify(envelope.error));
  return envelope.images.map(({ id }: { id: string }) => id);
}

async function found(
  client: TestClient,
  args: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  return await pictures(client, "search_images", args);
}

function previewsOf({ folder }: TestApp, id: string): readonly string[] {
  const previews = `${folder}/.mcp-image-server/previews`;
  return [...Deno.readDirSync(previews)].map(({ name }) => name).filter((name) =>
    name.startsWith(id)
  );
}

Deno.test("pictures of several styles are found in one order, page by page", async () => {
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const made: string[] = [];
  for (const style of ["anime", "watercolor", "watercolor", "anime", "sketch", "anime"]) {
    made.unshift(await draw(client, `a ${style}`, { style, seed: made.length }));
  }
  const { library } = test.app.serverDependencies({ transport: "stdio" });
  const pages: string[][] = [];
  let before: number | undefined;
  do {
    const page = { limit: 2, before };
    const found = await library.searchAny([{ style: "anime" }, { style: "watercolor" }], "", page);
    pages.push(found.images.map(({ id }) => id));
    before = found.next;
  } while (before !== undefined && pages.length < 5);
  const [newest, , ...others] = made;
  assert.deepEqual(pages, [[newest, others[0]], others.slice(1, 3), others.slice(3)]);
});
