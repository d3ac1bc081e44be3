import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import { ImageError } from "../../errors.ts";
import type { ImageRecord } from "../../storage/records/records.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import { GET_IMAGE_DATA } from "../declarations/tools.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { pictureNamed } from "../arguments/named.ts";
import { imageEntry, pictureInFull, picturesResult, success } from "../results/result.ts";
import { styleOf } from "../results/result_style.ts";
import { tooLargeFor, whereTheBytesAre } from "../results/whole_picture.ts";
import { defineTool } from "./tool.ts";

export const getImageData = defineTool({
  ...GET_IMAGE_DATA,
  async handle({ image_id, format }, context, dependencies) {
    const picture = await pictureNamed(image_id, ownerOf(context), dependencies);
    const wanted = format ??
      (dependencies.settings().MCP_RESULT_STYLE === "structured" ? "data" : "preview");
    const signal = goneSignal(context);
    if (wanted === "preview") return await preview(picture, [], signal, dependencies);
    const reason = tooLargeFor(picture, dependencies.settings());
    if (reason) return await previewInstead(picture, reason, signal, dependencies);
    const bytes = await dependencies.images.read(picture);
    const entry = imageEntry(picture, dependencies);
    return styleOf(context, dependencies) === "blocks"
      ? success({ images: [entry] }, [pictureInFull(bytes, picture)])
      : success({ images: [{ ...entry, base64_data: bytes.toBase64() }], next: NEXT });
  },
});

const NEXT = "base64_data stands in the structured content";

/** @throws {ImageError} that says what became of a file that cannot be shown. */
async function preview(
  picture: ImageRecord,
  warnings: readonly string[],
  signal: AbortSignal,
  dependencies: ServerDependencies,
): Promise<CallToolResult> {
  const showing = { isAskedFor: true, signal };
  const result = await picturesResult({ images: [picture], warnings }, dependencies, showing);
  if (!showsPicture(result)) await dependencies.images.read(picture);
  return result;
}

/** @throws {ImageError} `payload_too_large` where there can be no preview either. */
async function previewInstead(
  picture: ImageRecord,
  reason: string,
  signal: AbortSignal,
  dependencies: ServerDependencies,
): Promise<CallToolResult> {
  const advice = whereTheBytesAre(picture, dependencies);
  const message = `Picture '${picture.id}' ${reason}; ${advice}`;
  const result = await preview(picture, [message], signal, dependencies);
  if (showsPicture(result)) return result;
  throw new ImageError("payload_too_large", message, {
    image_id: picture.id,
    size_bytes: picture.sizeBytes,
    max_bytes: dependencies.settings().MCP_GET_IMAGE_DATA_MAX_BYTES,
  });
}

function showsPicture({ content }: CallToolResult): boolean {
  return content.some(({ type }) => type === "image");
}
