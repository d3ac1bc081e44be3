/** A row of the table of pictures, as the index of words is to know it. */

import { type IndexedImage, wordsOf } from "./words.ts";

type Row = Readonly<Record<string, unknown>>;

/** What stands in the index for that row, which has every column. */
export function indexedWords(row: Row): string {
  return wordsOf(indexedImage(row));
}

/** What a search may find that row by. */
export function indexedImage(row: Row): IndexedImage {
  const { style } = JSON.parse(String(row.parameters)) as { readonly style?: unknown };
  const styles = typeof style === "string" ? [style] : [];
  const tags: readonly string[] = JSON.parse(String(row.tags));
  return {
    owner: textOrNull(row.owner),
    isTrashed: row.trashed_at !== null,
    texts: [
      ...[row.prompt, row.revised_prompt, row.title].map(textOrNull),
      ...tags,
      ...styles,
    ],
    facts: {
      provider: [String(row.provider)],
      model: [String(row.model)],
      style: styles,
      tag: tags,
      parent: JSON.parse(String(row.parents)),
      favorite: row.favorite === 1 ? ["yes"] : [],
    },
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
