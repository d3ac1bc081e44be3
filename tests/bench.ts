/**
 * `deno task bench [start|memory|placeholder|speed|load|previews|records|import|hostile|shared-records|replicas|processor|soak …]`: what
 * the server costs, as ratios within one run, since absolute times say more about the machine. Not
 * a test: it never fails.
 */

import { measureHostile } from "./bench/hostile.ts";
import { measureHttpSpeed } from "./bench/http_speed.ts";
import { measureImport } from "./bench/import.ts";
import { measureLoad } from "./bench/load.ts";
import { measurePlaceholder } from "./bench/placeholder.ts";
import { measurePreviews, measureSoak } from "./bench/previews.ts";
import { measureProcessorTime } from "./bench/processor_time.ts";
import { measureRecords } from "./bench/records.ts";
import { measureReplicas } from "./bench/replicas.ts";
import { measureSharedRecords } from "./bench/shared_records.ts";
import { measureMemory, measureStart } from "./bench/start.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  start: measureStart,
  memory: measureMemory,
  placeholder: measurePlaceholder,
  speed: measureHttpSpeed,
  load: measureLoad,
  records: measureRecords,
  import: measureImport,
  hostile: measureHostile,
  "shared-records": measureSharedRecords,
  replicas: measureReplicas,
  processor: measureProcessorTime,
  previews: measurePreviews,
  soak: () => measureSoak(10),
};

/** These take many minutes, so they are run only when they are named. */
const LONG: ReadonlySet<string> = new Set(["soak", "shared-records"]);
const usual = Object.keys(BENCHES).filter((name) => !LONG.has(name));
const chosen = Deno.args.length > 0 ? Deno.args : usual;
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(
    `Unknown bench ${unknown.join(", ")}: there are ${Object.keys(BENCHES).join(", ")}`,
  );
  Deno.exit(2);
}
for (const name of chosen) await BENCHES[name]!();
