/** `train`: a model trained on pictures by a vendor, its name on stdout; without --confirm only the cost. */

import { trainModel } from "../mcp/tools/train_model.ts";
import { FAILURE } from "./command_table.ts";
import type { CommandContext } from "./context.ts";
import { namedId, namedPicture } from "./named_picture.ts";
import { runTool } from "./tool_command.ts";

/** The first word is the model's name, the others are pictures or one folder of them. */
export async function runTrain(context: CommandContext): Promise<number> {
  const { flags, words: [name, ...words], runtime, print, say, program } = context;
  const places = words.map((word) => namedPicture(word, runtime.workingDirectory));
  const isFolder = await Promise.all(places.map(isFolderAt));
  return await runTool(context, {
    tool: trainModel,
    args: {
      name,
      trigger_word: flags.trigger,
      images: places.filter((_, index) => !isFolder[index]).map(namedId),
      folder: places.find((_, index) => isFolder[index]),
      kind: flags.kind,
      steps: flags.steps,
      provider: flags.provider,
      confirm: flags.confirm,
      rename_to: flags.rename,
      forget: flags.forget,
      wait_seconds: LONGEST_WAIT,
    },
    whenStopped:
      "Stopped. A vendor goes on with a training that it has accepted, and charges for it; " +
      "the next server on this folder waits for the model",
    tell({ model, training, job, forgotten, next }) {
      if (model) print(model.name);
      else if (forgotten) say(next);
      else if (job) say(`Not ready: ${program()} generate --resume ${job.id} waits on`);
      else {
        const { estimated_cost: cost, provider, pictures, cost_note } = training;
        const amount = cost ? `about ${cost.amount} ${cost.unit}` : "an unknown amount";
        say(
          `Nothing was sent yet. ${provider} would get ${pictures} pictures and ask ${amount} ` +
            `(${cost_note}). To train, add --confirm`,
        );
      }
      return model || training || forgotten ? undefined : FAILURE;
    },
  });
}

async function isFolderAt(path: string): Promise<boolean> {
  return (await Deno.stat(path).catch(() => undefined))?.isDirectory ?? false;
}

/** In seconds. */
const LONGEST_WAIT = 3_600;
