/** The tools that look after pictures which are there already, as clients see them. */

import { required, text } from "./argument.ts";
import { LONGEST_PICTURE, READS, type ToolDeclaration } from "./tool_declaration.ts";

export const READ_METADATA = {
  name: "read_metadata",
  title: "Read metadata",
  description: "Tells what made a picture, by its file: prompt, model, seed, AI mark, C2PA.",
  input: { image: required(text("As in edit_image", { maxLength: LONGEST_PICTURE })) },
  annotations: { ...READS, openWorldHint: true },
  empty: { metadata: null, warnings: [] },
} as const satisfies ToolDeclaration;
