import { indexedImage } from "../rows/indexed_words.ts";
import { columnsOf, recordOf, sourceOf, spareOf, summaryOf } from "../rows/image_row.ts";
import { searchedText, termsOf, wordsOf } from "../rows/words.ts";
import type {
  ImageFilter,
  ImageNotes,
  ImageRecord,
  ImageRecords,
  ImageSource,
  ImageSummary,
  Page,
  SparePicture,
  SparePictures,
} from "../records.ts";
import type { Database, Query, Row } from "./database.ts";
import { Conditions, storable } from "./statements.ts";

export class PostgresImageRecords implements ImageRecords {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async save(
    image: ImageRecord & { readonly fileName: string },
    source: ImageSource,
  ): Promise<void> {
    const columns = columnsOf(image, source, this.#now()).map(storable);
    await this.#database.transact(async (query) => {
      await query(
        "DELETE FROM image_server.images WHERE id = $1 OR file_name = $2",
        image.id,
        image.fileName,
      );
      const [row] = await query(SAVE, ...columns);
      await index(query, row!);
    }, { mayRepeat: true });
  }

  async find(id: string, owner: string, since: number): Promise<ImageRecord | undefined> {
    const sql = `SELECT * FROM image_server.images
      WHERE id = $1 AND ${visibleTo("$2")} AND created_at >= $3 AND trashed_at IS NULL`;
    const [row] = await this.#database.query(sql, id, owner, since);
    return row && recordOf(row);
  }

  async findSource(id: string, owner: string): Promise<ImageSource | undefined> {
    const sql = `SELECT operation, prompt, parents, parameters, usage, cost
      FROM image_server.images WHERE id = $1 AND ${visibleTo("$2")}`;
    const [row] = await this.#database.query(sql, id, owner);
    return row && sourceOf(row);
  }

  async findFile(fileName: string, owner: string | undefined): Promise<ImageRecord | undefined> {
    const conditions = new Conditions().and("file_name = ?", fileName).and("trashed_at IS NULL");
    if (owner !== undefined) conditions.and(VISIBLE, owner);
    const sql = `SELECT * FROM image_server.images WHERE ${conditions}`;
    const [row] = await this.#database.query(sql, ...conditions.parameters);
    return row && recordOf(row);
  }

  async list(owner: string, page: Page): Promise<readonly ImageSummary[]> {
    return await this.search({}, owner, page);
  }

  /** Which index serves it best, that of words or that of owners, the database knows from how common they are. */
  async search(
    { query, since, until, isTrashed = false, isFavorite, ...facts }: ImageFilter,
    owner: string,
    { limit, before }: Page,
  ): Promise<readonly ImageSummary[]> {
    const { words, runs } = termsOf({
      query,
      facts: Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name, value === undefined ? [] : [value]]),
      ),
    });
    const conditions = new Conditions()
      .and(VISIBLE, owner)
      .and(isTrashed ? "trashed_at IS NOT NULL" : "trashed_at IS NULL");
    if (words.length > 0) conditions.and("words @> string_to_array(?, ' ')", words.join(" "));
    for (const run of runs) conditions.and("texts LIKE ?", `%${run}%`);
    if (isFavorite !== undefined) conditions.and("favorite = ?", isFavorite ? 1 : 0);
    if (since !== undefined) conditions.and("created_at >= ?", since);
    if (until !== undefined) conditions.and("created_at < ?", until);
    if (before !== undefined) conditions.and("position < ?", before);
    const sql = `SELECT ${SHOWN} FROM image_server.images WHERE ${conditions}
      ORDER BY position DESC LIMIT ${Math.trunc(limit)}`;
    return (await this.#database.query(sql, ...conditions.parameters)).map(summaryOf);
  }

  async summaries(ids: readonly string[], owner: string): Promise<readonly ImageSummary[]> {
    const sql = `SELECT ${SHOWN} FROM image_server.images
      JOIN json_array_elements_text($1::text::json) WITH ORDINALITY AS asked (asked_id, place)
        ON id = asked_id
      WHERE ${visibleTo("$2")} ORDER BY place`;
    return (await this.#database.query(sql, JSON.stringify(ids), owner)).map(summaryOf);
  }

  async annotate(id: string, owner: string, notes: Partial<ImageNotes>): Promise<boolean> {
    const { title, tags, isFavorite } = notes;
    return await this.#change(id, owner, {
      ...title !== undefined && { title },
      ...tags && { tags: JSON.stringify(tags) },
      ...isFavorite !== undefined && { favorite: isFavorite ? 1 : 0 },
    });
  }

  async trash(id: string, owner: string, at: number | null): Promise<boolean> {
    return await this.#change(id, owner, { trashed_at: at });
  }

  async remove(id: string, owner: string): Promise<string | undefined> {
    const sql = `DELETE FROM image_server.images WHERE id = $1 AND ${visibleTo("$2")}
      RETURNING file_name`;
    const [row] = await this.#database.query(sql, id, owner);
    return row && String(row.file_name);
  }

  async trashedBefore(time: number, limit: number) {
    const sql = `SELECT id, owner FROM image_server.images WHERE trashed_at < $1
      ORDER BY trashed_at LIMIT $2`;
    const rows = await this.#database.query(sql, time, limit);
    return rows.map(({ id, owner }) => ({
      id: String(id),
      owner: owner === null ? null : String(owner),
    }));
  }

  async madeBefore(time: number, limit: number): Promise<readonly SparePicture[]> {
    const sql = `SELECT id, owner, size_bytes FROM image_server.images
      WHERE created_at < $1 AND favorite = 0 AND trashed_at IS NULL
      ORDER BY created_at, position LIMIT $2`;
    return (await this.#database.query(sql, time, limit)).map(spareOf);
  }

  async spare(limit: number): Promise<SparePictures> {
    const part = (place: number, condition: string, time: string) =>
      `(SELECT ${place} AS place, ${time} AS time, position, id, owner, size_bytes
        FROM image_server.images WHERE ${condition} AND favorite = 0
        ORDER BY ${time}, position LIMIT $1)`;
    const sql = `SELECT *, (SELECT sum(size_bytes) FROM image_server.images) AS total
      FROM (${part(1, "trashed_at IS NOT NULL", "trashed_at")}
        UNION ALL ${part(2, "trashed_at IS NULL", "created_at")}) AS spare
      ORDER BY place, time, position LIMIT $1`;
    const rows = await this.#database.query(sql, limit);
    return { totalBytes: Number(rows[0]?.total ?? 0), pictures: rows.map(spareOf) };
  }

  /** PostgreSQL looks after its indexes by itself. */
  tidy(): Promise<void> {
    return Promise.resolve();
  }

  async tags(owner: string, limit: number): Promise<readonly string[]> {
    const sql = `SELECT tag FROM image_server.images, json_array_elements_text(tags::json) AS tag
      WHERE coalesce(owner, '') = $1 AND tags <> '[]'
      GROUP BY tag ORDER BY count(*) DESC, tag COLLATE "C" LIMIT $2`;
    return (await this.#database.query(sql, owner, limit)).map(({ tag }) => String(tag));
  }

  /** Changes columns of a picture together with what the index knows of it. */
  async #change(
    id: string,
    owner: string,
    columns: Readonly<Record<string, string | number | null>>,
  ): Promise<boolean> {
    const names = Object.keys(columns).map((name, at) => `${name} = $${at + 3}`);
    return await this.#database.transact(async (query) => {
      const sql = names.length === 0
        ? `SELECT * FROM image_server.images WHERE id = $1 AND ${visibleTo("$2")}`
        : `UPDATE image_server.images SET ${names.join(", ")}
          WHERE id = $1 AND ${visibleTo("$2")} RETURNING *`;
      const [row] = await query(sql, id, owner, ...Object.values(columns).map(storable));
      if (row && names.length > 0) await index(query, row);
      return row !== undefined;
    }, { mayRepeat: true });
  }
}

/** Tells the index what a row can be found by. */
export async function index(query: Query, row: Row): Promise<void> {
  const image = indexedImage(row);
  const words = [...new Set(wordsOf(image).split(" "))].join(" ");
  await query(
    "UPDATE image_server.images SET words = string_to_array($2, ' '), texts = $3 WHERE id = $1",
    String(row.id),
    words,
    searchedText(image.texts),
  );
}

/** Pictures without an owner are everybody's. */
const VISIBLE = "(owner = ? OR owner IS NULL)";

function visibleTo(owner: string): string {
  return VISIBLE.replace("?", owner);
}

const SHOWN = "id, position, file_name, provider, model, width, height, " +
  "left(prompt, 200) AS prompt, created_at, title, tags, favorite";

const SAVE = `
  INSERT INTO image_server.images (id, owner, file_name, provider, model, media_type, size_bytes,
    width, height, seed, operation, prompt, revised_prompt, parents, parameters, usage, cost,
    created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
  RETURNING *`;
