import assert from "node:assert/strict";
import { closeVendorConnections, vendorFetch } from "../../src/providers/vendor_fetch.ts";
import { until } from "../support/wait.ts";

Deno.test("after a rush of answers only a few connections to the vendor stay open", async () => {
  await using vendor = countingVendor();
  const ask = async () => await (await vendorFetch(vendor.url)).text();
  await Promise.all(Array.from({ length: 20 }, ask));
  assert.equal(vendor.most(), 20);
  await until("few connections are left", () => vendor.open() <= 8);
  assert.ok(vendor.open() > 0, "some are kept for the next calls");
  closeVendorConnections();
  await until("none is left", () => vendor.open() === 0);
});

Deno.test("after its connections were closed the next fetch makes new ones", async () => {
  await using vendor = countingVendor();
  for (let round = 0; round < 2; round++) {
    assert.equal(await (await vendorFetch(vendor.url)).text(), "a picture");
    closeVendorConnections();
  }
});

/** A vendor that answers each request after a moment, on connections that it never closes itself. */
function countingVendor() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let most = 0;
  const serve = async (connection: Deno.Conn) => {
    connections.add(connection);
    most = Math.max(most, connections.size);
    try {
      while (await connection.read(new Uint8Array(4096)) !== null) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        await connection.write(ANSWER);
      }
    } catch {
      // The client left.
    }
    connections.delete(connection);
    connection.close();
  };
  const accepting = (async () => {
    for await (const connection of listener) void serve(connection);
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    open: () => connections.size,
    most: () => most,
    async [Symbol.asyncDispose]() {
      closeVendorConnections();
      await until("every client has left", () => connections.size === 0);
      listener.close();
      await accepting;
    },
  };
}

const ANSWER = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na picture");
