/** What the rows of a file ask for, with what the command line says for all of them. */

import { ImageError, someOf } from "../../errors.ts";
import {
  badItems,
  isArgument,
  readItem,
  type Said,
  type WantedItem,
} from "../../mcp/arguments/batch_items.ts";
import type { DrawingArguments } from "../../mcp/arguments/drawing_request.ts";
import { isVariableName, variablesIn } from "../../requests/template_text.ts";
import type { Row } from "./read_rows.ts";

/**
 * A column is an argument by its name; one that a gap of the prompt has the name of, or that the
 * template may know, goes into that gap.
 * @throws {ImageError} that names the lines, or the column that is missing.
 */
export function wantedItems(
  rows: readonly Row[],
  shared: DrawingArguments,
  path: string,
): readonly WantedItem[] {
  checkColumns(rows, shared, path);
  const mistakes: Said[] = [];
  const items = rows.map(({ line, values }): WantedItem => {
    const place = `line ${line}`;
    const { own, variables } = apart(values, shared);
    const read = readItem(own);
    if ("mistakes" in read) {
      mistakes.push({ place, words: read.mistakes.join(", ") });
      return { place, label: "", args: {} };
    }
    const all = { ...shared.variables, ...variables, ...read.args.variables };
    return {
      place,
      label: Object.values(variables).join(" · "),
      args: { ...shared, ...read.args, variables: all },
    };
  });
  if (mistakes.length > 0) throw badItems("invalid_arguments", mistakes, rows.length);
  return items;
}

/** Arguments by their names, and what goes into gaps. */
function apart(values: Row["values"], shared: DrawingArguments) {
  const own: Record<string, unknown> = {};
  const variables: Record<string, string> = {};
  const named = Object.entries(values).map(([name, value]) =>
    [argumentNamed(name), value] as const
  );
  const { prompt = shared.prompt, template = shared.template } = Object.fromEntries(named);
  const gaps = typeof prompt === "string" ? variablesIn(prompt) : [];
  for (const [name, value] of Object.entries(values)) {
    const argument = argumentNamed(name);
    const isGap = gaps.includes(name) || template !== undefined && isVariableName(name);
    const isWritten = typeof value === "string" || typeof value === "number";
    if (isWritten && isGap && !isArgument(argument)) variables[name] = String(value);
    else own[argument] = value;
  }
  return { own, variables };
}

/** "Aspect ratio" → "aspect_ratio"; other names stay as they are. */
function argumentNamed(name: string): string {
  const argument = name.toLowerCase().replace(/^--/, "").replaceAll(/[\s-]+/g, "_");
  return isArgument(argument) ? argument : name;
}

function checkColumns(rows: readonly Row[], shared: DrawingArguments, path: string): void {
  if ([shared.prompt, shared.template].some((each) => each !== undefined)) return;
  const columns = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const says = new Set(columns.map(argumentNamed));
  if (["prompt", "template", "based_on"].some((name) => says.has(name))) return;
  const gap = columns.find(isVariableName) ?? "animal";
  throw new ImageError(
    "invalid_arguments",
    `${path} has no column 'prompt', only ${someOf(columns)}: name one so, or ` +
      `give --prompt with gaps for them, such as --prompt "A picture of {${gap}}"`,
  );
}
