/** Markdown set for a terminal: wrapped, with tables that fit. */

import { stripVTControlCharacters } from "node:util";
import { Marked, type Token, type Tokens } from "../dependencies/marked.ts";

export interface TextOptions {
  /** How wide the terminal is, in characters. */
  readonly columns: number;
  /** Whether headings and code may be bold. */
  readonly hasColour?: boolean;
}

/** `markdown` as lines of at most `columns` characters; only code may be longer. */
export function markdownToText(markdown: string, options: TextOptions): string {
  const style = options.hasColour ? BOLD : PLAIN;
  const width = Math.max(NARROWEST, Math.min(options.columns, WIDEST));
  return blocks(new Marked().lexer(markdown), width, style);
}

interface Style {
  readonly heading: (words: string, depth: number) => string;
  readonly code: (words: string) => string;
}

const PLAIN: Style = {
  heading: (words, depth) => `${"#".repeat(depth)} ${words}`,
  code: (words) => `\`${words}\``,
};

const bold = (words: string) => `\x1b[1m${words}\x1b[22m`;
const BOLD: Style = { heading: bold, code: bold };

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;
const INDENT = "    ";
const GAP = "  ";

function blocks(tokens: readonly Token[], width: number, style: Style): string {
  return tokens.filter(({ type }) => type !== "space")
    .map((token) => block(token, width, style)).join("\n\n");
}

function block(token: Token, width: number, style: Style): string {
  switch (token.type) {
    case "heading":
      return style.heading(inline(token.tokens, style), token.depth);
    case "code":
      return indent(token.text, INDENT);
    case "list":
      return list(token as Tokens.List, width, style);
    case "table":
      return table(token as Tokens.Table, width, style);
    default:
      return wrap("tokens" in token ? inline(token.tokens, style) : token.raw.trim(), width);
  }
}

function list({ items, ordered, start }: Tokens.List, width: number, style: Style): string {
  return items.map(({ tokens }, index) => {
    const mark = ordered ? `${Number(start) + index}. ` : "- ";
    const text = blocks(tokens, width - mark.length, style);
    return mark + indent(text, " ".repeat(mark.length)).trimStart();
  }).join("\n");
}

/** In columns where they fit beside each other, else each row as a paragraph under its first cell. */
function table({ header, rows }: Tokens.Table, width: number, style: Style): string {
  const titles = header.map(({ tokens }) => inline(tokens, style));
  const cells = rows.map((row) => row.map(({ tokens }) => inline(tokens, style)));
  const widths = titles.map((title, column) =>
    Math.max(...[title, ...cells.map((row) => row[column]!)].map(widthOf))
  );
  const total = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  if (total > width) return cells.map((row) => paragraph(titles, row, width)).join("\n\n");
  const rule = widths.map((each) => "-".repeat(each));
  return [titles, rule, ...cells]
    .map((row) => row.map((cell, column) => padded(cell, widths[column]!)).join(GAP).trimEnd())
    .join("\n");
}

/** The last column needs no title, as it is what the table is for. */
function paragraph(titles: readonly string[], row: readonly string[], width: number): string {
  const [first = "", ...others] = row;
  const lines = others.flatMap((cell, index) => {
    if (cell === "") return [];
    const isLast = index === others.length - 1;
    const words = isLast ? cell : `${titles[index + 1]}: ${cell}`;
    return [indent(wrap(words, width - INDENT.length), INDENT)];
  });
  return [wrap(first, width), ...lines].join("\n");
}

function inline(tokens: readonly Token[] | undefined, style: Style): string {
  return (tokens ?? []).map((token) => {
    if (token.type === "codespan") return style.code(token.text);
    if (token.type === "br") return "\n";
    if (token.type === "link") return link(token as Tokens.Link, style);
    return "tokens" in token ? inline(token.tokens, style) : "text" in token ? token.text : "";
  }).join("");
}

function link({ href, tokens }: Tokens.Link, style: Style): string {
  const words = inline(tokens, style);
  return words === href || href.startsWith("#") ? words : `${words} (${href})`;
}

/** Words are never cut, so that addresses and commands stay whole. */
function wrap(text: string, width: number): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    let current = "";
    for (const word of line.split(" ")) {
      const longer = current === "" ? word : `${current} ${word}`;
      if (current !== "" && widthOf(longer) > width) {
        lines.push(current);
        current = word;
      } else current = longer;
    }
    lines.push(current);
  }
  return lines.join("\n");
}

function indent(text: string, by: string): string {
  return text.split("\n").map((line) => line === "" ? line : by + line).join("\n");
}

function padded(text: string, width: number): string {
  return text + " ".repeat(width - widthOf(text));
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
