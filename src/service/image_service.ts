/** The use case: a request becomes a plan, the plan a job, and the job pictures. */

import { ImageError, messageOf } from "../errors.ts";
import { createPictureRoom, type HoldDependencies, holdPicture } from "../inputs/hold_picture.ts";
import { keepInputs, type NewInputs } from "../inputs/keep_inputs.ts";
import type { HeldPicture, PictureReader } from "../inputs/picture_source.ts";
import type { PictureText } from "../inputs/picture_text.ts";
import { type NamedPictures, takeInputs, type TakenInputs } from "../inputs/take_inputs.ts";
import type { GenerationEvent } from "../jobs/call_provider.ts";
import { type Caller, settledOrTimeout } from "../jobs/caller.ts";
import { continueJob } from "../jobs/continue_job.ts";
import type { JobView, Waited } from "../jobs/job.ts";
import { Jobs } from "../jobs/jobs.ts";
import { ProviderHealth } from "../jobs/provider_health.ts";
import { openQueue } from "../jobs/open_queue.ts";
import { FairQueue } from "../jobs/queue.ts";
import { type RunDependencies, runPlan } from "../jobs/run_plan.ts";
import {
  checkIsFree,
  continueTraining,
  type TrainingDependencies,
  trainingWork,
} from "../jobs/training_job.ts";
import type { Logger } from "../log.ts";
import type { RequestInputs } from "../requests/parse.ts";
import type { ParsedRequest, Plan } from "../requests/request.ts";
import { type ProviderSet, route } from "../requests/route.ts";
import { type ProviderThatTrains, withTrainedModel } from "../requests/training.ts";
import type { Embedding } from "../storage/embedded_provenance.ts";
import { ImageRepository } from "../storage/image_repository.ts";
import { RecordsTooNew } from "../storage/records/records.ts";
import type { PictureChanges } from "../storage/picture_changes.ts";
import type { Storage } from "../storage/storage.ts";
import type { Load } from "../storage/records/turn_records.ts";
import { type Answer, answerOf } from "./answer.ts";
import { TrainedModels } from "./trained_models.ts";

/** What may change while the server runs. */
export interface ImageServiceSettings {
  readonly providers: ProviderSet;
  readonly failover: boolean;
  readonly dedupe: boolean;
  readonly providerTimeoutSeconds: number;
}

export interface ImageServiceOptions {
  readonly storage: Storage;
  readonly log: Logger;
  readonly settings: ImageServiceSettings;
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  /** Awaited before a request is routed or an interrupted one goes on; may reconfigure. */
  readonly prepare?: () => Promise<void>;
  /** Told of every picture that comes, changes or goes. */
  readonly changes?: Pick<PictureChanges, "tell">;
  /** What is written into pictures when they are stored; nothing where absent. */
  readonly embedding?: () => Embedding;
  readonly onGeneration?: (event: GenerationEvent) => void;
  readonly now?: () => number;
  /** Every address of a host name, for pictures on the web; as the system says where absent. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

export type { Answer } from "./answer.ts";
export type { NamedPictures, SentPicture } from "../inputs/take_inputs.ts";
export type { InputAccess } from "../inputs/picture_source.ts";

/** How long the first request waits for the jobs of dead servers to be found, in seconds. */
const FIRST_LOOK_SECONDS = 1;

export class ImageService {
  readonly jobs: Jobs;
  readonly images: ImageRepository;
  readonly models: TrainedModels;
  readonly #storage: Storage;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #runs: RunDependencies;
  readonly #trainings: TrainingDependencies;
  readonly #prepare: () => Promise<void>;
  readonly #resolve: ImageServiceOptions["resolve"];
  readonly #room = createPictureRoom();
  #settings: ImageServiceSettings;
  #firstLook: Promise<void> | undefined;

  constructor({ storage, log, settings, now = Date.now, ...options }: ImageServiceOptions) {
    this.#storage = storage;
    this.#log = log;
    this.#now = now;
    this.#resolve = options.resolve;
    this.#settings = settings;
    this.#prepare = options.prepare ?? (() => Promise.resolve());
    const limits = { limit: options.maxConcurrent, maxWaiting: options.maxQueue };
    const { changes, embedding } = options;
    this.images = new ImageRepository({ storage, log, changes, now, embedding });
    this.jobs = new Jobs({ storage, log, now });
    this.models = new TrainedModels(storage);
    this.#runs = {
      queue: openQueue(storage, log, limits),
      mustBeRecorded: storage.isShared,
      images: this.images,
      inputs: storage.inputs,
      health: new ProviderHealth(now, storage.isShared ? storage.announcements : undefined),
      log,
      now,
      onGeneration: options.onGeneration ?? (() => {}),
      timeLimit: () => this.#settings.providerTimeoutSeconds * 1000,
    };
    const sending = new FairQueue({ limit: 1, maxWaiting: options.maxQueue });
    this.#trainings = { storage, sending, log, now };
  }

  get settings(): ImageServiceSettings {
    return this.#settings;
  }

  /** Takes new settings for new requests; running ones keep the providers they began with. */
  reconfigure(settings: ImageServiceSettings): void {
    this.#settings = settings;
  }

  /** Generations of this server that run and that wait. */
  get load(): Load {
    return this.#runs.queue;
  }

  /** Those of all servers that share a storage; of this one alone where the others cannot be seen. */
  async loadOfAll(): Promise<Load> {
    return await this.#runs.queue.load().catch(() => this.load);
  }

  /**
   * The picture that a text names, as `readPicture` says: from here, this machine or the web, or
   * the data itself, as a text or taken out of one. It is read when there is room for it, and its
   * bytes are gone when it is disposed of. @throws {ImageError}
   */
  async holdPicture(text: string | PictureText, reader: PictureReader): Promise<HeldPicture> {
    return await holdPicture(text, reader, this.#sources());
  }

  /**
   * Reads the pictures that a person names for an edit, and keeps them with their mask.
   * @throws {ImageError} that tells which of them cannot be used, and why.
   */
  async takeInputs(pictures: NamedPictures, reader: PictureReader): Promise<TakenInputs> {
    return await takeInputs(pictures, reader, this.#sources());
  }

  /** Keeps pictures that come in, for a request that is about them. @throws {ImageError} */
  async keepInputs(inputs: NewInputs, signal?: AbortSignal): Promise<RequestInputs> {
    return await keepInputs(inputs, this.#storage, { now: this.#now(), signal });
  }

  /**
   * Makes the pictures asked for, or takes over the job that already does.
   * @throws {ImageError} whose message a person can act on.
   */
  async run(request: ParsedRequest, caller: Caller): Promise<Answer> {
    caller.signal.throwIfAborted();
    await this.#lookForDeadServers(caller.signal);
    await this.#prepare();
    const wanted = await this.#meant(request, caller.owner);
    const begun = await this.#begun(wanted, caller);
    if (begun) return begun;
    const plan = this.#planOf(wanted);
    const { on } = this.#settings.providers;
    const waited = await this.jobs.start(plan, caller, (run) => runPlan(run, on, this.#runs));
    return await this.#answer(waited, caller.owner);
  }

  /**
   * Trains a model as `prepareTraining` planned it, or takes over the job that already does.
   * @throws {ImageError} whose message a person can act on.
   */
  async train(plan: Plan, provider: ProviderThatTrains, caller: Caller): Promise<Answer> {
    const begun = await this.#begun(plan.request, caller);
    if (begun) return begun;
    await checkIsFree(plan.training!.name, caller.owner, this.jobs);
    const work = trainingWork(provider, this.#trainings);
    return await this.#answer(await this.jobs.start(plan, caller, work), caller.owner);
  }

  /** The providers there are, once what dead servers left is found and engines are looked for. */
  async knownProviders(): Promise<ProviderSet> {
    await this.#lookForDeadServers(NEVER);
    await this.#prepare();
    return this.#settings.providers;
  }

  /**
   * How `run` would go about a request, without drawing it.
   * @throws {ImageError} as it would, where no provider can honour it.
   */
  async check(request: ParsedRequest, owner: string): Promise<Plan> {
    await this.#prepare();
    return this.#planOf(await this.#meant(request, owner));
  }

  /** Waits for a job as `run` would have. @throws {ImageError} as it would have. */
  async waitFor(id: string, caller: Caller): Promise<Answer> {
    return await this.#answer(await this.jobs.wait(id, caller), caller.owner);
  }

  /** Takes over what dead servers of the same storage left. */
  async recover(): Promise<void> {
    await this.jobs.recover(async (record) => {
      await this.#prepare();
      const { providers } = this.#settings;
      return record.plan.training
        ? continueTraining(record, providers, this.#trainings)
        : continueJob(record, providers, this.#runs);
    });
  }

  /** Lets go of everything; what a vendor has accepted is left for the next server. */
  async close(): Promise<void> {
    this.#runs.health[Symbol.dispose]();
    await this.jobs.close();
    await this.#runs.queue.close();
    this.images.close();
  }

  /** A request may come again because the server that drew it died, so its jobs are found first. */
  async #lookForDeadServers(signal: AbortSignal): Promise<void> {
    this.#firstLook ??= this.recover().catch((error) => {
      if (error instanceof RecordsTooNew) throw new ImageError("invalid_config", error.message);
      this.#log.warning("Cannot look for interrupted jobs", { reason: messageOf(error) });
    });
    await settledOrTimeout(this.#firstLook, { signal, waitSeconds: FIRST_LOOK_SECONDS });
  }

  /** The request with what a model's name stands for, where its owner has trained it. */
  async #meant(request: ParsedRequest, owner: string): Promise<ParsedRequest> {
    const { model } = request;
    const trained = model === undefined ? undefined : await this.models.find(model, owner);
    return trained ? withTrainedModel(request, trained) : request;
  }

  /** What the job comes to that was begun for this very request, or for one that asks the same. */
  async #begun(request: ParsedRequest, caller: Caller): Promise<Answer | undefined> {
    const again = await this.jobs.again(request, caller);
    if (again) return await this.#answer(again, caller.owner);
    // The items of a batch are each wanted, even those that ask the same.
    const mayAdopt = this.#settings.dedupe && caller.item === undefined;
    const adopted = mayAdopt ? await this.jobs.adopt(request, caller) : undefined;
    return adopted && await this.#answer(adopted, caller.owner, [adoptionOf(adopted.job)]);
  }

  #planOf(request: ParsedRequest): Plan {
    const { providers, failover } = this.#settings;
    return route(request, providers, { failover, resting: this.#resting(providers) });
  }

  #sources(): HoldDependencies {
    const [images, storage, resolve] = [this.images, this.#storage, this.#resolve];
    return { images, storage, resolve, room: this.#room, now: this.#now() };
  }

  async #answer(waited: Waited, owner: string, more?: readonly string[]): Promise<Answer> {
    return await answerOf(waited, { owner, images: this.images, models: this.models, more });
  }

  #resting({ on }: ProviderSet): ReadonlySet<string> {
    if (!this.#settings.failover) return new Set();
    return new Set([...on.keys()].filter((name) => this.#runs.health.isResting(name)));
  }
}

const NEVER = new AbortController().signal;

function adoptionOf({ id }: JobView): string {
  return `The same request was already running as job ${id}, so it was not paid for twice`;
}
