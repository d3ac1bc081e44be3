import { ImageError } from "../../errors.ts";
import type { VariableLists } from "../../requests/batch.ts";
import {
  badItems,
  checkItems,
  everyCombination,
  readItem,
  type Said,
  type WantedItem,
} from "../arguments/batch_items.ts";
import { batchResult } from "../results/batch_result.ts";
import { callerOf } from "../caller.ts";
import { GENERATE_BATCH } from "../declarations/tools.ts";
import type { DrawingArguments } from "../arguments/drawing_request.ts";
import { batchNamed } from "../arguments/named.ts";
import { progressOf } from "../progress.ts";
import { defineTool } from "./tool.ts";

export const generateBatch = defineTool({
  ...GENERATE_BATCH,
  async handle(
    { wait_seconds = 0, repeat_failed, items, variables, ...shared },
    context,
    dependencies,
  ) {
    using progress = progressOf(context);
    const caller = callerOf(context, progress, wait_seconds, dependencies);
    const { owner, signal } = caller;
    const { batches, copyPlace, imageService } = dependencies;
    if (repeat_failed !== undefined) {
      const others = Object.keys({
        ...shared,
        ...items && { items },
        ...variables && { variables },
      });
      if (others.length > 0) throw repeatsAsItWas(others);
      const named = await batchNamed(repeat_failed, owner, dependencies);
      const { id } = await batches.repeatFailed(named, owner);
      return batchResult(await batches.wait(id, caller), dependencies);
    }
    const wanted = wantedItems(shared, items, variables);
    const checked = await checkItems(wanted, { owner, signal, copyPlace }, dependencies);
    signal.throwIfAborted();
    const mayAdopt = imageService.settings.dedupe;
    const { id } = await batches.start(checked.items, { ...caller, mayAdopt });
    return batchResult(await batches.wait(id, caller), dependencies, checked.warnings);
  },
});

/** Each item with each combination of the variables. @throws {ImageError} that names wrong items. */
function wantedItems(
  shared: DrawingArguments,
  items: readonly Readonly<Record<string, unknown>>[] | undefined,
  lists: VariableLists = {},
): readonly WantedItem[] {
  const hasLists = Object.keys(lists).length > 0;
  if (items === undefined && !hasLists || items?.length === 0) throw nothingToDraw();
  const read = items === undefined ? [{}] : readItems(items);
  return everyCombination(read, lists, shared);
}

function readItems(items: readonly Readonly<Record<string, unknown>>[]) {
  const mistakes: Said[] = [];
  const read = items.map((item, index): DrawingArguments => {
    const found = readItem(item);
    if ("args" in found) return found.args;
    mistakes.push({ place: `item ${index + 1}`, words: found.mistakes.join(", ") });
    return {};
  });
  if (mistakes.length > 0) throw badItems("invalid_arguments", mistakes, items.length);
  return read;
}

function nothingToDraw(): ImageError {
  return new ImageError(
    "invalid_parameters",
    'There is nothing to draw: pass items, such as [{"prompt": "a cat"}], or a prompt or template ' +
      'with gaps and what goes into them as variables, such as {"animal": ["cat", "fox"]}',
  );
}

function repeatsAsItWas(others: readonly string[]): ImageError {
  return new ImageError(
    "invalid_parameters",
    `'repeat_failed' draws the items as they were asked for: leave out ${others.join(", ")}`,
  );
}
