import assert from "node:assert/strict";
import { connect, listen } from "../../../src/storage/postgres/connections.ts";
import { connectTo, POSTGRES, startPostgres } from "../../support/postgres.ts";
import { until } from "../../support/wait.ts";

Deno.test({
  name: "connections to PostgreSQL",
  ignore: POSTGRES === undefined,
  async fn(t) {
    await using postgres = await startPostgres();
    const url = await postgres.createDatabase();
    await using other = await connectTo(url);
    const END_OTHERS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()`;

    await t.step("idle ones that the server ends are made anew, and end no process", async () => {
      const connections = await connect(url, { max: 3 });
      const all = () => Promise.all([1, 2, 3].map(() => connections.query("SELECT 1")));
      await all();
      await other.query(END_OTHERS);
      await all().catch(all); // one may be taken before it is known to be ended
      await connections.close();
    });

    await t.step("what a statement gives is what PostgreSQL means by it", async () => {
      const sql = `SELECT $1::text AS text, $2::bigint AS wide, 7 AS whole, $3::boolean AS yes,
        $4::text AS nothing, 0.5::float8 AS part`;
      const rows = await other.query(sql, "猫 \\ '", 2 ** 40, true, null);
      const [row] = rows;
      assert.deepEqual(
        { ...row },
        { text: "猫 \\ '", wide: String(2 ** 40), whole: 7, yes: true, nothing: null, part: 0.5 },
      );
      assert.equal(rows.count, 1);
    });

    await t.step("one that is closed breaks off what does not end", async () => {
      const connections = await connect(url);
      const endless = assert.rejects(connections.query("SELECT pg_sleep(60)"), /terminated|ended/);
      await Promise.all([connections.close(), connections.close()]);
      await endless;
      await connections.close();
      await assert.rejects(connections.query("SELECT 1"), /pool/);
    });

    await t.step("one that hears tells its end", async () => {
      const heard: string[] = [];
      const listening = await listen(url, "cats", (text) => heard.push(text));
      await other.query("SELECT pg_notify('cats', 'purr')");
      await until("it is heard", () => heard.length > 0);
      await other.query(END_OTHERS);
      await listening.ended;
      assert.deepEqual(heard, ["purr"]);
      await listening.close();
    });

    await t.step(
      "a server without TLS that shall have it is refused, with the way out",
      async () => {
        for (const mode of ["prefer", "require", "verify-full"]) {
          const connections = await connect(`${url}?sslmode=${mode}`);
          await assert.rejects(
            connections.query("SELECT 1"),
            /no TLS: take 'sslmode' out of MCP_DATABASE_URL/,
          );
          await connections.close();
        }
      },
    );
  },
});
