/** Each of the words of a row, which stand apart by spaces, with the value that the row begins with. */
export function wordTable<Value>(
  rows: readonly (readonly [value: Value, words: string])[],
): ReadonlyMap<string, Value> {
  return new Map(
    rows.flatMap(([value, words]) => words.split(" ").map((word) => [word, value] as const)),
  );
}
