import { z } from "../../dependencies/zod.ts";
import { ImageError } from "../../errors.ts";
import { ownerOf } from "../caller.ts";
import { imageEntry, success } from "../result.ts";
import { defineTool } from "./tool.ts";

export const getImageData = defineTool({
  name: "get_image_data",
  title: "Get image data",
  description:
    "The bytes of a picture made before, as base64. Use it only when the picture itself " +
    "is needed as data; a path, url or resource is lighter.",
  input: z.strictObject({ image_id: z.string().min(1).describe("The id of the picture, img_…") }),
  annotations: {
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  empty: { images: [] },
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
