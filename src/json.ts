/** JSON from outside, which may be none. */

/** The document that a text is; undefined where it is no JSON. */
export function parsedJson(
  text: string,
  reviver?: (key: string, value: unknown) => unknown,
): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    return undefined;
  }
}
