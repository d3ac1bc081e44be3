/** `user add`, as a person types it and as a program pipes it in. */

import assert from "node:assert/strict";
import { isPassword } from "../../src/authorization/passwords.ts";
import type { PasswordInput } from "../../src/commands/read_password.ts";
import { runUser } from "../../src/commands/user.ts";
import { parseUsers } from "../../src/config/users.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startProgram } from "../support/process.ts";
import { openTerminal } from "./terminal.ts";

const PASSWORD = "correct horse battery";

Deno.test("a password from a pipe becomes an entry, and is shown nowhere", async () => {
  await using folder = await temporaryFolder();
  await using program = startProgram({ folder: folder.path, args: ["user", "add", "ann"] });
  await program.write(`${PASSWORD}\r\n`);
  const { code, stdout, stderr } = await program.end();
  assert.equal(code, 0, stderr);
  const [user, ...others] = parseUsers(stdout.trim()) ?? [];
  assert.deepEqual([user?.name, others], ["ann", []]);
  assert.match(user!.passwordHash, /^scrypt\.15\.8\.3\./);
  assert.equal(await isPassword(PASSWORD, user!.passwordHash), true);
  assert.equal(await isPassword(`${PASSWORD}\n`, user!.passwordHash), false);
  assert.match(stderr, /MCP_USERS/);
  assert.doesNotMatch(stdout + stderr, /correct|horse/);
});

Deno.test("a person types it twice without seeing it, and may take a letter back", async () => {
  const typed = typing(`${PASSWORD}xy\u007f\b\r`, `${PASSWORD}\r`);
  const { status, stdout, written } = await add("bob", typed);
  assert.equal(status, 0);
  const [user] = parseUsers(stdout)!;
  assert.equal(await isPassword(PASSWORD, user!.passwordHash), true);
  assert.deepEqual(written, "Password of bob: \nOnce more: \n");
  assert.equal(typed.isRaw, false, "the terminal is as it was");
});

Deno.test("what is mistyped, too short or given up makes no entry", async () => {
  const cases = [
    [typing(`${PASSWORD}\r`, `${PASSWORD}!\r`), 1, /not the same/],
    [typing("short\r"), 1, /at least 12 characters/],
    [typing("correct\u0003"), 130, /^$/],
    [typing(`${PASSWORD}\r`, "\u0004"), 130, /^$/],
    [typing(), 130, /^$/],
  ] as const;
  for (const [input, expected, message] of cases) {
    const { status, stdout, stderr } = await add("ann", input);
    assert.deepEqual([status, stdout], [expected, ""]);
    assert.match(stderr, message);
    assert.equal(input.isRaw, false);
  }
});

Deno.test("a name that MCP_USERS could not hold is refused before anything is asked", async () => {
  for (const name of ["", "a b", "a=b", "a,b", "安", "a".repeat(65)]) {
    const { status, stderr } = await add(name, typing());
    assert.equal(status, 2);
    assert.match(stderr, /A name has 1 to 64 letters/);
  }
  await using terminal = await openTerminal();
  assert.equal(await runUser(terminal.context(["remove", "ann"]), typing()), 2);
  assert.match(terminal.stderr(), /user takes 'add NAME', found 'remove'/);
});

async function add(name: string, input: PasswordInput) {
  await using terminal = await openTerminal();
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const status = await runUser({ ...terminal.context(["add", name]), write }, input);
  const [stdout, stderr] = [terminal.stdout(), terminal.stderr()];
  return { status, stdout, stderr, written: written.join("") };
}

/** A terminal at which somebody types these pieces, one with each look, and then hangs up. */
function typing(...pieces: readonly string[]): PasswordInput & { isRaw: boolean } {
  const left = [...pieces];
  return {
    isRaw: false,
    isTerminal: () => true,
    setRaw(raw) {
      this.isRaw = raw;
    },
    read(bytes) {
      const piece = left.shift();
      if (piece === undefined) return Promise.resolve(null);
      return Promise.resolve(new TextEncoder().encodeInto(piece, bytes).written);
    },
  };
}
