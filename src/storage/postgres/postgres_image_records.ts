import { isForFavorites } from "../rows/favorites.ts";
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
} from "../records/records.ts";
import type { Database, Query, Row } from "./database.ts";
import { Conditions, type Parameter, storable } from "./statements.ts";
import { WordFrequencies } from "./word_frequencies.ts";

export class PostgresImageRecords implements ImageRecords {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #frequencies: WordFrequencies;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
    this.#frequencies = new WordFrequencies(database);
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

  /**
   * Words that many pictures have are looked for among the newest, where they are soon found; rare
   * ones, and those that are seldom together, by the index of words. The database by itself would
   * look through all pictures for words that each are common and never together.
   */
  async search(filter: ImageFilter, owner: string, page: Page): Promise<readonly ImageSummary[]> {
    if (isForFavorites(filter)) return await this.#favorites(owner, page);
    const { limit, before } = page;
    const terms = termsIn(filter);
    // The texts are looked at as well, so that not every pair of letters need be asked for.
    const words = [...terms.facts, ...await this.#frequencies.rarest(terms.pairs)];
    const visible = new Conditions()
      .and(VISIBLE, owner)
      .and(filter.isTrashed ? "trashed_at IS NOT NULL" : "trashed_at IS NULL");
    if (before !== undefined) visible.and("position < ?", before);
    const wanted = wantedOf(filter, { words, runs: terms.runs }, visible.parameters);
    const select = async (from: string, order = "position") => {
      const sql = `SELECT ${SHOWN} FROM ${from} WHERE ${wanted}
        ORDER BY ${order} DESC LIMIT ${Math.trunc(limit)}`;
      return (await this.#database.query(sql, ...wanted.parameters)).map(summaryOf);
    };

    const all = `image_server.images WHERE ${visible}`;
    const frequency = await this.#frequencies.of(words);
    if (frequency === undefined) return await select(`(SELECT * FROM ${all}) AS images`);
    for (let count = countFor(limit, frequency); count <= MOST_NEWEST; count *= 8) {
      const newest = `(SELECT * FROM ${all} ORDER BY position DESC LIMIT ${count}) AS images`;
      const found = await select(newest);
      if (found.length === limit) return found;
      if (found.length === 0) break;
    }
    return await select(`(SELECT * FROM ${all}) AS images`, UNINDEXED_POSITION);
  }

  async #favorites(owner: string, { limit, before }: Page): Promise<readonly ImageSummary[]> {
    const conditions = new Conditions([owner]).and("trashed_at IS NULL").and("favorite = 1");
    if (before !== undefined) conditions.and("position < ?", before);
    // An index serves each half; a condition with OR would read the favourites of everybody.
    const end = `ORDER BY position DESC LIMIT ${Math.trunc(limit)}`;
    const half = (whose: string) =>
      `(SELECT ${SHOWN} FROM image_server.images WHERE ${whose} AND ${conditions} ${end})`;
    const sql = `${half("owner = $1")} UNION ALL ${half("owner IS NULL")} ${end}`;
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

/** What the index of words is asked for. */
function termsIn(
  { query, isFavorite, since: _, until: __, isTrashed: ___, ...facts }: ImageFilter,
) {
  const given = Object.entries(facts).filter(([, value]) => value !== undefined);
  return termsOf({
    query,
    facts: {
      ...Object.fromEntries(given.map(([name, value]) => [name, [value!]])),
      favorite: isFavorite ? ["yes"] : [],
    },
  });
}

/** What pictures must be beside visible; the cheapest to be looked at first. */
function wantedOf(
  { isFavorite, since, until }: ImageFilter,
  { words, runs }: Readonly<Record<"words" | "runs", readonly string[]>>,
  parametersBefore: readonly Parameter[],
): Conditions {
  const wanted = new Conditions(parametersBefore);
  if (isFavorite !== undefined) wanted.and(isFavorite ? "favorite = 1" : "favorite = 0");
  if (since !== undefined) wanted.and("created_at >= ?", since);
  if (until !== undefined) wanted.and("created_at < ?", until);
  if (words.length > 0) wanted.and("words @> string_to_array(?, ' ')", words.join(" "));
  for (const run of runs) wanted.and("texts LIKE ?", `%${run}%`);
  return wanted;
}

/** In how many of the newest a page of such is all but surely found: a power of two, so that there are few statements. */
function countFor(limit: number, frequency: number): number {
  return 2 ** Math.ceil(Math.log2(4 * limit / frequency));
}

/** Looking through more of them is slower than the index of words. */
const MOST_NEWEST = 32_768;

/** The same order, for which no index of it is read from its end. */
const UNINDEXED_POSITION = "position + 0";

const SHOWN = "id, position, file_name, provider, model, width, height, " +
  "left(prompt, 200) AS prompt, created_at, title, tags, favorite";

const SAVE = `
  INSERT INTO image_server.images (id, owner, file_name, provider, model, media_type, size_bytes,
    width, height, seed, operation, prompt, revised_prompt, parents, parameters, usage, cost,
    created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
  RETURNING *`;
