/** The answers that list what there is: worked out once, and the same for everybody. */

import { type ArgumentTable, schemaOf } from "./argument.ts";
import { IMAGE_GENERATION_PROMPT } from "./prompts.ts";
import { MANUAL_RESOURCES, RESOURCE_TEMPLATES, RESOURCES } from "./resources.ts";
import { TOOL_DECLARATIONS, type ToolDeclaration } from "./tools.ts";

/** By the method that asks for it. */
export const LISTS = {
  "tools/list": { tools: TOOL_DECLARATIONS.map(listedTool) },
  "prompts/list": { prompts: [listedPrompt(IMAGE_GENERATION_PROMPT)] },
  "resources/list": {
    resources: [
      ...Object.entries(RESOURCES).map(([name, { uri, ...rest }]) => ({ uri, name, ...rest })),
      ...MANUAL_RESOURCES,
    ],
  },
  "resources/templates/list": {
    resourceTemplates: Object.entries(RESOURCE_TEMPLATES).map(([name, rest]) => ({
      name,
      ...rest,
    })),
  },
} as const;

function listedTool(
  { name, title, description, input, annotations, output }: ToolDeclaration,
) {
  const inputSchema = schemaOf(input);
  return {
    name,
    title,
    description,
    inputSchema,
    annotations,
    ...output && { outputSchema: output },
  };
}

function listedPrompt({ name, title, description, input }: {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: ArgumentTable;
}) {
  const listed = Object.entries(input).map(([name, { description, isRequired = false }]) => ({
    name,
    description,
    required: isRequired,
  }));
  return { name, title, description, arguments: listed };
}
