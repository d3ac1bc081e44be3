import assert from "node:assert/strict";
import { glyphOf } from "../../../src/images/svg/letters.ts";
import { type Caption, fitCaption, heightOf, strokesOf } from "../../../src/images/svg/text.ts";

const BOX = { width: 900, height: 300, largest: 80, smallest: 32 };
const UNKNOWN = glyphOf("\u{10ffff}");

Deno.test("the font knows Latin, Greek, Cyrillic, Chinese, Japanese and Korean letters", () => {
  for (const character of "Az09&éßőΩжЯ中国猫龘雪夜森林龜灣ひらがなカタカナ한글，。！？「」…—€→★") {
    const glyph = glyphOf(character);
    if (character === "龘") assert.equal(glyph, UNKNOWN, "rare characters are left out");
    else assert.notEqual(glyph, UNKNOWN, character);
  }
});

Deno.test("every simplified character of GB 2312 has its own strokes", () => {
  const decoder = new TextDecoder("gb2312");
  const seen = new Set<string>();
  for (let lead = 0xb0; lead <= 0xf7; lead++) {
    for (let trail = 0xa1; trail <= 0xfe; trail++) {
      const character = decoder.decode(Uint8Array.of(lead, trail));
      if (!/^[\u4e00-\u9fff]$/.test(character)) continue;
      assert.notEqual(glyphOf(character), UNKNOWN, character);
      seen.add(JSON.stringify(glyphOf(character)));
    }
  }
  assert.ok(seen.size > 6_740, `${seen.size} of 6763 differ`);
});

Deno.test("a letter that is missing becomes a box; emoji and invisible characters become nothing", () => {
  assert.ok(UNKNOWN.width > 0 && UNKNOWN.lines.length > 3);
  for (const character of ["🐱", "👩‍🚀", "🇨🇳", "❤️", "🌡", "\u200b", "\u0007", "\u0301", "\ufe0f"]) {
    assert.equal(glyphOf(character).width, 0, character);
  }
});

Deno.test("emoji are left out of a caption, and leave no gap behind", () => {
  const captions = {
    "夜晚的猫 🐱": "夜晚的猫",
    "🐱 a cat 👩‍🚀👍🏽, at home ❤️": "a cat, at home",
    "1️⃣ one 🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag 🇨🇳!": "one flag!",
    "route 66 ★ → 2°": "route 66 ★ → 2°",
  };
  for (const [prompt, shown] of Object.entries(captions)) {
    assert.deepEqual(fitCaption(prompt, BOX).lines.join(" "), shown);
  }
  assert.equal(strokesOf(fitCaption("🐱👩‍🚀", BOX), 0, 0), "");
});

Deno.test("a stroke of a glyph stays on its grid", () => {
  for (const { x, y } of glyphOf("龙").lines.flat()) {
    for (const value of [x, y]) assert.ok(value >= 0.5 && value <= 15.5);
  }
});

Deno.test("a short caption gets one large line", () => {
  assert.deepEqual(fitCaption("sunset ocean", BOX), { em: 80, lines: ["sunset ocean"] });
});

Deno.test("a longer caption breaks between words and keeps every word", () => {
  const prompt = "a quiet village on the hills beside a lake where herons stand";
  const { lines } = fitCaption(prompt, BOX);
  assert.ok(lines.length > 1 && lines.length <= 4);
  assert.equal(lines.join(" "), prompt);
});

Deno.test("a caption's lines are of similar length", () => {
  const { lines } = fitCaption("a dragon over a burning castle", { ...BOX, width: 750 });
  assert.deepEqual(lines, ["a dragon over a", "burning castle"]);
});

Deno.test("Chinese breaks between characters, after a comma where it can, never before one", () => {
  const { lines } = fitCaption("雪夜的森林，月光洒在小路上", BOX);
  assert.deepEqual(lines, ["雪夜的森林，", "月光洒在小路上"]);
  const long = fitCaption("山，水，".repeat(40), BOX);
  for (const line of long.lines) assert.doesNotMatch(line, /^，/);
});

Deno.test("a caption that cannot fit ends with an ellipsis, however long the prompt is", () => {
  for (const prompt of ["word ".repeat(6400), "长".repeat(32_000), "x".repeat(32_000)]) {
    const caption = fitCaption(prompt, BOX);
    assert.equal(caption.em, BOX.smallest);
    assert.match(caption.lines.at(-1) ?? "", /\S…$/);
  }
});

Deno.test("no line is wider than the box", () => {
  for (const prompt of ["word ".repeat(300), "长".repeat(300), "Donaudampfschifffahrt".repeat(9)]) {
    assert.ok(widthOf(fitCaption(prompt, BOX)) <= BOX.width + 8, prompt.slice(0, 8));
  }
});

Deno.test("letters are strokes inside their lines, and a blank caption has none", () => {
  const caption = { lines: ["猫", "a"], em: 48 };
  const { xs, ys } = pointsOf(strokesOf(caption, 100, 200));
  assert.ok(xs.length > 20);
  assert.ok(Math.min(...xs) >= 100 && Math.max(...xs) <= 100 + 48 * 17 / 16);
  assert.ok(Math.min(...ys) >= 200 && Math.max(...ys) <= 200 + heightOf(caption));
  assert.equal(strokesOf({ lines: [" "], em: 48 }, 0, 0), "");
});

/** From the left of the box to the last stroke, in pixels. */
function widthOf(caption: Caption): number {
  return Math.max(...pointsOf(strokesOf(caption, 0, 0)).xs);
}

function pointsOf(d: string): { xs: number[]; ys: number[] } {
  const points = [...d.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)];
  return { xs: points.map(([, x]) => Number(x)), ys: points.map(([, , y]) => Number(y)) };
}
