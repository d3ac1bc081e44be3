import { ImageError } from "../../errors.ts";
import { ownerOf } from "../caller.ts";
import { imageEntry, success } from "../result.ts";
import { GET_IMAGE_DATA } from "../declarations/tools.ts";
import { defineTool } from "./tool.ts";

export const getImageData = defineTool({
  ...GET_IMAGE_DATA,
  async handle({ image_id }, context, dependencies) {
    const { MCP_IMAGE_RECORD_TTL, MCP_GET_IMAGE_DATA_MAX_BYTES: limit } = dependencies.settings();
    const picture = await dependencies.images.find(
      image_id,
      ownerOf(context),
      MCP_IMAGE_RECORD_TTL,
    );
    if (!picture) {
      throw new ImageError(
        "image_not_found",
        `Picture '${image_id}' is not known here or its record has expired (MCP_IMAGE_RECORD_TTL)`,
        { image_id },
      );
    }
    const entry = imageEntry(picture, dependencies);
    if (picture.sizeBytes > limit) {
      throw new ImageError(
        "payload_too_large",
        `Picture '${image_id}' has ${picture.sizeBytes} bytes, more than the ${limit} of ` +
          `MCP_GET_IMAGE_DATA_MAX_BYTES; use ${
            entry.url ?? entry.local_path ?? `image://${image_id}`
          }`,
        { image_id, size_bytes: picture.sizeBytes, max_bytes: limit },
      );
    }
    const bytes = await dependencies.images.read(picture);
    return success({ images: [{ ...entry, base64_data: bytes.toBase64() }] });
  },
});
