/** The use case: one prompt drawn in several ways at once, and all of them on one sheet. */

import { ImageError } from "../errors.ts";
import { drawContactSheet, MAX_CELLS, type SheetCell } from "../images/contact_sheet.ts";
import type { Caller } from "../jobs/caller.ts";
import type { JobView } from "../jobs/job.ts";
import type { Variant } from "../requests/compare.ts";
import { type ImageRepository, newImageId } from "../storage/image_repository.ts";
import { sourceTypeOf } from "../storage/embedded_provenance.ts";
import type { ImageRecord, ImageSource } from "../storage/records/records.ts";
import type { Answer, ImageService } from "./image_service.ts";
import { LOCAL } from "./transform_picture.ts";

/** What became of one of those that are compared: a picture, an error, or a job that still runs. */
export interface Compared {
  readonly label: string;
  readonly image?: ImageRecord;
  readonly error?: ImageError;
  readonly job?: JobView;
  /** From when a vendor was asked until the picture was kept, where that was seen. */
  readonly seconds?: number;
  readonly warnings: readonly string[];
}

const MODEL = "compare";

/**
 * Draws all variants at once, each as a job of its own, and waits for them as the caller does; one
 * that fails is told of in its place.
 * @throws the first one's error where all of them fail, and the reason of `caller.signal`.
 */
export async function drawVariants(
  variants: readonly Variant[],
  caller: Caller,
  service: ImageService,
): Promise<readonly Compared[]> {
  return await all(variants, caller, ({ label, request }, each) => ({
    label,
    answer: service.run(request, each),
  }));
}

/**
 * The same of pictures, which `find` finds or throws, and jobs that are there, by their ids; of a
 * job with several pictures all.
 * @throws {ImageError} `invalid_parameters` for fewer than two, or more than a sheet shows.
 */
export async function findCompared(
  ids: readonly string[],
  caller: Caller,
  service: ImageService,
  find: (id: string) => Promise<ImageRecord>,
): Promise<readonly Compared[]> {
  const pictureOf = async (id: string): Promise<Answer> => {
    return { done: true, images: [await find(id)], warnings: [] };
  };
  const compared = await all([...new Set(ids)], caller, (id, each) => ({
    label: id,
    answer: id.startsWith("job_") ? service.waitFor(id, each) : pictureOf(id),
  }));
  if (compared.length >= 2 && compared.length <= MAX_CELLS) return compared;
  throw new ImageError(
    "invalid_parameters",
    `A comparison shows 2 to ${MAX_CELLS} pictures, and these are ${compared.length}`,
    { pictures: compared.length, max_pictures: MAX_CELLS },
  );
}

/**
 * The sheet of them, kept as a picture whose record names those on it; undefined where none is
 * there yet.
 */
export async function keepSheet(
  compared: readonly Compared[],
  prompt: string,
  { owner, signal }: Pick<Caller, "owner" | "signal">,
  images: ImageRepository,
): Promise<ImageRecord | undefined> {
  const shown = compared.flatMap(({ image }) => image ?? []);
  if (shown.length === 0) return undefined;
  const sources = new Map(
    await Promise.all(
      shown.map(async (image) => [image.id, await images.sourceOf(image, owner)] as const),
    ),
  );
  const cells = compared.map((each) => cellOf(each, sources.get(each.image?.id ?? ""), images));
  const bytes = await drawContactSheet(cells, { signal });
  return await images.save({ bytes }, {
    id: newImageId(LOCAL, Date.now()),
    owner,
    provider: LOCAL,
    model: MODEL,
    operation: "render",
    filePrefix: "comparison",
    prompt,
    sourceType: sheetTypeOf([...sources.values()]),
    parents: shown.map(({ id }) => id),
    parameters: { labels: compared.map(({ label }) => label) },
  });
}

interface Begun {
  readonly label: string;
  readonly answer: Promise<Answer>;
}

async function all<Wanted>(
  wanted: readonly Wanted[],
  caller: Caller,
  begin: (one: Wanted, caller: Caller) => Begun,
): Promise<readonly Compared[]> {
  const tally = new Tally(wanted.length, caller.onProgress);
  const compared = (await Promise.all(wanted.map(async (one) => {
    const watch = new Stopwatch();
    const { label, answer } = begin(one, { ...caller, ...watch.listener, onPicture: undefined });
    const ended = await endOf(label, answer, watch);
    caller.signal.throwIfAborted();
    if (!ended[0]?.job) tally.count(ended[0]?.error === undefined);
    return ended;
  }))).flat();
  const errors = compared.flatMap(({ error }) => error ?? []);
  if (errors.length === compared.length) throw errors[0]!;
  return compared;
}

async function endOf(
  label: string,
  answer: Promise<Answer>,
  watch: Stopwatch,
): Promise<readonly Compared[]> {
  try {
    const ended = await answer;
    const { warnings } = ended;
    if (!ended.done) return [{ label, job: ended.job, warnings }];
    const { seconds } = watch;
    return ended.images.map((image) => ({ label, image, seconds, warnings }));
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return [{ label, error, warnings: [] }];
  }
}

/** Tells how many are done: "3 of 6 drawn, 1 failed". */
class Tally {
  readonly #total: number;
  readonly #tell: Caller["onProgress"];
  #drawn = 0;
  #failed = 0;

  constructor(total: number, tell: Caller["onProgress"]) {
    this.#total = total;
    this.#tell = tell;
    this.#say();
  }

  count(isDrawn: boolean): void {
    if (isDrawn) this.#drawn++;
    else this.#failed++;
    this.#say();
  }

  #say(): void {
    const failed = this.#failed === 0 ? "" : `, ${this.#failed} failed`;
    this.#tell?.(`${this.#drawn} of ${this.#total} drawn${failed}`);
  }
}

/** Runs from when a vendor was asked, so that waiting for a turn does not count. */
class Stopwatch {
  #asked: number | undefined;

  readonly listener: Pick<Caller, "onProgress"> = {
    onProgress: (_message, state) => {
      if (state !== "queued") this.#asked ??= performance.now();
    },
  };

  get seconds(): number | undefined {
    return this.#asked && (performance.now() - this.#asked) / 1000;
  }
}

/** Of the sheet as a whole: a model's work as soon as one picture may be. */
function sheetTypeOf(sources: readonly (ImageSource | undefined)[]): string {
  const isCalculated = sources.every((source) =>
    source && sourceTypeOf(source) === "algorithmicMedia"
  );
  return isCalculated ? "algorithmicMedia" : "compositeWithTrainedAlgorithmicMedia";
}

function cellOf(
  { label, image, error, job, seconds }: Compared,
  source: ImageSource | undefined,
  images: ImageRepository,
): SheetCell {
  if (!image) return { title: label, details: "", note: error?.message ?? `Not ready: ${job?.id}` };
  const { provider, model, width, height } = image;
  const cost = source?.cost;
  const details = [
    model === provider ? provider : `${provider} ${model}`,
    ...seconds === undefined ? [] : [`${seconds.toFixed(1)} s`],
    ...cost === undefined ? [] : [`${cost.amount} ${cost.unit}`],
  ].join(" · ");
  const picture = width && height
    ? { width, height, read: () => images.readRecent(image) }
    : undefined;
  return { title: label, details, picture };
}
