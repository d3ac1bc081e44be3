/** `user add NAME`: an entry of MCP_USERS for somebody, made of a password that is kept nowhere. */

import { hashPassword } from "../authorization/passwords.ts";
import { isUserName } from "../config/users.ts";
import { FAILURE, MISUSE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { type PasswordInput, readPassword } from "./read_password.ts";

export async function runUser(
  { words: [action, name = ""], print, say, write }: CommandContext,
  input: PasswordInput = Deno.stdin,
): Promise<number> {
  const refuse = (message: string, status: number) => {
    say(`mcp-image-server: ${message}`);
    return status;
  };
  if (action !== "add") return refuse(`user takes 'add NAME', found '${action}'`, MISUSE);
  if (!isUserName(name)) {
    const found = name === "" ? "none is given" : `found '${name}'`;
    return refuse(`A name has 1 to 64 letters, digits or any of . _ -; ${found}`, MISUSE);
  }
  const password = await readPassword(input, `Password of ${name}: `, write);
  if (password === undefined) return INTERRUPTED;
  if ([...password].length < SHORTEST) {
    return refuse(`A password has at least ${SHORTEST} characters: four words will do`, FAILURE);
  }
  if (input.isTerminal()) {
    const again = await readPassword(input, "Once more: ", write);
    if (again === undefined) return INTERRUPTED;
    if (again !== password) return refuse("The two passwords are not the same", FAILURE);
  }
  print(`${name}=${await hashPassword(password)}`);
  say(
    "Put this line into MCP_USERS, behind a comma where others stand there already, or in place of " +
      `${name}'s entry of before; then restart the server.`,
  );
  return 0;
}

/** In characters. */
const SHORTEST = 12;
/** Ctrl-C. */
const INTERRUPTED = 130;
