/** The view as one HTML document that needs nothing else; what it says stands before its script has run. */

export function viewDocument(style: string, script: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pictures</title>
<style>${style}</style>
</head>
<body>
<div id="view"><p class="quiet">Waiting for the conversation…</p></div>
<script type="module">${script.replaceAll("</script", "<\\/script")}</script>
</body>
</html>
`;
}
