import assert from "node:assert/strict";
import { parseRequest } from "../../src/requests/parse.ts";
import { findStyle } from "../../src/requests/style.ts";

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
  ["画", undefined],
  ["monet", undefined],
];

for (const [text, id] of NAMES) {
  Deno.test(`'${text}' names ${id ?? "no style"}`, () => assert.equal(findStyle(text, STYLES), id));
}

for (const style of ["none", "None ", "default", "无", "auto", ""]) {
  Deno.test(`style '${style}' is none`, () => {
    assert.equal(parseRequest({ prompt: "a cat", style }).style, undefined);
  });
}
