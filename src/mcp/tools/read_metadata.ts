import { ownerOf } from "../caller.ts";
import { READ_METADATA } from "../declarations/library.ts";
import { success } from "../results/result.ts";
import { defineTool } from "./tool.ts";

export const readMetadata = defineTool({
  ...READ_METADATA,
  async handle({ image }, context, dependencies) {
    const { imageService, images } = dependencies;
    const owner = ownerOf(context);
    const reader = { owner, signal: context.mcpReq.signal, access: dependencies.inputAccess() };
    using found = await imageService.holdPicture(image, reader);
    const { readMetadata } = await import("../../service/read_metadata.ts");
    return success({ ...await readMetadata(found, owner, images) });
  },
});
