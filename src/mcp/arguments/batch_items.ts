/** The items of a batch, checked as far as they can be before anything is drawn. */

import { ImageError } from "../../errors.ts";
import { cut } from "../../printable.ts";
import {
  combinationsOf,
  MOST_DRAWINGS,
  promptWith,
  tooManyDrawings,
  type VariableLists,
} from "../../requests/batch.ts";
import type { NewItem } from "../../service/batches/batches.ts";
import { GENERATE_IMAGE } from "../declarations/tools.ts";
import type { ServerDependencies } from "../dependencies.ts";
import { type DrawingArguments, type DrawingReader, drawingRequest } from "./drawing_request.ts";
import { type Read, readArguments } from "./read_arguments.ts";

/** One drawing as it was asked for. */
export interface WantedItem {
  /** What its mistakes are told of, such as "item 3". */
  readonly place: string;
  /** What sets it apart from the others; where it is "", its prompt does. */
  readonly label: string;
  readonly args: DrawingArguments;
}

export interface CheckedItems {
  readonly items: readonly NewItem[];
  /** Where they depart from what was asked for, each sentence once. */
  readonly warnings: readonly string[];
}

/**
 * The requests of items that a provider can honour, all of them.
 * @throws {ImageError} that names each place where none can, and what is legal; nothing is drawn.
 */
export async function checkItems(
  wanted: readonly WantedItem[],
  reader: DrawingReader,
  dependencies: ServerDependencies,
): Promise<CheckedItems> {
  const items: NewItem[] = [];
  const mistakes: Said[] = [];
  const warnings: Said[] = [];
  let code: ImageError["code"] | undefined;
  for (const { place, label, args } of wanted) {
    try {
      const request = await drawingRequest(filledIn(args), reader, dependencies);
      const { attempts: [first] } = await dependencies.imageService.check(request, reader.owner);
      for (const words of first.warnings) warnings.push({ place, words });
      items.push({ label: label || cut(oneLine(request.prompt), LONGEST_LABEL), request });
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      reader.signal.throwIfAborted();
      code ??= error.code;
      mistakes.push({ place, words: error.message });
    }
  }
  if (code !== undefined) throw badItems(code, mistakes, wanted.length);
  const drawings = items.reduce((sum, { request }) => sum + request.count, 0);
  if (drawings > MOST_DRAWINGS) throw tooManyDrawings(drawings);
  return { items, warnings: sentencesOf(warnings, wanted.length) };
}

/**
 * Each item with each combination of the variables; what an item says goes before what all say.
 * @throws {ImageError} `invalid_parameters` where those are too many.
 */
export function everyCombination(
  items: readonly DrawingArguments[],
  lists: VariableLists,
  shared: DrawingArguments = {},
): readonly WantedItem[] {
  const combinations = combinationsOf(lists, items.length);
  return items.flatMap((item) =>
    combinations.map(({ variables, label }) => ({ item, variables, label }))
  ).map(({ item, variables, label }, index) => ({
    place: `item ${index + 1}`,
    label,
    args: { ...shared, ...item, variables: { ...variables, ...item.variables } },
  }));
}

/** What an item says for itself, or what is wrong with it, as sentences. */
export function readItem(given: Readonly<Record<string, unknown>>): Read<typeof ITEM> {
  return readArguments(ITEM, given);
}

/** Whether an item may say that. */
export function isArgument(name: string): boolean {
  return Object.hasOwn(ITEM, name);
}

/** The arguments of `generate_image`; the prompt may stand beside the items. */
const { wait_seconds: _, prompt, ...OTHERS } = GENERATE_IMAGE.input;
const ITEM = { prompt: { ...prompt, isRequired: false }, ...OTHERS } as const;

/** Without a template the prompt itself has the gaps. */
function filledIn({ variables = {}, ...args }: DrawingArguments): DrawingArguments {
  if (args.template !== undefined) return { ...args, variables };
  return { ...args, prompt: promptWith(args.prompt ?? "", variables) };
}

/** The mistakes of a batch as one error. */
export function badItems(
  code: ImageError["code"],
  mistakes: readonly Said[],
  total: number,
): ImageError {
  const sentences = sentencesOf(mistakes, total);
  const more = sentences.length - MOST_TOLD;
  const told = more > 0 ? [...sentences.slice(0, MOST_TOLD), `and ${more} more`] : sentences;
  return new ImageError(code, `Nothing was drawn: ${told.join("; ")}`, {
    places: [...new Set(mistakes.map(({ place }) => place))].slice(0, MOST_PLACES),
  });
}

/** Words about a place. */
export interface Said {
  readonly place: string;
  readonly words: string;
}

/** Each sentence once, with the places that it is about unless it is about all. */
export function sentencesOf(said: readonly Said[], total: number): readonly string[] {
  return Map.groupBy(said, ({ words }) => words).entries().map(([words, about]) => {
    const places = [...new Set(about.map(({ place }) => place))];
    if (places.length === total && total > 1) return words;
    const more = places.length > 3 ? ` and ${places.length - 3} more` : "";
    return `${places.slice(0, 3).join(", ")}${more}: ${words}`;
  }).toArray();
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ");
}

/** Different mistakes that are told one by one. */
const MOST_TOLD = 5;
const MOST_PLACES = 20;
/** In characters. */
const LONGEST_LABEL = 60;
