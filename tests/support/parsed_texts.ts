/** How many characters the longest text had that `work` has parsed as JSON. */
export async function longestParsed(work: () => Promise<void>): Promise<number> {
  const parse = JSON.parse;
  let longest = 0;
  JSON.parse = (text, reviver) => {
    longest = Math.max(longest, text.length);
    return parse(text, reviver);
  };
  try {
    await work();
  } finally {
    JSON.parse = parse;
  }
  return longest;
}
