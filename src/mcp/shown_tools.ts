/** Which tools clients are shown here, and what would have to be set for the others. */

import { isAnyTrainer } from "../requests/training.ts";
import type { Shown } from "./declarations/lists.ts";
import type { ToolDeclaration } from "./declarations/tool_declaration.ts";
import { TOOL_DECLARATIONS } from "./declarations/tools.ts";
import type { ServerDependencies } from "./dependencies.ts";

/** What the list of tools depends on of this server. */
export function shownHere(dependencies: ServerDependencies): Required<Shown> {
  return {
    hasAddress: dependencies.uploadUrl("") !== null,
    toolsets: dependencies.settings().MCP_TOOLSETS,
    trains: isAnyTrainer(dependencies.providers().on.values()),
  };
}

/** The tools that clients are not shown, in one line, each with what to set; "" where all are shown. */
export function hiddenTools(dependencies: ServerDependencies): string {
  const shown = shownHere(dependencies);
  const hidden = TOOL_DECLARATIONS.map((tool) => ({ tool, lacks: lackOf(tool, shown) }))
    .filter(({ lacks }) => lacks !== "");
  const groups = Map.groupBy(hidden, ({ lacks }) => lacks);
  const told = [...groups].map(([lacks, tools]) =>
    `${tools.map(({ tool }) => tool.name).join(", ")}: ${lacks}`
  );
  return told.length > 0 ? `${told.join("; ")}. Then start the server again` : "";
}

function lackOf(
  { toolset = "essential", needsTrainer = false, needsAddress = false }: ToolDeclaration,
  { toolsets, trains, hasAddress }: Shown,
): string {
  return [
    ...toolsets.includes(toolset) ? [] : [`add ${toolset} to MCP_TOOLSETS`],
    ...needsTrainer && !trains ? ["set the key of a provider that trains"] : [],
    ...needsAddress && !hasAddress
      ? [
        "set MCP_PUBLIC_BASE_URL (or pass a file's path, where the server is on the user's machine)",
      ]
      : [],
  ].join(" and ");
}
