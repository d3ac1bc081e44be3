/** The manual as web pages: plain HTML with a style sheet and nothing that runs. */

import { escapeHtml, markdownToHtml } from "./html.ts";
import { contents, linksTo, type Topic, TOPICS, topicText } from "./topics.ts";

/** The page of a topic. Its links lead to pages beside it, as all links here. */
export async function topicPage(topic: Topic, version: string): Promise<string> {
  const index = TOPICS.indexOf(topic);
  const [before, after] = [TOPICS[index - 1], TOPICS[index + 1]];
  const steps = [
    before && `<a rel="prev" href="${before.name}">← ${escapeHtml(before.title)}</a>`,
    after && `<a rel="next" href="${after.name}">${escapeHtml(after.title)} →</a>`,
  ];
  const article = markdownToHtml(await topicText(topic, PAGES));
  const pager = `<nav class="steps" aria-label="Next and previous">${steps.join(" ")}</nav>`;
  return page({ title: topic.title, current: topic.name, body: article + pager, version });
}

/** The page that names every topic. */
export function contentsPage(version: string): string {
  const introduction = "<p>Also read with <code>mcp-image-server help TOPIC</code>, as the MCP " +
    "resources <code>manual://TOPIC</code>, and as Markdown by adding <code>.md</code>.</p>";
  const body = markdownToHtml(contents(PAGES)) + introduction;
  return page({ title: "Manual", body, version });
}

/**
 * The page for an address where nothing is.
 * @param root the way from that address to the table of contents, such as "../"
 */
export function missingPage(
  { word, guess, root, version }: {
    readonly word: string;
    readonly guess?: string;
    readonly root: string;
    readonly version: string;
  },
): string {
  const hint = guess && ` Did you mean <a href="${root}${guess}">${guess}</a>?`;
  const body = `<h1>No such topic</h1><p>The manual has no topic '${escapeHtml(word)}'.` +
    `${hint ?? ""}</p><p><a href="${root}./">All topics</a></p>`;
  return page({ title: "No such topic", body, version, root });
}

/** The whole style sheet, so that a policy can name it by its digest. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --quiet: #5a6570; --ground: #fff;
  --raised: #f3f5f7; --line: #d8dee4; --link: #0b5fb0; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e7eb; --quiet: #98a4b0;
  --ground: #14181c; --raised: #1f252b; --line: #343c45; --link: #79b8ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text);
  font: 1rem/1.6 system-ui, sans-serif; }
.layout { display: grid; grid-template-columns: 15rem minmax(0, 1fr); gap: 2.5rem;
  max-width: 76rem; margin: 0 auto; padding: 1.5rem; }
.topics { position: sticky; top: 1.5rem; align-self: start; font-size: 0.94rem; }
.topics ul { list-style: none; margin: 0.75rem 0 0; padding: 0; }
.topics li a { display: block; padding: 0.2rem 0.6rem; border-radius: 0.3rem; color: inherit;
  text-decoration: none; }
.topics li a:hover { background: var(--raised); }
.topics li a[aria-current] { background: var(--raised); font-weight: 600; }
.name { font-weight: 700; text-decoration: none; color: inherit; padding: 0 0.6rem; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.2rem 0 0.8rem; padding-bottom: 0.2rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 1.8rem 0 0.6rem; }
code, pre { font: 0.88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--raised); padding: 0.1em 0.3em; border-radius: 0.25rem;
  overflow-wrap: anywhere; }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 0.4rem;
  padding: 0.9rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
.table { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
th, td { border: 1px solid var(--line); padding: 0.4rem 0.65rem; text-align: left;
  vertical-align: top; }
th { background: var(--raised); }
td:first-child code { overflow-wrap: normal; white-space: nowrap; }
.steps { display: flex; justify-content: space-between; gap: 1rem; flex-wrap: wrap;
  margin-top: 3rem; }
footer { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: 0.8rem;
  color: var(--quiet); font-size: 0.88rem; }
@media (max-width: 56rem) { .layout { grid-template-columns: minmax(0, 1fr); gap: 1.5rem; }
  .topics { position: static; } .topics ul { columns: 2; } }
@media print { .topics, .steps { display: none; } .layout { display: block; } }
`;

const PAGES = linksTo((name) => name);

interface PageContent {
  readonly title: string;
  readonly body: string;
  readonly version: string;
  /** The topic shown; absent for pages of none. */
  readonly current?: string;
  readonly root?: string;
}

function page({ title, body, version, current, root = "" }: PageContent): string {
  const entries = TOPICS.map((topic) => {
    const mark = topic.name === current ? ' aria-current="page"' : "";
    return `<li><a href="${root}${topic.name}"${mark}>${escapeHtml(topic.title)}</a></li>`;
  });
  const source = current ? ` · <a href="${current}.md">This page as Markdown</a>` : "";
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · mcp-image-server</title>
<style>${STYLE}</style>
</head>
<body>
<div class="layout">
<nav class="topics" aria-label="Topics">
<a class="name" href="${root}./">mcp-image-server</a>
<ul>
${entries.join("\n")}
</ul>
</nav>
<main>
${body}
<footer>mcp-image-server ${escapeHtml(version)}${source}</footer>
</main>
</div>
</body>
</html>
`;
}
