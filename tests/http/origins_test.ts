import assert from "node:assert/strict";
import { createOriginCheck } from "../../src/http/origins.ts";
import { settingsOf } from "./support.ts";
import { processorNow } from "../support/processor_time.ts";

const CASES: readonly [
  title: string,
  variables: Record<string, string>,
  allowed: readonly string[],
  refused: readonly string[],
][] = [
  [
    "by default, loopback pages of any port",
    {},
    [
      "http://localhost",
      "http://localhost:3000",
      "https://localhost:8443",
      "http://127.0.0.1:5173",
      "http://[::1]:9000",
    ],
    [
      "https://evil.example",
      "http://localhost.evil.example",
      "http://localhost:3000.evil.example",
      "http://127.0.0.1.evil.example",
      "null",
      "",
      "file://",
      "http://localhost:3000/",
    ],
  ],
  [
    "by default, pages of the server's public address",
    { MCP_PUBLIC_BASE_URL: "https://images.example.com/base" },
    ["https://images.example.com", "http://localhost:1"],
    ["http://images.example.com", "https://images.example.com:8443", "https://example.com"],
  ],
  [
    "by default, pages of the address it listens on",
    { MCP_HOST: "192.0.2.7", MCP_PORT: "8123" },
    ["http://192.0.2.7:8123"],
    ["http://192.0.2.7", "http://192.0.2.8:8123"],
  ],
  [
    "whole origins only, where a pattern has a star",
    { MCP_ALLOWED_ORIGINS: "https://*.example.com" },
    ["https://a.example.com", "https://a.b.example.com", "https://A.Example.com"],
    [
      "https://a.example.com.evil.net",
      "https://example.com",
      "https://evilexample.com",
      "http://a.example.com",
      "https://a.example.com:8443",
      "https://evil.net/a.example.com",
      "https://evil.net#.example.com",
      "https://user@.example.com",
      "http://localhost:3000",
    ],
  ],
  [
    "those of a JSON array",
    { MCP_ALLOWED_ORIGINS: '["https://one.example", "app://obsidian.md"]' },
    ["https://one.example", "app://obsidian.md"],
    ["https://two.example"],
  ],
  [
    "a port where one is named, and any where the port is a star",
    { MCP_ALLOWED_ORIGINS: "http://one.example:81,http://two.example:*" },
    ["http://one.example:81", "http://two.example", "http://two.example:9999"],
    ["http://one.example", "http://one.example:8"],
  ],
  [
    "an origin with its scheme's own port spelt out",
    { MCP_ALLOWED_ORIGINS: "https://one.example:443" },
    ["https://one.example"],
    [],
  ],
  [
    "every page where the list is a star, but none without an origin",
    { MCP_ALLOWED_ORIGINS: "*" },
    ["https://anything.example", "moz-extension://5a-b"],
    ["null", ""],
  ],
];

for (const [title, variables, allowed, refused] of CASES) {
  Deno.test(`allowed origins are ${title}`, () => {
    const isAllowed = createOriginCheck(settingsOf(variables));
    assert.deepEqual(allowed.filter((origin) => !isAllowed(origin)), []);
    assert.deepEqual(refused.filter(isAllowed), []);
  });
}

Deno.test("many stars and a long origin take no time", () => {
  const allowed = "https://*.a.*.b.*.c.*.example.com";
  const settings = settingsOf({ MCP_ALLOWED_ORIGINS: allowed });
  const isAllowed = createOriginCheck(settings);
  const hosts = ["a.".repeat(29_000), "a.a.b.a.c.".repeat(25), "-".repeat(60_000)];
  const began = processorNow();
  for (const host of hosts) assert.equal(isAllowed(`https://${host}example.org`), false);
  assert.ok(processorNow() - began < 50);
  assert.equal(isAllowed("https://x.a.y.z.b.q.c.r.example.com"), true);
  assert.equal(isAllowed("https://x.a.y.z.b.q.c.example.com"), false);
});

Deno.test("a star is no star of an origin's own, and no empty label", () => {
  const isAllowed = createOriginCheck(
    settingsOf({ MCP_ALLOWED_ORIGINS: "https://*.example.com:*" }),
  );
  const refused = ["https://*.example.com", "https://.example.com", "https://a..example.com"];
  for (const origin of refused) assert.equal(isAllowed(origin), false, origin);
  for (const origin of ["https://a.b.example.com:8443", "https://a.example.com"]) {
    assert.equal(isAllowed(origin), true, origin);
  }
});
