import assert from "node:assert/strict";
import {
  address,
  choice,
  decimal,
  flag,
  integer,
  list,
  type Problem,
  readVariables,
  secret,
  text,
  type Variable,
} from "../../src/config/variables.ts";

const PORT = integer("The port", { default: 8000, minimum: 0, maximum: 65_535 });
const SCALE = decimal("The scale", { minimum: 0, maximum: 30 });
const LEVEL = choice("The level", ["info", "error"], { default: "info" });
const ADDRESS = address("The address");
const NAMES = list("The names");

const LEGAL: readonly (readonly [string, Variable<unknown>, string, unknown])[] = [
  ["a number", PORT, "80", 80],
  ["a number among spaces", PORT, "  80 ", 80],
  ["the smallest number", PORT, "0", 0],
  ["the largest number", PORT, "65535", 65_535],
  ["a number with a fraction", SCALE, "5.5", 5.5],
  ["a number without one", SCALE, "7", 7],
  ["a word in another letter case", LEVEL, "ERROR", "error"],
  ["true", flag("x"), "True", true],
  ["on", flag("x"), "on", true],
  ["1", flag("x"), "1", true],
  ["no", flag("x"), "NO", false],
  ["0", flag("x"), "0", false],
  ["an address with a slash", ADDRESS, "https://example.com/api/", "https://example.com/api"],
  ["an address of IPv6", ADDRESS, "http://[::1]:8000", "http://[::1]:8000"],
  ["a comma list", NAMES, "a, b ,,c", ["a", "b", "c"]],
  ["a JSON list", NAMES, '["a","b,c"]', ["a", "b,c"]],
  ["a text", text("x"), " as it is ", "as it is"],
];

for (const [what, variable, value, expected] of LEGAL) {
  Deno.test(`${what} is read`, () => {
    const { values, problems } = read({ NAME: variable }, { NAME: value });
    assert.deepEqual(problems, []);
    assert.deepEqual(values.NAME, expected);
  });
}

const ILLEGAL: readonly (readonly [string, Variable<unknown>, string, string])[] = [
  ["a word for a number", PORT, "http", "a whole number from 0 to 65535"],
  ["too large a number", PORT, "65536", "a whole number from 0 to 65535"],
  ["too small a number", PORT, "-1", "a whole number from 0 to 65535"],
  ["a fraction", PORT, "1.5", "a whole number from 0 to 65535"],
  ["a number with an exponent", PORT, "1e3", "a whole number from 0 to 65535"],
  ["a hexadecimal number", PORT, "0x10", "a whole number from 0 to 65535"],
  ["too large a fraction", SCALE, "30.5", "a number from 0 to 30"],
  ["a word for a fraction", SCALE, "seven", "a number from 0 to 30"],
  ["an unknown word", LEVEL, "loud", "one of 'info', 'error'"],
  ["a maybe", flag("x"), "maybe", "'true' or 'false'"],
  ["an address without a scheme", ADDRESS, "example.com", ADDRESS.legal],
  ["an address of another scheme", ADDRESS, "ftp://example.com", ADDRESS.legal],
  ["an address with a query", ADDRESS, "https://example.com/?a=1", ADDRESS.legal],
  ["a JSON list of numbers", NAMES, "[1]", "a comma-separated list or a JSON array of strings"],
  ["a broken JSON list", NAMES, '["a"', "a comma-separated list or a JSON array of strings"],
];

for (const [what, variable, value, legal] of ILLEGAL) {
  Deno.test(`${what} is refused with the legal values, the current one and its source`, () => {
    const { values, problems } = read({ NAME: variable }, { NAME: value });
    assert.deepEqual(problems, [{
      variable: "NAME",
      source: "the test",
      message: `NAME must be ${legal}, current value is '${value}' (from the test)`,
    }]);
    assert.deepEqual(values.NAME, variable.whenUnset);
  });
}

Deno.test("an unset variable has its default", () => {
  const table = {
    PORT,
    LEVEL,
    NAMES,
    ADDRESS,
    KEY: secret("The key"),
    ON: flag("x", { default: true }),
  };
  const { values, problems } = read(table, {});
  assert.deepEqual(problems, []);
  assert.deepEqual(values, {
    PORT: 8000,
    LEVEL: "info",
    NAMES: [],
    ADDRESS: undefined,
    KEY: undefined,
    ON: true,
  });
});

Deno.test("every mistake of a table is reported, and the rest is read", () => {
  const { values, problems } = read({ PORT, LEVEL, ON: flag("x") }, {
    PORT: "x",
    LEVEL: "y",
    ON: "yes",
  });
  assert.deepEqual(problems.map(({ variable }) => variable), ["PORT", "LEVEL"]);
  assert.equal(values.ON, true);
});

Deno.test("a wrong value of a secret is not shown", () => {
  const picky: Variable<string | undefined> = { ...secret("The key"), parse: () => undefined };
  const { problems } = read({ KEY: picky }, { KEY: "hush-hush" });
  assert.equal(problems.length, 1);
  assert.ok(!problems[0]!.message.includes("hush"));
});

function read<Table extends Record<string, Variable<unknown>>>(
  table: Table,
  values: Record<string, string>,
) {
  const entries = Object.entries(values)
    .map(([name, value]) => [name, { value, source: "the test" }] as const);
  const problems: Problem[] = [];
  return { values: readVariables(table, new Map(entries), problems), problems };
}
