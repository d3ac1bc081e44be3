/**
 * The view of pictures as hosts get it: MCP Apps, revision 2026-01-26. It is the same for everybody and
 * holds nothing of anybody: pictures reach it through the host, which asks as the person who is there.
 */

import { unpack } from "../../images/svg/packed.ts";
import { VIEW } from "../declarations/resources.ts";
import view from "./view.txt" with { type: "text" };

/** Answers `resources/read` of the view. */
export async function readView() {
  const text = new TextDecoder().decode(await unpack(view));
  return { contents: [{ uri: VIEW.uri, mimeType: VIEW.mimeType, text, _meta: NEEDS }] };
}

/**
 * What the view may do: nothing from elsewhere, and the clipboard. ChatGPT takes the policy from its
 * own key alone (PostHog/posthog#69612, 2026-07-09) and warns where there is none
 * (jztan/redmine-mcp-server#262, 2026-09-02). There is no `domain`: each host wants another, and one
 * that it does not like keeps the view from being shown (docs/csp-cors.md of ext-apps, 2026).
 */
const NEEDS = {
  ui: {
    csp: { connectDomains: [], resourceDomains: [], frameDomains: [], baseUriDomains: [] },
    permissions: { clipboardWrite: {} },
    prefersBorder: true,
  },
  "openai/widgetCSP": { connect_domains: [], resource_domains: [], frame_domains: [] },
};
