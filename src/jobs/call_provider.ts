/** One paid call to a provider: under its time limit, asked for until it is fetched, stored before it is told. */

import { ImageError, messageOf } from "../errors.ts";
import type { Logger } from "../log.ts";
import { atMost } from "../providers/bounds.ts";
import type { GeneratedImage, ImageProvider, ImageResult } from "../providers/provider.ts";
import { checkImage } from "../images/check.ts";
import type { Conversion, PlannedRequest } from "../requests/request.ts";
import { type ImageRepository, newImageId } from "../storage/image_repository.ts";
import type { ImageStore } from "../storage/image_store.ts";
import type { ImageRecord, JobOutcome, ProviderCall } from "../storage/records/records.ts";
import { convertPicture } from "./convert_picture.ts";
import { withBytes } from "./input_bytes.ts";
import { copyPicture } from "../storage/save_copy.ts";
import type { JobRun } from "./job.ts";
import { keepOutsideMask } from "./outside_mask.ts";
import { isWorthAnotherProvider, type ProviderHealth } from "./provider_health.ts";
import { TimeLimit } from "./time_limit.ts";
import {
  cancelAtVendor,
  contextOf,
  isCancelled,
  isEndAtVendor,
  untilFetched,
} from "./vendor_call.ts";

/** One call as it ended, for metrics. */
export interface GenerationEvent {
  readonly provider: string;
  /** "ok", or the error's code. */
  readonly outcome: string;
  readonly seconds: number;
  readonly bytes: number;
}

export interface CallDependencies {
  readonly images: ImageRepository;
  /** Where pictures that came in are kept, by their hash. */
  readonly inputs: ImageStore;
  readonly health: ProviderHealth;
  readonly log: Logger;
  readonly now: () => number;
  readonly onGeneration: (event: GenerationEvent) => void;
  /** In milliseconds, until a vendor has accepted the call. */
  readonly timeLimit: () => number;
}

/** Vendors keep an accepted job's picture about this long, in milliseconds. */
const ACCEPTED_LIMIT = 3_600_000;

/**
 * Makes one call of a job, or fetches what a vendor had accepted of it (`call.ticket`); what comes
 * back is stored before anything is said of it.
 * @throws {ImageError} when no picture came.
 */
export async function callProvider(
  run: JobRun,
  provider: ImageProvider,
  request: PlannedRequest,
  call: ProviderCall,
  dependencies: CallDependencies,
): Promise<JobOutcome> {
  const { name } = provider;
  const { health, onGeneration, timeLimit } = dependencies;
  const started = performance.now();
  using limit = new TimeLimit(name, timeLimit());
  if (call.ticket !== undefined) limit.extend(ACCEPTED_LIMIT);
  let bytes = 0;
  let outcome = "ok";
  health.begins(name);
  try {
    const signal = AbortSignal.any([run.signal, limit.signal]);
    const context = contextOf(run, name, call, signal, () => limit.extend(ACCEPTED_LIMIT));
    const asked = { run, provider: name, call, signal, log: dependencies.log };
    const result = await untilFetched(asked, provider.resume !== undefined, async () =>
      atMost(
        request.count,
        call.ticket === undefined
          ? await provider.generate(await withBytes(request, dependencies.inputs, signal), context)
          : await provider.resume!(call.ticket, context),
      ));
    const kept = await keepImages(run, provider, request, call, result, dependencies);
    await noteStored(run, call, kept.images, dependencies.images);
    bytes = kept.images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    health.succeeded(name);
    const imageIds = kept.images.map(({ id }) => id);
    return { imageIds, warnings: [...result.warnings, ...kept.warnings] };
  } catch (error) {
    if (isCancelled(run)) await cancelAtVendor(run, call, provider, dependencies.log);
    else if (!run.signal.aborted && isEndAtVendor(error)) call.state = "failed";
    outcome = error instanceof ImageError ? error.code : "internal_error";
    if (outcome === "network_error") {
      dependencies.log.warning("A vendor could not be reached", {
        provider: name,
        ...causesOf(error),
      });
    }
    if (error instanceof ImageError && isWorthAnotherProvider(error)) health.failed(name);
    throw error;
  } finally {
    const seconds = (performance.now() - started) / 1000;
    onGeneration({ provider: name, outcome, seconds, bytes });
  }
}

/** Until all are kept the vendor's are the only ones that outlive this server. */
async function noteStored(
  run: JobRun,
  call: ProviderCall,
  pictures: readonly ImageRecord[],
  images: ImageRepository,
): Promise<void> {
  const note = () => void (call.state = "stored");
  const lost = pictures.filter(({ saveError }) => saveError !== null);
  if (lost.length === 0) return note();
  run.report("Drawn, and cannot be kept yet: trying again");
  await run.persist();
  run.holdRecord(images.whenKept(lost).then(note));
}

async function keepImages(
  run: JobRun,
  provider: ImageProvider,
  request: PlannedRequest,
  call: ProviderCall,
  result: ImageResult,
  dependencies: CallDependencies,
): Promise<Kept> {
  const images: ImageRecord[] = [];
  const failures: unknown[] = [];
  const warnings: string[] = [];
  const conversion = conversionOf(run, provider.name);
  for (const [index, image] of result.images.entries()) {
    const id = call.imageIds[index] ?? newImageId(provider.name, dependencies.now());
    try {
      const damage = checkImage(image.bytes);
      const { images: repository, inputs } = dependencies;
      const whole = await keepOutsideMask(image, run.plan.request, conversion, inputs);
      const converted = await convertPicture(whole.image, whole.conversion);
      const kept = await keepImage(id, converted.image, run, provider, request, result, repository);
      images.push(kept);
      run.tellPicture(kept);
      warnings.push(...await copyPicture(kept, run.plan.request.saveAs, repository));
      if (damage) warnings.push(`Picture ${id} came from ${provider.name} ${damage}`);
      warnings.push(...whole.warnings, ...converted.warnings);
    } catch (error) {
      failures.push(error);
    }
  }
  if (images.length === 0) throw failures[0];
  return { images, warnings: [...failures.map(messageOf), ...new Set(warnings)] };
}

interface Kept {
  readonly images: readonly ImageRecord[];
  readonly warnings: readonly string[];
}

/** Read out of the plan, so that what a dead server's vendor made is treated alike. */
function conversionOf({ plan }: JobRun, provider: string): Conversion | undefined {
  return plan.attempts.find((attempt) => attempt.provider === provider)?.conversion;
}

async function keepImage(
  id: string,
  image: GeneratedImage,
  run: JobRun,
  provider: ImageProvider,
  { operation, prompt, inputs, mask: _mask, ...parameters }: PlannedRequest,
  { model, usage, cost }: ImageResult,
  images: ImageRepository,
): Promise<ImageRecord> {
  const conversion = conversionOf(run, provider.name);
  return await images.save(image, {
    id,
    owner: run.owner,
    provider: provider.name,
    model,
    operation,
    prompt,
    filePrefix: run.plan.request.filePrefix,
    parents: inputs.map(({ imageId, hash }) => imageId ?? hash),
    parameters: { ...parameters, ...conversion ? { conversion } : {}, job: run.id },
    usage,
    cost,
  });
}

/** The runtime's own words, which help whoever looks after the network and nobody else. */
function causesOf(error: unknown): { readonly causes?: string } {
  const causes: string[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) {
    if (!(cause instanceof ImageError)) causes.push(cause.message);
  }
  return causes.length > 0 ? { causes: causes.join(": ") } : {};
}
