/** The providers' words for styles and sizes, as a person reads them. */

import { otherLanguage } from "./texts.ts";

/** The half of a label such as "油画风格 Oil painting" that is in the page's language, or all of it. */
export function styleLabel(label: string): string {
  const [, chinese, english] = BOTH_LANGUAGES.exec(label) ?? [];
  return (otherLanguage === "en" ? chinese : english) ?? label;
}

/** "1024x1024 · 1:1" */
export function sizeLabel(note: string, size: string): string {
  return note === "" || note === size ? size : `${size} · ${note}`;
}

const BOTH_LANGUAGES = /^(.*\p{Script=Han}\S*)\s+\(?([^\p{Script=Han}]+?)\)?$/u;
