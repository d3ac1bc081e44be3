/** A training as a person asks for it, made ready: its pictures kept here, its rules kept, its cost known. */

import type { PictureReader } from "../inputs/picture_source.ts";
import type { PictureText } from "../inputs/picture_text.ts";
import { pictureFilesIn } from "../inputs/sources/folder.ts";
import type { TrainingCost, TrainingKind } from "../providers/training.ts";
import type { Plan } from "../requests/request.ts";
import {
  checkNumber,
  planTraining,
  type ProviderThatTrains,
  trainerNamed,
} from "../requests/training.ts";
import type { ImageService } from "./image_service.ts";
import { takenName } from "./trained_models.ts";

export interface TrainingArguments {
  readonly name: string;
  readonly triggerWord: string;
  /** As `readPicture` takes them. */
  readonly images?: readonly (string | PictureText)[];
  /** The path of a folder whose pictures are learned as well. */
  readonly folder?: string;
  readonly kind?: TrainingKind;
  readonly steps?: number;
  readonly provider?: string;
}

export interface PreparedTraining {
  readonly plan: Plan;
  readonly provider: ProviderThatTrains;
  readonly cost: TrainingCost;
}

/**
 * Reads the pictures and keeps them here; no vendor is asked anything.
 * @throws {ImageError} that says what is not legal, and what is.
 */
export async function prepareTraining(
  { images = [], folder, ...wanted }: TrainingArguments,
  reader: PictureReader,
  service: ImageService,
): Promise<PreparedTraining> {
  const known = await service.knownProviders();
  const provider = trainerNamed(wanted.provider, known);
  if (await service.models.find(wanted.name, reader.owner)) throw takenName(wanted.name);
  const files = folder === undefined
    ? []
    : await pictureFilesIn(folder.trim(), reader.access, reader.signal);
  const named = [...images, ...files];
  // Too few or too many is told before any of them is read.
  checkNumber(named.length, provider.trainer.rules);
  const { images: pictures } = await service.keepInputs({
    images: named.map((picture, index) => ({
      role: "reference",
      name: index < images.length ? `Picture ${index + 1}` : `The file '${picture}'`,
      picture: () => service.holdPicture(picture, reader),
    })),
  }, reader.signal);
  const plan = planTraining({ ...wanted, pictures }, provider, known);
  return { plan, provider, cost: provider.trainer.costOf(plan.training?.steps) };
}
