/** 300 clients that each want one picture at once from a vendor that takes two seconds. */

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { temporaryFolder } from "../support/folder.ts";
import { median, megabytes, milliseconds, ratio, report, residentMemory } from "./figures.ts";
import { onePicture, startBenchServer, startBenchVendor } from "./http_server.ts";

const SESSIONS = 300;
const VENDOR_DELAY = 2_000;
/** Milliseconds until memory is looked at again. */
const REST = 5_000;

export async function measureLoad(): Promise<void> {
  await using folder = await temporaryFolder();
  await using vendor = startBenchVendor(await onePicture(), VENDOR_DELAY);
  await using server = await startBenchServer(folder.path, {
    ...vendor.env,
    MCP_MAX_CONCURRENT: String(SESSIONS),
    MCP_MAX_QUEUE: String(SESSIONS),
  });
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => connect(server.url)));
  const [warm] = clients;
  await draw(warm!);
  const before = await residentMemory(server.pid);
  const times = await Promise.allSettled(clients.map(draw));
  const good = times.filter((time) => time.status === "fulfilled").map(({ value }) => value);
  const middle = median(good);
  await new Promise((resolve) => setTimeout(resolve, REST));
  const after = await residentMemory(server.pid);
  await Promise.all(clients.map((client) => client.close()));

  report(`${SESSIONS} sessions at once: pictures made`, `${good.length}`, `${SESSIONS}`);
  report(
    "time at the median, beyond the vendor's own",
    `${milliseconds(middle)} = +${((middle / VENDOR_DELAY - 1) * 100).toFixed(0)} %`,
    "under +20 %",
  );
  report("slowest", milliseconds(Math.max(...good)));
  report(
    "memory after it, against before",
    `${megabytes(before)} → ${megabytes(after)} = ${ratio(after / before)}`,
    "within 1.5 x",
  );
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ name: "bench", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
  return client;
}

async function draw(client: Client): Promise<number> {
  const began = performance.now();
  const result = await client.callTool({
    name: "generate_image",
    arguments: { prompt: "a harbour in the morning" },
  });
  if (result.isError) throw new Error(JSON.stringify(result.structuredContent));
  return performance.now() - began;
}
