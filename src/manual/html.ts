/** Markdown as HTML that can be shown to anybody: no markup of the text's own gets through. */

import { Marked, Renderer, type Tokens } from "../dependencies/marked.ts";

/** `markdown` as HTML; every heading has its anchor as id, and raw HTML is shown as text. */
export function markdownToHtml(markdown: string): string {
  const anchorFor = anchors();
  const marked = new Marked({
    renderer: {
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
      image: ({ text }: Tokens.Image) => escapeHtml(text),
      heading({ tokens, depth, text }: Tokens.Heading) {
        const id = escapeHtml(anchorFor(text));
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const words = this.parser.parseInline(tokens);
        return isWebAddress(href) ? `<a href="${escapeHtml(href)}">${words}</a>` : words;
      },
      table(token: Tokens.Table) {
        // Wide tables scroll by themselves, with the keyboard too.
        return `<div class="table" tabindex="0">${
          Renderer.prototype.table.call(this, token)
        }</div>`;
      },
    },
  });
  return marked.parse(markdown, { async: false });
}

/** Gives each heading of one text the anchor that GitHub gives it, as "Several people" → "several-people". */
export function anchors(): (heading: string) => string {
  const used = new Map<string, number>();
  return (heading) => {
    const words = heading.replace(/`|\*|\[([^\]]*)\]\([^)]*\)/g, "$1").trim().toLowerCase();
    const plain = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    const count = used.get(plain) ?? 0;
    used.set(plain, count + 1);
    return count === 0 ? plain : `${plain}-${count}`;
  };
}

/** `text` as it must stand between tags or in an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Relative ones too; never a scheme that could run something, however it is spelt. */
function isWebAddress(address: string): boolean {
  return /^https?:$/.test(URL.parse(address, "https://relative.invalid/")?.protocol ?? "");
}
