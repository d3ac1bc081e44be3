import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError, messageOf } from "../../errors.ts";
import type { FoundImages, ImageFilter, ImageSummary } from "../../service/library.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import {
  DELETE_IMAGES,
  IMAGE_HISTORY,
  SEARCH_IMAGES,
  UPDATE_IMAGES,
} from "../declarations/library.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { historyRow, imageRow } from "../results/image_rows.ts";
import { idNamed } from "../arguments/named.ts";
import { byteLength, ROOM_FOR_PROTOCOL, success } from "../results/result.ts";
import { timeOf } from "../arguments/times.ts";
import { stylesMeant } from "../../requests/style.ts";
import { defineTool } from "./tool.ts";

export const searchImages = defineTool({
  ...SEARCH_IMAGES,
  async handle({ cursor, limit = USUAL_ROWS, trash, favorite, ...asked }, context, dependencies) {
    const { query, provider, model, style, tag, parent, after, before } = asked;
    const owner = ownerOf(context);
    const now = Date.now();
    const filter: ImageFilter = {
      ...{ query, provider, model, tag },
      parent: parent && await idNamed(parent, owner, dependencies),
      isFavorite: favorite,
      isTrashed: trash,
      since: after === undefined ? undefined : timeOf("after", after, now),
      until: before === undefined ? undefined : timeOf("before", before, now),
    };
    const page = { limit, before: cursor === undefined ? undefined : placeOf(cursor) };
    const styles = style === undefined ? [] : stylesMeant(style, dependencies.providers().on);
    const filters = styles.length > 0
      ? styles.map((each) => ({ ...filter, style: each }))
      : [filter];
    const found = await dependencies.library.searchAny(filters, owner, page);
    return await foundResult(found, owner, goneSignal(context), dependencies);
  },
});

export const imageHistory = defineTool({
  ...IMAGE_HISTORY,
  async handle({ image_id }, context, dependencies) {
    const owner = ownerOf(context);
    const id = await idNamed(image_id, owner, dependencies);
    const history = await dependencies.library.history(id, owner);
    if (!history) throw unknownImage(image_id);
    const [image, parents, children] = [[history.image], history.parents, history.children]
      .map((entries) => entries.map((entry) => historyRow(entry, dependencies)));
    return success({ image: image![0], parents, children });
  },
});

export const updateImages = defineTool({
  ...UPDATE_IMAGES,
  async handle({ image_ids, title, add_tags, remove_tags, favorite }, context, dependencies) {
    const changes = {
      title,
      addTags: add_tags,
      removeTags: remove_tags,
      isFavorite: favorite,
    };
    if (Object.values(changes).every((change) => change === undefined)) {
      throw new ImageError(
        "invalid_parameters",
        "Nothing is to be changed: give title, add_tags, remove_tags or favorite",
      );
    }
    const owner = ownerOf(context);
    const ids = await idsNamed(image_ids, owner, dependencies);
    const { done, unknown } = await dependencies.library.update(ids, owner, changes);
    return success({ updated: done, unknown, ...adviceFor(unknown) });
  },
});

export const deleteImages = defineTool({
  ...DELETE_IMAGES,
  async handle({ image_ids, restore, permanent }, context, dependencies) {
    if (restore && permanent) {
      throw new ImageError(
        "invalid_parameters",
        "restore takes pictures out of the trash and permanent removes them: give one of the two",
      );
    }
    const owner = ownerOf(context);
    const { library } = dependencies;
    const ids = await idsNamed(image_ids, owner, dependencies);
    const answer = (fields: Readonly<Record<string, unknown>>, unknown: readonly string[]) =>
      success({ ...DELETE_IMAGES.empty, ...fields, unknown, ...adviceFor(unknown) });
    if (permanent) {
      const { done, unknown } = await library.remove(ids, owner);
      return answer({ removed: done }, unknown);
    }
    if (restore) {
      const { done, unknown } = await library.restore(ids, owner);
      return answer({ restored: done }, unknown);
    }
    const { done, unknown } = await library.trash(ids, owner);
    const { MCP_TRASH_DAYS: days } = dependencies.settings();
    const kept = `Kept in the trash for ${days} days: restore takes them out`;
    return answer({ trashed: done, ...done.length > 0 && { next: kept } }, unknown);
  },
});

/** Rows, as many as an answer holds, and a look at the first few. */
async function foundResult(
  { images, next }: FoundImages,
  owner: string,
  signal: AbortSignal,
  dependencies: ServerDependencies,
): Promise<CallToolResult> {
  const { MCP_MAX_RESULT_BYTES: limit, MCP_INLINE_IMAGE: inline } = dependencies.settings();
  const shown = inline === "never" ? [] : images.slice(0, PREVIEWS);
  const blocks = await Promise.all(
    shown.map((image) => previewBlock(image, owner, signal, dependencies)),
  );
  const rows = images.map((image) => imageRow(image, dependencies));
  for (let count = rows.length; count >= 0; count--) {
    const isCut = count < rows.length;
    const last = isCut ? images[count - 1]?.position : next;
    const result = success(
      {
        images: rows.slice(0, count),
        next_cursor: last === undefined ? null : String(last),
        ...rows.length === 0 && { next: "Nothing was found: try fewer words, or parts of them" },
      },
      blocks.slice(0, count).filter((block) => block !== undefined),
    );
    if (count === 0 || byteLength(result) <= limit - ROOM_FOR_PROTOCOL) return result;
  }
  throw new ImageError("internal_error", "An empty page did not fit");
}

/** A small look at a picture; undefined where there can be none. */
async function previewBlock(
  { id }: ImageSummary,
  owner: string,
  signal: AbortSignal,
  { images, previews, log }: ServerDependencies,
): Promise<CallToolResult["content"][number] | undefined> {
  try {
    const picture = await images.find(id, owner);
    const wanted = { format: "jpeg", maxBytes: PREVIEW_BYTES, signal } as const;
    const preview = picture && await previews.previewOf(picture, wanted);
    if (!preview) return undefined;
    return { type: "image", data: preview.bytes.toBase64(), mimeType: preview.mediaType };
  } catch (error) {
    signal.throwIfAborted();
    log.debug("A picture cannot be shown", { id, reason: messageOf(error) });
    return undefined;
  }
}

export async function idsNamed(
  names: readonly string[],
  owner: string,
  dependencies: ServerDependencies,
): Promise<readonly string[]> {
  return await Promise.all(names.map((name) => idNamed(name, owner, dependencies)));
}

function placeOf(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new ImageError(
    "invalid_parameters",
    "cursor must be the next_cursor of an earlier answer; leave it out for the first page",
  );
}

function adviceFor(unknown: readonly string[]): { readonly next?: string } {
  return unknown.length === 0
    ? {}
    : { next: "unknown names ids that are not among your pictures; search_images finds those" };
}

function unknownImage(id: string): ImageError {
  const message = `Picture '${id}' is not among your pictures; search_images finds those`;
  return new ImageError("image_not_found", message, { image_id: id });
}

const USUAL_ROWS = 10;
/** Pictures that are shown, and how large each may be, in bytes. */
const PREVIEWS = 4;
const PREVIEW_BYTES = 12_000;
