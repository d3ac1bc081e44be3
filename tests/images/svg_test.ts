import assert from "node:assert/strict";
import { ImageError } from "../../src/errors.ts";
import { identifyImage } from "../../src/images/media_type.ts";
import { latinLetters } from "../../src/images/svg/latin.ts";
import { withMostMemory } from "../../src/images/svg/memory.ts";
import { unpack } from "../../src/images/svg/packed.ts";
import { MAX_SVG_LENGTH, MAX_SVG_SIDE, renderSvg } from "../../src/images/svg.ts";
import { png } from "../fakes/png.ts";
import { pack } from "../tools/pack.ts";
import { closeImageWorkers } from "../../src/images/workers.ts";
import { shareImageWorkers } from "../support/image_workers.ts";

shareImageWorkers();

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

Deno.test("text of any family is drawn, Latin and Chinese, with its anchor, weight and slant", async () => {
  const ink = async (attributes: string, text: string) => {
    const content = `<text y="40" x="150" font-size="32" ${attributes}>${text}</text>`;
    const drawing = svg(`width="300" height="50"`, content);
    const pixels = await renderSvg(drawing, { width: 300, height: 50, format: "rgba" });
    const columns = Array.from(
      { length: 300 },
      (_, x) =>
        Array.from({ length: 50 }, (_, y) => pixels[(y * 300 + x) * 4 + 3]!)
          .reduce((sum, alpha) => sum + alpha, 0),
    );
    const [first, last] = [columns.findIndex(Boolean), columns.findLastIndex(Boolean)];
    return { first, last, sum: columns.reduce((sum, column) => sum + column, 0) };
  };
  for (const text of ["Hamburg", "图像服", "Hi 中文", "Łódź", "Ωж한", "&#x56fe;&#20687;"]) {
    const start = await ink("", text);
    assert.ok(start.first >= 149 && start.last > 175, `${text}: ${JSON.stringify(start)}`);
    const end = await ink(`text-anchor="end" font-family="Georgia, monospace"`, text);
    assert.ok(end.last <= 151 && end.first < 125, `${text}: ${JSON.stringify(end)}`);
    const width = start.last - start.first;
    const middle = await ink(`text-anchor="middle"`, text);
    assert.ok(Math.abs(middle.first - (150 - width / 2)) < 4, `${text}: ${JSON.stringify(middle)}`);
    const bold = await ink(`font-weight="bold"`, text);
    assert.ok(bold.sum > start.sum * 1.15, `${text} is no bolder`);
    const slanted = await ink(`font-style="italic"`, text);
    assert.ok(slanted.last > start.last, `${text} does not lean`);
    const part = await ink("", `<tspan font-size="16">${text}</tspan>`);
    assert.ok(part.last - part.first < width * 0.6, `${text} is no smaller`);
  }
});

Deno.test("Latin text is as wide as in Arial, so that it stays in the box drawn for it", async () => {
  const widthOf = async (text: string, weight: "regular" | "bold") => {
    const letters = await latinLetters(weight);
    return [...text].reduce((sum, letter) => sum + letters.get(letter)!.width, 0);
  };
  // Advance widths of Arial and Arial Bold, in 2048ths of an em.
  assert.equal(await widthOf("Wi.", "regular"), 1933 + 455 + 569);
  assert.equal(await widthOf("Wi.", "bold"), 1933 + 569 + 569);
});

Deno.test("a drawing made to take much memory or time ends in words", async () => {
  const entities = [..."bcdefghij"].map((name, index) =>
    `<!ENTITY ${name} "${`&${String.fromCharCode(97 + index)};`.repeat(10)}">`
  );
  const uses = Array.from(
    { length: 9 },
    (_, index) => `<g id="a${index + 1}">${`<use href="#a${index}"/>`.repeat(10)}</g>`,
  );
  const layers = `<g opacity=".9"><rect width="9" height="9"/>`;
  const cases: readonly (readonly [string, number, RegExp])[] = [
    [
      `<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${entities.join("")}]>` + svg("", "<text>&j;</text>"),
      4,
      /its entities grow too large/,
    ],
    [svg("", `<g id="a0"><path d="M0 0h1v1z"/></g>${uses.join("")}`), 4, /too many elements/],
    [svg("", `${"<g>".repeat(99_999)}${"</g>".repeat(99_999)}`), 4, /too many elements/],
    [svg(`viewBox="0 0 9 9"`, layers.repeat(30) + "</g>".repeat(30)), 4096, /too much memory/],
    [svg("", image(hugePng())), 4, /too much memory/],
  ];
  for (const [text, side, message] of cases) {
    await assert.rejects(renderSvg(text, { width: side, height: side }), isInvalid(message));
  }
  const calls = svg("", `<g id="a"><use href="#a"/></g>`);
  assert.ok(await renderSvg(calls, { width: 4, height: 4 }));
});

Deno.test("the module that draws cannot take more memory than it is given", async () => {
  const { packedWasm } = await import("../../src/dependencies/resvg.ts");
  const module = await WebAssembly.compile(withMostMemory(await unpack(packedWasm), 100));
  const imports = WebAssembly.Module.imports(module).map(({ module, name }) => [module, name]);
  const nothing = Object.fromEntries(imports.map(([, name]) => [name, () => {}]));
  const { exports } = await WebAssembly.instantiate(module, { [imports[0]![0]!]: nothing });
  const memory = exports.memory as WebAssembly.Memory;
  assert.throws(() => memory.grow(101), RangeError);
});

Deno.test("bytes packed as text are the same again", async () => {
  for (let length = 0; length < 9; length++) {
    const bytes = Uint8Array.from({ length }, (_, index) => 255 - index);
    assert.deepEqual(await unpack(pack(bytes, "Words.\n\nMore.")), bytes);
  }
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

Deno.test("one worker draws one after the other, but for what failed, was stopped or took much memory", async () => {
  closeImageWorkers(); // none rests when the count begins
  using workers = countWorkers();
  const small = svg(`width="4" height="4"`, DISC);
  const draw = (text: string, side = 4, signal?: AbortSignal) =>
    renderSvg(text, { width: side, height: side, format: "rgba", signal });
  const first = await draw(small);
  const others = await Promise.all([draw(small), draw(small, 8), draw(small)]);
  assert.deepEqual([others[0], others[2]], [first, first]);
  assert.equal(workers.started(), 1);
  await assert.rejects(draw("<svg"));
  assert.deepEqual([await draw(small), workers.started()], [first, 2]);
  await assert.rejects(draw(slow(), 4096, AbortSignal.timeout(50)));
  assert.deepEqual([await draw(small), workers.started()], [first, 3]);
  await draw(small, 4096);
  assert.deepEqual([await draw(small), workers.started()], [first, 4]);
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
  const digest = await crypto.subtle.digest("SHA-256", await unpack(packedWasm));
  assert.equal(
    new Uint8Array(digest).toHex(),
    "22bf6e9f9a100d972da0411a69c5ba504367fc1fa87b3b64e3f35e53926d2d70", // index_bg.wasm of 2.6.2
  );
});

/** Counts the workers that are started until it is disposed of. */
function countWorkers(): Disposable & { readonly started: () => number } {
  const { Worker } = globalThis;
  let started = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      started++;
    }
  };
  return { started: () => started, [Symbol.dispose]: () => void (globalThis.Worker = Worker) };
}

const DISC = `<circle cx="2" cy="2" r="2" fill="red"/>`;

function svg(attributes: string, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}</svg>`;
}

function image(png: Uint8Array): string {
  return `<image width="9" height="9" href="data:image/png;base64,${png.toBase64()}"/>`;
}

/** Few bytes, and 576 MB of pixels. */
function hugePng(): Uint8Array {
  return png(12_000, 12_000, 0, undefined, { depth: 1 });
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
