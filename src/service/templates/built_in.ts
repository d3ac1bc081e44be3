/**
 * The templates that come along, by name and in the order in which they are listed. They are written
 * in Markdown, as people write theirs; `tests/tools/build_templates.ts` makes this data of it.
 */

import type { Template } from "../../requests/template.ts";
import templates from "./built_in.json" with { type: "json" };

export const BUILT_IN: ReadonlyMap<string, Template> = new Map(
  (templates as readonly Template[]).map((template) => [template.name, template]),
);
