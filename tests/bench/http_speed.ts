/** Requests a second next to the barest server that could answer them, in one run. */

import { basename, join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { ratio, report } from "./figures.ts";
import { onePicture, startBenchServer, startBenchVendor } from "./http_server.ts";

const CONNECTIONS = 16;
const ROUND = 3_000;

export async function measureHttpSpeed(): Promise<void> {
  await using folder = await temporaryFolder();
  await using vendor = startBenchVendor(await onePicture(), 0);
  await using server = await startBenchServer(folder.path, {
    ...vendor.env,
  });

  const call = toolCall("list_jobs", {});
  await using echo = bareServer((request) =>
    request.text().then((body) => Response.json({ body }))
  );
  const tool = await perSecond(() => fetch(`${server.url}/mcp`, call));
  const bareEcho = await perSecond(() => fetch(echo.url, call));
  report(
    "small tool call, against a bare echo",
    `${tool.toFixed(0)}/s, ${bareEcho.toFixed(0)}/s = ${ratio(tool / bareEcho)}`,
    "at least 0.35 x",
  );

  const picture = await pictureOn(server.url);
  const path = join(folder.path, "pictures", basename(new URL(picture).pathname));
  await using stream = bareServer(async () =>
    new Response((await Deno.open(path)).readable, { headers: { "content-type": "image/png" } })
  );
  const file = await perSecond(() => fetch(picture));
  const bareFile = await perSecond(() => fetch(stream.url));
  report(
    "a picture, against a bare file stream",
    `${file.toFixed(0)}/s, ${bareFile.toFixed(0)}/s = ${ratio(file / bareFile)}`,
    "at least 0.9 x",
  );
}

function bareServer(handler: (request: Request) => Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function perSecond(ask: () => Promise<Response>): Promise<number> {
  await run(ask, ROUND / 6); // warms both sides up
  return await run(ask, ROUND);
}

async function run(ask: () => Promise<Response>, duration: number): Promise<number> {
  const began = performance.now();
  let answered = 0;
  const worker = async () => {
    while (performance.now() - began < duration) {
      const response = await ask();
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return answered / (performance.now() - began) * 1000;
}

async function pictureOn(url: string): Promise<string> {
  const call = toolCall("generate_image", { prompt: "a harbour in the morning" });
  const text = await (await fetch(`${url}/mcp`, call)).text();
  const address = text.match(/http:\/\/[^"\\]*\/images\/[^"\\]+/)?.[0];
  if (!address) throw new Error(`No picture in the answer: ${text.slice(0, 500)}`);
  return address;
}

function toolCall(name: string, args: Readonly<Record<string, unknown>>): RequestInit {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  return {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Accept": "application/json, text/event-stream",
      "MCP-Protocol-Version": "2026-07-28",
      "Mcp-Method": "tools/call",
      "Mcp-Name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: args, _meta },
    }),
  };
}
