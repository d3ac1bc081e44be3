import { asksNothing, parseTransformation } from "../../service/transformation.ts";
import { copyPicture } from "../../storage/save_copy.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import { TRANSFORM_IMAGE } from "../declarations/transform_image.ts";
import { findPicture } from "../arguments/named.ts";
import { picturesResult } from "../results/result.ts";
import { defineTool } from "./tool.ts";

export const transformImage = defineTool({
  ...TRANSFORM_IMAGE,
  async handle({ image, save_as, ...args }, context, dependencies) {
    const { imageService, images } = dependencies;
    const signal = goneSignal(context);
    const caller = { owner: ownerOf(context), signal };
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const kept = saveAs && typeof image === "string" && asksNothing(args)
      ? await findPicture(image, caller.owner, dependencies)
      : undefined;
    if (kept) {
      const warnings = await copyPicture(kept, saveAs, images);
      return await picturesResult({ images: [kept], warnings }, dependencies, { signal });
    }
    const transformation = parseTransformation(args);
    const reader = { ...caller, access: dependencies.inputAccess() };
    using source = await imageService.holdPicture(image, reader);
    const { transformPicture } = await import("../../service/transform_picture.ts");
    const made = await transformPicture(source, transformation, caller, images);
    const warnings = [...made.warnings, ...await copyPicture(made.image, saveAs, images)];
    return await picturesResult({ images: [made.image], warnings }, dependencies, { signal });
  },
});
