/** The studio page as HTML without code or data in it: its script draws everything else. */

import { escapeHtml } from "../../manual/html.ts";
import type { Language } from "../uploads/texts.ts";

/** The addresses of the page's parts, each with what tells its versions apart. */
export interface PageParts {
  readonly script: string;
  readonly style: string;
}

/** How people may show who they are; none where nobody is asked. */
export interface WaysIn {
  /** With a token of MCP_AUTH_TOKEN. */
  readonly hasToken: boolean;
  /** With the key that a terminal printed. */
  readonly hasKey: boolean;
  /** With name and password, at "sign_in". */
  readonly hasPassword: boolean;
  /** The addresses of those whose access tokens are good here. */
  readonly issuers: readonly string[];
}

/** The data of the first view comes together with the script that shows it. */
export function pageDocument(
  language: Language,
  { script, style }: PageParts,
  waysIn: WaysIn,
): string {
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>mcp-image-server</title>
<link rel="stylesheet" href="${style}">
<script type="module" src="${script}"></script>
${FIRST_DATA.map((path) => `<link rel="preload" as="fetch" href="${path}" crossorigin>`).join("\n")}
<link rel="icon" href="data:,">
</head>
<body>
<div id="page" data-ways-in="${escapeHtml(JSON.stringify(waysIn))}"></div>
<noscript>${NEEDS_SCRIPT[language]}</noscript>
</body>
</html>
`;
}

/** As `src/page/server.ts` asks for them first, or they are loaded twice. */
const FIRST_DATA = ["page/data/start", "page/data/pictures?limit=120"];

const NEEDS_SCRIPT: Readonly<Record<Language, string>> = {
  en: "This page needs JavaScript.",
  zh: "此页面需要启用 JavaScript。",
};
