/** A server whose database is gone, or takes connections and never answers. */

import assert from "node:assert/strict";
import { modernPost } from "./http/support.ts";
import { message, startBrokenPostgres } from "./support/broken_postgres.ts";
import { temporaryFolder } from "./support/folder.ts";
import { startHttpServer } from "./support/process.ts";

const silent = () => startBrokenPostgres({ begin: new Uint8Array() });
const broken = () => startBrokenPostgres({ answer: [message("E", [1, 2, 3])] });
const gone = () => {
  using server = silent();
  return { url: server.url, [Symbol.dispose]() {} };
};

for (const [what, start] of Object.entries({ gone, silent, broken })) {
  Deno.test(`a server whose database is ${what} lives, and is not ready within 5 seconds`, async () => {
    using database = start();
    await using folder = await temporaryFolder();
    const env = { MCP_DATABASE_URL: database.url };
    await using server = await startHttpServer({ folder: folder.path, env });
    const begun = performance.now();
    const ready = await fetch(`${server.url}/ready`);
    const took = performance.now() - begun;
    assert.ok(took < 5_000, `${took} ms`);
    assert.equal(ready.status, 503);
    const { reasons } = await ready.json();
    assert.deepEqual(reasons, ["The database cannot be reached"]);

    const call = { name: "generate_image", arguments: { prompt: "a cat" } };
    const drawing = fetch(`${server.url}/mcp`, modernPost("tools/call", call));
    const asked = performance.now();
    const alive = await fetch(`${server.url}/health`);
    assert.equal((await alive.json()).status, "healthy");
    assert.ok(performance.now() - asked < 1_000);
    assert.match(await (await drawing).text(), /"code":"busy"/);
  });
}
