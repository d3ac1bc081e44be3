/** The data of the studio page: what each visitor may see and do, as JSON. */

import { recordSeconds } from "../../config/settings.ts";
import { ImageError, messageOf } from "../../errors.ts";
import type { MadePicture } from "../../requests/based_on.ts";
import type { HistoryEntry } from "../../service/library.ts";
import type { Uploads } from "../../service/uploads.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import { json } from "../answers.ts";
import type { IncomingRequest } from "../dependencies.ts";
import { answerWithImage } from "../files.ts";
import type { readUpload } from "../uploads/body.ts";
import type { ServerDependencies } from "../../mcp/dependencies.ts";
import { createPageBatches, paidOf } from "./batches.ts";
import { drawInStream } from "./drawing.ts";
import { DRAWING, LIST, NOTES, readBodyAs, TRANSFORMATION } from "./bodies.ts";
import { providerTables } from "./provider_tables.ts";
import { createEarlyThumbnails } from "./thumbnails.ts";

type Answer = (visit: IncomingRequest, id: string) => Promise<Response> | Response;

interface DataRoute {
  readonly method: "GET" | "POST";
  /** Its one group is the id of what it is about. */
  readonly path: RegExp;
  readonly answer: Answer;
}

/** Answers what follows "/page/data/" for the owner whose cookie or token came along. */
export function createPageData(
  page: ServerDependencies,
  uploads: Pick<Uploads, "takeOf">,
  readPicture: typeof readUpload,
): (visit: IncomingRequest, path: string) => Promise<Response> {
  const { imageService, images, previews, library } = page;
  const batches = createPageBatches(page);
  const thumbnails = createEarlyThumbnails(page);

  const moved =
    (verb: "trash" | "restore" | "remove") =>
    async ({ request, client }: IncomingRequest): Promise<Response> => {
      const { ids } = await readBodyAs(request, LIST);
      return json(await library[verb](ids, client));
    };

  const routes: readonly DataRoute[] = [
    { method: "GET", path: /^start$/, answer: start },
    { method: "GET", path: /^pictures$/, answer: list },
    { method: "POST", path: /^pictures$/, answer: draw },
    { method: "GET", path: /^pictures\/([\w-]+)$/, answer: describe },
    { method: "GET", path: /^pictures\/([\w-]+)\/history$/, answer: history },
    { method: "GET", path: /^pictures\/([\w-]+)\/thumbnail$/, answer: thumbnail },
    { method: "GET", path: /^pictures\/([\w-]+)\/file$/, answer: file },
    { method: "POST", path: /^pictures\/([\w-]+)\/transform$/, answer: transform },
    { method: "POST", path: /^notes$/, answer: note },
    { method: "POST", path: /^trash$/, answer: moved("trash") },
    { method: "POST", path: /^restore$/, answer: moved("restore") },
    { method: "POST", path: /^remove$/, answer: moved("remove") },
    { method: "POST", path: /^uploads$/, answer: upload },
    { method: "GET", path: /^jobs$/, answer: jobs },
    { method: "POST", path: /^jobs\/([\w-]+)\/cancel$/, answer: cancel },
    { method: "GET", path: /^templates$/, answer: batches.templates },
    { method: "POST", path: /^batches$/, answer: batches.start },
    { method: "POST", path: /^batches\/([\w-]+)\/cancel$/, answer: batches.cancel },
    { method: "POST", path: /^batches\/([\w-]+)\/repeat$/, answer: batches.repeat },
  ];

  function start({ client }: IncomingRequest): Response {
    const { providers } = imageService.settings;
    return json({
      version: page.version,
      owner: client,
      providers: providerTables(page.providers(), [...providers.on.keys()]),
    });
  }

  async function list({ url, client }: IncomingRequest): Promise<Response> {
    const { searchParams } = url;
    const before = numberOf(searchParams.get("before"));
    const limit = Math.min(MOST_LISTED, Math.max(1, numberOf(searchParams.get("limit")) ?? 60));
    const filter = {
      query: searchParams.get("query") ?? "",
      provider: searchParams.get("provider") || undefined,
      model: searchParams.get("model") || undefined,
      style: searchParams.get("style") || undefined,
      since: numberOf(searchParams.get("since")),
      until: numberOf(searchParams.get("until")),
      isFavorite: searchParams.has("favourites") || undefined,
      isTrashed: searchParams.has("trash") || undefined,
    };
    const found = await library.search(filter, client, { limit, before });
    const pictures = found.images.map(({ position: _, ...picture }) => picture);
    if (!filter.isTrashed) thumbnails.prepare(client, pictures.map(({ id }) => id));
    return json({ pictures, next: found.next ?? null });
  }

  async function note({ request, client }: IncomingRequest): Promise<Response> {
    const { ids, ...changes } = await readBodyAs(request, NOTES);
    return json(await library.update(ids, client, changes));
  }

  async function describe({ client }: IncomingRequest, id: string): Promise<Response> {
    return json(await described(await named(id, client), client));
  }

  /** Where a picture came from and what came of it; what each was made from is among its `parents`. */
  async function history({ client }: IncomingRequest, id: string): Promise<Response> {
    const found = await library.history(id, client);
    if (!found) throw unknown(id);
    const shown = ({ position: _, source, ...picture }: HistoryEntry) => ({
      ...picture,
      operation: source?.operation ?? null,
      parents: source?.parents ?? [],
    });
    return json({
      image: shown(found.image),
      parents: found.parents.map(shown),
      children: found.children.map(shown),
    });
  }

  async function described(picture: ImageRecord, owner: string) {
    const { owner: _, ...record } = picture;
    const { fileName } = picture;
    const [summary] = await images.summaries([picture.id], owner);
    return {
      ...record,
      notes: summary?.notes ?? { title: null, tags: [], isFavorite: false },
      source: await images.sourceOf(picture, owner) ?? null,
      path: page.showsLocalPath() ? images.pathOf(picture) : null,
      address: fileName === null ? null : page.imageUrl(fileName),
    };
  }

  /** Made once for all who look. */
  async function thumbnail({ request, client }: IncomingRequest, id: string): Promise<Response> {
    const picture = await named(id, client);
    if (picture.mediaType === "image/svg+xml") return await bytesOf(request, picture, client);
    const preview = await previews.thumbnailOf(picture, request.signal);
    if (!preview) return await bytesOf(request, picture, client);
    const body = request.method === "HEAD" ? null : preview.bytes as Uint8Array<ArrayBuffer>;
    return new Response(body, {
      headers: { "Content-Type": preview.mediaType, "Cache-Control": FOR_EVER },
    });
  }

  async function file({ request, url, client }: IncomingRequest, id: string): Promise<Response> {
    const picture = await named(id, client);
    const response = await bytesOf(request, picture, client);
    if (url.searchParams.has("save") && picture.fileName) {
      const name = encodeURIComponent(picture.fileName);
      response.headers.set("Content-Disposition", `attachment; filename*=UTF-8''${name}`);
    }
    return response;
  }

  async function bytesOf(request: Request, picture: ImageRecord, owner: string) {
    if (picture.fileName !== null) {
      return await answerWithImage(request, encodeURIComponent(picture.fileName), images, {
        owner,
      });
    }
    const headers = { "Content-Type": picture.mediaType, "Cache-Control": "no-store" };
    return new Response(await images.read(picture), { headers });
  }

  async function draw({ request, client }: IncomingRequest): Promise<Response> {
    const drawing = await readBodyAs(request, DRAWING);
    return drawInStream(drawing, {
      owner: client,
      access: page.inputAccess(),
      imageService,
      log: page.log,
      madePicture: (id) => madePicture(id, client),
    });
  }

  async function transform({ request, client }: IncomingRequest, id: string): Promise<Response> {
    const args = await readBodyAs(request, TRANSFORMATION);
    const [{ parseTransformation }, { transformPicture }] = await Promise.all([
      import("../../service/transformation.ts"),
      import("../../service/transform_picture.ts"),
    ]);
    const caller = { owner: client, signal: request.signal };
    const transformation = parseTransformation(args);
    const reader = { ...caller, access: page.inputAccess() };
    using source = await imageService.holdPicture((await named(id, client)).id, reader);
    const made = await transformPicture(source, transformation, caller, images);
    return json({ picture: await described(made.image, client), warnings: made.warnings }, 201);
  }

  async function upload({ request, client }: IncomingRequest): Promise<Response> {
    const bytes = await readPicture(request, UPLOAD_TIME);
    if (typeof bytes === "string") {
      throw new ImageError("invalid_parameters", UPLOAD_PROBLEMS[bytes] ?? UPLOAD_PROBLEMS.none!);
    }
    const { id, picture: { width, height } } = await uploads.takeOf(client, bytes);
    return json({ id, width, height }, 201);
  }

  async function jobs({ client }: IncomingRequest): Promise<Response> {
    const active = ["queued", "running", "accepted"] as const;
    return json({
      jobs: await imageService.jobs.list(client, 20, active),
      batches: await batches.list(client),
    });
  }

  async function cancel({ client }: IncomingRequest, id: string): Promise<Response> {
    const { after, mayCharge } = await imageService.jobs.cancel(id, client);
    return json({ job: after, mayCharge: paidOf(mayCharge, page) });
  }

  async function named(id: string, owner: string): Promise<ImageRecord> {
    const picture = await images.find(id, owner, recordSeconds(page.settings()));
    if (picture) return picture;
    throw unknown(id);
  }

  async function madePicture(id: string, owner: string): Promise<MadePicture> {
    const picture = await named(id, owner);
    const source = await images.sourceOf(picture, owner);
    if (source) return { ...picture, ...source };
    throw new ImageError("image_not_found", `Nothing is recorded of how '${id}' was made`);
  }

  return async (visit, path) => {
    const method = visit.request.method === "HEAD" ? "GET" : visit.request.method;
    const route = routes.find((each) => each.method === method && each.path.test(path));
    if (!route) return json({ error: { code: "not_found", message: "Nothing is here" } }, 404);
    const [, id = ""] = route.path.exec(path) ?? [];
    try {
      return await route.answer(visit, id);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return json({ error: { code: error.code, message: messageOf(error) } }, statusOf(error));
    }
  };
}

function unknown(id: string): ImageError {
  return new ImageError("image_not_found", `Picture '${id}' is not known here`, { image_id: id });
}

function numberOf(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function statusOf({ code }: ImageError): number {
  return STATUSES[code] ?? 422;
}

const STATUSES: Readonly<Record<string, number>> = {
  image_not_found: 404,
  job_not_found: 404,
  file_not_found: 404,
  busy: 503,
};

const UPLOAD_PROBLEMS: Readonly<Record<string, string>> = {
  large: "The picture is larger than 25 MB: make it smaller first",
  slow: "The picture did not arrive in time",
  none: "There was no picture in what was sent",
};

const FOR_EVER = "private, max-age=31536000, immutable";
const MOST_LISTED = 500;
/** In milliseconds. */
const UPLOAD_TIME = 300_000;
