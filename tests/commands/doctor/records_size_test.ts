import assert from "node:assert/strict";
import { join } from "node:path";
import { checkRecordsSize } from "../../../src/commands/doctor/records_size.ts";
import { silentLogger } from "../../../src/log.ts";
import {
  HIDDEN_FOLDER,
  LARGE_RECORDS,
  openLocalStorage,
} from "../../../src/storage/local/local_storage.ts";
import { temporaryFolder } from "../../support/folder.ts";

Deno.test("the doctor tells how much the records take, and each part of them", async () => {
  await using folder = await temporaryFolder();
  assert.deepEqual(await checkRecordsSize(folder.path), []);
  const storage = openLocalStorage({ saveDirectory: folder.path, log: silentLogger });
  await storage.records();
  await storage.inputs.put("a".repeat(64), new Uint8Array(2_000_000));
  await storage.close();
  const [finding] = await checkRecordsSize(folder.path);
  assert.equal(finding!.state, "ok");
  assert.match(finding!.message, /^2\.\d MB in .*\(inputs 2\.0 MB, .*records\.sqlite 0\.\d MB\)$/);
});

Deno.test("records beyond a gigabyte are a warning, in the doctor and in the log", async () => {
  await using folder = await temporaryFolder();
  const hidden = join(folder.path, HIDDEN_FOLDER);
  await Deno.mkdir(hidden);
  const file = join(hidden, "records.sqlite");
  await Deno.writeTextFile(file, "");
  await Deno.truncate(file, LARGE_RECORDS + 1); // sparse: takes no room
  const [finding] = await checkRecordsSize(folder.path);
  assert.equal(finding!.state, "warning");
  assert.match(finding!.message, /move the folder aside/);
  const warnings: string[] = [];
  const log = { ...silentLogger, warning: (message: string) => void warnings.push(message) };
  const storage = openLocalStorage({ saveDirectory: folder.path, log });
  await storage.records();
  await storage.close();
  assert.equal(warnings[0], "The records file has grown large");
});
