/** The tables whose rows can be carried from one database to another, with what both keep of each. */

export interface Table {
  /** What a row is known by: the columns of its key. */
  readonly key: readonly string[];
  /** The columns that never change, and so tell a row from another one of the same key. */
  readonly identity: readonly string[];
  /** By what its rows stand in order: the order in which they came, or their key. */
  readonly order: "arrival" | "key";
  /** The condition of rows that nothing happens to any more; absent where that is true of all. */
  readonly settled?: string;
  readonly columns: Readonly<Record<string, "text" | "integer">>;
  /** What the database of one machine alone keeps of it, and gives where it is not null. */
  readonly given?: readonly string[];
}

/** In the order in which they are to be written. What a database derives of these columns is not among them. */
export const TABLES = {
  inputs: {
    key: ["hash"],
    identity: [],
    order: "key",
    columns: {
      hash: "text",
      media_type: "text",
      width: "integer",
      height: "integer",
      size_bytes: "integer",
      noted_at: "integer",
    },
  },
  uploads: {
    key: ["id"],
    identity: ["owner", "created_at"],
    order: "key",
    columns: {
      id: "text",
      owner: "text",
      link_hash: "text",
      created_at: "integer",
      expires_at: "integer",
      used_at: "integer",
      received_at: "integer",
      hash: "text",
      media_type: "text",
      width: "integer",
      height: "integer",
      size_bytes: "integer",
      changes: "text",
      told: "text",
    },
  },
  images: {
    key: ["id"],
    identity: ["owner", "file_name", "media_type", "size_bytes", "created_at"],
    order: "arrival",
    columns: {
      id: "text",
      owner: "text",
      file_name: "text",
      provider: "text",
      model: "text",
      media_type: "text",
      size_bytes: "integer",
      width: "integer",
      height: "integer",
      seed: "integer",
      operation: "text",
      prompt: "text",
      revised_prompt: "text",
      parents: "text",
      parameters: "text",
      usage: "text",
      cost: "text",
      created_at: "integer",
      title: "text",
      tags: "text",
      favorite: "integer",
      trashed_at: "integer",
    },
    given: ["original_path"],
  },
  jobs: {
    key: ["id"],
    identity: ["owner", "created_at"],
    order: "key",
    settled: "state NOT IN ('queued', 'running', 'accepted')",
    columns: {
      id: "text",
      owner: "text",
      state: "text",
      server: "text",
      provider: "text",
      message: "text",
      prompt: "text",
      created_at: "integer",
      updated_at: "integer",
      calls: "text",
      outcome: "text",
      plan: "text",
      batch: "text",
    },
  },
  batches: {
    key: ["id"],
    identity: ["owner", "created_at"],
    order: "arrival",
    settled: "state <> 'running'",
    columns: {
      id: "text",
      owner: "text",
      state: "text",
      server: "text",
      title: "text",
      source: "text",
      created_at: "integer",
      updated_at: "integer",
    },
  },
  batch_items: {
    key: ["batch_id", "number"],
    identity: [],
    order: "key",
    columns: {
      batch_id: "text",
      number: "integer",
      label: "text",
      state: "text",
      job_id: "text",
      image_ids: "text",
      warnings: "text",
      error: "text",
      request: "text",
    },
  },
  trained_models: {
    key: ["owner", "name"],
    identity: ["provider", "model", "created_at"],
    order: "key",
    columns: {
      owner: "text",
      name: "text",
      provider: "text",
      model: "text",
      options: "text",
      trigger_word: "text",
      created_at: "integer",
    },
  },
} as const satisfies Readonly<Record<string, Table>>;

export type TableName = keyof typeof TABLES;

/** In the order in which they are to be written. */
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

/** The names of a table's columns, in their order. */
export function columnsIn(table: TableName): readonly string[] {
  return Object.keys(TABLES[table].columns);
}

/** The columns that its rows stand in order by; `arrival` is how a database calls the order of their coming. */
export function orderOf(table: TableName, arrival: string): readonly string[] {
  return TABLES[table].order === "arrival" ? [arrival] : TABLES[table].key;
}

/** The condition of rows that nothing happens to any more. */
export function settledIn(table: TableName): string {
  const { settled = "true" }: Table = TABLES[table];
  return settled;
}
