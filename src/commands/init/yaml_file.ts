/** Writes Continue's block file, which holds this server and nothing else. */

import { isRecord } from "../../json.ts";
import type { Entry } from "./client_entries.ts";
import { positionAt, UnusableFile } from "./unusable_file.ts";

const FIRST_LINE = "# Written by mcp-image-server init, which replaces the whole file.\n";

/**
 * The block file of one server; what stood in `text` must be an earlier one.
 * @throws {UnusableFile} where somebody else wrote it.
 */
export function replaceYaml(
  text: string,
  servers: string,
  name: string,
  version: string,
  entry: Entry,
): string {
  if (text.trim() !== "" && !text.startsWith(FIRST_LINE)) {
    throw new UnusableFile("A line that init did not write", positionAt(text, 0));
  }
  const block = { name, version, schema: "v1" };
  const [first, ...others] = linesOf({ name, ...entry });
  const item = [`  - ${first}`, ...others.map((line) => `    ${line}`)];
  return FIRST_LINE + [...linesOf(block), `${servers}:`, ...item, ""].join("\n");
}

/** Strings and lists are written as JSON, which YAML reads as it is. */
function linesOf(table: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(table).flatMap(([key, value]) => {
    if (!isRecord(value)) return [`${key}: ${JSON.stringify(value)}`];
    return [`${key}:`, ...linesOf(value).map((line) => `  ${line}`)];
  });
}
