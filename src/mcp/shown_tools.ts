/** Which tools clients are shown here, and what would have to be set for the others. */

import { isAnyTrainer } from "../requests/training.ts";
import { type Lack, lacksOf, type Shown } from "./declarations/lists.ts";
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

/** The tools that such a server does not show, in one line, each with what to set; "" where it shows all. */
export function hiddenTools(shown: Shown): string {
  const hidden = TOOL_DECLARATIONS.map((tool) => ({ tool, way: wayTo(tool, shown) }))
    .filter(({ way }) => way !== "");
  const groups = Map.groupBy(hidden, ({ way }) => way);
  const told = [...groups].map(([way, tools]) =>
    `${tools.map(({ tool }) => tool.name).join(", ")}: ${way}`
  );
  return told.length > 0 ? `${told.join("; ")}. Then start the server again` : "";
}

function wayTo(tool: ToolDeclaration, shown: Shown): string {
  return lacksOf(tool, shown).map((lack) => WAYS[lack](tool)).join(" and ");
}

/** What to set. */
const WAYS: Readonly<Record<Lack, (tool: ToolDeclaration) => string>> = {
  toolset: ({ toolset = "essential" }) => `add ${toolset} to MCP_TOOLSETS`,
  trainer: () => "set the key of a provider that trains",
  address: () =>
    "set MCP_PUBLIC_BASE_URL (or pass a file's path, where the server is on the user's machine)",
};
