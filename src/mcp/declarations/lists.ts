/** The answers that list what there is: worked out once, and the same for everybody. */

import type { Toolset } from "../../config/settings.ts";
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
  /** MCP_TOOLSETS: the groups of tools that are shown. */
  readonly toolsets: readonly Toolset[];
}

/** The answer of `method` to such a client; undefined where it is no list. */
export function listFor(method: string, reader: ListReader) {
  if (method === "tools/list") return toolsFor(reader);
  return Object.hasOwn(LISTS, method) ? LISTS[method as keyof typeof LISTS] : undefined;
}

/** The tools as such a reader sees them, worked out once. */
function toolsFor({ style, hasAddress, toolsets }: ListReader) {
  const key = [style, hasAddress, ...toolsets].join(" ");
  const known = LISTED_TOOLS.get(key);
  if (known) return known;
  const shown = TOOL_DECLARATIONS.filter(({ needsAddress = false, toolset = "essential" }) =>
    (hasAddress || !needsAddress) && toolsets.includes(toolset)
  );
  const list = { tools: shown.map((tool) => listedTool(tool, style)) };
  LISTED_TOOLS.set(key, list);
  return list;
}

const LISTED_TOOLS = new Map<string, { readonly tools: readonly object[] }>();

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
function listedTool(
  { name, title, description, input, annotations, output }: ToolDeclaration,
  style: ResultStyle,
) {
  const inputSchema = schemaOf(input);
  return {
    name,
    title,
    description,
    inputSchema,
    annotations,
    ...style === "structured" && output && { outputSchema: output },
  };
}
