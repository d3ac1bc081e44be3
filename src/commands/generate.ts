/** `generate`: a picture from the shell, its path on stdout. */

import { type App, createApp, loadConfiguration } from "../app.ts";
import { ImageError } from "../errors.ts";
import type { GenerateArguments } from "../images/choice.ts";
import type { Caller, JobView } from "../images/jobs.ts";
import type { Answer } from "../images/studio.ts";
import { silentLogger } from "../log.ts";
import { imageEntry } from "../mcp/result.ts";
import { settingsOnCommandLine } from "./command_line.ts";
import type { CommandContext } from "./context.ts";
import { complain, onStopSignal } from "./serve.ts";

/** The exit status of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

export async function runGenerate(context: CommandContext): Promise<number> {
  const { flags, words, surroundings, say } = context;
  const commandLine = settingsOnCommandLine(flags);
  const configuration = loadConfiguration(surroundings, commandLine);
  if (configuration.problems.length > 0) return complain(configuration.problems, context);
  const isLogWanted = configuration.snapshot.env.has("MCP_LOG_LEVEL");
  const app = createApp(configuration, surroundings, commandLine, {
    log: isLogWanted ? undefined : silentLogger,
  });
  try {
    const wish = flags.resume ? undefined : wishOf(words[0] ?? "", flags);
    const answer = await new Shell(app, context).run(wish, flags.resume);
    return answer ? present(answer, app, context) : INTERRUPTED;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    if (flags.json) {
      context.print(
        JSON.stringify({
          ok: false,
          error: { code: error.code, message: error.message, details: error.details },
        }),
      );
    }
    say(`mcp-image-server: ${error.message}`);
    return 1;
  } finally {
    await app.close({ graceSeconds: 0 });
  }
}

/** One job with a person in front of it: a live line, and Ctrl-C that loses nothing. */
class Shell {
  readonly #app: App;
  readonly #context: CommandContext;
  readonly #interruption = new AbortController();
  #message = "";
  #wasAsked = false;

  constructor(app: App, context: CommandContext) {
    this.#app = app;
    this.#context = context;
  }

  /** The pictures, or undefined when the person stopped waiting. */
  async run(
    wish: GenerateArguments | undefined,
    resumed: string | undefined,
  ): Promise<Answer | undefined> {
    if (resumed) await this.#app.studio.inherit();
    using _line = this.#liveLine();
    const caller: Caller = { owner: "", key: "shell", signal: NEVER };
    const first = wish
      ? await this.#app.studio.generate(wish, { ...caller, waitSeconds: 0 })
      : await this.#app.studio.waitFor(resumed!, { ...caller, waitSeconds: 0 });
    if (first.done) return first;
    const { id } = first.job;
    using _stop = onStopSignal(() => this.#interrupt(id));
    try {
      return await this.#app.studio.waitFor(id, {
        ...caller,
        signal: this.#interruption.signal,
        onProgress: (message) => this.#message = message,
      });
    } catch (error) {
      if (this.#interruption.signal.aborted) return undefined;
      throw error;
    }
  }

  /** What Ctrl-C means depends on what would be lost. */
  async #interrupt(id: string): Promise<void> {
    const { say } = this.#context;
    const [job] = (await this.#app.studio.jobs.list("")).filter((each) => each.id === id);
    const isSecond = this.#wasAsked;
    this.#wasAsked = true;
    if (job?.state === "running" && !isSecond) {
      return say(
        `\n${job.provider} is drawing and may charge for it, so this waits for the picture; ` +
          "Ctrl-C again gives it up.",
      );
    }
    if (job?.state === "queued") await this.#app.studio.jobs.cancel(id, "");
    say(`\n${lastWords(job, id)}`);
    this.#interruption.abort();
  }

  #liveLine(): Disposable {
    const { isTerminal, write } = this.#context;
    if (!isTerminal) return { [Symbol.dispose]() {} };
    const started = performance.now();
    const draw = () => {
      const seconds = Math.round((performance.now() - started) / 1000);
      write(`\r\x1b[K${this.#message || "Starting"} … ${seconds} s`);
    };
    const timer = setInterval(draw, 250);
    return {
      [Symbol.dispose]() {
        clearInterval(timer);
        write("\r\x1b[K");
      },
    };
  }
}

const NEVER = new AbortController().signal;

function lastWords(job: JobView | undefined, id: string): string {
  return job?.state === "accepted"
    ? `${job.provider} goes on drawing. The next server on this folder fetches the picture, or run: ` +
      `mcp-image-server generate --resume ${id}`
    : "Stopped.";
}

function wishOf(
  prompt: string,
  flags: Readonly<Record<string, string>>,
): GenerateArguments {
  return {
    prompt,
    provider: flags.provider,
    style: flags.style,
    resolution: flags.resolution,
    aspect_ratio: flags["aspect-ratio"],
    negative_prompt: flags["negative-prompt"],
    model: flags.model,
    quality: flags.quality,
    n: numberOf("count", flags, { minimum: 1, maximum: 10 }),
    seed: numberOf("seed", flags, { minimum: 0, maximum: 4_294_967_295 }),
  };
}

function numberOf(
  flag: string,
  flags: Readonly<Record<string, string>>,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  const value = flags[flag];
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isInteger(number) && number >= minimum && number <= maximum) return number;
  throw new ImageError(
    "invalid_arguments",
    `--${flag} must be a whole number from ${minimum} to ${maximum}, current value is '${value}'`,
  );
}

function present(answer: Answer, app: App, { flags, print, say }: CommandContext): number {
  if (!answer.done) throw new ImageError("internal_error", "The job ended without an answer");
  const parts = app.serverParts({ transport: "stdio" });
  const entries = answer.pictures.map((picture) => imageEntry(picture, parts));
  const unsaved = entries.filter(({ save_error }) => save_error !== null);
  if (flags.json) {
    print(JSON.stringify({ ok: true, images: entries, warnings: answer.warnings }, null, 2));
  } else {
    for (const { local_path } of entries) if (local_path) print(local_path);
    for (const warning of answer.warnings) say(`Note: ${warning}`);
  }
  for (const { save_error } of unsaved) say(`mcp-image-server: ${save_error}`);
  return unsaved.length > 0 ? 1 : 0;
}
