import assert from "node:assert/strict";
import { markdownToText } from "../../src/manual/text.ts";

const at = (columns: number, markdown: string) => markdownToText(markdown, { columns });

Deno.test("words are wrapped at the width, and never cut", () => {
  const address = `https://example.com/${"x".repeat(60)}`;
  assert.equal(
    at(40, `One two three four five six seven eight nine ${address} ten`),
    `One two three four five six seven eight\nnine\n${address}\nten`,
  );
});

Deno.test("a table that fits is set in columns", () => {
  assert.equal(
    at(80, "| Status | Meaning |\n|---|---|\n| 0 | all is **well** |\n| 130 | Ctrl-C |"),
    "Status  Meaning\n------  -----------\n0       all is well\n130     Ctrl-C",
  );
});

Deno.test("a table that does not fit becomes a paragraph for each row", () => {
  const wide = "says a great deal of what it does and why";
  assert.equal(
    at(
      40,
      `| Name | Default | Meaning |\n|---|---|---|\n| \`A\` | \`1\` | ${wide} |\n| \`B\` |  | ${wide} |`,
    ),
    [
      "`A`\n    Default: `1`\n    says a great deal of what it does\n    and why",
      "`B`\n    says a great deal of what it does\n    and why",
    ].join("\n\n"),
  );
});

Deno.test("lists hang, code is indented and never wrapped, links tell their address", () => {
  const code = "x".repeat(50);
  assert.equal(
    at(
      40,
      `## Title\n\n- one two three four five six seven eight nine\n- [words](https://a.example)\n\n1. first\n2. second\n\n\`\`\`sh\n${code}\n\`\`\``,
    ),
    [
      "## Title",
      "- one two three four five six seven\n  eight nine\n- words (https://a.example)",
      "1. first\n2. second",
      `    ${code}`,
    ].join("\n\n"),
  );
});

Deno.test("where there is colour, headings and code are bold and take no width", () => {
  const text = markdownToText("# Title\n\n`aaaa` bbbb `cccc` dddd `eeee` ffff `gggg` hhhh", {
    columns: 40,
    hasColour: true,
  });
  assert.equal(
    text,
    "\x1b[1mTitle\x1b[22m\n\n\x1b[1maaaa\x1b[22m bbbb \x1b[1mcccc\x1b[22m dddd \x1b[1meeee\x1b[22m ffff \x1b[1mgggg\x1b[22m hhhh",
  );
});

Deno.test("letters that HTML escapes are themselves", () => {
  assert.equal(at(80, 'a < b & c > "d" `<e>`'), 'a < b & c > "d" `<e>`');
});
