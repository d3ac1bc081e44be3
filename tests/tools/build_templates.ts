/**
 * Reads the templates that come along out of their Markdown, so that nobody who lists or uses them
 * waits for what reads people's own.
 *
 *     deno run -A tests/tools/build_templates.ts
 *
 * A test holds the data and the Markdown together.
 */

import { readTemplate } from "../../src/service/templates/read_template.ts";
import type { Template } from "../../src/requests/template.ts";

const FOLDER = new URL("../../src/service/templates/", import.meta.url);
const DATA = new URL("built_in.json", FOLDER);

/** In the order in which they are listed. */
const NAMES = [
  "product_photo",
  "logo",
  "icon_set",
  "storyboard",
  "character_sheet",
  "poster",
  "poster_zh",
  "ui_mockup",
  "infographic",
  "texture",
  "avatar",
];

if (import.meta.main) {
  await Deno.writeTextFile(DATA, JSON.stringify(await builtInTemplates(), null, 2) + "\n");
}

/** What `built_in.json` holds: every Markdown file of the folder, as it is read. */
export async function builtInTemplates(): Promise<readonly Template[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(FOLDER)) {
    if (name.endsWith(".md")) files.push(name.slice(0, -".md".length));
  }
  const unlisted = files.filter((name) => !NAMES.includes(name));
  if (unlisted.length > 0) throw new Error(`Give ${unlisted} a place in the list of names`);
  return await Promise.all(NAMES.map(async (name) => {
    const source = await Deno.readTextFile(new URL(`${name}.md`, FOLDER));
    return readTemplate(name, source);
  }));
}
