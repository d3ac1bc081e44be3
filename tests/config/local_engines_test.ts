/** What MCP_LOCAL_ENGINES may say, and that it never leads beyond this machine. */

import assert from "node:assert/strict";
import { loadConfiguration } from "../../src/app/configuration.ts";
import { surroundingsOf } from "../support/app.ts";

for (
  const [value, looks] of [
    [undefined, true],
    ["auto", true],
    ["OFF", false],
    ["sdwebui=http://127.0.0.1:7861", true],
    ["LocalAI = http://localhost:9000/ , sd-server=http://[::1]:1234", true],
    ["sdwebui=http://127.0.0.1:7860/sub/path/", true],
  ] as const
) {
  Deno.test(`MCP_LOCAL_ENGINES ${value ?? "unset"} is ${looks ? "a look" : "none"}`, () => {
    const { problems, lookForEngines } = load(value);
    assert.deepEqual(problems, []);
    assert.equal(lookForEngines !== undefined, looks);
  });
}

for (
  const value of [
    "maybe",
    "auto,off",
    "sdwebui",
    "sdwebui=",
    "sdwebui=7860",
    "sdwebui=http://192.168.1.2:7860",
    "sdwebui=http://127.0.0.1.example.com:7860",
    "sdwebui=http://127.0.0.1@example.com:7860",
    "sdwebui=http://localhost.example.com",
    "sdwebui=https://127.0.0.1:7860",
    "sdwebui=http://127.0.0.1:7860,sdwebui=http://example.com",
  ]
) {
  Deno.test(`MCP_LOCAL_ENGINES '${value}' names no place on this machine`, () => {
    const [problem] = load(value).problems;
    assert.match(
      problem!.message,
      /^MCP_LOCAL_ENGINES must be auto, off or engines of this machine as name=.*\(from the environment\)$/,
    );
  });
}

Deno.test("an engine that does not exist is a mistake with its place and what was meant", () => {
  const { problems } = load("sdwebiu=http://127.0.0.1:7860");
  assert.equal(problems.length, 1);
  assert.match(
    problems[0]!.message,
    /^MCP_LOCAL_ENGINES must name .*'sdwebui'.* current value has 'sdwebiu'; did you mean 'sdwebui'\? \(from the environment\)$/,
  );
});

function load(value: string | undefined) {
  const env: Record<string, string> = value === undefined ? {} : { MCP_LOCAL_ENGINES: value };
  return loadConfiguration(surroundingsOf(env, "/nowhere"), new Map());
}
