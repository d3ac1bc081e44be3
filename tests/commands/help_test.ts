import assert from "node:assert/strict";
import { COMMANDS } from "../../src/commands/command_table.ts";
import { helpText, printTopic } from "../../src/commands/help.ts";
import { TOPIC_NAMES, TOPICS } from "../../src/manual/topics.ts";

Deno.test("the help names every command and every flag with what it does", () => {
  const help = helpText("1.2.3", "mcp-image-server");
  assert.match(help, /1\.2\.3/);
  for (const [name, { description, flags }] of Object.entries(COMMANDS)) {
    assert.ok(help.includes(`  ${name}`) && help.includes(description), name);
    for (const [flag, { description }] of Object.entries(flags)) {
      assert.match(help, new RegExp(`--${flag} .*${escape(description)}`));
    }
  }
});

Deno.test("the help of one command is about no other", () => {
  const help = helpText("1.2.3", "mcp-image-server", "generate");
  assert.match(help, /^Usage: mcp-image-server generate "PROMPT" \[FLAGS\]$/m);
  assert.ok(help.includes("--negative-prompt"));
  assert.ok(!help.includes("--transport") && !help.includes("doctor"));
});

Deno.test("what a flag does stands in a column of its own", () => {
  const flags = helpText("1.2.3", "mcp-image-server").split("\n").filter((line) =>
    line.startsWith("    --")
  );
  assert.ok(flags.length > 100, `${flags.length} flags`);
  assert.deepEqual(flags.filter((line) => !/^.{29} {2}\S/.test(line)), []);
});

Deno.test("the help fits a terminal of 100 columns", () => {
  const wide = helpText("1.2.3", "mcp-image-server").split("\n").filter((line) =>
    line.length > 100
  );
  assert.deepEqual(wide, []);
});

Deno.test("the help names every topic with what it is about", () => {
  const help = helpText("1.2.3", "mcp-image-server");
  for (const { name, summary } of TOPICS) {
    assert.match(help, new RegExp(`^ +${name} +${escape(summary)}$`, "m"));
  }
});

Deno.test("no topic is called as a command is, since help takes both", () => {
  assert.deepEqual(TOPIC_NAMES.filter((name) => Object.hasOwn(COMMANDS, name)), []);
});

for (const name of TOPIC_NAMES) {
  Deno.test(`help ${name} prints its Markdown, and refers to other topics by commands`, async () => {
    const { status, printed, said } = await help(name);
    assert.deepEqual([status, said], [0, ""]);
    assert.match(printed, /^# /);
    assert.doesNotMatch(printed, /\]\([a-z-]+\.md|<!-- /);
  });

  Deno.test(`help ${name} fits a terminal of 80 columns, code aside`, async () => {
    const { printed } = await help(name, 80);
    const wide = printed.split("\n").filter((line) => line.length > 80 && !isUncut(line));
    assert.deepEqual(wide, []);
  });
}

Deno.test("a topic is found however it is capitalised", async () => {
  assert.deepEqual(await help("Settings"), await help("settings"));
});

Deno.test("a topic that is none is one line with the nearest word, and exit 2", async () => {
  for (
    const [word, said] of [
      [
        "setings",
        "mcp-image-server: No help about 'setings': did you mean 'settings'? ('help' shows all)",
      ],
      [
        "genrate",
        "mcp-image-server: No help about 'genrate': did you mean 'generate'? ('help' shows all)",
      ],
    ] as const
  ) {
    assert.deepEqual(await help(word), { status: 2, printed: "", said });
  }
  const { said } = await help("xyzzyxyzzyxyzzyxyzzyxyzzy");
  assert.match(said, /there are serve, .*, settings, /);
});

async function help(word: string, columns?: number) {
  const printed: string[] = [];
  const said: string[] = [];
  const status = await printTopic(word, {
    print: (text) => printed.push(text),
    say: (line) => said.push(line),
    columns,
  });
  return { status, printed: printed.join("\n"), said: said.join("\n") };
}

/** Code, or a single word such as an address. */
function isUncut(line: string): boolean {
  return /^ {4,}/.test(line) || !line.trim().includes(" ");
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
