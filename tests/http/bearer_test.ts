import assert from "node:assert/strict";
import { parseTokens } from "../../src/config/tokens.ts";
import { createBearerCheck } from "../../src/http/bearer.ts";
import { silentLogger } from "../../src/log.ts";

Deno.test("one token needs no name", () => {
  assert.deepEqual(parseTokens("s3cret"), [{ name: "default", token: "s3cret" }]);
});

Deno.test("several tokens have their names before the first equals sign", () => {
  assert.deepEqual(parseTokens("anna=t0ken, bot-2=a=b=="), [
    { name: "anna", token: "t0ken" },
    { name: "bot-2", token: "a=b==" },
  ]);
});

for (const padded of ["Zm9v=", "Zm9v=="]) {
  Deno.test(`the padding of the base64 token '${padded}' is no name`, () => {
    assert.deepEqual(parseTokens(padded), [{ name: "default", token: padded }]);
  });
}

Deno.test("an unset variable means no tokens", () => {
  assert.deepEqual(parseTokens(undefined), []);
});

for (
  const [why, value] of [
    ["a token among several has no name", "anna=one,two"],
    ["two tokens have the same name", "anna=one,anna=two"],
    ["a token has letters that no header carries", "pässword"],
    ["a token has a space", "two words"],
    ["there are only commas", ",,"],
    ["a name has odd letters", "an na=one,bob=two"],
  ] as const
) {
  Deno.test(`tokens are refused where ${why}`, () => {
    assert.equal(parseTokens(value), undefined);
  });
}

Deno.test("a bearer is known by any of the tokens, whatever the scheme's letter case", () => {
  const bearerOf = checkOf("anna=one,bob=two");
  assert.deepEqual(bearerOf("Bearer one"), { name: "anna" });
  assert.deepEqual(bearerOf("bearer two"), { name: "bob" });
  assert.deepEqual(bearerOf("BEARER  two "), { name: "bob" });
});

for (
  const sent of [
    "Bearer on",
    "Bearer onee",
    "Bearer",
    "Bearer ",
    "Basic one",
    "one",
    "Bearer é",
    "",
  ]
) {
  Deno.test(`'${sent}' is nobody's token`, () => {
    const bearerOf = checkOf("anna=one,bob=two");
    assert.deepEqual(bearerOf(sent), { refused: "invalid" });
  });
}

Deno.test("no header at all is told apart from a wrong token", () => {
  assert.deepEqual(checkOf("one")(null), { refused: "missing" });
});

Deno.test("without tokens everybody comes in without a name", () => {
  assert.deepEqual(checkOf(undefined)(null), { name: "" });
  assert.deepEqual(checkOf(undefined)("Bearer anything"), { name: "" });
});

/** Without anybody who gives access tokens every answer comes at once. */
function checkOf(tokens: string | undefined) {
  const parts = { issuers: [], log: silentLogger, now: Date.now };
  return createBearerCheck({ tokens: parseTokens(tokens) ?? [], ...parts });
}
