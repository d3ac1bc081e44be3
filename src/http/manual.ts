/** The manual over HTTP: a page for people, its Markdown for programs, in public and without a script. */

import { contentsPage, missingPage, STYLE, topicPage } from "../manual/page.ts";
import {
  contents,
  linksTo,
  nearestTopic,
  type Topic,
  topicNamed,
  topicText,
} from "../manual/topics.ts";
import { VERSION } from "../version.ts";

/** Answers GET and HEAD of what follows `/manual/`, a still encoded path. */
export async function answerWithManual(request: Request, path: string): Promise<Response> {
  const { name, form } = wanted(request, path);
  const topic = topicNamed(name);
  if (name !== "" && topic === undefined) return await missing(request, path, name, form);
  return await answer(request, await pageOf(topic, form));
}

/** Sends those who left out the final slash to where the links work. */
export function toManual(): Response {
  return new Response(null, { status: 308, headers: { Location: "manual/" } });
}

type Form = "html" | "markdown";

interface Page {
  readonly form: Form;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
}

/** What was asked for: "settings", "settings.md", or either form by the Accept header. */
function wanted(request: Request, path: string): { readonly name: string; readonly form: Form } {
  const [, name = path, extension] = /^(.*?)(\.md)?$/s.exec(decoded(path)) ?? [];
  const isSource = extension !== undefined || prefersMarkdown(request.headers.get("accept") ?? "");
  return { name: extension && name === "index" ? "" : name, form: isSource ? "markdown" : "html" };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Whether a client names Markdown, and names it before HTML or likes it better. */
function prefersMarkdown(accept: string): boolean {
  const ranges = accept.split(",").map((range, index) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0, index };
  });
  const markdown = ranges.find(({ type }) => type === "text/markdown");
  const html = ranges.find(({ type }) => type === "text/html");
  if (markdown === undefined || markdown.quality === 0) return false;
  if (html === undefined || markdown.quality > html.quality) return true;
  return markdown.quality === html.quality && markdown.index < html.index;
}

/** Pages once made; there are two of each topic and no more. */
const pages = new Map<string, Page>();

async function pageOf(topic: Topic | undefined, form: Form): Promise<Page> {
  const key = `${topic?.name ?? ""} ${form}`;
  const page = pages.get(key) ?? await makePage(topic, form);
  pages.set(key, page);
  return page;
}

async function makePage(topic: Topic | undefined, form: Form): Promise<Page> {
  const text = form === "markdown"
    ? topic ? await topicText(topic, SOURCES) : contents(SOURCES)
    : topic
    ? await topicPage(topic, VERSION)
    : contentsPage(VERSION);
  const body = new TextEncoder().encode(text);
  return { form, body, etag: `"${(await sha256(body)).toHex().slice(0, 32)}"` };
}

const SOURCES = linksTo((name) => `${name}.md`);

async function missing(
  request: Request,
  path: string,
  name: string,
  form: Form,
): Promise<Response> {
  const word = name.slice(0, LONGEST_ECHO);
  const guess = nearestTopic(name);
  const root = "../".repeat(path.split("/").length - 1);
  const text = form === "html"
    ? missingPage({ word, guess, root, version: VERSION })
    : `No topic '${word}'${guess ? `: did you mean '${guess}'?` : ""}\n\n${contents(SOURCES)}`;
  const headers = await headersOf(form);
  headers.set("Cache-Control", "no-store");
  const body = request.method === "HEAD" ? null : text;
  return new Response(body, { status: 404, headers });
}

async function answer(request: Request, { form, body, etag }: Page): Promise<Response> {
  const headers = await headersOf(form);
  headers.set("Cache-Control", "public, max-age=300");
  headers.set("ETag", etag);
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
  headers.set("Content-Length", String(body.length));
  return new Response(request.method === "HEAD" ? null : body, { headers });
}

function isKnown(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match")?.split(",") ?? [];
  return known.map((tag) => tag.trim().replace(/^W\//, ""))
    .some((tag) => tag === "*" || tag === etag);
}

async function headersOf(form: Form): Promise<Headers> {
  return new Headers({
    "Content-Type": form === "html" ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8",
    "Content-Security-Policy": await policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
  });
}

/** Nothing is loaded, sent or framed, and no style but the manual's own applies. */
async function policy(): Promise<string> {
  styleDigest ??= (await sha256(new TextEncoder().encode(STYLE))).toBase64();
  return `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'";
}

let styleDigest: string | undefined;

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** In characters. */
const LONGEST_ECHO = 60;
