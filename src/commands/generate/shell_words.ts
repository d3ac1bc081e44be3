/** What is written for callers of the tools, as a person at a shell reads it. */

import { ImageError, withSettingsFile } from "../../errors.ts";

/** The error with the flags' names in place of the tools' arguments, and the settings file's path. */
export function errorInShellWords(
  { code, message, details, cause }: ImageError,
  settingsFile?: string,
): ImageError {
  return new ImageError(code, inShellWords(message, settingsFile), details, { cause });
}

/** The sentence with the flags' names in place of the tools' arguments, and the settings file's path. */
export function inShellWords(sentence: string, settingsFile?: string): string {
  return REPLACEMENTS.reduce(
    (words, { argument, flag }) => words.replace(argument, flag),
    withSettingsFile(sentence, settingsFile),
  );
}

/** Plain words such as "style" stay, except where they surely name an argument. */
const REPLACEMENTS: readonly { readonly argument: RegExp; readonly flag: string }[] = [
  { argument: /\bsave_as\b/g, flag: "--save-as" },
  { argument: /\baspect_ratio\b/g, flag: "--aspect-ratio" },
  { argument: /'?\btrigger_word\b'?/g, flag: "--trigger" },
  { argument: /\bpass them in 'images' or a 'folder'/g, flag: "name them, or their folder" },
  { argument: /\bnegative_prompt\b/g, flag: "--negative-prompt" },
  { argument: /'?\bmax_bytes\b'?/g, flag: "--max-bytes" },
  { argument: /'?\bmask_region\b'?/g, flag: "--region" },
  { argument: /'(mask|invert|strength)'/g, flag: "--$1" },
  {
    argument: /\bcall generate_image with its id as based_on, and with n\b/g,
    flag: "give generate its prompt again and --count",
  },
  { argument: /'?\boutput_format\b'?/g, flag: "--output-format" },
  { argument: /'?\boutput_compression\b'?/g, flag: "--output-compression" },
  { argument: /'?\bfile_prefix\b'?/g, flag: "--file-prefix" },
  { argument: /\bsetting '(background|moderation|quality)'/g, flag: "setting --$1" },
  { argument: /'(background|moderation|quality)'(?= must be\b)/g, flag: "--$1" },
  { argument: /\b(?:in )?the '(model)' argument\b/g, flag: "with --$1" },
  { argument: /\bthe argument '(model)'/g, flag: "--$1" },
  { argument: /'(provider|style|resolution)'(?= names\b)/g, flag: "--$1" },
  { argument: /(?:, then call| and) reload_config\b/g, flag: "" },
  {
    argument: /\bcall edit_image with (it|the picture)\b/g,
    flag: "give $1 to 'mcp-image-server edit'",
  },
  {
    argument: /\blist_jobs names the known ones\b/g,
    flag: "'mcp-image-server generate' tells the id of one that it leaves behind",
  },
  { argument: /\bpass one to edit_image\b/g, flag: "give one to 'mcp-image-server edit'" },
  {
    argument: /: wait for (one|it) with get_job, or stop (?:one|it) with cancel_job/g,
    flag: "; wait until $1 ends",
  },
  { argument: /\bsearch_images(\(trash=true\))?/g, flag: "'mcp-image-server search'" },
  { argument: /\bCannot call \w+: /g, flag: "" },
  { argument: /'image_ids'(?=, 'query')/g, flag: "pictures" },
  { argument: /'(query|tag|favorite)'(?=,| or|$)/g, flag: "--$1" },
  { argument: /\btitle, add_tags, remove_tags or favorite$/g, flag: "a flag, such as --title" },
  { argument: /\bwith transform_image\b/g, flag: "with 'mcp-image-server transform'" },
  { argument: /\brender_svg\b/g, flag: "'mcp-image-server render'" },
  { argument: /\blist_providers\b/g, flag: "'mcp-image-server doctor'" },
  { argument: /^resolution(?= '.*' is not of )/, flag: "--resolution" },
];
