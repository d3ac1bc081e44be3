/** Waiting for a picture with a person in front of the terminal. */

import type { App } from "../../app.ts";
import { ImageError } from "../../errors.ts";
import type { Caller } from "../../jobs/caller.ts";
import type { JobView } from "../../jobs/job.ts";
import { filled } from "../../mcp/arguments/filled_template.ts";
import { picturedAs } from "../../mcp/arguments/named.ts";
import { basedOn } from "../../requests/based_on.ts";
import { parseRequest, type RequestArguments } from "../../requests/parse.ts";
import type { CopyPlace } from "../../requests/request.ts";
import type { Variables } from "../../requests/template_text.ts";
import type { FilledTemplate } from "../../service/templates/templates.ts";
import { route } from "../../requests/route.ts";
import type { ParsedRequest } from "../../requests/request.ts";
import type { Answer, NamedPictures } from "../../service/image_service.ts";
import type { CommandContext } from "../context.ts";
import { Progress } from "../progress.ts";
import { onStopSignal } from "../serve.ts";

/** A terminal and whatever started this program may each pass on the same Ctrl-C, within milliseconds. */
export const SAME_PRESS = 1_000;

/** Milliseconds between looks whether a job may be left. */
const LOOK_INTERVAL = 200;

/** The person does not want to wait any more. */
export class GivenUp extends ImageError {
  /** Whether it is the end of the time they gave, and no Ctrl-C. */
  readonly isOnTime: boolean;

  constructor(message: string, job?: string, { isOnTime = false } = {}) {
    super("interrupted", message, job === undefined ? {} : { job });
    this.isOnTime = isOnTime;
  }
}

/** What a picture is drawn with beside its arguments. */
export interface Drawing {
  readonly saveAs?: CopyPlace;
  /** The picture to vary: an id, "last", or the path of a file that tells how it was made. */
  readonly variedId?: string;
  readonly template?: NamedTemplate;
}

export interface NamedTemplate {
  readonly template?: string;
  readonly variables: Variables;
}

/** One job with a person in front of it: a live line, and Ctrl-C that loses nothing. */
export class Shell implements Disposable {
  readonly #app: App;
  readonly #context: CommandContext;
  readonly #interruption = new AbortController();
  #signals: Disposable | undefined;
  #firstPress: number | undefined;
  #waitSeconds: number | undefined;

  constructor(app: App, context: CommandContext) {
    this.#app = app;
    this.#context = context;
  }

  /** From now on a job is left after so many seconds, if it can be fetched later. */
  waitAtMost(seconds: number | undefined): void {
    this.#waitSeconds = seconds;
  }

  /** Makes what is wished for, once it is sure that it can be kept. */
  async draw(
    said: RequestArguments,
    { saveAs, variedId, template = NO_TEMPLATE }: Drawing = {},
  ): Promise<Answer> {
    const { args: given, images } = await this.#filled(template, said);
    const args = variedId === undefined ? given : basedOn(
      await picturedAs(
        variedId,
        { owner: OWNER, signal: NEVER },
        this.#app.serverDependencies({ transport: "stdio" }),
      ),
      given,
    );
    if (images.length > 0) return await this.#runWith({ images }, args, saveAs);
    const request = { ...parseRequest(args), saveAs };
    route(request, this.#app.imageService.settings.providers); // a slip must leave no folder behind
    await checkPlace(this.#app);
    return await this.#run(request);
  }

  /** Changes pictures, which are kept beside those that are made of them. */
  async edit(
    said: RequestArguments,
    pictures: NamedPictures,
    { saveAs, template = NO_TEMPLATE }: Pick<Drawing, "saveAs" | "template"> = {},
  ): Promise<Answer> {
    const { args, images } = await this.#filled(template, said);
    return await this.#runWith(
      { ...pictures, images: [...pictures.images, ...images] },
      args,
      saveAs,
    );
  }

  async #filled(template: NamedTemplate, said: RequestArguments): Promise<FilledTemplate> {
    return await filled(template, said, this.#app.serverDependencies({ transport: "stdio" }));
  }

  async #runWith(
    pictures: NamedPictures,
    args: RequestArguments,
    saveAs: CopyPlace | undefined,
  ): Promise<Answer> {
    await checkPlace(this.#app);
    const access = this.#app.serverDependencies({ transport: "stdio" }).inputAccess();
    const reader = { owner: OWNER, signal: NEVER, access };
    const { operation, ...inputs } = await this.#app.imageService.takeInputs(pictures, reader);
    return await this.#run({ ...parseRequest(args, operation, inputs), saveAs });
  }

  async #run(request: ParsedRequest): Promise<Answer> {
    return await this.#finish((caller) => this.#app.imageService.run(request, caller));
  }

  /** Waits for a job of before. */
  async resume(id: string): Promise<Answer> {
    const { imageService } = this.#app;
    try {
      await imageService.recover();
      return await this.#finish((caller) => imageService.waitFor(id, caller));
    } catch (error) {
      const isUnknown = error instanceof ImageError && error.code === "job_not_found";
      throw isUnknown ? unknownJob(id, await imageService.jobs.list(OWNER)) : error;
    }
  }

  /** From now on signals have their usual meaning again. */
  [Symbol.dispose](): void {
    this.#signals?.[Symbol.dispose]();
  }

  async #finish(begin: (caller: Caller) => Promise<Answer>): Promise<Answer> {
    using progress = new Progress(this.#context);
    const caller: Caller = { owner: OWNER, key: "shell", signal: NEVER };
    const first = await begin({ ...caller, waitSeconds: 0 });
    if (first.done) return first;
    const { id } = first.job;
    // Until the end: the second signal of one press may come while things are put away.
    this.#signals = onStopSignal(() => this.#interrupt(id));
    const { signal } = this.#interruption;
    using _limit = this.#leaveInTime(id);
    try {
      return await this.#app.imageService.waitFor(id, {
        ...caller,
        signal,
        onProgress: (message) => progress.tell(message),
        onPicture: countInto(progress),
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  /** What Ctrl-C means depends on what would be lost. */
  async #interrupt(id: string): Promise<void> {
    const now = performance.now();
    const isFirst = this.#firstPress === undefined;
    this.#firstPress ??= now;
    if (!isFirst && now - this.#firstPress < SAME_PRESS) return;
    const { jobs } = this.#app.imageService;
    const job = await jobs.find(id, OWNER);
    if (job?.state === "running" && isFirst) {
      return this.#context.say(
        `\n${job.provider} is drawing and may charge for it, so this waits for the picture; ` +
          "Ctrl-C again gives it up.",
      );
    }
    if (job?.state === "queued") await jobs.cancel(id, OWNER);
    this.#interruption.abort(new GivenUp(lastWords(job, id, this.#context.program()), id));
  }

  /** What is not accepted by its provider yet would be lost or paid for in vain, so it is waited for. */
  #leaveInTime(id: string): Disposable {
    if (this.#waitSeconds === undefined) return { [Symbol.dispose]() {} };
    const { jobs } = this.#app.imageService;
    let isOver = false;
    const look = async () => {
      const job = await jobs.find(id, OWNER);
      if (isOver) return;
      if (job?.state !== "accepted") {
        timer = setTimeout(look, LOOK_INTERVAL);
        return;
      }
      const words = lastWords(job, id, this.#context.program());
      this.#interruption.abort(new GivenUp(words, id, { isOnTime: true }));
    };
    let timer = setTimeout(look, this.#waitSeconds * 1000);
    return {
      [Symbol.dispose]() {
        isOver = true;
        clearTimeout(timer);
      },
    };
  }
}

/** @throws {ImageError} `invalid_config` where pictures could not be kept. */
export async function checkPlace({ images }: App): Promise<void> {
  const trouble = await images.trouble();
  if (trouble) throw noPlace(trouble);
}

/** Whose jobs these are; the shell comes without a token. */
export const OWNER = "";

const NO_TEMPLATE: NamedTemplate = { variables: {} };

const NEVER = new AbortController().signal;

/** Of several pictures, those that are kept already; one alone is nothing to count. */
function countInto(progress: Progress): Caller["onPicture"] {
  let done = 0;
  return (_picture, total) => {
    done++;
    if (total > 1) progress.count({ done, total });
  };
}

function lastWords(job: JobView | undefined, id: string, program: string): string {
  if (job?.state === "accepted") {
    return `${job.provider} goes on drawing. The next server on this folder fetches the picture, ` +
      `or run: ${program} generate --resume ${id}`;
  }
  return job?.state === "running"
    ? `Given up. ${job.provider} may charge for the picture all the same`
    : "Stopped";
}

function noPlace(trouble: string): ImageError {
  return new ImageError(
    "invalid_config",
    `${trouble}. Nothing was asked of any provider: name another folder with --out or ` +
      "MCP_IMAGE_SAVE_DIR",
  );
}

function unknownJob(id: string, jobs: readonly JobView[]): ImageError {
  const known = jobs.slice(0, MOST_JOBS).map(({ id, state }) => `${id} (${state})`);
  const hint = known.length > 0
    ? `the newest in this folder are ${known.join(", ")}`
    : "there are none in this folder; --out or MCP_IMAGE_SAVE_DIR names another";
  return new ImageError("job_not_found", `There is no job '${id}': ${hint}`, { job: id });
}

/** How many jobs a person wants to read of. */
const MOST_JOBS = 5;
