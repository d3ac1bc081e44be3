/** The answers that list what there is: worked out once, and the same for everybody. */

import { schemaOf } from "./argument.ts";
import type { ResultStyle } from "../result_style.ts";
import { MANUAL_RESOURCES, RESOURCE_TEMPLATES, RESOURCES } from "./resources.ts";
import type { ToolDeclaration } from "./tool_declaration.ts";
import { TOOL_DECLARATIONS } from "./tools.ts";

/** What the list of tools depends on. */
export interface ListReader {
  readonly style: ResultStyle;
  /** Whether this server has an address that people can open. */
  readonly hasAddress: boolean;
}

/** The answer of `method` to such a client; undefined where it is no list. */
export function listFor(method: string, { style, hasAddress }: ListReader) {
  if (method === "tools/list") return (hasAddress ? ALL_TOOLS : TOOLS_WITHOUT_ADDRESS)[style];
  return Object.hasOwn(LISTS, method) ? LISTS[method as keyof typeof LISTS] : undefined;
}

const ALL_TOOLS = listsOf(TOOL_DECLARATIONS);
const TOOLS_WITHOUT_ADDRESS = listsOf(TOOL_DECLARATIONS.filter((tool) => !tool.needsAddress));

/** By the method that asks for it. */
const LISTS = {
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

/** A schema of the answer promises structured content, which not every client may get. */
function listsOf(tools: readonly ToolDeclaration[]) {
  return {
    structured: { tools: tools.map(listedTool) },
    blocks: { tools: tools.map((tool) => listedTool({ ...tool, output: undefined })) },
  };
}

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
