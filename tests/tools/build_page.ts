/**
 * Packs the studio page's script and the view of pictures in a conversation, with what they are made of.
 *
 *     deno run -A tests/tools/build_page.ts
 *
 * Both travel in the server's own source as a text, so that they are there from a clone, from an
 * address and in the bundle. The same source gives the same text, and a test holds them together.
 */

import { fileURLToPath } from "node:url";
import { viewDocument } from "../../src/page/view/document.ts";
import { pack } from "./pack.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ASSET = new URL("../../src/http/page/page_script.txt", import.meta.url);
const CONFIG = ["--config", "src/page/compile.json", "--no-lock"];
const VIEW_ASSET = new URL("../../src/mcp/view/view.txt", import.meta.url);
const VIEW_STYLE = new URL("../../src/page/view/style.css", import.meta.url);
const LICENCE = "With Preact (MIT, Jason Miller) and TanStack Virtual (MIT, Tanner Linsley)";
const VIEW_LICENCE = "With Preact (MIT, Jason Miller)";

if (import.meta.main) {
  const script = await buildPage();
  await Deno.writeTextFile(ASSET, pack(new TextEncoder().encode(script), LICENCE));
  console.error(`${script.length} characters of script`);
  const view = await buildView();
  await Deno.writeTextFile(VIEW_ASSET, pack(new TextEncoder().encode(view), VIEW_LICENCE));
  console.error(`${view.length} characters of view`);
}

/** The script that `src/http/page/page_script.txt` holds, packed. */
export async function buildPage(): Promise<string> {
  return `/* ${LICENCE} */\n${await bundle("src/page/main.tsx")}`;
}

/** The document that `src/mcp/view/view.txt` holds, packed. */
export async function buildView(): Promise<string> {
  const style = (await Deno.readTextFile(VIEW_STYLE)).replaceAll(/\s*\n\s*/g, "");
  const program = await bundle("src/page/view/main.tsx");
  return viewDocument(style, `/* ${VIEW_LICENCE} */\n${program}`);
}

async function bundle(main: string): Promise<string> {
  await deno(["check", "--quiet", ...CONFIG, main]);
  return await deno([
    "bundle",
    "--quiet",
    ...CONFIG,
    "--minify",
    "--platform",
    "browser",
    main,
  ]);
}

async function deno(args: readonly string[]): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT });
  const { success, stdout, stderr } = await process.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
