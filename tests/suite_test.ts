/** The list of slow tests holds what it says it holds. */

import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";
import { SLOW, testFiles } from "./tools/suite.ts";

const files = await testFiles();

Deno.test("every slow test is there, and named once", () => {
  assert.deepEqual(SLOW.filter((file) => !files.includes(file)), [], "there are no such files");
  assert.equal(new Set(SLOW).size, SLOW.length);
});

Deno.test("tests that start a browser or a database are among the slow ones", async () => {
  const starting: string[] = [];
  for (const file of files) {
    const used = await usedBy(file);
    if (DOORS.some((door) => used.has(door))) starting.push(file);
  }
  assert.ok(starting.length > 5, starting.join());
  assert.deepEqual(starting.filter((file) => !SLOW.includes(file)), [], "name them in SLOW");
});

const DOORS = ["tests/support/browser.ts", "tests/support/postgres.ts"];

/** The file and all below `tests/` that it imports. */
async function usedBy(file: string, seen: Set<string> = new Set()): Promise<ReadonlySet<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await Deno.readTextFile(new URL(`../${file}`, import.meta.url));
  for (const [, specifier] of text.matchAll(/^(?:import|export|\}).* from "(\.[^"]+)";$/gm)) {
    const path = normalize(join(dirname(file), specifier!));
    if (path.startsWith("tests/")) await usedBy(path, seen);
  }
  return seen;
}
