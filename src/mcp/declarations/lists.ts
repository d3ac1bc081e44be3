/** The answers that list what there is: worked out once, and the same for everybody. */

import type { Toolset } from "../../config/settings.ts";
import { schemaOf } from "./argument_schema.ts";
import type { ResultStyle } from "../results/result_style.ts";
import { MANUAL_RESOURCES, RESOURCE_TEMPLATES, RESOURCES, VIEW } from "./resources.ts";
import type { Annotations, ToolDeclaration } from "./tool_declaration.ts";
import { TOOL_DECLARATIONS } from "./tools.ts";

/** What the lists depend on of the client. */
export interface ListReader extends Shown {
  readonly style: ResultStyle;
  /** Whether it shows views in the conversation. */
  readonly showsViews: boolean;
}

/** What the lists depend on of the server. */
export interface Shown {
  /** Whether this server has an address that people can open. */
  readonly hasAddress: boolean;
  /** MCP_TOOLSETS: the groups of tools that are shown. */
  readonly toolsets: readonly Toolset[];
  /** Whether a provider trains models here; undefined where nobody knows yet. */
  readonly trains?: boolean;
}

/** The answer of `method` to such a client; undefined where it is no list. */
export function listFor(method: string, reader: ListReader) {
  if (method === "tools/list") return toolsFor(reader);
  if (method === "resources/list" && reader.showsViews) return LIST_WITH_VIEW;
  return Object.hasOwn(LISTS, method) ? LISTS[method as keyof typeof LISTS] : undefined;
}

/** What a server may lack of what a tool is shown for. */
export type Lack = "toolset" | "trainer" | "address";

/** What such a server lacks to show a tool. */
export function lacksOf(
  { toolset = "essential", needsTrainer = false, needsAddress = false }: ToolDeclaration,
  { toolsets, trains = false, hasAddress }: Shown,
): readonly Lack[] {
  const lacks: Readonly<Record<Lack, boolean>> = {
    toolset: !toolsets.includes(toolset),
    trainer: needsTrainer && !trains,
    address: needsAddress && !hasAddress,
  };
  return (Object.keys(lacks) as Lack[]).filter((lack) => lacks[lack]);
}

/** The tools as such a reader sees them, worked out once. */
function toolsFor({ style, showsViews, hasAddress, toolsets, trains = false }: ListReader) {
  const key = [style, showsViews, hasAddress, trains, ...toolsets].join(" ");
  const known = LISTED_TOOLS.get(key);
  if (known) return known;
  const here = { hasAddress, toolsets, trains };
  const shown = TOOL_DECLARATIONS.filter((tool) => lacksOf(tool, here).length === 0);
  const list = { tools: shown.map((tool) => listedTool(tool, style, showsViews)) };
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

/** For clients that show views; reading it never depends on what a client says. */
const LIST_WITH_VIEW = { resources: [VIEW, ...LISTS["resources/list"].resources] };

/** Some hosts read only the older, flat key. */
const OF_VIEW = { ui: { resourceUri: VIEW.uri }, "ui/resourceUri": VIEW.uri };

/**
 * A call is not idempotent where nothing says so, and the hint says nothing of one that only reads
 * (protocol of 2025-11-25).
 */
function hintsOf({ idempotentHint, ...hints }: Annotations) {
  return hints.readOnlyHint || !idempotentHint ? hints : { ...hints, idempotentHint };
}

/** A schema of the answer promises structured content, which not every client may get. */
function listedTool(
  { name, title, description, input, annotations, output, hasView }: ToolDeclaration,
  style: ResultStyle,
  showsViews: boolean,
) {
  const inputSchema = schemaOf(input);
  return {
    name,
    title,
    description,
    inputSchema,
    annotations: hintsOf(annotations),
    ...style === "structured" && output && { outputSchema: output },
    ...showsViews && hasView && { _meta: OF_VIEW },
  };
}
