import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { decodeImage } from "../../src/images/transform.ts";
import { connectTestClient, openTestApp } from "../support/app.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

for (const mode of ["legacy", "auto"] as const) {
  Deno.test(`an SVG becomes a picture that is saved, recorded and shown (${mode})`, async () => {
    await using test = await openTestApp();
    await using client = await connectTestClient(test.app, { mode });
    const { envelope, content, isError } = await client.call("render_svg", {
      svg: `<svg viewBox="0 0 20 10"><title>Our flag</title><rect width="20" height="10"/></svg>`,
      width: 200,
      file_prefix: "flag",
    });
    assert.equal(isError, false, JSON.stringify(envelope.error));
    const [image] = envelope.images;
    assert.deepEqual(
      [image.width, image.height, image.mime_type, image.provider, image.model],
      [200, 100, "image/png", "local", "render"],
    );
    assert.match(image.file_name, /^flag_local_\d+_[0-9a-f]{24}\.png$/);
    assert.deepEqual(envelope.warnings, []);
    assert.deepEqual(content.map(({ type }) => type), ["text", "image"]);
    assert.equal((await Deno.readFile(image.local_path)).length, image.size_bytes);
    assert.deepEqual(rowOf(test.folder, image.id), { operation: "render", prompt: "Our flag" });
    const again = await client.call("transform_image", { image: "last", rotate: 90 });
    assert.deepEqual([again.envelope.images[0].width, again.envelope.images[0].height], [100, 200]);
  });
}

Deno.test("a drawing is as large as it says, a small one is enlarged, and one side keeps the shape", async () => {
  await using renderer = await openRenderer();
  const cases: readonly (readonly [string, Record<string, unknown>, number, number])[] = [
    [`width="800" height="600"`, {}, 800, 600],
    [`width="24" height="24"`, {}, 1024, 1024],
    [`viewBox="0 0 300 100"`, {}, 1024, 341],
    [`width="100%" viewBox="0 0 1200 600"`, {}, 1200, 600],
    [`width="9000" height="4500"`, {}, 4096, 2048],
    [`width="210mm" height="297mm"`, {}, 794, 1123],
    [`viewBox="0 0 2 1"`, { height: 50 }, 100, 50],
    [`viewBox="0 0 2 1"`, { width: 50, height: 50 }, 50, 50],
    [``, { width: 60 }, 60, 30],
  ];
  for (const [attributes, args, width, height] of cases) {
    const { image } = await renderer.of(`<svg ${attributes}><path d="M0 0h1v1z"/></svg>`, args);
    assert.deepEqual([image.width, image.height], [width, height], attributes);
  }
  const long = await renderer.call(`<svg viewBox="0 0 1 9"/>`, { width: 1000 });
  assert.match(long.error.message, /would be 1000x9000, and a side has at most 4096 pixels/);
});

Deno.test("JPEG and WebP come as asked, on the colour asked for", async () => {
  await using renderer = await openRenderer();
  const svg = `<svg viewBox="0 0 8 8"><rect width="4" height="8" fill="#00f"/></svg>`;
  for (
    const [args, mediaType, corner] of [
      [{}, "image/png", [0, 0, 0, 0]],
      [{ background: "#f80" }, "image/png", [255, 136, 0, 255]],
      [{ background: "transparent", format: "WEBP" }, "image/webp", [0, 0, 0, 0]],
      [{ output_format: "jpg", quality: 100 }, "image/jpeg", [255, 255, 255, 255]],
    ] as const
  ) {
    const { image, made, warnings } = await renderer.of(svg, { ...args, width: 64 });
    assert.equal(image.mime_type, mediaType);
    const { pixels } = await decodeImage(made);
    assert.deepEqual([...pixels.slice(-4)], corner, JSON.stringify(args));
    assert.deepEqual(warnings, []);
  }
  const bad = await renderer.call(svg, { background: "url(#a)" });
  assert.match(bad.error.message, /^Cannot read background 'url\(#a\)': write it as /);
  const plain = await renderer.of(svg, { output_compression: 50 });
  assert.match(plain.warnings.join(), /PNG loses nothing/);
});

Deno.test("an SVG that cannot be read gets its line and column, the text there, and what to do", async () => {
  await using renderer = await openRenderer();
  const cases: readonly (readonly [string, number | undefined, number | undefined, RegExp])[] = [
    ["<svg>\n  <text>R&D</text></svg>", 2, 10, /near '.*<text>R&D<\/text>.*'\. Write & as &amp;/],
    ["<svg>\n<text>a&nbsp;b</text></svg>", 2, 8, /numbers such as &#160;/],
    ["<svg>\n<text>中文🚀 a < b</text></svg>", 2, 13, /Write < as &lt;/],
    ["```svg\n<svg><g></svg>\n```", 2, 9, /closed that is not the last opened/],
    ['<svg><rect x="1"\n x="2"/></svg>', 2, 2, /stands twice/],
    ["<svg><rect width=10/></svg>", 1, 18, /no quotes/],
    ["<svg>\n<g><rect", 2, 9, /Send all of it, up to <\/svg>/],
    ["<svg><inkscape:page/></svg>", 1, 7, /prefix that is declared nowhere/],
    ["/home/ann/logo.svg", undefined, undefined, /Pass the SVG's text itself/],
    ["<html><svg/></html>", undefined, undefined, /Pass the SVG's text itself/],
  ];
  for (const [svg, line, column, message] of cases) {
    const { error } = await renderer.call(svg, {});
    assert.equal(error.code, "invalid_parameters", svg);
    assert.match(error.message, message);
    assert.deepEqual([error.details.line, error.details.column], [line, column], error.message);
  }
});

Deno.test("what a drawing asks for and cannot get is told", async () => {
  await using renderer = await openRenderer();
  const cases: readonly (readonly [string, RegExp])[] = [
    [`<text y="9">Go 🚀 नम</text>`, /^There are no letters here for 🚀 न म: draw them as paths/],
    [`<image href="https://example.com/a.png" width="9" height="9"/>`, /nothing is loaded/],
    [`<foreignObject width="9" height="9"/>`, /write its text as <text>/],
    [
      `<rect width="9" height="9"><animate attributeName="x" to="9" dur="1s"/></rect>`,
      /animations/,
    ],
  ];
  for (const [content, warning] of cases) {
    const { warnings } = await renderer.of(`<svg viewBox="0 0 9 9">${content}</svg>`, { width: 9 });
    assert.match(warnings.join(), warning);
    assert.equal(warnings.length, 1);
  }
  const quiet = `<!-- 🚀 --><title>🚀</title><text y="9">Zoë &#x4e2d;文 → Ω</text><a href="#b"/>`;
  const { warnings } = await renderer.of(`<svg viewBox="0 0 9 9">${quiet}</svg>`, { width: 9 });
  assert.deepEqual(warnings, []);
});

Deno.test("an SVG of a megabyte is drawn, a longer one is refused", async () => {
  await using renderer = await openRenderer();
  const of = (length: number) =>
    `<svg viewBox="0 0 9 9"><path d="${"M0 0h9v9z ".repeat(length / 10)}"/></svg>`;
  const { image } = await renderer.of(of(1_048_000), { width: 9 });
  assert.equal(image.width, 9);
  const { error } = await renderer.call(of(1_049_000), { width: 9 });
  assert.equal(error.code, "invalid_arguments");
});

async function openRenderer() {
  const test = await openTestApp();
  const client = await connectTestClient(test.app);
  const call = async (svg: string, args: Record<string, unknown>) =>
    (await client.call("render_svg", { svg, ...args })).envelope;
  return {
    call,
    async of(svg: string, args: Record<string, unknown>) {
      const { ok, images: [image], warnings, error } = await call(svg, args);
      assert.equal(ok, true, JSON.stringify(error));
      return { image, warnings, made: await Deno.readFile(image.local_path) };
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
    },
  };
}

function rowOf(folder: string, id: string): unknown {
  using database = new DatabaseSync(join(folder, ".mcp-image-server", "records.sqlite"));
  const row = database.prepare("SELECT operation, prompt FROM images WHERE id = ?").get(id);
  return { ...row };
}
