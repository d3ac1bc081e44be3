/** The table of the models that people have trained. */

type DatabaseSync = import("node:sqlite").DatabaseSync;

export function addTrainedModels(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE trained_models (
      owner TEXT NOT NULL,
      name TEXT NOT NULL,
      provider TEXT NOT NULL,
      model TEXT NOT NULL,
      options TEXT NOT NULL,
      trigger_word TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      PRIMARY KEY (owner, name)
    ) STRICT, WITHOUT ROWID;
  `);
}
