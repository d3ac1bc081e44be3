/** What is written for callers of tools, as a person at a shell reads it. */

import assert from "node:assert/strict";
import { inShellWords } from "../../src/commands/generate/shell_words.ts";
import { unknownJob } from "../../src/jobs/job_errors.ts";
import { TOOLS } from "../../src/mcp/methods.ts";

Deno.test("a job that is not there is explained by the command that leaves jobs behind", () => {
  assert.equal(
    inShellWords(unknownJob("job_x").message),
    "There is no job 'job_x'; 'mcp-image-server generate' tells the id of one that it leaves behind",
  );
});

/** Parts whose sentences reach a shell. */
const PARTS = [
  "jobs",
  "requests",
  "service",
  "inputs",
  "providers",
  "storage",
  "images",
  "errors.ts",
];
/** Told only where the server has an address of its own, or about an id that no shell takes. */
const NOT_AT_A_SHELL = ["src/inputs/picture_source.ts", "src/inputs/sources/upload.ts"];

Deno.test("no sentence tells a person at a shell to call a tool", async () => {
  const tools = new RegExp(`\\b(${TOOLS.map(({ name }) => name).join("|")})\\b`);
  const found: string[] = [];
  for (const part of PARTS) {
    for (const [file, text] of await filesOf(`src/${part}`)) {
      if (NOT_AT_A_SHELL.includes(file)) continue;
      for (const sentence of sentencesIn(text)) {
        const words = inShellWords(sentence);
        if (tools.test(words)) found.push(`${file}: ${words}`);
      }
    }
  }
  assert.deepEqual(found, []);
});

/** Texts in quotation marks, those that are joined as one; comments are none. */
function sentencesIn(source: string): readonly string[] {
  const code = source.replaceAll(/^\s*(\/\*\*[^]*?\*\/|\/\/.*|\*.*)$/gm, "");
  const joined = code.replaceAll(/(["`])\s*\+\s*["`]/g, "");
  return [...joined.matchAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g)].map(([text]) =>
    text.slice(1, -1)
  );
}

async function filesOf(path: string): Promise<readonly (readonly [string, string])[]> {
  const root = new URL("../../", import.meta.url);
  if (path.endsWith(".ts")) return [[path, await Deno.readTextFile(new URL(path, root))]];
  const files = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(path, root))) {
    if (isDirectory || name.endsWith(".ts")) files.push(...await filesOf(`${path}/${name}`));
  }
  return files;
}
