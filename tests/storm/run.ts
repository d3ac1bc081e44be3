/**
 * The whole storm: `deno task storm [--clients 500] [--seconds 60] [--kill-every 2] [--rest 60]`.
 * Exits with 1 where something was promised and not kept.
 */

import { parseArgs } from "node:util";
import { storm } from "./storm.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string", default: "500" },
    seconds: { type: "string", default: "60" },
    "kill-every": { type: "string", default: "2" },
    rest: { type: "string", default: "60" },
  },
});
const { broken, ...figures } = await storm({
  clients: Number(values.clients),
  seconds: Number(values.seconds),
  killEvery: Number(values["kill-every"]),
  rest: Number(values.rest),
});
console.log(figures);
for (const sentence of broken.slice(0, 50)) console.log(sentence);
console.log(broken.length === 0 ? "All was kept" : `${broken.length} promises were broken`);
Deno.exit(broken.length === 0 ? 0 : 1);
