import assert from "node:assert/strict";
import {
  countedAddress,
  createHostCheck,
  isLoopback,
  publicBaseUrl,
} from "../../src/http/hosts.ts";
import { settingsOf } from "./support.ts";

Deno.test("loopback addresses are told from all others", () => {
  const loopback = ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.1", "::1", "[::1]"];
  const others = [
    "0.0.0.0",
    "::",
    "192.168.0.1",
    "localhost.example",
    "127.0.0.1.example",
    "10.0.0.1",
  ];
  assert.deepEqual(loopback.filter((host) => !isLoopback(host)), []);
  assert.deepEqual(others.filter(isLoopback), []);
});

Deno.test("on a loopback address only names known to be this server pass", () => {
  const isAllowed = createHostCheck(settingsOf({
    MCP_PUBLIC_BASE_URL: "https://images.example.com",
    MCP_ALLOWED_HOSTS: "inner.example, other.example:8080",
  }));
  const allowed = [
    "localhost",
    "localhost:8000",
    "127.0.0.1:9",
    "[::1]:8000",
    "images.example.com",
    "images.example.com:443",
    "Inner.Example",
    "other.example:1",
  ];
  const refused = [
    "evil.example",
    "localhost.evil.example",
    "evil.example:8000",
    "images.example.com.evil.example",
    "localhost@evil.example",
    "evil.example/localhost",
    "",
    "a b",
  ];
  assert.deepEqual(allowed.filter((host) => !isAllowed(host)), []);
  assert.deepEqual(refused.filter(isAllowed), []);
});

Deno.test("beyond loopback every name passes", () => {
  assert.equal(createHostCheck(settingsOf({ MCP_HOST: "0.0.0.0" }))("anything.example"), true);
});

Deno.test("pictures are linked at the public address, else at host and port, else not at all", () => {
  const at = (variables: Record<string, string>) => publicBaseUrl(settingsOf(variables), 8123);
  assert.equal(at({ MCP_PUBLIC_BASE_URL: "https://i.example/x/" }), "https://i.example/x");
  assert.equal(at({}), "http://127.0.0.1:8123");
  assert.equal(at({ MCP_HOST: "::1" }), "http://[::1]:8123");
  assert.equal(at({ MCP_HOST: "[fd00::1]" }), "http://[fd00::1]:8123");
  assert.equal(at({ MCP_HOST: "0.0.0.0" }), null);
  assert.equal(at({ MCP_HOST: "::" }), null);
  assert.equal(
    at({ MCP_HOST: "0.0.0.0", MCP_PUBLIC_BASE_URL: "http://i.example" }),
    "http://i.example",
  );
});

Deno.test("visitors are counted by IPv4 address, and of IPv6 by the network that one connection is given", () => {
  const counted = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "::1": "::1",
    "2001:db8:0:1:aaaa:bbbb:cccc:dddd": "2001:db8:0:1::/64",
    "2001:0DB8:0:0001::7": "2001:db8:0:1::/64",
    "2001:db8::1:2:3:4:5": "2001:db8:0:1::/64",
    "2001:db8::1": "2001:db8:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
  };
  const found = Object.keys(counted).map((address) => [address, countedAddress(address)]);
  assert.deepEqual(Object.fromEntries(found), counted);
});
