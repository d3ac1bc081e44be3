import type { ImageRecord, ImageRecords, ImageSource, ImageSummary, Page } from "../records.ts";
import { promptBeginning } from "../records.ts";
import type { Database, Row } from "./database.ts";
import { matchOf, wordsOf } from "./words.ts";

export class SqliteImageRecords implements ImageRecords {
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
    await this.#database.transact((write) => {
      const old = "DELETE FROM image_words WHERE rowid = (SELECT -rowid FROM images WHERE id = ?)";
      write(old, image.id);
      const { rowid } = write(SAVE, ...columnsOf(image, source, this.#now()));
      const words = wordsOf(image.owner, source.prompt, image.revisedPrompt);
      write("INSERT INTO image_words (rowid, words) VALUES (?, ?)", -rowid, words);
    });
  }

  async find(id: string, owner: string, since: number): Promise<ImageRecord | undefined> {
    const sql = `SELECT * FROM images WHERE id = ? AND ${VISIBLE} AND created_at >= ?`;
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
    const sql = "SELECT * FROM images WHERE file_name = ?";
    const row = owner === undefined
      ? await this.#database.get(sql, fileName)
      : await this.#database.get(`${sql} AND ${VISIBLE}`, fileName, owner);
    return row && recordOf(row);
  }

  async list(owner: string, { limit, before = NEWEST }: Page): Promise<readonly ImageSummary[]> {
    // An index serves each half; a condition with OR would read all pictures of everybody.
    const half = (whose: string) =>
      `SELECT * FROM (SELECT ${SHOWN} FROM images WHERE ${whose} AND rowid < ?
       ORDER BY rowid DESC LIMIT ?)`;
    const sql = `${half("owner = ?")} UNION ALL ${half("owner IS NULL")}
      ORDER BY position DESC LIMIT ?`;
    const rows = await this.#database.all(sql, owner, before, limit, before, limit, limit);
    return rows.map(summaryOf);
  }

  async search(
    query: string,
    owner: string,
    { limit, before = NEWEST }: Page,
  ): Promise<readonly ImageSummary[]> {
    const match = matchOf(query, owner);
    if (match === undefined) return await this.list(owner, { limit, before });
    // In this order the index gives its rows by itself, so that a common word needs no sorting.
    // Numbers are bound as reals, and only an integer lets it skip what comes before.
    const sql = `SELECT ${SHOWN} FROM image_words JOIN images ON images.rowid = -image_words.rowid
      WHERE image_words MATCH ? AND image_words.rowid > CAST(? AS INTEGER) AND ${VISIBLE}
      ORDER BY image_words.rowid LIMIT ?`;
    return (await this.#database.all(sql, match, -before, owner, limit)).map(summaryOf);
  }
}

/** Pictures from before owners were kept are everybody's. */
const VISIBLE = "(owner = ? OR owner IS NULL)";

const SHOWN = "id, images.rowid AS position, file_name, provider, model, width, height, " +
  "substr(prompt, 1, 200) AS prompt, created_at";

/** Where a list begins. */
const NEWEST = Number.MAX_SAFE_INTEGER;

const SAVE = `
  INSERT OR REPLACE INTO images (id, owner, file_name, provider, model, media_type, size_bytes, width,
    height, seed, operation, prompt, revised_prompt, parents, parameters, usage, cost, created_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function columnsOf(
  image: ImageRecord & { readonly fileName: string },
  source: ImageSource,
  now: number,
): (string | number | null)[] {
  return [
    image.id,
    image.owner,
    image.fileName,
    image.provider,
    image.model,
    image.mediaType,
    image.sizeBytes,
    image.width,
    image.height,
    image.seed,
    source.operation,
    source.prompt,
    image.revisedPrompt,
    JSON.stringify(source.parents),
    JSON.stringify(source.parameters),
    source.usage ? JSON.stringify(source.usage) : null,
    source.cost ? JSON.stringify(source.cost) : null,
    now,
  ];
}

function recordOf(row: Row): ImageRecord {
  return {
    id: String(row.id),
    owner: row.owner === null ? null : String(row.owner),
    provider: String(row.provider),
    model: String(row.model),
    mediaType: String(row.media_type),
    sizeBytes: Number(row.size_bytes),
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    seed: numberOrNull(row.seed),
    revisedPrompt: row.revised_prompt === null ? null : String(row.revised_prompt),
    fileName: String(row.file_name),
    saveError: null,
  };
}

function sourceOf(row: Row): ImageSource {
  const json = (value: unknown) => value === null ? undefined : JSON.parse(String(value));
  return {
    operation: String(row.operation) as ImageSource["operation"],
    prompt: String(row.prompt),
    parents: json(row.parents),
    parameters: json(row.parameters),
    usage: json(row.usage),
    cost: json(row.cost),
  };
}

function summaryOf(row: Row): ImageSummary {
  return {
    id: String(row.id),
    position: Number(row.position),
    fileName: String(row.file_name),
    provider: String(row.provider),
    model: String(row.model),
    width: numberOrNull(row.width),
    height: numberOrNull(row.height),
    prompt: promptBeginning(String(row.prompt)),
    createdAt: Number(row.created_at),
  };
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}
