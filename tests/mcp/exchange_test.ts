import { unzipSync } from "fflate";
import assert from "node:assert/strict";
import { join } from "node:path";
import { drawJpeg, drawPng } from "../fakes/pictures.ts";
import { connectTestClient, openTestApp, type TestClient } from "../support/app.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("pictures are exported with speaking names and a manifest, and nothing is written over", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder.path } });
  await using client = await connectTestClient(test.app);
  const fox = await draw(client, "A blue logo / of a fox?");
  await draw(client, "a lake");
  const changes = { image_ids: [fox], title: "Füchslein", add_tags: ["client-a"] };
  await client.call("update_images", changes);
  const to = join(folder.path, "out");
  const first = await client.call("export_images", { to, image_ids: [fox, "img_none"] });
  assert.equal(first.envelope.exported, 1);
  assert.deepEqual(first.envelope.left, [
    { id: "img_none", reason: "It is not among your pictures" },
  ]);
  const names = namesIn(to);
  assert.equal(names.length, 2);
  assert.match(names[0]!, /^\d{4}-\d\d-\d\d Füchslein [0-9a-f]{6}\.png$/);
  const manifest = JSON.parse(await Deno.readTextFile(join(to, "manifest.json")));
  const [entry] = manifest.pictures;
  assert.deepEqual([entry.id, entry.file, entry.tags], [fox, names[0], ["client-a"]]);
  assert.equal(entry.prompt, "A blue logo / of a fox?");
  assert.ok(!JSON.stringify(manifest).includes(test.folder));

  await client.call("export_images", { to, query: "fox" });
  assert.equal(namesIn(to).length, 4, "the old ones stay as they were");
  const nothing = await client.call("export_images", { to });
  assert.match(nothing.envelope.error.message, /give 'image_ids', 'query', 'tag' or 'favorite'/);
});

Deno.test("an export may be a ZIP, which is never written over", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder.path } });
  await using client = await connectTestClient(test.app);
  for (const prompt of ["a cat", "a dog"]) await draw(client, prompt);
  const to = join(folder.path, "animals.zip");
  const { envelope } = await client.call("export_images", { to, query: "a" });
  assert.deepEqual([envelope.exported, envelope.path], [2, to]);
  const files = unzipSync(await Deno.readFile(to));
  assert.equal(Object.keys(files).length, 3);
  const { pictures } = JSON.parse(new TextDecoder().decode(files["manifest.json"]));
  const [{ images: [stored] }] = [
    (await client.call("get_image_data", { image_id: "last" })).envelope,
  ];
  const packed = files[pictures.find(({ id }: { id: string }) => id === stored.id).file];
  assert.deepEqual(packed, await Deno.readFile(stored.local_path));
  const again = await client.call("export_images", { to, query: "a" });
  assert.match(again.envelope.error.message, /There is a file at .*animals\.zip.* already/);
});

Deno.test("an export goes nowhere but where a person allows it", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp({ env: { MCP_SAVE_AS_DIRS: folder.path } });
  await using client = await connectTestClient(test.app);
  await draw(client, "a cat");
  for (const to of ["/elsewhere/out", join(folder.path, "..", "out")]) {
    const { envelope } = await client.call("export_images", { to, query: "cat" });
    assert.match(envelope.error.message, /^to .* lies in none of the folders of MCP_SAVE_AS_DIRS/);
  }
});

Deno.test("an export comes in again as it went out, once, with what it tells of its making", async () => {
  await using folder = await temporaryFolder();
  const env = { MCP_SAVE_AS_DIRS: folder.path, MCP_EMBED_METADATA: "full" };
  await using before = await openTestApp({ env });
  await using exporter = await connectTestClient(before.app);
  await draw(exporter, "a fox in the snow", { seed: 7 });
  await exporter.call("export_images", { to: join(folder.path, "out"), query: "fox" });

  await using after = await openTestApp({ env });
  await using client = await connectTestClient(after.app);
  const from = join(folder.path, "out");
  const { envelope } = await client.call("import_images", { from, tags: ["old"] });
  assert.deepEqual([envelope.imported, envelope.known, envelope.broken], [1, 0, []]);
  const found = (await client.call("search_images", { query: "fox snow", tag: "old" })).envelope;
  assert.deepEqual(found.images.map(({ id }: { id: string }) => id), envelope.image_ids);
  const shown = await client.call("get_image_data", { image_id: envelope.image_ids[0] });
  assert.equal(shown.envelope.images[0].seed, 7);
  const [file] = namesIn(from);
  assert.deepEqual(
    await Deno.readFile(shown.envelope.images[0].local_path),
    await Deno.readFile(join(from, file!)),
  );
  const again = await client.call("import_images", { from });
  assert.deepEqual([again.envelope.imported, again.envelope.known], [0, 1]);
});

Deno.test("what was noted of exported pictures comes back with them", async () => {
  await using folder = await temporaryFolder();
  const to = join(folder.path, "out");
  {
    await using before = await openTestApp({
      env: { MCP_SAVE_AS_DIRS: folder.path, MCP_EMBED_METADATA: "off" },
    });
    await using client = await connectTestClient(before.app);
    const fox = await draw(client, "a fox in the snow");
    const notes = { title: "Fox", add_tags: ["client-a"], favorite: true };
    await client.call("update_images", { image_ids: [fox], ...notes });
    await client.call("export_images", { to, image_ids: [fox] });
  }
  // Another program's, and one that lies about its form.
  await Deno.writeTextFile(join(to, "manifest-2.json"), '{"manifest_version": 3}');
  await Deno.writeTextFile(
    join(to, "manifest-3.json"),
    JSON.stringify({ version: 1, pictures: [null, { file: "no.png", tags: 5, title: {} }] }),
  );
  await using after = await openTestApp();
  await using client = await connectTestClient(after.app);
  await client.call("import_images", { from: to, tags: ["back"] });
  const { envelope: { images: [image] } } = await client.call("search_images", {});
  assert.deepEqual([image.title, image.tags, image.favorite, image.prompt], [
    "Fox",
    ["client-a", "back"],
    true,
    "a fox in the snow",
  ]);
});

Deno.test("of many files the broken ones are named, and the others come in", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  await Deno.mkdir(join(folder.path, "below", ".hidden"), { recursive: true });
  for (let index = 0; index < 20; index++) {
    const path = join(folder.path, ...index % 2 ? ["below"] : [], `picture ${index}.jpg`);
    await Deno.writeFile(path, drawJpeg(16, 16, `${index}`));
  }
  await Deno.writeFile(join(folder.path, "below", ".hidden", "no.jpg"), drawJpeg(16, 16, "no"));
  await Deno.writeTextFile(join(folder.path, "words.png"), "no picture");
  await Deno.writeFile(join(folder.path, "cut.png"), drawPng(64, 64, "cut").slice(0, 60));
  await Deno.writeTextFile(join(folder.path, "notes.txt"), "not looked at");
  const { envelope } = await client.call("import_images", { from: folder.path });
  assert.equal(envelope.imported, 20);
  const broken = envelope.broken.map(({ file, reason }: { file: string; reason: string }) =>
    `${file.split(/[\\/]/).at(-1)}: ${reason}`
  );
  assert.equal(broken.length, 2);
  assert.match(broken[0], /^cut\.png: .*(cut short|broken)/);
  assert.match(broken[1], /^words\.png: .*not a picture/);
  const none = await client.call("import_images", { from: join(folder.path, "nowhere") });
  assert.match(none.envelope.error.message, /There is no folder at/);
});

Deno.test("pictures that are imported in place are read where they lie, and nothing is copied", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const path = join(await Deno.realPath(folder.path), "cat.jpg");
  const bytes = drawJpeg(64, 48, "cat");
  await Deno.writeFile(path, bytes);
  const place = { from: folder.path, in_place: true };
  const { envelope } = await client.call("import_images", { ...place, tags: ["mine"] });
  const [id] = envelope.image_ids;
  assert.deepEqual(namesIn(test.folder).filter((name) => /jpg$/.test(name)), []);
  const { images: [found] } = (await client.call("search_images", { tag: "mine" })).envelope;
  assert.deepEqual([found.id, found.local_path], [id, path]);
  const { contents } = await client.client.readResource({ uri: `image://${id}` });
  assert.equal((contents[0] as { blob: string }).blob, bytes.toBase64());
  const record = await test.app.images.find(id, "");
  const file = await test.app.images.openFile(record!.fileName!, "");
  const part = await new Response(await file!.read(2, 5)).bytes();
  assert.deepEqual([file!.sizeBytes, part], [bytes.length, bytes.slice(2, 6)]);
  const small = await client.call("transform_image", { image: id, width: 32 });
  assert.equal(small.envelope.images[0].width, 32);
  const again = await client.call("import_images", { from: folder.path });
  assert.deepEqual([again.envelope.imported, again.envelope.known], [0, 1]);
});

Deno.test("a picture in place whose file moved or changed says so, and keeps its notes when it comes again", async () => {
  await using folder = await temporaryFolder();
  await using elsewhere = await temporaryFolder();
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const [path, moved] = [join(folder.path, "cat.png"), join(elsewhere.path, "cat.png")];
  await Deno.writeFile(path, drawPng(64, 48, "cat"));
  const first = await client.call("import_images", { from: path, in_place: true });
  const [id] = first.envelope.image_ids;
  await client.call("update_images", { image_ids: [id], title: "Tom", add_tags: ["mine"] });
  const read = async () => (await client.call("get_image_data", { image_id: id })).envelope;

  await Deno.rename(path, moved);
  const { error } = await read();
  assert.equal(error.code, "file_not_found");
  assert.match(error.message, /imported in place and lies there no more; put it back, or import/);
  await Deno.symlink(moved, path);
  assert.match((await read()).error.message, /is another one now/, "a link may lead anywhere");
  const back = await client.call("import_images", { from: elsewhere.path, in_place: true });
  assert.deepEqual([back.envelope.imported, back.envelope.image_ids], [1, [id]]);
  const [picture] = (await read()).images;
  assert.equal(picture.local_path, await Deno.realPath(moved));
  const { images: [row] } = (await client.call("search_images", { tag: "mine" })).envelope;
  assert.equal(row.title, "Tom");

  await Deno.writeFile(moved, drawPng(80, 60, "another"));
  assert.match((await read()).error.message, /is another one now: .* has changed since; import/);
});

Deno.test("deleting a picture in place for good leaves its file, and its bytes are nobody's surplus", async () => {
  await using folder = await temporaryFolder();
  await using test = await openTestApp();
  await using client = await connectTestClient(test.app);
  const path = join(folder.path, "cat.png");
  await Deno.writeFile(path, drawPng(64, 48, "cat"));
  const { envelope } = await client.call("import_images", { from: path, in_place: true });
  assert.deepEqual(await test.app.images.spare(10), { totalBytes: 0, pictures: [] });
  const gone = { image_ids: envelope.image_ids, permanent: true };
  assert.deepEqual((await client.call("delete_images", gone)).envelope.removed, envelope.image_ids);
  assert.deepEqual(await Deno.readFile(path), drawPng(64, 48, "cat"));
  assert.deepEqual((await client.call("search_images", {})).envelope.images, []);
});

Deno.test("over HTTP no answer tells where a picture in place lies", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "cat.png");
  await Deno.writeFile(path, drawPng(64, 48, "cat"));
  await using test = await openTestApp({ env: { MCP_INPUT_DIRS: folder.path } });
  const view = { transport: "http", baseUrl: () => "http://localhost" } as const;
  await using client = await connectTestClient(test.app, { view });
  const place = { from: folder.path, in_place: true };
  const { envelope: { image_ids: [id] } } = await client.call("import_images", place);
  const answers = [
    await client.call("search_images", {}),
    await client.call("get_image_data", { image_id: id }),
    await Deno.remove(path).then(() => client.call("get_image_data", { image_id: id })),
  ];
  assert.equal(answers[2]!.envelope.error.code, "file_not_found");
  assert.ok(!JSON.stringify(answers).includes(folder.path));
});

Deno.test("over HTTP pictures are imported from the folders that were opened, and no others", async () => {
  await using folder = await temporaryFolder();
  await using elsewhere = await temporaryFolder();
  for (const { path } of [folder, elsewhere]) {
    await Deno.writeFile(join(path, "cat.jpg"), drawJpeg(16, 16, "cat"));
  }
  await using test = await openTestApp({ env: { MCP_INPUT_DIRS: folder.path } });
  const view = { transport: "http", baseUrl: () => "http://localhost" } as const;
  await using client = await connectTestClient(test.app, { view });
  assert.equal((await client.call("import_images", { from: folder.path })).envelope.imported, 1);
  const refused = await client.call("import_images", { from: elsewhere.path });
  assert.match(refused.envelope.error.message, /MCP_INPUT_DIRS/);
  const to = { to: folder.path, query: "cat" };
  const exported = await client.call("export_images", to);
  assert.match(exported.envelope.error.message, /^to may write nowhere here; over HTTP/);
});

async function draw(
  client: TestClient,
  prompt: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const args = { prompt, resolution: "64x64", ...more };
  return (await client.call("generate_image", args)).envelope.images[0].id;
}

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
