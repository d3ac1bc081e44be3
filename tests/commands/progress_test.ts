import assert from "node:assert/strict";
import { Progress } from "../../src/commands/progress.ts";
import { pause, until } from "../support/wait.ts";

const AT_ONCE = { delay: 0, interval: 5 };

function listener(isTerminal: boolean) {
  const written: string[] = [];
  const said: string[] = [];
  return {
    isTerminal,
    written,
    said,
    write: (text: string) => void written.push(text),
    say: (line: string) => void said.push(line),
  };
}

Deno.test("a terminal sees one line with a bar and the seconds, which is gone in the end", async () => {
  const terminal = listener(true);
  {
    using progress = new Progress(terminal, AT_ONCE);
    progress.tell("Asking openai\u001b[2J");
    progress.count({ done: 1, total: 4 });
    await until("a line", () => terminal.written.length > 0);
  }
  assert.equal(
    terminal.written[0],
    "\r\x1b[K[#####---------------] 1 of 4  Asking openai\\u001b[2J … 0 s",
  );
  assert.equal(terminal.written.at(-1), "\r\x1b[K");
  assert.deepEqual(terminal.said, []);
});

Deno.test("words that begin with a count are a bar, too", async () => {
  const terminal = listener(true);
  using progress = new Progress(terminal, AT_ONCE);
  progress.tell("3 of 4 pictures, 0 broken");
  await until("a line", () => terminal.written.length > 0);
  assert.equal(
    terminal.written[0],
    "\r\x1b[K[###############-----] 3 of 4 pictures, 0 broken … 0 s",
  );
});

Deno.test("elsewhere each change is one plain line, and what stays the same is said once", async () => {
  const log = listener(false);
  using progress = new Progress(log, AT_ONCE);
  progress.tell("Waiting for its turn");
  await until("a line", () => log.said.length === 1);
  progress.tell("Waiting for its turn");
  await pause(30);
  progress.count({ done: 2, total: 3 });
  await until("a line", () => log.said.length === 2);
  assert.deepEqual(log.said, ["Waiting for its turn (0 s)", "2 of 3: Waiting for its turn (0 s)"]);
  assert.deepEqual(log.written, []);
});

for (const isTerminal of [true, false]) {
  Deno.test(`work that is soon done is not told of (${isTerminal ? "terminal" : "log"})`, async () => {
    const output = listener(isTerminal);
    {
      using progress = new Progress(output, { interval: 5 });
      progress.tell("Asking openai");
      await pause(30);
    }
    assert.deepEqual([output.written, output.said], [[], []]);
  });
}
