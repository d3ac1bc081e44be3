import assert from "node:assert/strict";
import { join } from "node:path";
import { FileLease } from "../../../src/storage/local/file_lease.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testServerLease } from "../contracts/server_lease.ts";

testServerLease("a file lock", async () => {
  const folder = await temporaryFolder();
  return {
    lease: () => new FileLease(folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
});

Deno.test("a server whose process was killed can be taken over from", async () => {
  await using folder = await temporaryFolder();
  const script = `
    const lock = Deno.openSync(Deno.args[0], { create: true, write: true });
    lock.lockSync(true);
    console.log("locked");
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  `;
  const path = join(folder.path, "runner-killed.lock");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", script, path],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const successor = new FileLease(folder.path);
  let isTaken = false;
  const recover = () => successor.recover("killed", () => Promise.resolve(void (isTaken = true)));
  await recover();
  assert.equal(isTaken, false);

  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await recover();
  assert.equal(isTaken, true);
});

Deno.test("locks of the dead go, those of the living and of whom there is to recover from stay", async () => {
  await using folder = await temporaryFolder();
  const living = new FileLease(folder.path);
  living.announce();
  for (const name of ["dead", "rich"]) {
    await Deno.writeTextFile(join(folder.path, `runner-${name}.lock`), "");
  }
  await new FileLease(folder.path).forgetDead(new Set(["rich"]));
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), [`runner-${living.id}.lock`, "runner-rich.lock"].sort());
  living.release();
});
