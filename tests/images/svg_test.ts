import assert from "node:assert/strict";
import { brotliDecompressSync } from "node:zlib";
import { ImageError } from "../../src/errors.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { MAX_SVG_LENGTH, MAX_SVG_SIDE, renderSvg } from "../../src/images/svg.ts";

const RED = [255, 0, 0, 255];
const NOTHING = [0, 0, 0, 0];

Deno.test("an SVG becomes a PNG of exactly the size asked for", async () => {
  for (const [width, height] of [[1, 1], [30, 20], [333, 517]] as const) {
    const bytes = await renderSvg(svg(`width="${width}" height="${height}"`, DISC), {
      width,
      height,
    });
    const picture = identifyImage(bytes);
    assert.deepEqual([picture?.mediaType, picture?.width, picture?.height], [
      ...["image/png", width, height],
    ]);
  }
});

Deno.test("the pixels of an SVG can be had as they are", async () => {
  const pixels = await renderSvg(
    svg(`width="2" height="1"`, `<path fill="red" d="M0 0H1V1H0Z"/>`),
    {
      ...{ width: 2, height: 1, format: "rgba" },
    },
  );
  assert.deepEqual([...pixels], [...RED, ...NOTHING]);
});

Deno.test("an SVG of another shape is shown whole in the middle, one without a size too", async () => {
  for (const size of [`width="10" height="10"`, `viewBox="0 0 10 10"`]) {
    const red = svg(size, `<path fill="red" d="M0 0H10V10H0Z"/>`);
    const pixels = await renderSvg(red, { width: 40, height: 20, format: "rgba" });
    const at = (x: number) => [...pixels.subarray((10 * 40 + x) * 4, (10 * 40 + x) * 4 + 4)];
    assert.deepEqual([at(5), at(20), at(35)], [NOTHING, RED, NOTHING], size);
  }
});

Deno.test("an SVG loads nothing from outside itself", async () => {
  let asked = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked++;
    return new Response("<svg/>");
  });
  const file = new URL("../.github/a-cute-cat-in-a-garden.png", import.meta.url);
  for (const href of [`http://127.0.0.1:${server.addr.port}/a.png`, file.href, file.pathname]) {
    const picture = svg(`width="4" height="4"`, `<image href="${href}" width="4" height="4"/>`);
    const pixels = await renderSvg(picture, { width: 4, height: 4, format: "rgba" });
    assert.ok(pixels.every((value) => value === 0), href);
  }
  assert.equal(asked, 0);
});

Deno.test("what is no SVG is refused in words, and the next one is drawn", async () => {
  for (
    const text of ["", "<p>", "<svg", "{}", `<!DOCTYPE svg [<!ENTITY a SYSTEM "/etc/hosts">]>`]
  ) {
    await assert.rejects(
      renderSvg(text, { width: 4, height: 4 }),
      isInvalid(/SVG cannot be drawn/),
    );
  }
  assert.ok(await renderSvg(svg(`width="4" height="4"`, DISC), { width: 4, height: 4 }));
});

Deno.test("an SVG too long, and a picture too large or of no size, are refused", async () => {
  const long = svg(`width="4" height="4"`, " ".repeat(MAX_SVG_LENGTH));
  await assert.rejects(renderSvg(long, { width: 4, height: 4 }), isInvalid(/at most 4000000/));
  for (const side of [0, -1, 1.5, NaN, MAX_SVG_SIDE + 1]) {
    for (const size of [{ width: side, height: 4 }, { width: 4, height: side }]) {
      await assert.rejects(renderSvg(svg("", DISC), size), isInvalid(/from 1 to 4096/));
    }
  }
});

Deno.test("drawing an SVG stops at once with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  setTimeout(() => controller.abort(reason), 50);
  const began = performance.now();
  await assert.rejects(
    renderSvg(slow(), { width: 4096, height: 4096, signal: controller.signal }),
    reason,
  );
  assert.ok(performance.now() - began < 5000);
  const stopped = { width: 4, height: 4, signal: AbortSignal.abort(reason) };
  await assert.rejects(renderSvg(svg("", DISC), stopped), reason);
});

Deno.test("other work goes on while an SVG is drawn", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const many = svg(`width="1024" height="1024"`, `<g opacity="0.9">${DISC}</g>`.repeat(20));
  await renderSvg(many, { width: 1024, height: 1024 });
  clearInterval(timer);
  assert.ok(turns > 20, `${turns} turns`);
});

Deno.test("the rasteriser's WebAssembly is the one of the package, unchanged", async () => {
  const { packedWasm } = await import("../../src/dependencies/resvg.ts");
  const bytes = brotliDecompressSync(
    Uint8Array.fromBase64(packedWasm.trimEnd().split("\n").at(-1)!),
  );
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(bytes));
  assert.equal(
    new Uint8Array(digest).toHex(),
    "22bf6e9f9a100d972da0411a69c5ba504367fc1fa87b3b64e3f35e53926d2d70", // index_bg.wasm of 2.6.2
  );
});

const DISC = `<circle cx="2" cy="2" r="2" fill="red"/>`;

function svg(attributes: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`;
}

/** Takes far longer than anyone would wait. */
function slow(): string {
  const blur = `<filter id="blur"><feGaussianBlur stdDeviation="90"/></filter>`;
  const layer = `<g filter="url(#blur)"><rect width="4096" height="4096"/></g>`;
  return svg(`width="4096" height="4096"`, blur + layer.repeat(50));
}

function isInvalid(message: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof ImageError && error.code === "invalid_parameters");
    assert.match(error.message, message);
    return true;
  };
}
