/** Searches among many pictures: that they find what is there, and read few rows for it. */

import assert from "node:assert/strict";
import { type Database, openDatabase, type Row } from "../../../src/storage/postgres/database.ts";
import { PostgresImageRecords } from "../../../src/storage/postgres/postgres_image_records.ts";
import type { ImageFilter } from "../../../src/storage/records/records.ts";
import { POSTGRES, startPostgres } from "../../support/postgres.ts";

const PICTURES = 8_000;

Deno.test({
  name: "a search among many pictures reads few of them, however rare or common its words are",
  ignore: POSTGRES === undefined,
  async fn(t) {
    await using postgres = await startPostgres();
    const database = await openDatabase(await postgres.createDatabase());
    await database.query(FILL);
    await database.query("VACUUM ANALYZE image_server.images");
    const statements: Parameters<Database["query"]>[] = [];
    const images = new PostgresImageRecords({
      ...database,
      query: (...statement) => {
        if (/image_server\.images\s+WHERE/.test(statement[0])) statements.push(statement);
        return database.query(...statement);
      },
    }, Date.now);

    /** The positions that are found, and how many rows were read for them. */
    async function find(filter: ImageFilter, before?: number, owner = "everyone") {
      statements.length = 0;
      const found = await images.search(filter, owner, { limit: 5, before });
      let read = 0;
      for (const [sql, ...parameters] of statements) {
        const [row] = await database.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`, ...parameters);
        read += rowsRead((row!["QUERY PLAN"] as Row[])[0]!.Plan as Plan);
      }
      return { places: found.map(({ position }) => position), read };
    }

    const searches: Readonly<Record<string, [ImageFilter, number[], number?]>> = {
      "a word of all": [{ query: "harbour" }, [8000, 7999, 7998, 7997, 7996]],
      "it from the middle on": [{ query: "harbour" }, [3999, 3998, 3997, 3996, 3995], 4000],
      "a word of every tenth": [{ query: "竹林" }, [8000, 7990, 7980, 7970, 7960]],
      "a tag of three": [{ tag: "rare" }, [5334, 2667]],
      "a word of all with a tag of three": [{ query: "harbour", tag: "rare" }, [5334, 2667]],
      "two of every tenth that are never together": [{ query: "竹林", tag: "draft" }, []],
      "two of every tenth that are together at the beginning alone": [
        { query: "竹林", tag: "first" },
        [50, 40, 30, 20, 10],
      ],
      "favourites": [{ isFavorite: true }, [8000, 7900, 7800, 7700, 7600]],
      "all but favourites": [{ isFavorite: false }, [7999, 7998, 7997, 7996, 7995]],
    };
    for (const [what, [filter, places, before]] of Object.entries(searches)) {
      await t.step(what, async () => {
        const found = await find(filter, before);
        assert.deepEqual(found.places, places);
        assert.ok(found.read < PICTURES / 4, `${found.read} rows were read`);
      });
    }
    await t.step("one owner's few among everybody else's many", async () => {
      const found = await find({ query: "harbour" }, undefined, "ann");
      assert.deepEqual(found.places, [8004, 8003, 8002, 8001]);
      assert.ok(found.read < PICTURES / 4, `${found.read} rows were read`);
    });
    await t.step("the favourites of one who has none among everybody else's", async () => {
      const found = await find({ isFavorite: true }, undefined, "ann");
      assert.deepEqual(found.places, []);
      assert.ok(found.read < 10, `${found.read} rows were read`);
    });
    await database.close();
  },
});

interface Plan {
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Plan[];
}

/** All that the scans of a plan have looked at. */
function rowsRead(plan: Plan): number {
  const within = (plan.Plans ?? []).reduce((sum, each) => sum + rowsRead(each), 0);
  const isScan = /Scan$/.test(plan["Node Type"]) && plan["Node Type"] !== "Subquery Scan";
  return within + (isScan ? plan["Actual Rows"] + (plan["Rows Removed by Filter"] ?? 0) : 0);
}

/** As the program writes them: the words of the index are pairs of letters, and facts by their hex. */
const FILL = `
  INSERT INTO image_server.images (id, owner, file_name, provider, model, media_type, size_bytes,
    operation, prompt, revised_prompt, parents, parameters, created_at, favorite, words, texts)
  SELECT 'img_' || number, CASE WHEN number > ${PICTURES} THEN 'ann' ELSE 'everyone' END,
    number || '.png', 'vendor', 'model', 'image/png', 1, 'generate', 'a harbour', repeat('x', 1000), '[]', '{}', number,
    (number % 100 = 0)::integer,
    ARRAY['ha', 'ar', 'rb', 'bo', 'ou', 'ur', 'r']
      || CASE WHEN number % 10 = 0 THEN ARRAY['竹林', '林'] ELSE '{}' END
      || CASE WHEN number % 10 = 7 THEN ARRAY['\uE007' || encode('draft', 'hex')] ELSE '{}' END
      || CASE WHEN number <= 50 OR number % 10 = 3
         THEN ARRAY['\uE007' || encode('first', 'hex')] ELSE '{}' END
      || CASE WHEN number % 2667 = 0 THEN ARRAY['\uE007' || encode('rare', 'hex')] ELSE '{}' END
      || CASE WHEN number % 100 = 0 THEN ARRAY['\uE009' || encode('yes', 'hex')] ELSE '{}' END,
    CASE WHEN number % 10 = 0 THEN 'a harbour 竹林' ELSE 'a harbour' END
  FROM generate_series(1, ${PICTURES} + 4) AS number`;
