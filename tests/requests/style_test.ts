import assert from "node:assert/strict";
import { parseRequest } from "../../src/requests/parse.ts";
import { STYLES as DOUBAO } from "../../src/providers/doubao/prompt.ts";
import { STYLES as HUNYUAN } from "../../src/providers/hunyuan/styles.ts";
import { STYLES as STABILITY } from "../../src/providers/stability/styles.ts";
import { STYLE_WORDS } from "../../src/providers/style_words.ts";
import { findStyle } from "../../src/requests/style.ts";
import { OTHER_NAMES } from "../../src/requests/style_names.ts";

const STYLES = {
  watercolor: { label: "水彩 Watercolor", prompt: "" },
  oil_painting: { label: "油画 Oil painting", prompt: "" },
  shuimo: { label: "水墨画", prompt: "" },
  anime: { label: "动漫 Anime", prompt: "" },
};

const NAMES: readonly (readonly [text: string, id: string | undefined])[] = [
  ["watercolor", "watercolor"],
  ["Watercolour", "watercolor"],
  ["水彩", "watercolor"],
  ["水彩画", "watercolor"],
  ["水墨", "shuimo"],
  ["水墨画风格", "shuimo"],
  ["Oil-Painting", "oil_painting"],
  ["油画", "oil_painting"],
  ["anime style", "anime"],
  ["动漫风格", "anime"],
  ["水彩画風", "watercolor"],
  ["수채화", "watercolor"],
  ["Acuarela", "watercolor"],
  ["estilo acuarela", "watercolor"],
  ["aquarelle", "watercolor"],
  ["油絵", "oil_painting"],
  ["Ölgemälde", "oil_painting"],
  ["pintura al óleo", "oil_painting"],
  ["アニメ", "anime"],
  ["アニメ風", "anime"],
  ["애니메이션 스타일", "anime"],
  ["anime-stil", "anime"],
  ["写真", undefined],
  ["画", undefined],
  ["monet", undefined],
];

for (const [text, id] of NAMES) {
  Deno.test(`'${text}' names ${id ?? "no style"}`, () => assert.equal(findStyle(text, STYLES), id));
}

Deno.test("each name in another language is one of a style that somebody has", () => {
  const all = [DOUBAO, HUNYUAN, STABILITY, STYLE_WORDS];
  const lost = [...OTHER_NAMES.keys()].filter((name) =>
    all.every((styles) => findStyle(name, styles) === undefined)
  );
  assert.deepEqual(lost, []);
});

for (const style of ["none", "None ", "no style", "default", "无", "なし", "auto", ""]) {
  Deno.test(`style '${style}' is none`, () => {
    assert.equal(parseRequest({ prompt: "a cat", style }).style, undefined);
  });
}
