/**
 * Packs the studio page's script and what it is made of.
 *
 *     deno run -A tests/tools/build_page.ts
 *
 * The page travels in the server's own source as a text, so that it is there from a clone, from an
 * address and in the bundle. The same source gives the same text, and a test holds them together.
 */

import { fileURLToPath } from "node:url";
import { pack } from "./pack.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ASSET = new URL("../../src/http/page/page_script.txt", import.meta.url);
const CONFIG = ["--config", "src/page/compile.json", "--no-lock"];
const MAIN = "src/page/main.tsx";
const LICENCE = "With Preact (MIT, Jason Miller) and TanStack Virtual (MIT, Tanner Linsley)";

if (import.meta.main) {
  const script = await buildPage();
  await Deno.writeTextFile(ASSET, pack(new TextEncoder().encode(script), LICENCE));
  console.error(`${script.length} characters of script`);
}

/** The script that `src/http/page/page_script.txt` holds, packed. */
export async function buildPage(): Promise<string> {
  await deno(["check", "--quiet", ...CONFIG, MAIN]);
  const program = await deno([
    "bundle",
    "--quiet",
    ...CONFIG,
    "--minify",
    "--platform",
    "browser",
    MAIN,
  ]);
  return `/* ${LICENCE} */\n${program}`;
}

async function deno(args: readonly string[]): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), { args: [...args], cwd: ROOT });
  const { success, stdout, stderr } = await process.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
