import { copyPicture } from "../../storage/save_copy.ts";
import { goneSignal, ownerOf } from "../caller.ts";
import { RENDER_SVG } from "../declarations/transform_image.ts";
import { picturesResult } from "../results/result.ts";
import { defineTool } from "./tool.ts";

export const renderSvg = defineTool({
  ...RENDER_SVG,
  async handle({ save_as, ...args }, context, dependencies) {
    const signal = goneSignal(context);
    const caller = { owner: ownerOf(context), signal };
    const saveAs = save_as === undefined ? undefined : await dependencies.copyPlace(save_as);
    const { renderPicture } = await import("../../service/render_svg.ts");
    const made = await renderPicture(args, caller, dependencies.images);
    const copies = await copyPicture(made.image, saveAs, dependencies.images);
    const warnings = [...made.warnings, ...copies];
    return await picturesResult({ images: [made.image], warnings }, dependencies, { signal });
  },
});
