/**
 * In which form a client's model gets to see a picture. Some clients hand their model the structured
 * content alone as soon as there is any, and drop the pictures beside it.
 */

import type { Settings } from "../../config/settings.ts";
import type { CallToolResult } from "../../dependencies/mcp_server.ts";
import type { RequestContext } from "../context.ts";
import type { ServerDependencies } from "../dependencies.ts";

/** "blocks": text and picture alone; "structured": structured content beside them. */
export type ResultStyle = "blocks" | "structured";

export type StyleSetting = Settings["MCP_RESULT_STYLE"];

/** The style for a client that calls itself `name` in `clientInfo`; undefined where it does not say. */
export function resultStyle(
  setting: StyleSetting,
  name: string | undefined,
): ResultStyle {
  if (setting !== "auto") return setting;
  const word = name?.toLowerCase() ?? "";
  const isKnown = SHOW_BLOCKS_ALONE.some(({ client }) =>
    word.startsWith(client) && !/^[a-z]/.test(word.slice(client.length))
  );
  return isKnown ? "blocks" : "structured";
}

/** The style for the client that a request came from. */
export function styleOf(context: RequestContext, { settings }: ServerDependencies): ResultStyle {
  return resultStyle(settings().MCP_RESULT_STYLE, context.client);
}

/** A result of a tool whose answer is a picture, in that style. */
export function inStyle(style: ResultStyle, result: CallToolResult): CallToolResult {
  if (style === "structured") return result;
  const { structuredContent: _, content, ...rest } = result;
  return { ...rest, content: content.filter(({ type }) => type !== "resource_link") };
}

interface KnownClient {
  /** How its name begins; a bridge may add a word of its own behind it. */
  readonly client: string;
  /** Where that is known from, and when it was so. */
  readonly source: string;
}

/** Clients whose model sees no picture where there is structured content. */
const SHOW_BLOCKS_ALONE: readonly KnownClient[] = [
  // Any structured content replaces text and pictures.
  {
    client: "codex",
    source:
      "codex-rs/protocol/src/models.rs as_function_call_output_payload, openai/codex#44126, " +
      "2026-09-09; it calls itself codex-mcp-client",
  },
  // The model gets the JSON alone; pictures were lost in 2026-04 and kept in 2026-06.
  { client: "claude-code", source: "anthropics/claude-code#79944, #70280, 2.1.280 of 2026-09-22" },
  { client: "opencode", source: "anomalyco/opencode#32868, 2026-06-22; its name: #2289" },
  {
    client: "openclaw",
    source: "openclaw/openclaw#115525, 2026-07; it calls itself openclaw-bundle-mcp",
  },
];
