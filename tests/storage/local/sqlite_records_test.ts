import { join } from "node:path";
import { silentLogger } from "../../../src/log.ts";
import { openSqliteRecords } from "../../../src/storage/local/sqlite_records.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { testAuthorizationRecords } from "../contracts/authorization_records.ts";
import { testRecords } from "../contracts/records.ts";

const KINDS = {
  "a SQLite file": () => open((folder) => folder),
  // The folder does not exist, so that the records live in memory.
  "SQLite in memory": () => open((folder) => join(folder, "nowhere")),
};

for (const [kind, openKind] of Object.entries(KINDS)) {
  testRecords(kind, openKind);
  testAuthorizationRecords(kind, openKind);
}

async function open(placeIn: (folder: string) => string) {
  const folder = await temporaryFolder();
  const clock = { now: 1_800_000_000_000 };
  const records = await openSqliteRecords(placeIn(folder.path), silentLogger, () => clock.now);
  return {
    records,
    clock,
    async [Symbol.asyncDispose]() {
      await records.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
