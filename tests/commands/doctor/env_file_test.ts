import assert from "node:assert/strict";
import { join } from "node:path";
import { examine } from "../examination.ts";
import { openTerminal } from "../terminal.ts";

Deno.test("a .env file that cannot be read is broken, whatever else was found", async () => {
  await using terminal = await openTerminal();
  const folder = join(terminal.project, ".env");
  await Deno.mkdir(folder);
  const { status, list } = await examine(terminal, { offline: "true" });
  assert.equal(status, 1);
  const [unreadable] = list.filter(({ check }) => check === ".env");
  assert.equal(unreadable!.state, "broken");
  assert.ok(unreadable!.message.startsWith(`${folder} exists but cannot be read: `));
});
