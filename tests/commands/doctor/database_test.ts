/** What the doctor says of a database: which, whether it answers, and what lies elsewhere. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { silentLogger } from "../../../src/log.ts";
import { openLocalStorage } from "../../../src/storage/local/local_storage.ts";
import { openPostgresRecords } from "../../../src/storage/postgres/postgres_records.ts";
import { startFakeS3 } from "../../fakes/s3.ts";
import { imageRow } from "../../storage/contracts/table_records.ts";
import { POSTGRES, startPostgres } from "../../support/postgres.ts";
import { deadPort, examine } from "../examination.ts";
import { openTerminal } from "../terminal.ts";

const KEYS = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCY" };

Deno.test({
  name: "the doctor tells the database, who uses it, and what it does not hold yet",
  ignore: POSTGRES === undefined,
  async fn() {
    await using postgres = await startPostgres();
    await using s3 = startFakeS3({ bucket: "pictures", ...KEYS });
    const url = await postgres.createDatabase();
    const shared = openPostgresRecords(url, silentLogger);
    const records = await shared.records();
    await records.tables.add({ images: [imageRow("img_1"), imageRow("img_2")] });
    await shared.lease.announce();
    const { host, pathname } = new URL(url);

    await using alone = await openTerminal();
    const folder = join(alone.project, "generated_images");
    const local = openLocalStorage({ saveDirectory: folder, log: silentLogger });
    await local.records();
    await local.close();
    const { list } = await examine(alone, { offline: "true" }, { MCP_DATABASE_URL: url });
    const said = list.filter(({ check }) => check === "database");
    assert.deepEqual(said.map(({ state }) => state), ["ok", "note", "note"]);
    const [reached, elsewhere, before] = said.map(({ message }) => message);
    assert.ok(reached!.startsWith(`${host}${pathname} keeps the records (PostgreSQL `), reached);
    assert.match(reached!, /PostgreSQL \d+[.\d]*, pictures: 2, servers that run: 1\)$/);
    assert.match(elsewhere!, /set MCP_IMAGE_STORE/);
    assert.ok(before!.includes(`'migrate --from ${folder}' copies what is missing`), before);

    await shared.lease.release();
    await records.close();
    await using whole = await openTerminal();
    const { status, findings, list: all } = await examine(whole, { offline: "true" }, {
      MCP_DATABASE_URL: url,
      MCP_IMAGE_STORE: "s3://pictures",
      AWS_ENDPOINT_URL_S3: s3.endpoint,
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    });
    assert.equal(status, 0);
    assert.equal(all.filter(({ check }) => check === "database").length, 1);
    assert.match(findings.database!.message, /servers that run: 0/);
  },
});

Deno.test("a database that cannot be reached is broken, and its password is not told", async () => {
  await using terminal = await openTerminal();
  const url = `postgres://ann:hidden-word@127.0.0.1:${await deadPort()}/images`;
  const { status, list } = await examine(terminal, { offline: "true" }, { MCP_DATABASE_URL: url });
  assert.equal(status, 1);
  const [broken] = list.filter(({ check }) => check === "database");
  assert.equal(broken!.state, "broken");
  assert.match(broken!.message, /^127\.0\.0\.1:\d+\/images: /);
  assert.ok(!(terminal.stdout() + terminal.stderr()).includes("hidden-word"));
});
