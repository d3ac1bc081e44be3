/** What clients announce and never send. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../support/folder.ts";
import { peakMemory } from "../support/memory.ts";
import { startHttpServer } from "../support/process.ts";

Deno.test({
  name: "a body takes memory as it comes, not as it is announced",
  ignore: Deno.build.os !== "linux", // elsewhere nobody tells how much memory a process held
  async fn() {
    await using folder = await temporaryFolder();
    await using server = await startHttpServer({ folder: folder.path });
    const { hostname, port } = new URL(server.url);
    const before = await peakMemory(server.pid);
    using connections = new DisposableStack();
    for (let count = 0; count < 200; count++) {
      const connection = connections.use(await Deno.connect({ hostname, port: Number(port) }));
      await connection.write(new TextEncoder().encode(
        `POST /mcp HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\n` +
          "Accept: application/json, text/event-stream\r\nContent-Length: 1000000\r\n\r\n{",
      ));
    }
    const health = await fetch(`${server.url}/health`);
    assert.equal(health.status, 200);
    await health.body?.cancel();
    const growth = await peakMemory(server.pid) - before;
    assert.ok(growth < 80, `${growth} MiB for 200 bodies of 1 MB that were not sent`);
  },
});
