/** Requests a second next to the barest server that could answer them, in one run. */

import { basename, join } from "node:path";
import { temporaryFolder } from "../support/folder.ts";
import { ratio, report } from "./figures.ts";
import { drawJpeg } from "../fakes/pictures.ts";
import { startBenchServer, startBenchVendor } from "./http_server.ts";
import { callStateless, openSession } from "./raw_session.ts";

const CONNECTIONS = 16;
const ROUND = 3_000;

export async function measureHttpSpeed(): Promise<void> {
  await using folder = await temporaryFolder();
  await using vendor = startBenchVendor(oneMebibyte(), 0);
  await using server = await startBenchServer(folder.path, {
    ...vendor.env,
  });

  await using echo = bareServer((request) =>
    request.text().then((body) => Response.json({ body }))
  );
  const session = await openSession(server.url);
  const tool = ["get_image_data", { image_id: "img_none" }] as const;
  const inSession = await perSecond(() => session.call(...tool));
  const stateless = await perSecond(() => callStateless(server.url, ...tool));
  const body = JSON.stringify({ name: tool[0], arguments: tool[1] });
  const bareEcho = await perSecond(() => bytesOf(fetch(echo.url, { method: "POST", body })));
  const against = (figure: number) =>
    `${figure.toFixed(0)}/s, ${bareEcho.toFixed(0)}/s = ${ratio(figure / bareEcho)}`;
  report(
    "small tool call in a session, against a bare echo",
    against(inSession),
    "at least 0.35 x",
  );
  report("small stateless tool call, against a bare echo", against(stateless), "at least 0.35 x");

  const picture = await pictureOn(server.url);
  const path = join(folder.path, "pictures", basename(new URL(picture).pathname));
  await using stream = bareServer(async () =>
    new Response((await Deno.open(path)).readable, { headers: { "content-type": "image/png" } })
  );
  const file = await perSecond(() => bytesOf(fetch(picture)));
  const bareFile = await perSecond(() => bytesOf(fetch(stream.url)));
  report(
    "a 1 MiB picture, against a bare file stream",
    `${file.toFixed(0)}/s, ${bareFile.toFixed(0)}/s = ${ratio(file / bareFile)}`,
    "at least 0.9 x",
  );
}

/** A real picture; what follows its end is no part of it and does no harm. */
function oneMebibyte(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(1024 * 1024);
  bytes.set(drawJpeg(1024, 1024, "bench"));
  return bytes;
}

function bareServer(handler: (request: Request) => Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { url, [Symbol.asyncDispose]: () => server.shutdown() };
}

async function perSecond(ask: () => Promise<unknown>): Promise<number> {
  await run(ask, ROUND / 6); // warms both sides up
  return await run(ask, ROUND);
}

async function run(ask: () => Promise<unknown>, duration: number): Promise<number> {
  const began = performance.now();
  let answered = 0;
  const worker = async () => {
    while (performance.now() - began < duration) {
      await ask();
      answered++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  return answered / (performance.now() - began) * 1000;
}

async function bytesOf(asked: Promise<Response>): Promise<ArrayBuffer> {
  const response = await asked;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return await response.arrayBuffer();
}

async function pictureOn(url: string): Promise<string> {
  const answer = await callStateless(url, "generate_image", { prompt: "a harbour in the morning" });
  const address = answer.match(/http:\/\/[^"\\]*\/images\/[^"\\]+/)?.[0];
  if (!address) throw new Error(`No picture in the answer: ${answer.slice(0, 500)}`);
  return address;
}
