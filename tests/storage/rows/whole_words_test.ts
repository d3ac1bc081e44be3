import assert from "node:assert/strict";
import { LONGEST_WORD, wholeWordsOf, wordPart } from "../../../src/storage/rows/whole_words.ts";

Deno.test("every word of four letters stands for itself once, without accents and capitals", () => {
  const words = wholeWordsOf(["A café, a Café: the lanternfish", null, "уголёк 竹林 cat 2026"]);
  assert.deepEqual(words, ["cafe", "lanternfish", "уголек", "2026"]);
});

Deno.test("a word within a run of another script is found by itself", () => {
  assert.deepEqual(wholeWordsOf(["雨中的lantern小路"]), ["lantern"]);
});

Deno.test("each part of a long word that is looked for as a whole stands in one of its pieces", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  for (let length = 4; length < 3 * LONGEST_WORD; length++) {
    const word = letters.repeat(3).slice(0, length);
    const pieces = wholeWordsOf([word]);
    assert.ok(pieces.every((piece) => piece.length <= LONGEST_WORD));
    for (let start = 0; start + 4 <= length; start++) {
      for (const size of [4, 16]) {
        const run = word.slice(start, start + size);
        if (run.length < size) continue;
        const part = wordPart(run)!;
        assert.ok(pieces.some((piece) => piece.includes(part)), `${run} of ${word}`);
      }
    }
  }
});

Deno.test("what has no whole words is left to pairs of letters", () => {
  for (const run of ["cat", "竹林小路", "雨中的lantern", "a".repeat(17), "कितاब", "x½yz"]) {
    assert.equal(wordPart(run), undefined, run);
  }
  assert.equal(wordPart("Kätz"), "katz");
});
