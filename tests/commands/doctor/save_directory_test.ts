import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSaveDirectory } from "../../../src/commands/doctor/save_directory.ts";
import { HIDDEN_FOLDER, openLocalStorage } from "../../../src/storage/local/local_storage.ts";
import { silentLogger } from "../../../src/log.ts";
import { CACHE, runToEnd } from "../../support/process.ts";
import { openTerminal } from "../terminal.ts";

const MAIN = fileURLToPath(new URL("../../../main.ts", import.meta.url));

Deno.test("a save directory that is not there yet can be created, and is not", async () => {
  await using terminal = await openTerminal();
  const saveDirectory = join(terminal.project, "path", "to", "pictures");
  const [folder, disk] = await check(saveDirectory);
  assert.equal(folder!.state, "ok");
  assert.equal(folder!.message, `${saveDirectory} does not exist yet, can be created`);
  assert.match(disk!.message, /GB free/);
  assert.deepEqual(namesIn(terminal.project), []);
});

Deno.test("a save directory with records is looked at and left as it is", async () => {
  await using terminal = await openTerminal();
  const storage = openLocalStorage({ saveDirectory: terminal.project, log: silentLogger });
  await storage.records();
  await storage.close();
  const hiddenFolder = join(terminal.project, HIDDEN_FOLDER);
  const before = namesIn(hiddenFolder);
  const [folder] = await checkSaveDirectory(terminal.project);
  assert.deepEqual({ ...folder }, {
    check: "save directory",
    state: "ok",
    message: terminal.project,
  });
  assert.deepEqual(namesIn(hiddenFolder), before);
});

Deno.test("a file in the way of the save directory is broken, and named", async () => {
  await using terminal = await openTerminal();
  const file = join(terminal.project, "a-file");
  await Deno.writeTextFile(file, "");
  for (const saveDirectory of [file, join(file, "pictures")]) {
    const [folder] = await check(saveDirectory);
    assert.equal(folder!.state, "broken");
    assert.ok(folder!.message.includes(`'${file}' is not a folder`), folder!.message);
  }
});

Deno.test("records that cannot be written are broken though the folder can be", async () => {
  await using terminal = await openTerminal();
  await Deno.writeTextFile(join(terminal.project, ".mcp-image-server"), "");
  assert.equal((await check(terminal.project))[0]!.state, "broken");
});

Deno.test("a folder that this process may not write names the permission", async () => {
  await using terminal = await openTerminal();
  const { project } = terminal;
  const folder = join(project, "pictures");
  const lines = await underPermissions([`--allow-read=${folder}`], folder, project);
  assert.match(
    lines,
    new RegExp(`^BROKEN +save directory .*--allow-write=${RegExp.escape(folder)}`, "m"),
  );
});

Deno.test("what the permissions do not let the doctor see, it says", async () => {
  await using terminal = await openTerminal();
  const { project } = terminal;
  const folder = join(project, "pictures");
  const permissions = [`--allow-read=${folder}`, `--allow-write=${folder}`];
  const before = await underPermissions(permissions, folder, project);
  assert.match(before, /^note +save directory .*may not look at the folder around it$/m);
  await Deno.mkdir(folder);
  const after = await underPermissions(permissions, folder, project);
  assert.match(after, new RegExp(`^ok +save directory +${RegExp.escape(folder)}$`, "m"));
  for (const lines of [before, after]) {
    assert.match(lines, /^skipped +disk +how much is free is not told: .*--allow-sys/m);
    assert.match(lines, /^note +environment +No \.env file was looked for at .*--allow-read=/m);
  }
});

async function check(saveDirectory: string) {
  return await checkSaveDirectory(saveDirectory);
}

async function underPermissions(
  permissions: readonly string[],
  saveDirectory: string,
  folder: string,
): Promise<string> {
  const args = ["run", "--no-prompt", "--allow-env=MCP_*", ...permissions, MAIN, "doctor"];
  const env = { ...CACHE, MCP_IMAGE_SAVE_DIR: saveDirectory, MCP_PORT: "0" };
  const { stdout } = await runToEnd({ program: { command: Deno.execPath(), args }, folder, env });
  return stdout;
}

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
