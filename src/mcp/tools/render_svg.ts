import { ownerOf } from "../caller.ts";
import { RENDER_SVG } from "../declarations/transform_image.ts";
import { picturesResult } from "../result.ts";
import { defineTool } from "./tool.ts";

export const renderSvg = defineTool({
  ...RENDER_SVG,
  async handle(args, context, dependencies) {
    const caller = { owner: ownerOf(context), signal: context.mcpReq.signal };
    const { renderPicture } = await import("../../service/render_svg.ts");
    const made = await renderPicture(args, caller, dependencies.images);
    return await picturesResult({ images: [made.image], warnings: made.warnings }, dependencies);
  },
});
