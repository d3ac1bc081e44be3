/** The tools that look after pictures which are there already, as clients see them. */

import {
  flag,
  picture,
  required,
  text,
  textList,
  unlisted,
  wholeNumber,
} from "./argument_kinds.ts";
import { MAKES, READS, type ToolDeclaration } from "./tool_declaration.ts";

/** Of one call, in pictures. */
const MOST_AT_ONCE = 100;
const IMAGE_IDS = required(
  textList("img_…, or last", { maxItems: MOST_AT_ONCE, maxLength: 200 }),
);
/** In characters. */
const TAGS = { maxItems: 20, maxLength: 60 };

export const SEARCH_IMAGES = {
  name: "search_images",
  title: "Search images",
  description: "Finds earlier pictures, newest first.",
  input: {
    query: text("All of these words or parts, in prompt, title, tags or style", {
      maxLength: 500,
    }),
    provider: text(""),
    model: text(""),
    style: text(""),
    tag: text("A whole one"),
    favorite: flag("Only those, or only others"),
    after: text("today, 12h, 7d or 2026-11-20"),
    before: text(""),
    trash: flag("Looks in the trash"),
    limit: wholeNumber("Default 10", 1, 50),
    cursor: text("next_cursor of before"),
    // image_history answers with them, too.
    ...unlisted({ parent: text("Id of what they were made from") }),
  },
  annotations: READS,
  toolset: "library",
  hasView: true,
  empty: { images: [], next_cursor: null },
} as const satisfies ToolDeclaration;

export const IMAGE_HISTORY = {
  name: "image_history",
  title: "Image history",
  description: "What a picture was made from and what from it, with prompt and parameters of each.",
  input: { image_id: required(text("img_…, or last", { minLength: 1 })) },
  annotations: READS,
  toolset: "library",
  empty: { image: null, parents: [], children: [] },
} as const satisfies ToolDeclaration;

export const UPDATE_IMAGES = {
  name: "update_images",
  title: "Update images",
  description: "Notes a title, tags or a favourite, by which pictures are found.",
  input: {
    image_ids: IMAGE_IDS,
    title: text('"" takes it away'),
    add_tags: textList("Words such as client-a", TAGS),
    remove_tags: textList("", TAGS),
    favorite: flag(""),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  toolset: "library",
  empty: { updated: [], unknown: [] },
} as const satisfies ToolDeclaration;

export const DELETE_IMAGES = {
  name: "delete_images",
  title: "Delete images",
  description: "Puts pictures into the trash, where they stay for MCP_TRASH_DAYS days.",
  input: {
    image_ids: IMAGE_IDS,
    restore: flag("Takes them out again"),
    permanent: flag("For good; ask the user first"),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  toolset: "library",
  empty: { trashed: [], restored: [], removed: [], unknown: [] },
} as const satisfies ToolDeclaration;

export const EXPORT_IMAGES = {
  name: "export_images",
  title: "Export images",
  description:
    "Copies pictures into a folder or a new .zip, with speaking names and manifest.json; stdio only.",
  input: {
    to: required(text("Path in a folder that is allowed, such as ~/Pictures/logos.zip", {
      maxLength: 1_000,
    })),
    image_ids: { ...IMAGE_IDS, isRequired: false },
    query: text("Instead of ids, as in search_images", { maxLength: 500 }),
    tag: text("A whole one"),
    favorite: flag("Only favourites"),
  },
  annotations: MAKES,
  toolset: "exchange",
  empty: { exported: 0, path: null, left: [] },
} as const satisfies ToolDeclaration;

export const IMPORT_IMAGES = {
  name: "import_images",
  title: "Import images",
  description:
    "Copies the picture files of a folder into the library, with what they tell of their making.",
  input: {
    from: required(text("Absolute path of a folder or file", { maxLength: 1_000 })),
    tags: textList("Tags for them", TAGS),
    in_place: flag("Leave the files where they are, and copy nothing"),
  },
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  toolset: "exchange",
  empty: { imported: 0, known: 0, image_ids: [], broken: [] },
} as const satisfies ToolDeclaration;

export const READ_METADATA = {
  name: "read_metadata",
  title: "Read metadata",
  description:
    "Tells what made any picture, by what its file says: prompt, model, seed, AI mark, C2PA.",
  input: { image: required(picture("As in edit_image")) },
  annotations: { ...READS, openWorldHint: true },
  toolset: "library",
  empty: { metadata: null, warnings: [] },
} as const satisfies ToolDeclaration;
