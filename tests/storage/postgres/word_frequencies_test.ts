import assert from "node:assert/strict";
import { WordFrequencies } from "../../../src/storage/postgres/word_frequencies.ts";

Deno.test("so many of the rarest words are asked for as leave next to no other pictures", async () => {
  const common = { ha: 0.9, ar: 0.5, rb: 0.1, bo: 0.01, ou: 0.02 };
  const frequencies = frequenciesOf(common);
  assert.deepEqual(await frequencies.rarest(["ha", "ar", "rb", "bo", "ou"]), ["bo", "ou"]);
  assert.deepEqual(await frequencies.rarest(["ha", "ar", "rb"]), ["rb", "ar", "ha"]);
  assert.deepEqual(await frequencies.rarest(["ha", "nf", "ar"]), ["nf", "ar", "ha"]);
  assert.deepEqual(await frequencies.rarest(["ha", "nf", "rb", "ar"]), ["nf", "rb"]);
  assert.deepEqual(await frequencies.rarest(["ha"]), ["ha"]);
});

Deno.test("all words are asked for where nothing is known of them", async () => {
  assert.deepEqual(await frequenciesOf({}).rarest(["ha", "ar"]), ["ha", "ar"]);
});

function frequenciesOf(known: Readonly<Record<string, number>>): WordFrequencies {
  const rows = Object.entries(known).map(([word, frequency]) => ({ word, frequency }));
  return new WordFrequencies({ query: () => Promise.resolve(Object.assign(rows, { count: 0 })) });
}
