import assert from "node:assert/strict";
import { loadConfiguration } from "../../src/app.ts";
import { localEngines } from "../../src/config/local_engines.ts";
import { surroundingsOf } from "../support/app.ts";

const ENGINES = localEngines("Engines");

for (
  const [value, meaning] of [
    ["auto", "auto"],
    ["OFF", "off"],
    ["sdwebui=http://127.0.0.1:7861", [{ name: "sdwebui", url: "http://127.0.0.1:7861" }]],
    [
      "LocalAI = http://localhost:9000/ , sd-server=http://[::1]:1234",
      [
        { name: "localai", url: "http://localhost:9000" },
        { name: "sd-server", url: "http://[::1]:1234" },
      ],
    ],
    ["sdwebui=http://127.0.0.1:7860/sub/path/", [
      { name: "sdwebui", url: "http://127.0.0.1:7860/sub/path" },
    ]],
  ] as const
) {
  Deno.test(`MCP_LOCAL_ENGINES '${value}' is read`, () => {
    assert.deepEqual(ENGINES.parse(value), meaning);
  });
}

for (
  const value of [
    "maybe",
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
    assert.equal(ENGINES.parse(value), undefined);
  });
}

Deno.test("an engine that does not exist is a mistake with its place and what was meant", () => {
  const env = { MCP_LOCAL_ENGINES: "sdwebiu=http://127.0.0.1:7860" };
  const { problems } = loadConfiguration(surroundingsOf(env, "/nowhere"), new Map());
  assert.equal(problems.length, 1);
  assert.match(
    problems[0]!.message,
    /^MCP_LOCAL_ENGINES must name .*'sdwebui'.* current value has 'sdwebiu'; did you mean 'sdwebui'\? \(from the environment\)$/,
  );
});
