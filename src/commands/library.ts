/** The commands of the library: pictures are found again, kept in order, taken out and brought in. */

import { resolve } from "node:path";
import { expandHome } from "../config/save_directory.ts";
import { exportImages, importImages } from "../mcp/tools/exchange.ts";
import { deleteImages, imageHistory, searchImages, updateImages } from "../mcp/tools/library.ts";
import { BETWEEN_VALUES, FAILURE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { fieldLines } from "./field_lines.ts";
import { namedId } from "./named_picture.ts";
import { type Envelope, runTool } from "./tool_command.ts";

export async function runSearch(context: CommandContext): Promise<number> {
  const { flags, words, print, say, program } = context;
  const { parent, ...others } = flags;
  const { provider, model, style, tag, after, before, trash, limit, cursor } = others;
  return await runTool(context, {
    tool: searchImages,
    args: {
      ...{ provider, model, style, tag, after, before, trash, limit, cursor },
      query: words.length > 0 ? words.join(" ") : undefined,
      favorite: favoriteOf(flags),
      parent: parent && namedId(parent),
    },
    tell({ images, next_cursor }) {
      for (const image of images) for (const line of linesOf(image)) print(line);
      if (images.length === 0) say("Nothing was found: try fewer words, or parts of them");
      if (next_cursor !== null) {
        say(`There are more: ${program()} search … --cursor ${next_cursor}`);
      }
    },
  });
}

export async function runHistory(context: CommandContext): Promise<number> {
  const { words: [word = ""], print } = context;
  return await runTool(context, {
    tool: imageHistory,
    args: { image_id: namedId(word) },
    tell({ image, parents, children }) {
      for (const line of fieldLines(image)) print(line);
      for (const [title, relatives] of [["Made from", parents], ["Made of it", children]]) {
        if (relatives.length > 0) print(`\n${title}:`);
        for (const relative of relatives) for (const line of linesOf(relative)) print(line);
      }
    },
  });
}

export async function runUpdate(context: CommandContext): Promise<number> {
  const { flags } = context;
  return await runTool(context, {
    tool: updateImages,
    args: {
      image_ids: idsIn(context),
      title: flags.title,
      add_tags: listIn(flags["add-tag"]),
      remove_tags: listIn(flags["remove-tag"]),
      favorite: favoriteOf(flags),
    },
    tell: ({ updated, unknown }) => tellIds(updated, unknown, context),
  });
}

export async function runDelete(context: CommandContext): Promise<number> {
  const { permanent } = context.flags;
  return await runTool(context, {
    tool: deleteImages,
    args: { image_ids: idsIn(context), permanent },
    tell({ trashed, removed, unknown }) {
      if (trashed.length > 0) {
        context.say(`In the trash; taken out again by: ${context.program()} restore ID`);
      }
      return tellIds([...trashed, ...removed], unknown, context);
    },
  });
}

export async function runRestore(context: CommandContext): Promise<number> {
  return await runTool(context, {
    tool: deleteImages,
    args: { image_ids: idsIn(context), restore: true },
    tell: ({ restored, unknown }) => tellIds(restored, unknown, context),
  });
}

export async function runExport(context: CommandContext): Promise<number> {
  const { flags: { query, tag, favorite }, words: [to = "", ...ids], print, say } = context;
  return await runTool(context, {
    tool: exportImages,
    args: { to, query, tag, favorite, image_ids: ids.length > 0 ? ids.map(namedId) : undefined },
    tell({ path, exported, left }) {
      print(path);
      say(`${pictures(exported)}, with a manifest`);
      for (const { id, reason } of left) say(`Left out: ${id}: ${reason}`);
      return left.length > 0 ? FAILURE : 0;
    },
  });
}

export async function runImport(context: CommandContext): Promise<number> {
  const { flags, words: [from = ""], runtime, print, say } = context;
  return await runTool(context, {
    tool: importImages,
    args: {
      from: resolve(runtime.workingDirectory, expandHome(from, runtime)),
      tags: listIn(flags.tag),
    },
    makesPictures: true,
    whenStopped: "Stopped. What came in stays; the same command goes on with the rest",
    tell({ imported, known, broken, broken_in_all = broken.length }) {
      print(
        `${pictures(imported)} imported, ${known} known already, ${broken_in_all} not imported`,
      );
      for (const { file, reason } of broken) say(`Not imported: ${file}: ${reason}`);
      const untold = broken_in_all - broken.length;
      if (untold > 0) say(`and ${untold} more`);
      return broken_in_all > 0 ? FAILURE : 0;
    },
  });
}

/** What was done, and what there is not; a script is told of the latter by the status. */
function tellIds(
  done: readonly string[],
  unknown: readonly string[],
  { print, say }: CommandContext,
): number {
  for (const id of done) print(id);
  for (const id of unknown) say(`'${id}' is not among your pictures: 'search' finds those`);
  return unknown.length > 0 ? FAILURE : 0;
}

/** A picture in two lines: what it is, and where, if it is at any place. */
function linesOf(image: Envelope): readonly string[] {
  const { id, made_at, size, title, prompt, tags = [], favorite, local_path, url } = image;
  const words = [
    id,
    `${made_at.slice(0, 16).replace("T", " ")}Z`,
    size,
    favorite && "*",
    title ?? prompt,
    ...tags.map((tag: string) => `#${tag}`),
  ];
  const place = local_path ?? url;
  return [words.filter(Boolean).join("  "), ...place ? [`  ${place}`] : []];
}

function idsIn({ words }: CommandContext): readonly string[] {
  return words.map(namedId);
}

/** The values of a flag that may be given several times. */
export function listIn(text: string | undefined): readonly string[] | undefined {
  return text?.split(BETWEEN_VALUES);
}

function favoriteOf(flags: CommandContext["flags"]): boolean | undefined {
  if (flags.favorite !== undefined) return true;
  return flags["no-favorite"] === undefined ? undefined : false;
}

function pictures(count: number): string {
  return count === 1 ? "1 picture" : `${count} pictures`;
}
