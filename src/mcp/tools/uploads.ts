import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError } from "../../errors.ts";
import type { MediaType } from "../../images/media_type.ts";
import type { UploadedPicture } from "../../storage/records/records.ts";
import { LINK_MINUTES, type UploadRecord } from "../../service/uploads.ts";
import { callerOf, ownerOf } from "../caller.ts";
import { CREATE_UPLOAD_LINK, GET_UPLOAD } from "../declarations/tools.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { progressOf } from "../progress.ts";
import { byteLength, success } from "../results/result.ts";
import { resultLimit } from "../results/result_limit.ts";
import { defineTool } from "./tool.ts";

export const createUploadLink = defineTool({
  ...CREATE_UPLOAD_LINK,
  async handle(_args, context, { uploads, uploadUrl }) {
    if (uploadUrl("") === null) throw noAddress(context.http !== undefined);
    const { upload: { id, expiresAt }, token } = await uploads.openLink(ownerOf(context));
    const upload = { id, url: uploadUrl(token), expires_at: timeOf(expiresAt) };
    const next = `Show the user the url as a link (one picture, ${LINK_MINUTES} minutes), then ` +
      `call get_upload with ${id}; edit_image and transform_image take that id as a picture`;
    return success({ upload, next });
  },
});

export const getUpload = defineTool({
  ...GET_UPLOAD,
  async handle({ upload_id, wait_seconds }, context, dependencies) {
    using progress = progressOf(context);
    progress?.report("Waiting for the user to upload a picture");
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const upload = await dependencies.uploads.wait(upload_id.trim(), caller);
    const { picture } = upload;
    if (!picture) return waitingResult(upload);
    const { mediaType, width, height, sizeBytes, changes: warnings } = picture;
    const fields = { mime_type: mediaType, width, height, size_bytes: sizeBytes };
    const metadata = await toldBy(picture, caller.owner, dependencies);
    const shown = { id: upload.id, state: "received", ...fields, ...metadata && { metadata } };
    const more = 2 * byteLength(metadata ?? {});
    const preview = await previewOf(picture, more, caller.signal, dependencies);
    const next = `edit_image and transform_image take ${upload.id} as a picture`;
    return success({ upload: shown, warnings, next }, preview);
  },
});

function waitingResult({ id, expiresAt }: UploadRecord): CallToolResult {
  const isOver = expiresAt <= Date.now();
  const upload = { id, state: isOver ? "expired" : "waiting", expires_at: timeOf(expiresAt) };
  const next = isOver
    ? "No picture came before the link expired: ask for another with create_upload_link"
    : `No picture has come yet: call get_upload with ${id} again to wait on`;
  return success({ upload, warnings: [], next });
}

/** The picture as a block to look at, within the bounds of an answer with `more` bytes; none where that is not wanted. */
async function previewOf(
  picture: UploadedPicture,
  more: number,
  signal: AbortSignal,
  { uploads, settings, log }: ServerDependencies,
): Promise<CallToolResult["content"]> {
  if (settings().MCP_INLINE_IMAGE === "never") return [];
  const { makePreview } = await import("../../images/preview.ts");
  const read = async () => {
    const bytes = await uploads.read(picture);
    if (bytes) return bytes;
    throw new ImageError("file_not_found", "The uploaded picture's file is gone from disk");
  };
  const maxBytes = Math.floor((resultLimit(settings()) - FRAME - more) / 4) * 3;
  const pixels = picture.width * picture.height;
  const preview = await makePreview(read, { format: "jpeg", maxBytes, pixels, signal });
  if (!preview) log.warning("An uploaded picture cannot be shown", { hash: picture.hash });
  return preview
    ? [{ type: "image", data: preview.bytes.toBase64(), mimeType: preview.mediaType }]
    : [];
}

/** How it was made, in short, by what its file told; undefined where it told nothing. */
async function toldBy(
  { told, mediaType }: UploadedPicture,
  owner: string,
  { images }: ServerDependencies,
): Promise<object | undefined> {
  if (!told) return undefined;
  const { readMetadata } = await import("../../service/read_metadata.ts");
  const picture = { bytes: new Uint8Array(), mediaType: mediaType as MediaType, told };
  const { metadata: { mime_type: _, comfyui, ...metadata } } = await readMetadata(
    picture,
    owner,
    images,
  );
  const whole = { ...metadata, ...comfyui && { comfyui: SEE_METADATA } };
  return byteLength(whole) <= LONGEST_METADATA ? whole : { made: SEE_METADATA };
}

const SEE_METADATA = "read_metadata tells it";
/** In bytes. */
const LONGEST_METADATA = 10_000;

function noAddress(isOverHttp: boolean): ImageError {
  return new ImageError(
    "invalid_config",
    "There are no upload links, since this server has no address that people can open " +
      (isOverHttp
        ? "(MCP_PUBLIC_BASE_URL): pass an https:// address or a data URI as the picture"
        : "(MCP_PUBLIC_BASE_URL, and a server over HTTP on the same folder): pass the absolute " +
          "path of the picture's file"),
  );
}

function timeOf(time: number): string {
  return new Date(time).toISOString();
}

/** What stands around a preview in an answer, in bytes. */
const FRAME = 3_000;
