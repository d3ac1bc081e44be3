/** Where a request says it goes, over real connections. */

import assert from "node:assert/strict";
import { rawAnswer } from "./raw.ts";
import { testServer } from "./support.ts";

const BEYOND: Record<string, string> = { MCP_HOST: "0.0.0.0", MCP_AUTH_TOKEN: "token-of-a-test" };
for (const settings of [{}, BEYOND]) {
  const where = settings === BEYOND ? "beyond loopback" : "on loopback";

  Deno.test(`${where}, a request without Host is a 400`, async () => {
    await using server = testServer(settings);
    for (const version of ["1.1", "1.0"]) {
      const answer = await rawAnswer(server.address.port, `GET /health HTTP/${version}\r\n\r\n`);
      assert.match(answer, /^HTTP\/1.\d 400 .*no Host header/s);
    }
  });

  Deno.test(`${where}, a Host chooses no path`, async () => {
    await using server = testServer(settings);
    const hosts = [
      "localhost/health?",
      "localhost\\health#",
      "x@localhost",
      "localhost?a",
      "localhost#a",
      "local host",
      "local\thost",
      "localhost, other",
      "localhost%2fhealth",
      "",
    ];
    for (const host of hosts) {
      const request = `GET /nothing HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
      assert.match(await rawAnswer(server.address.port, request), /^HTTP\/1.1 400 /, host);
    }
  });

  Deno.test(`${where}, a target of another host than Host's is a 400`, async () => {
    await using server = testServer(settings);
    const ask = (target: string) =>
      rawAnswer(server.address.port, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    assert.match(await ask("http://evil.example/health"), /^HTTP\/1.1 400 .*another host/s);
    assert.match(await ask("http://127.0.0.1/health"), /^HTTP\/1.1 200 /);
  });
}
