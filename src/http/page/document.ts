/** The studio page as HTML without code or data in it: its script draws everything else. */

import type { Language } from "../uploads/texts.ts";

export function pageDocument(language: Language): string {
  return `<!DOCTYPE html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>mcp-image-server</title>
<link rel="stylesheet" href="page/page.css">
<link rel="icon" href="data:,">
<script type="module" src="page/page.js"></script>
</head>
<body>
<div id="page"></div>
<noscript>${NEEDS_SCRIPT[language]}</noscript>
</body>
</html>
`;
}

const NEEDS_SCRIPT: Readonly<Record<Language, string>> = {
  en: "This page needs JavaScript.",
  zh: "此页面需要启用 JavaScript。",
};
