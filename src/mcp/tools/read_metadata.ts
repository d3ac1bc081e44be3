import { ownerOf } from "../caller.ts";
import { READ_METADATA } from "../declarations/library.ts";
import { success } from "../results/result.ts";
import { heldFor } from "../results/sent_picture.ts";
import { defineTool } from "./tool.ts";

export const readMetadata = defineTool({
  ...READ_METADATA,
  async handle({ image }, context, dependencies) {
    const { imageService, images } = dependencies;
    const owner = ownerOf(context);
    const reader = { owner, signal: context.mcpReq.signal, access: dependencies.inputAccess() };
    const found = await imageService.readPicture(image, reader);
    using _found = heldFor(image, found);
    const { readMetadata } = await import("../../service/read_metadata.ts");
    return success({ ...await readMetadata(found, owner, images) });
  },
});
