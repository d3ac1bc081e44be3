import assert from "node:assert/strict";
import { printable, printableLine } from "../src/printable.ts";
import { hideCredentials, hideSecrets } from "../src/secrets.ts";
import { createLogger } from "../src/log.ts";
import { startProgram } from "./support/process.ts";
import { temporaryFolder } from "./support/folder.ts";

const STEERING = ["\x1b[2J", "\x9b31m", "\x7f", "\u202e", "\u2066", "\u{e0041}", "\r", "\x07"];

Deno.test("what would steer a terminal is written out", () => {
  for (const steering of STEERING) {
    const shown = printable(`a${steering}b`);
    assert.match(shown, /^a\\u[0-9a-f]{4}.*b$/, shown);
  }
  assert.equal(printable("一只猫 👩‍🎨 ñ\tx\n"), "一只猫 👩‍🎨 ñ\tx\n");
  assert.equal(printableLine("a\nb"), "a\\nb");
});

Deno.test("JSON means the same after it", () => {
  const value = { text: STEERING.join("") };
  assert.deepEqual(JSON.parse(printable(JSON.stringify(value))), value);
});

for (const format of ["text", "json"] as const) {
  Deno.test(`no ${format} log line steers a terminal, wherever the words stood`, () => {
    const lines: string[] = [];
    const log = createLogger({
      level: "info",
      format,
      secrets: () => [],
      write: (l) => lines.push(l),
    });
    const words = STEERING.join("");
    log.info(`event${words}\nnext`, { field: words, deep: [{ words }] });
    assert.equal(printableLine(lines[0]!), lines[0]);
  });
}

Deno.test("credentials in headers and addresses are hidden, plain words are not", () => {
  const basic = btoa("ann:secret-word");
  const text = `Basic ${basic} Bearer abc123def456ghi https://ann:secret-word@host/x`;
  assert.equal(hideCredentials(text), "Basic [hidden] Bearer [hidden] https://[hidden]@host/x");
  const plain = "Basic composition, Bearer of good news, mail me@example.com, https://a/b@c";
  assert.equal(hideSecrets(plain, []), plain);
});

Deno.test("a shell is not steered by what its user was handed", async () => {
  await using folder = await temporaryFolder();
  const env = { MCP_DEFAULT_PROVIDER: "evil\x1b]0;title\x07\u202e", MCP_PORT: "\x9b1" };
  for (const args of [["generate", "x"], ["doctor", "--offline"], ["\x1b[2J"]]) {
    await using program = startProgram({ folder: folder.path, env, args });
    await program.status;
    const shown = program.stdout + program.stderr;
    assert.equal(printable(shown), shown);
    assert.match(shown, /\\u001b/);
  }
});

Deno.test("a password in a base address is refused and shown nowhere", async () => {
  await using folder = await temporaryFolder();
  const env = {
    OPENAI_API_KEY: "sk-real",
    OPENAI_BASE_URL: "https://ann:p4ssw0rd@gateway.example/v1",
    MCP_PUBLIC_BASE_URL: "https://bob:p4ssw0rd@images.example",
  };
  for (const args of [["serve"], ["generate", "x", "--json"], ["doctor", "--offline"]]) {
    await using program = startProgram({ folder: folder.path, env, args });
    assert.notEqual((await program.status).code, 0);
    const shown = program.stdout + program.stderr;
    assert.match(shown, /OPENAI_BASE_URL must be an absolute .* without a password/);
    assert.doesNotMatch(shown, /p4ssw0rd/);
  }
});
