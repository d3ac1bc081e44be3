/** Requests that are meant to harm: how each is sent to a server, once. */

import { gzipSync } from "node:zlib";
import { drawPng } from "../fakes/pictures.ts";
import { HARMFUL } from "../fuzz/seeds.ts";

/** Sends one request, and gives up on it when `signal` says so. */
export type HostileRequest = (url: string, signal: AbortSignal) => Promise<void>;

const MEGABYTE = 1024 * 1024;
/** In bytes, a little less than the longest message that is read at all. */
const LONG = 31 * MEGABYTE;
const MANY_NAMES = 1_250_000;

const LONG_PICTURE = () => posted(drawingOn(`data:image/png;base64,${"A".repeat(LONG - 200)}`));
/** The header of a PNG of 1000 x 1000. */
const BEGINNING = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAYAAABNo9TkAAAA";
const BEGUN_PICTURE = `{"prompt":"x","images":["data:image/png;base64,${BEGINNING}${
  "QUJD".repeat(LONG / 4 - 100)
}`;
const ESCAPED_PICTURE = () =>
  posted(calling("edit_image", `{"images":["${"\\u0041".repeat(LONG / 6)}"]}`));

/** The largest messages there are, for programs that do nothing but take them. */
export const FLOOR: Readonly<Record<string, () => HostileRequest>> = {
  "a data address of 31 MB that is none": LONG_PICTURE,
  "31 MB of escaped letters": ESCAPED_PICTURE,
};

/** Each kind by its name, made when it is asked for, since many are large. */
export const HOSTILE: Readonly<Record<string, () => HostileRequest>> = {
  "1,250,000 unknown names": () => posted(calling("edit_image", unknownNames(MANY_NAMES))),
  "5,000 unknown names": () => posted(calling("edit_image", unknownNames(4_900))),
  "levels without end": () => posted('{"a":'.repeat(LONG / 5)),
  "14 MB of brackets": () => posted("[".repeat(14 * MEGABYTE)),
  "14 MB of brackets of a picture tool": () =>
    posted(calling("edit_image", "[".repeat(14 * MEGABYTE))),
  "31 MB of commas": () => posted(calling("edit_image", `[${"1,".repeat(LONG / 2)}1]`)),
  "31 MB of quotation marks": () => posted(calling("edit_image", '""'.repeat(LONG / 2))),
  "31 MB of escaped letters": ESCAPED_PICTURE,
  "31 MB of Chinese": () =>
    posted(calling("edit_image", `{"images":["${"图".repeat(LONG / 3)}"]}`)),
  "a picture of 31 MB that is none": () =>
    posted(calling("edit_image", `{"prompt":"x","images":["${"A".repeat(LONG)}"]}`)),
  "a data address of 31 MB that is none": LONG_PICTURE,
  "a data address of 31 MB that is no base64": () =>
    posted(drawingOn(`data:image/png;base64,${"-".repeat(LONG - 100)}`)),
  "31 MB that begin as a picture does": () => posted(calling("edit_image", BEGUN_PICTURE + '"]}')),
  "31 MB to be made smaller that begin as a picture does": () =>
    posted(drawingOn(`data:image/png;base64,${BEGINNING}${"QUJD".repeat(LONG / 4 - 100)}`)),
  "a picture of 30,000 x 30,000": () =>
    posted(drawingOn(`data:image/png;base64,${drawPng(30_000, 30_000, "bomb").toBase64()}`)),
  "a picture of 4,000 x 4,000": () =>
    posted(drawingOn(`data:image/png;base64,${drawPng(4_000, 4_000, "large").toBase64()}`)),
  "an SVG of many uses": () =>
    posted(calling("render_svg", JSON.stringify({ svg: billionUses() }))),
  "a body of 1 GB in gzip": () =>
    posted(new Uint8Array(gzipSync(new Uint8Array(1024 * MEGABYTE))), {
      "content-encoding": "gzip",
    }),
  "a body that never comes": () => unfinished(LONG, 0),
  "a body of 31 MB that never ends": () => unfinished(LONG, LONG - 1_000),
  "a picture of 31 MB that never ends": () => {
    const text = calling("edit_image", BEGUN_PICTURE).slice(0, -2);
    return raw(LONG + 1_000, text);
  },
  "a body without a length": () => async (url, signal) => {
    const body = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) });
    const answer = await fetch(`${url}/mcp`, {
      method: "POST",
      body,
      headers: await headersOf(url),
      signal,
    });
    await answer.body?.cancel();
  },
  "an answer that is not read": () => {
    const text = message("resources/read", { uri: "manual://tools" });
    return raw(text.length, text);
  },
  "a list of 5,000 messages": () =>
    posted(
      `[${
        Array.from({ length: 5_000 }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`)
      }]`,
    ),
  "a prompt of 1 MB": () =>
    posted(
      message("tools/call", {
        name: "generate_image",
        arguments: { prompt: "图".repeat(340_000) },
      }),
    ),
  "a search for 250 letters": () =>
    posted(calling("search_images", JSON.stringify({ query: "a ".repeat(250) }))),
  "the seeds of the fuzz test": () =>
    inTurn(HARMFUL.map((text) => posted(text.replace("ID", "1")))),
};

function message(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
}

/** The same with arguments as they are written, JSON or not. */
function calling(tool: string, args: string): string {
  return `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${tool}","arguments":${args}}}`;
}

function drawingOn(image: string): string {
  return calling("transform_image", `{"image":"${image}","width":64}`);
}

function unknownNames(count: number): string {
  return `{${Array.from({ length: count }, (_, index) => `"n${index}":1`).join()}}`;
}

/** Each level uses the one below ten times. */
function billionUses(): string {
  const levels = Array.from(
    { length: 9 },
    (_, level) => `<g id="l${level + 1}">${`<use href="#l${level}"/>`.repeat(10)}</g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><defs><rect id="l0" width="1" height="1"/>${
    levels.join("")
  }</defs><use href="#l9"/></svg>`;
}

function posted(
  text: string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = {},
): HostileRequest {
  const body = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return async (url, signal) => {
    const answer = await fetch(`${url}/mcp`, {
      method: "POST",
      body,
      headers: { ...await headersOf(url), ...headers },
      signal,
    });
    await answer.body?.cancel();
  };
}

/** One of several, each time the next. */
function inTurn(requests: readonly HostileRequest[]): HostileRequest {
  let next = 0;
  return (url, signal) => requests[next++ % requests.length]!(url, signal);
}

/** Announces so many bytes, sends fewer of them, and waits. */
function unfinished(announced: number, sent: number): HostileRequest {
  const begin = calling("edit_image", '{"images":["').slice(0, sent);
  const text = begin + "A".repeat(Math.max(0, sent - begin.length));
  return raw(announced, text);
}

/** Sends that text, reads nothing, and stays until `signal` says that it is enough. */
function raw(announced: number, text: string): HostileRequest {
  return async (url, signal) => {
    const { hostname, port, host } = new URL(url);
    const headers = { host, ...await headersOf(url), "content-length": `${announced}` };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const connection = await Deno.connect({ hostname, port: Number(port) });
    signal.addEventListener("abort", () => connection.close());
    const bytes = new TextEncoder().encode(`POST /mcp HTTP/1.1\r\n${lines.join("")}\r\n${text}`);
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
  };
}

/** The session of the hostile client at each server, so that its requests reach the tools. */
const sessions = new Map<string, Promise<string>>();

async function headersOf(url: string): Promise<Record<string, string>> {
  const session = sessions.get(url) ?? openHostileSession(url);
  sessions.set(url, session);
  return { ...HEADERS, "mcp-session-id": await session };
}

async function openHostileSession(url: string): Promise<string> {
  const answer = await fetch(`${url}/mcp`, {
    method: "POST",
    headers: HEADERS,
    body: message("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "hostile", version: "1" },
    }),
  });
  await answer.body?.cancel();
  return answer.headers.get("mcp-session-id") ?? "";
}

const HEADERS = {
  "content-type": "application/json",
  "accept": "application/json, text/event-stream",
  "mcp-protocol-version": "2025-11-25",
};
