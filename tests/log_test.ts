import assert from "node:assert/strict";
import { createLogger, type LogLevel } from "../src/log.ts";
import { hideSecrets } from "../src/secrets.ts";

Deno.test("an event is one line with its time, level and fields", () => {
  const { log, lines } = listen();
  log.info("Picture drawn", {
    provider: "openai",
    seconds: 2.5,
    note: "two words",
    missing: undefined,
  });
  assert.deepEqual(lines, [
    '2026-01-02T03:04:05.000Z info Picture drawn provider=openai seconds=2.5 note="two words"',
  ]);
});

Deno.test("a field with line ends stays on its line", () => {
  const { log, lines } = listen();
  log.error("Unexpected error", { stack: "Error: x\n    at y" });
  assert.equal(lines[0]?.split("\n").length, 1);
});

Deno.test("JSON lines carry the same", () => {
  const { log, lines } = listen({ format: "json" });
  log.warning("Slow", { seconds: 9 });
  assert.deepEqual(JSON.parse(lines[0]!), {
    time: "2026-01-02T03:04:05.000Z",
    level: "warning",
    event: "Slow",
    seconds: 9,
  });
});

for (
  const [level, expected] of [
    ["debug", "debug info warning error"],
    ["info", "info warning error"],
    ["warning", "warning error"],
    ["error", "error"],
    ["off", ""],
  ] as const
) {
  Deno.test(`the level ${level} lets ${expected || "nothing"} through`, () => {
    const { log, lines } = listen({ level });
    log.debug("debug");
    log.info("info");
    log.warning("warning");
    log.error("error");
    assert.equal(lines.map((line) => line.split(" ")[2]).join(" "), expected);
  });
}

for (const format of ["text", "json"] as const) {
  Deno.test(`a secret is in no ${format} line, wherever it stood`, () => {
    const secret = 'sk-"quoted"\\secret';
    const { log, lines } = listen({ format, secrets: [secret] });
    log.info(`event ${secret}`, { field: secret, nested: { deep: [secret] } });
    assert.ok(!lines[0]!.includes("quoted"), lines[0]);
  });
}

Deno.test("secrets that come with a reload are hidden from then on", () => {
  const secrets: string[] = [];
  const { log, lines } = listen({ secrets });
  secrets.push("new-secret");
  log.info("x", { key: "new-secret" });
  assert.match(lines[0]!, /key=\[hidden\]/);
});

Deno.test("of two secrets that begin alike nothing is left over", () => {
  assert.equal(
    hideSecrets("a: key-123456, b: key-123", ["key-123", "key-123456"]),
    "a: [hidden], b: [hidden]",
  );
});

Deno.test("texts too short to be secret are not hidden", () => {
  assert.equal(hideSecrets("a cat", ["a", "cat"]), "a cat");
});

function listen(
  { level = "debug", format = "text", secrets = [] }: {
    level?: LogLevel;
    format?: "text" | "json";
    secrets?: readonly string[];
  } = {},
) {
  const lines: string[] = [];
  const log = createLogger({
    level,
    format,
    secrets: () => secrets,
    write: (line) => void lines.push(line),
    now: () => new Date("2026-01-02T03:04:05Z"),
  });
  return { log, lines };
}
