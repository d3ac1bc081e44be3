import assert from "node:assert/strict";
import { join } from "node:path";
import { ServerLease } from "../../src/storage/server_lease.ts";
import { temporaryFolder } from "../support/folder.ts";

Deno.test("nobody inherits from a runner that lives", async () => {
  await using folder = await temporaryFolder();
  using living = new ServerLease(folder.path);
  using other = new ServerLease(folder.path);
  living.announce();
  await other.inherit(living.id, () => Promise.reject(new Error("It lives")));
});

Deno.test("a runner does not inherit from itself", async () => {
  await using folder = await temporaryFolder();
  using runner = new ServerLease(folder.path);
  await runner.inherit(runner.id, () => Promise.reject(new Error("It is itself")));
});

Deno.test("one at a time inherits from a runner that has ended", async () => {
  await using folder = await temporaryFolder();
  const dead = new ServerLease(folder.path);
  dead.announce();
  dead[Symbol.dispose]();
  using one = new ServerLease(folder.path);
  using other = new ServerLease(folder.path);
  const heirs: string[] = [];
  await one.inherit(dead.id, async () => {
    heirs.push("one");
    await other.inherit(dead.id, () => Promise.resolve(void heirs.push("other")));
  });
  assert.deepEqual(heirs, ["one"]);
});

Deno.test("a runner whose process was killed can be inherited from", async () => {
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
  using heir = new ServerLease(folder.path);
  let isInherited = false;
  const inherit = () => heir.inherit("killed", () => Promise.resolve(void (isInherited = true)));
  await inherit();
  assert.equal(isInherited, false);

  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await inherit();
  assert.equal(isInherited, true);
});

Deno.test("locks of the dead go, those of the living and of whom there is to inherit from stay", async () => {
  await using folder = await temporaryFolder();
  using living = new ServerLease(folder.path);
  living.announce();
  for (const name of ["dead", "rich"]) {
    await Deno.writeTextFile(join(folder.path, `runner-${name}.lock`), "");
  }
  using other = new ServerLease(folder.path);
  await other.forgetDead(new Set(["rich"]));
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name);
  assert.deepEqual(names.sort(), [`runner-${living.id}.lock`, "runner-rich.lock"].sort());
});
