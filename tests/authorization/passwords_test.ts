import assert from "node:assert/strict";
import { hashPassword, isPassword } from "../../src/authorization/passwords.ts";
import { parsePasswordHash } from "../../src/config/users.ts";
import { pause } from "../support/wait.ts";

const CHEAP = { logN: 4, r: 8, p: 1 };

Deno.test("a password is known by its hash, which is another each time", async () => {
  const [one, other] = await Promise.all([
    hashPassword("密碼 é", CHEAP),
    hashPassword("密碼 é", CHEAP),
  ]);
  assert.notEqual(one, other);
  assert.equal(await isPassword("密碼 é", one), true);
  assert.equal(await isPassword("密碼 e\u0301", one), true, "as another keyboard writes it");
  assert.equal(await isPassword("密碼 e", one), false);
  assert.equal(await isPassword("", one), false);
  assert.equal(await isPassword("anything", "scrypt.4.8.1.short.short"), false);
});

Deno.test("a hash takes half a second's work and 32 MB, and no .env file or shell changes its letters", async () => {
  const hash = await hashPassword("a long password");
  assert.match(hash, /^[\w.-]+$/);
  assert.deepEqual(parsePasswordHash(hash)?.cost, { logN: 15, r: 8, p: 3 });
  assert.equal(await isPassword("a long password", hash), true);
});

Deno.test("while passwords are checked everything else goes on, and too many are turned away", async () => {
  const hash = await hashPassword("a long password", { logN: 14, r: 8, p: 1 });
  const guesses = Array.from({ length: 12 }, (_, each) => isPassword(`guess ${each}`, hash));
  let isOver = false;
  let turns = 0;
  const ticking = (async () => {
    while (!isOver) {
      await pause(1);
      turns++;
    }
  })();
  const answers = await Promise.all(guesses);
  isOver = true;
  await ticking;
  assert.deepEqual(answers, [...Array(8).fill(false), ...Array(4).fill("busy")]);
  assert.ok(turns > 8, `${turns} turns of everything else`);
  assert.equal(await isPassword("a long password", hash), true, "there is room again");
});
