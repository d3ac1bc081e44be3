/** The look that a host wishes for: its colours, its fonts, its sizes. */

import type { HostContext } from "./host.ts";

/**
 * Puts a host's wishes on the document. The colour scheme stands on the view and not on the root,
 * where browsers would paint an opaque ground between the view and the conversation.
 */
export function applyContext({ theme, styles, ...context }: HostContext, view: HTMLElement): void {
  const { displayMode, containerDimensions = {}, safeAreaInsets, locale } = context;
  if (theme) view.dataset.theme = theme;
  for (const [name, value] of Object.entries(styles?.variables ?? {})) {
    if (name.startsWith("--") && value !== undefined) view.style.setProperty(name, value);
  }
  if (styles?.css?.fonts) fontStyle().textContent = styles.css.fonts;
  if (locale) document.documentElement.lang = languageOf(locale);
  const { height, maxHeight } = containerDimensions;
  const isFixed = displayMode === "fullscreen" || height !== undefined;
  view.dataset.fixed = String(isFixed);
  view.style.maxHeight = !isFixed && maxHeight ? `${maxHeight}px` : "";
  if (safeAreaInsets) {
    const { top, right, bottom, left } = safeAreaInsets;
    const usual = "var(--gap)";
    view.style.padding = [top, right, bottom, left].map((each) =>
      `max(${usual}, ${Number(each)}px)`
    ).join(" ");
  }
}

/** Of those that the view speaks. */
export function languageOf(locale: string): "en" | "zh" {
  return locale.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function fontStyle(): HTMLStyleElement {
  const known = document.querySelector<HTMLStyleElement>("style[data-fonts]");
  if (known) return known;
  const style = document.createElement("style");
  style.dataset.fonts = "";
  return document.head.appendChild(style);
}
