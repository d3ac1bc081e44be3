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
import type { Database, Read, Row, Write } from "./database.ts";
import { columnsOf, recordOf, sourceOf, spareOf, summaryOf, tagsOf } from "../rows/image_row.ts";
import { isForFavorites } from "../rows/favorites.ts";
import { matchOf } from "../rows/words.ts";
import {
  dropWords,
  findWholeWords,
  giveWords,
  indexWords,
  mergeParts,
  newRow,
  NO_NOTES,
  unindexWords,
} from "./sqlite_word_index.ts";

export class SqliteImageRecords implements ImageRecords {
  readonly #database: Database;
  readonly #now: () => number;
  /** Some of those that are in the list of all words, as long as only this server writes. */
  readonly #knownWords = new Set<string>();
  /** Changes as soon as another server writes. */
  #version: unknown;

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  async save(
    image: ImageRecord & { readonly fileName: string },
    source: ImageSource,
  ): Promise<void> {
    const words = await this.#database.transact((write, read) => {
      const { data_version } = read("PRAGMA data_version")!;
      if (data_version !== this.#version) this.#knownWords.clear();
      this.#version = data_version;
      const old = read("SELECT rowid, * FROM images WHERE id = ?", image.id);
      if (old) forgetWords(write, old);
      const columns = columnsOf(image, source, this.#now());
      const { rowid } = write(SAVE, ...columns, image.originalPath ?? null);
      const words = addWords(write, { rowid, ...newRow(image, source) }, this.#knownWords);
      if (old) this.#dropWords(write, read, old, words);
      return words;
    });
    if (this.#knownWords.size > MOST_KNOWN_WORDS) this.#knownWords.clear();
    for (const word of words) this.#knownWords.add(word);
  }

  async find(id: string, owner: string, since: number): Promise<ImageRecord | undefined> {
    const sql = `SELECT * FROM images
      WHERE id = ? AND ${VISIBLE} AND created_at >= ? AND trashed_at IS NULL`;
    const row = await this.#database.get(sql, id, owner, since);
    return row && recordOf(row);
  }

  async findSource(id: string, owner: string): Promise<ImageSource | undefined> {
    const sql = `SELECT operation, prompt, parents, parameters, usage, cost FROM images
      WHERE id = ? AND ${VISIBLE}`;
    const row = await this.#database.get(sql, id, owner);
    return row && sourceOf(row);
  }

  async findFile(fileName: string, owner: string | undefined): Promise<ImageRecord | undefined> {
    const sql = "SELECT * FROM images WHERE file_name = ? AND trashed_at IS NULL";
    const row = owner === undefined
      ? await this.#database.get(sql, fileName)
      : await this.#database.get(`${sql} AND ${VISIBLE}`, fileName, owner);
    return row && recordOf(row);
  }

  async list(owner: string, page: Page): Promise<readonly ImageSummary[]> {
    return await this.#newest("trashed_at IS NULL", owner, page);
  }

  async #newest(which: string, owner: string, { limit, before = NEWEST }: Page) {
    // An index serves each half; a condition with OR would read all pictures of everybody.
    const half = (whose: string) =>
      `SELECT * FROM (SELECT ${SHOWN} FROM images WHERE ${whose} AND ${which} AND rowid < ?
       ORDER BY rowid DESC LIMIT ?)`;
    const sql = `${half("owner = ?")} UNION ALL ${half("owner IS NULL")}
      ORDER BY position DESC LIMIT ?`;
    const rows = await this.#database.all(sql, owner, before, limit, before, limit, limit);
    return rows.map(summaryOf);
  }

  async search(
    filter: ImageFilter,
    owner: string,
    page: Page,
  ): Promise<readonly ImageSummary[]> {
    if (isForFavorites(filter)) {
      return await this.#newest("trashed_at IS NULL AND favorite = 1", owner, page);
    }
    const { query, since, until, isTrashed = false, isFavorite, ...facts } = filter;
    const wanted = {
      ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, listOf(value)])),
      favorite: isFavorite ? ["yes"] : [],
    };
    const { before, from } = await this.#limits(since, until, page.before);
    const wholeWords = await findWholeWords(this.#database, query);
    if ([...wholeWords.values()].some((words) => words.length === 0)) return [];
    const match = matchOf({ query, owner, isTrashed, facts: wanted, wholeWords });
    // In this order the index gives its rows by itself, so that a common word needs no sorting.
    // Numbers are bound as reals, and only an integer lets it skip what comes before.
    const sql = `SELECT ${SHOWN} FROM image_words JOIN images ON images.rowid = -image_words.rowid
      WHERE image_words MATCH ? AND image_words.rowid > CAST(? AS INTEGER)
        AND image_words.rowid <= CAST(? AS INTEGER) AND ${VISIBLE} AND created_at >= ? AND created_at < ? ${
      isFavorite === false ? "AND favorite = 0" : ""
    } ORDER BY image_words.rowid LIMIT ?`;
    const times = [since ?? 0, until ?? Number.MAX_SAFE_INTEGER];
    const rows = await this.#database.all(sql, match, -before, -from, owner, ...times, page.limit);
    return rows.map(summaryOf);
  }

  /**
   * Between which places those of a time stand: pictures lie in the order in which they came, which
   * is that in which they were made but where some were carried here from elsewhere.
   */
  async #limits(since: number | undefined, until: number | undefined, before = NEWEST) {
    const ofTimes = "FROM images INDEXED BY images_by_time WHERE created_at";
    const last = `SELECT max(rowid) + 1 AS place ${ofTimes} < ?`;
    const first = `SELECT min(rowid) AS place ${ofTimes} >= ?`;
    const placeOf = async (sql: string, time: number) =>
      (await this.#database.get(sql, time))?.place;
    return {
      before: until === undefined ? before : Math.min(before, Number(await placeOf(last, until))),
      from: since === undefined ? 0 : Number(await placeOf(first, since) ?? NEWEST),
    };
  }

  async summaries(ids: readonly string[], owner: string): Promise<readonly ImageSummary[]> {
    const sql = `SELECT ${SHOWN} FROM images WHERE id = ? AND ${VISIBLE}`;
    const rows = await Promise.all(ids.map((id) => this.#database.get(sql, id, owner)));
    return rows.filter((row) => row !== undefined).map(summaryOf);
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
    return await this.#database.transact((write, read) => {
      const row = read(`SELECT rowid, * FROM images WHERE id = ? AND ${VISIBLE}`, id, owner);
      if (!row) return undefined;
      forgetWords(write, row);
      this.#dropWords(write, read, row, []);
      write("DELETE FROM images WHERE id = ?", id);
      return String(row.file_name);
    });
  }

  async trashedBefore(time: number, limit: number) {
    const sql = "SELECT id, owner FROM images WHERE trashed_at < ? ORDER BY trashed_at LIMIT ?";
    const rows = await this.#database.all(sql, time, limit);
    return rows.map(({ id, owner }) => ({
      id: String(id),
      owner: owner === null ? null : String(owner),
    }));
  }

  async madeBefore(time: number, limit: number): Promise<readonly SparePicture[]> {
    const sql = `SELECT id, owner, size_bytes FROM images
      WHERE created_at < ? AND favorite = 0 AND trashed_at IS NULL
      ORDER BY created_at, rowid LIMIT ?`;
    return (await this.#database.all(sql, time, limit)).map(spareOf);
  }

  async spare(limit: number): Promise<SparePictures> {
    const part = (place: number, condition: string, order: string) =>
      `SELECT * FROM (SELECT ${place} AS place, ${order} AS time, id, owner, size_bytes FROM images
       WHERE ${condition} AND favorite = 0 AND original_path IS NULL ORDER BY ${order}, rowid LIMIT ?)`;
    const sql = `SELECT *, (SELECT sum(size_bytes) FROM images WHERE original_path IS NULL) AS total
      FROM (${part(1, "trashed_at IS NOT NULL", "trashed_at")}
        UNION ALL ${part(2, "trashed_at IS NULL", "created_at")})
      ORDER BY place, time LIMIT ?`;
    const rows = await this.#database.all(sql, limit, limit, limit);
    return { totalBytes: Number(rows[0]?.total ?? 0), pictures: rows.map(spareOf) };
  }

  async tidy(signal: AbortSignal): Promise<void> {
    await giveWords(this.#database, signal);
    await mergeParts(this.#database, signal);
  }

  async tags(owner: string, limit: number): Promise<readonly string[]> {
    const sql = "SELECT tag FROM tags WHERE owner = ? ORDER BY uses DESC, tag LIMIT ?";
    return (await this.#database.all(sql, owner, limit)).map(({ tag }) => String(tag));
  }

  /** Changes columns of a picture together with what the index knows of it. */
  async #change(
    id: string,
    owner: string,
    columns: Readonly<Record<string, string | number | null>>,
  ): Promise<boolean> {
    const names = Object.keys(columns).map((name) => `${name} = ?`);
    return await this.#database.transact((write, read) => {
      const old = read(`SELECT rowid, * FROM images WHERE id = ? AND ${VISIBLE}`, id, owner);
      if (!old) return false;
      if (names.length === 0) return true;
      forgetWords(write, old);
      write(`UPDATE images SET ${names.join(", ")} WHERE id = ?`, ...Object.values(columns), id);
      const words = addWords(write, read("SELECT rowid, * FROM images WHERE id = ?", id)!);
      this.#dropWords(write, read, old, words);
      return true;
    });
  }

  #dropWords(write: Write, read: Read, old: Row, kept: readonly string[]): void {
    for (const word of dropWords(write, read, old, kept)) this.#knownWords.delete(word);
  }
}

/** Tells the index, and the table of tags, what a row can be found by; gives its whole words. */
export function addWords(
  write: Write,
  row: Row,
  known?: ReadonlySet<string>,
): readonly string[] {
  const words = indexWords(write, row, known);
  for (const tag of tagsOf(row)) {
    write(
      "INSERT INTO tags VALUES (?, ?, 1) ON CONFLICT (owner, tag) DO UPDATE SET uses = uses + 1",
      String(row.owner ?? ""),
      tag,
    );
  }
  return words;
}

function forgetWords(write: Write, row: Row): void {
  unindexWords(write, row);
  for (const tag of tagsOf(row)) {
    write(
      "UPDATE tags SET uses = uses - 1 WHERE owner = ? AND tag = ?",
      String(row.owner ?? ""),
      tag,
    );
    write(
      "DELETE FROM tags WHERE uses < 1 AND owner = ? AND tag = ?",
      String(row.owner ?? ""),
      tag,
    );
  }
}

function listOf(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

/** Pictures from before owners were kept are everybody's. */
const VISIBLE = "(owner = ? OR owner IS NULL)";

const SHOWN = "id, images.rowid AS position, file_name, provider, model, width, height, " +
  "substr(prompt, 1, 200) AS prompt, created_at, title, tags, favorite, original_path";

/** Some hundred kilobytes. */
const MOST_KNOWN_WORDS = 5_000;
/** Where a list begins. */
const NEWEST = Number.MAX_SAFE_INTEGER;

const SAVE = `
  INSERT OR REPLACE INTO images (id, owner, file_name, provider, model, media_type, size_bytes, width,
    height, seed, operation, prompt, revised_prompt, parents, parameters, usage, cost, created_at,
    original_path, indexed_notes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '${NO_NOTES}')`;
