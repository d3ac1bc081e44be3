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
  const unreadable = list.find(({ state }) => state === "broken");
  assert.equal(unreadable!.check, ".env");
  assert.ok(unreadable!.message.startsWith(`${folder} exists but cannot be read: `));
});

Deno.test("names that are nearly this server's are warned of, with the one that was meant", async () => {
  await using terminal = await openTerminal();
  const envFile = join(terminal.project, ".env");
  await Deno.writeTextFile(envFile, "OPENAI_APIKEY=sk-secret\nMCP_IMAGE_SAVEDIR=/art\nPATH=/bin\n");
  const { status, list } = await examine(terminal, { offline: "true" }, { MCP_IMAGE_SAVE_DIR: "" });
  assert.equal(status, 0);
  const slips = list.filter(({ check }) => check === "environment");
  assert.deepEqual(slips.map(({ state }) => state), ["warning", "warning"]);
  for (const [name, meant] of Object.entries(SLIPS)) {
    assert.ok(
      slips.some(({ message }) => message.startsWith(name) && message.includes(meant)),
      `${name} is not noticed`,
    );
  }
  assert.ok(!terminal.stdout().includes("sk-secret"));
});

const SLIPS = { OPENAI_APIKEY: "OPENAI_API_KEY", MCP_IMAGE_SAVEDIR: "MCP_IMAGE_SAVE_DIR" };
