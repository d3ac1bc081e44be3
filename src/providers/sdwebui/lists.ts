/** Reads what checkpoints and LoRAs a web UI has, and finds those that a request means. */

import * as z from "../../dependencies/zod.ts";
import { ImageError, nearest, someOf } from "../../errors.ts";
import { quote } from "../bounds.ts";
import { allOrNone } from "../together.ts";
import type { Ask } from "./engine.ts";
import {
  type Checkpoint,
  type Choice,
  choiceOf,
  type Inventory,
  mayNameLora,
  named,
  namesIn,
  UnknownName,
} from "./inventory.ts";

/** A choice, and all that there is to choose from. */
export interface Chosen extends Choice {
  readonly inventory: Inventory;
}

interface Reading {
  readonly ask: Ask;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** What was read before. */
  readonly known?: Inventory;
}

/** In milliseconds: for so long nobody adds a checkpoint without asking for it. */
const FRESH = 60_000;

/**
 * The checkpoint and LoRAs that `model` means; where it means none, whatever is loaded. Files that
 * were added since the web UI began are found, too.
 * @throws {ImageError} `model_unavailable` where something has no such name.
 */
export async function chooseModel(model: string | undefined, reading: Reading): Promise<Chosen> {
  const { known, now } = reading;
  const isFresh = known && now() - known.readAt < FRESH;
  const inventory = isFresh && isComplete(model, known) ? known : await read(model, reading);
  try {
    return { ...choose(model, inventory), inventory };
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    await refresh(reading);
    return lastChoice(model, await read(model, reading));
  }
}

function choose(model: string | undefined, inventory: Inventory): Choice {
  return model === undefined ? { loras: [] } : choiceOf(model, inventory);
}

function lastChoice(model: string | undefined, inventory: Inventory): Chosen {
  try {
    return { ...choose(model, inventory), inventory };
  } catch (error) {
    if (!(error instanceof UnknownName)) throw error;
    throw unknownModel(error.unknown, inventory);
  }
}

function isComplete(model: string | undefined, known: Inventory): boolean {
  return !mayNameLora(model, known) || known.loras.length > 0;
}

async function read(model: string | undefined, reading: Reading): Promise<Inventory> {
  const { ask, signal, now, known } = reading;
  const [models, options] = await allOrNone([
    (signal) => ask("sd-models", { signal }),
    (signal) => unless404(ask("options", { signal })),
  ], signal);
  const checkpoints = CHECKPOINTS.safeParse(models.json).data;
  if (!checkpoints) {
    throw new ImageError(
      "provider_error",
      `The web UI's answer is not one of its API: ${
        quote(models.text.slice(0, 300))
      }. Check that ` +
        "SDWEBUI_URL is the address of a Stable Diffusion web UI",
      { provider: "sdwebui" },
    );
  }
  const inventory: Inventory = {
    readAt: now(),
    checkpoints: checkpoints.flatMap((each) => each ?? []),
    loaded: OPTIONS.safeParse(options?.json).data?.sd_model_checkpoint ?? undefined,
    loras: known?.loras ?? [],
  };
  const areLorasNeeded = known === undefined || mayNameLora(model, inventory);
  return areLorasNeeded ? { ...inventory, loras: await readLoras(reading) } : inventory;
}

/** None where the extension that has them is off. Their training data come along, which is much. */
async function readLoras({ ask, signal }: Reading): Promise<readonly string[]> {
  const answer = await unless404(ask("loras", { signal, pictures: 1 }));
  const loras = LORAS.safeParse(answer?.json).data ?? [];
  return loras.flatMap((lora) => lora?.name ?? []);
}

/** Lets the web UI look at its folders again, where it can. */
async function refresh({ ask, signal }: Reading): Promise<void> {
  await allOrNone(
    ["refresh-checkpoints", "refresh-loras"].map((path) => (signal: AbortSignal) =>
      unless404(ask(path, { signal, body: {}, isFree: true }))
    ),
    signal,
  );
}

async function unless404<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof ImageError && error.details.http_status === 404) return undefined;
    throw error;
  }
}

function unknownModel(name: string, inventory: Inventory): ImageError {
  const names = namesIn({ ...inventory, loaded: undefined });
  const guess = nearest(name, names);
  return new ImageError(
    "model_unavailable",
    `The web UI has no checkpoint or LoRA ${quote(name)}` +
      (guess ? `; did you mean '${guess}'?` : ".") +
      (names.length > 0 ? ` It has ${someOf(names, MOST_TOLD)}.` : " It has none at all.") +
      " Set SDWEBUI_MODEL or the argument 'model' to one of them, or put the file into its " +
      "models folder",
    { provider: "sdwebui", model: name },
  );
}

/** The loaded checkpoint, as far as it is told. */
export function loadedIn({ loaded, checkpoints }: Inventory): Checkpoint | undefined {
  return loaded === undefined ? undefined : named(loaded, checkpoints);
}

const MOST_TOLD = 10;

const word = z.string().nullish().catch(undefined);

const CHECKPOINTS = z.array(
  z.object({ title: z.string(), model_name: word, hash: word, sha256: word, type: word })
    .transform(({ title, model_name, hash, type }): Checkpoint => ({
      title,
      name: model_name ?? title,
      ...hash ? { hash } : {},
      ...type ? { kind: type } : {},
    }))
    .optional().catch(undefined),
);

const LORAS = z.array(z.object({ name: z.string() }).optional().catch(undefined));

const OPTIONS = z.object({ sd_model_checkpoint: word });
