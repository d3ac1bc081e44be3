/** GET and HEAD of recorded pictures: never changing files, with ranges. */

import { refusal } from "./answers.ts";
import type { ImageFiles } from "./dependencies.ts";

/**
 * Answers with the picture of `fileName`, a still encoded path segment: its owner, or with
 * `owner` undefined anybody who knows the name.
 * Whatever is not a recorded picture of its own, links included, is a 404.
 */
export async function answerWithImage(
  request: Request,
  fileName: string,
  images: ImageFiles,
  { owner, redirects = false }: {
    readonly owner: string | undefined;
    /** Whether a store that hands files out by itself shall. */
    readonly redirects?: boolean;
  },
): Promise<Response> {
  const name = decoded(fileName);
  const file = name === undefined ? undefined : await images.openFile(name, owner);
  if (file === undefined || !SERVED_TYPES.has(file.mediaType)) return notFound();

  if (redirects && file.temporaryAddress) {
    const location = await file.temporaryAddress(REDIRECT_SECONDS, file.mediaType);
    const headers = { Location: location, "Cache-Control": "no-store" };
    return new Response(null, { status: 307, headers });
  }
  const { sizeBytes: size, modifiedAt: modified } = file;
  const isPrivate = owner !== undefined;
  const etag = `"${size.toString(16)}-${modified.getTime().toString(16)}"`;
  const headers = new Headers({
    "Accept-Ranges": "bytes",
    "Cache-Control": `${isPrivate ? "private" : "public"}, max-age=31536000, immutable`,
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "ETag": etag,
    "Last-Modified": modified.toUTCString(),
    "X-Content-Type-Options": "nosniff",
  });
  if (isUnchanged(request, etag, modified)) return new Response(null, { status: 304, headers });

  headers.set("Content-Type", file.mediaType);
  const range = requestedRange(request, size, etag, modified);
  if (range === "unsatisfiable") {
    headers.set("Content-Range", `bytes */${size}`);
    return new Response(null, { status: 416, headers });
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range) headers.set("Content-Range", `bytes ${start}-${end}/${size}`);
  headers.set("Content-Length", String(end - start + 1));
  const status = range ? 206 : 200;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const body = await file.read(start, end);
  return body === undefined ? notFound() : new Response(body, { status, headers });
}

function decoded(segment: string): string | undefined {
  try {
    const name = decodeURIComponent(segment);
    return /^[^./\\\0][^/\\\0]*$/.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

function isUnchanged(request: Request, etag: string, modified: Date): boolean {
  const known = request.headers.get("if-none-match");
  if (known !== null) {
    return known.split(",").map((tag) => tag.trim().replace(/^W\//, ""))
      .some((tag) => tag === "*" || tag === etag);
  }
  return isNotNewer(modified, request.headers.get("if-modified-since"));
}

/** HTTP dates know no milliseconds. */
function isNotNewer(modified: Date, date: string | null): boolean {
  return date !== null && Math.floor(modified.getTime() / 1000) * 1000 <= Date.parse(date);
}

/** The one range that was asked for; undefined where the whole file is wanted. */
function requestedRange(
  request: Request,
  size: number,
  etag: string,
  modified: Date,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const condition = request.headers.get("if-range");
  const isSameFile = condition === null || condition === etag || isNotNewer(modified, condition);
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range")?.trim() ?? "");
  if (asked === null || !isSameFile) return undefined;
  const [, first = "", last = ""] = asked;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return undefined;
  return start >= size ? "unsatisfiable" : { start, end };
}

function notFound(): Response {
  return refusal(404, "No picture of that name");
}

const REDIRECT_SECONDS = 3_600;

/** Pictures; the sandbox above keeps a browser from running what an SVG may hold. */
const SERVED_TYPES = new Set([
  "image/png",
  "image/jpeg",
  "image/webp",
  "image/gif",
  "image/avif",
  "image/bmp",
  "image/tiff",
  "image/heic",
  "image/heif",
  "image/svg+xml",
]);
