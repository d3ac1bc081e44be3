/** Several servers under fire: killed in turn, and cut off from their database. */

import assert from "node:assert/strict";
import { storm } from "./storm/storm.ts";
import { HAS_NGINX } from "./support/nginx.ts";
import { POSTGRES } from "./support/postgres.ts";

Deno.test({
  name: "forty clients lose nothing while servers are killed and the database is started again",
  ignore: POSTGRES === undefined || !HAS_NGINX,
  async fn() {
    const found = await storm({ clients: 40, seconds: 11, killEvery: 4, rest: 4 });
    assert.deepEqual(found.broken, []);
    assert.equal(found.kills, 2);
    assert.ok(found.jobs >= 40, `only ${found.jobs} jobs`);
    assert.equal(found.stored, found.jobs - found.unknowable);
  },
});
