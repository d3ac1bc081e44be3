/** The tool that draws what the client's own model wrote, as clients see it. */

import { required, text, wholeNumber } from "./argument.ts";
import type { ToolDeclaration } from "./tool_declaration.ts";

/** The longest drawing, in characters. */
const LONGEST_SVG = 1024 * 1024;

export const RENDER_SVG = {
  name: "render_svg",
  title: "Render SVG",
  description: "Makes a picture of an SVG that you write: icons, logos, diagrams; free, no vendor.",
  input: {
    svg: required(text("Its text; letters as in Arial, or 中文", { maxLength: LONGEST_SVG })),
    width: wholeNumber("", 1, 4096),
    height: wholeNumber("", 1, 4096),
    background: text("A colour"),
    output_format: text("png, jpeg or webp"),
    output_compression: wholeNumber("", 0, 100),
    file_prefix: text(""),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  empty: { images: [], warnings: [] },
} as const satisfies ToolDeclaration;
