/** The first of the rows that come to at most `bytes`, said twice and with the spaces of a resource. */
export function rowsWithin<Row>(bytes: number, rows: readonly Row[]): readonly Row[] {
  let used = 0;
  const end = rows.findIndex((row) => {
    used += 2 * new TextEncoder().encode(JSON.stringify(row, null, 2)).length;
    return used > bytes;
  });
  return end < 0 ? rows : rows.slice(0, end);
}
