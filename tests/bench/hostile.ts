/** What another client feels of one hostile request per second, kind by kind. */

import { temporaryFolder } from "../support/folder.ts";
import { pause } from "../support/wait.ts";
import { median, megabytes, milliseconds, ratio, report, residentMemory } from "./figures.ts";
import { FLOOR, HOSTILE, type HostileRequest } from "./hostile_requests.ts";
import { type BenchServer, startBareProgram, startBenchServer } from "./http_server.ts";

/** Requests of each kind. */
const REQUESTS = 5;
/** Seconds in which nobody else asks: the first warms the server up. */
const QUIET = 2;
/** Milliseconds from one request to the next. */
const PACE = 1_000;
/** Milliseconds between two looks at the server's memory. */
const LOOK = 50;

/** What Deno itself needs: to take a message apart, and only to read it. */
const BARE = [["bare_parser.ts", "JSON.parse"], ["bare_reader.ts", "reading"]] as const;

/** Each kind against a server of its own, whose longest ping and memory without it are 1. */
export async function measureHostile(): Promise<void> {
  for (const [name, make] of Object.entries(FLOOR)) {
    for (const [program, what] of BARE) {
      await using bare = await startBareProgram(program);
      await measure(`${what} alone: ${name}`, bare, make());
    }
  }
  for (const [name, make] of Object.entries(HOSTILE)) {
    await using folder = await temporaryFolder();
    await using server = await startBenchServer(folder.path);
    await measure(name, server, make());
  }
}

async function measure(name: string, server: BenchServer, request: HostileRequest): Promise<void> {
  using pinger = await startPinger(server.url);
  await during(server, pinger, QUIET);
  const rest = await during(server, pinger, QUIET);
  const { pings, memory } = await during(server, pinger, REQUESTS, request);
  const longest = Math.max(...pings);
  report(
    `${name}: longest ping`,
    `${milliseconds(longest)} = ${ratio(longest / Math.max(...rest.pings))}`,
    "under 100 ms",
  );
  report(
    `${name}: median ping, most memory`,
    `${milliseconds(median(pings))}, ${megabytes(memory)} = ${ratio(memory / rest.memory)}`,
    "within 1.5 x",
  );
}

/** What a client's pings took and what memory there was at most, while a request was sent each second. */
async function during(
  server: BenchServer,
  pinger: Pinger,
  seconds: number,
  request: HostileRequest = () => Promise.resolve(),
) {
  await pinger.take();
  const over = new AbortController();
  let memory = 0;
  const looking = (async () => {
    while (!over.signal.aborted) {
      memory = Math.max(memory, await residentMemory(server.pid));
      await pause(LOOK);
    }
  })();
  const sent: Promise<void>[] = [];
  for (let count = 0; count < seconds; count++) {
    sent.push(request(server.url, over.signal).catch(() => {})); // refused in the middle of a body
    await pause(PACE);
  }
  const pings = await pinger.take();
  over.abort();
  await Promise.all([looking, ...sent]);
  return { pings, memory };
}

interface Pinger extends Disposable {
  /** The times of the pings since the last time, in milliseconds. */
  take(): Promise<readonly number[]>;
}

async function startPinger(url: string): Promise<Pinger> {
  const worker = new Worker(import.meta.resolve("./pinger.ts"), { type: "module" });
  const ask = (what: string | null) =>
    new Promise<readonly number[]>((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.postMessage(what);
    });
  await ask(url);
  return { take: () => ask(null), [Symbol.dispose]: () => worker.terminate() };
}
