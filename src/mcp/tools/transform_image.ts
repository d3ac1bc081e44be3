import { parseTransformation } from "../../service/transformation.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import { TRANSFORM_IMAGE } from "../declarations/transform_image.ts";
import { picturesResult } from "../result.ts";
import { defineTool } from "./tool.ts";

export const transformImage = defineTool({
  ...TRANSFORM_IMAGE,
  async handle({ image, ...args }, context, dependencies) {
    const transformation = parseTransformation(args);
    const { imageService, images } = dependencies;
    const signal = goneSignal(context);
    const caller = { owner: ownerOf(context), signal };
    const reader = { ...caller, access: dependencies.inputAccess() };
    const source = await imageService.readPicture(image, reader);
    const { transformPicture } = await import("../../service/transform_picture.ts");
    const made = await transformPicture(source, transformation, caller, images);
    const { image: picture, warnings } = made;
    return await picturesResult({ images: [picture], warnings }, dependencies, { signal });
  },
});
