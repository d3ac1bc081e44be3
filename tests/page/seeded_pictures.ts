/** A folder with many recorded pictures, written by a few statements. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { silentLogger } from "../../src/log.ts";
import { openSqliteRecords } from "../../src/storage/local/sqlite_records.ts";
import { wordsOf } from "../../src/storage/rows/words.ts";
import { drawPlainPng } from "../fakes/pictures.ts";

/** Pictures of each owner that have a file, the newest. */
const FILES = 60;

/**
 * Records so many pictures of each owner in the folder that a server serves, and writes files for
 * the newest. They are found by their owner, but by no word of their prompts.
 */
export async function seedPictures(
  folder: string,
  counts: Readonly<Record<string, number>>,
): Promise<void> {
  const place = join(folder, "generated_images", ".mcp-image-server");
  await Deno.mkdir(place, { recursive: true });
  await (await openSqliteRecords(place, silentLogger, Date.now)).close();
  using database = new DatabaseSync(join(place, "records.sqlite"));
  database.exec("BEGIN");
  for (const [owner, count] of Object.entries(counts)) {
    database.prepare(PICTURES).run(count, owner, owner, owner, Date.now() - count * 1000);
    const facts = { provider: ["vendor"], model: ["model-1"] };
    const words = wordsOf({ owner, isTrashed: false, texts: [], facts });
    database.prepare(WORDS).run(words, owner);
    for (let index = Math.max(0, count - FILES); index < count; index++) {
      const png = drawPlainPng(64, 64, `${owner} ${index}`);
      await Deno.writeFile(join(folder, "generated_images", `${owner}_${index}.png`), png);
    }
  }
  database.exec("COMMIT");
}

const PICTURES = `
  WITH RECURSIVE numbers (number) AS (
    VALUES (0) UNION ALL SELECT number + 1 FROM numbers WHERE number + 1 < ?
  )
  INSERT INTO images (id, owner, file_name, provider, model, media_type, size_bytes, width, height,
    prompt, parameters, created_at)
  SELECT 'img_' || ? || '_' || number, ?, ? || '_' || number || '.png', 'vendor', 'model-1',
    'image/png', 1500, 64, 64, 'picture ' || number, '{}', ? + number * 1000
  FROM numbers`;

const WORDS = `
  INSERT INTO image_words (rowid, words) SELECT -rowid, ? FROM images WHERE owner = ?`;
