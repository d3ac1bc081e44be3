import { goneSignal, ownerOf } from "../caller.ts";
import { RENDER_SVG } from "../declarations/transform_image.ts";
import { picturesResult } from "../result.ts";
import { defineTool } from "./tool.ts";

export const renderSvg = defineTool({
  ...RENDER_SVG,
  async handle(args, context, dependencies) {
    const signal = goneSignal(context);
    const caller = { owner: ownerOf(context), signal };
    const { renderPicture } = await import("../../service/render_svg.ts");
    const { image, warnings } = await renderPicture(args, caller, dependencies.images);
    return await picturesResult({ images: [image], warnings }, dependencies, { signal });
  },
});
