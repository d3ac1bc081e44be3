/** The templates there are: those that come along, and people's own files, read anew when they change. */

import { ImageError, nearest, someOf } from "../../errors.ts";
import type { Logger } from "../../log.ts";
import type { RequestArguments } from "../../requests/parse.ts";
import type { Announcements } from "../../storage/announcements.ts";
import { type Template, type TemplateImage, withTemplate } from "../../requests/template.ts";
import type { Variables } from "../../requests/template_text.ts";
import { BUILT_IN } from "./built_in.ts";
import { readFolder, type TemplateFile } from "./folder.ts";
import { FolderWatch } from "./folder_watch.ts";

export interface TemplatesOptions {
  /** Folders of people's own files; a template of an earlier one goes before its namesake of a later one. */
  readonly folders: readonly string[];
  /** Names that are something else, and why. */
  readonly reserved: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** What servers tell each other; absent where nobody has to hear of other templates. */
  readonly announcements?: Announcements;
}

export interface FoundTemplate {
  readonly name: string;
  /** The file; undefined for one that comes along. */
  readonly path?: string;
  /** What is wrong with its file, as a sentence; else there is a template. */
  readonly mistake?: string;
  readonly template?: Template;
}

/** What a request that names a template becomes. */
export interface FilledTemplate {
  readonly args: RequestArguments;
  readonly images: readonly TemplateImage[];
}

/** Templates by name. Nothing is read before somebody asks. */
export class Templates {
  readonly #options: TemplatesOptions;
  readonly #watch: FolderWatch;
  readonly #read = new Map<string, ReadFile>();
  /** Mistakes that were logged, each once. */
  readonly #told = new Set<string>();
  /** Tells this server's own words from those of others. */
  readonly #self = crypto.randomUUID();

  constructor(options: TemplatesOptions) {
    this.#options = options;
    this.#watch = new FolderWatch(options.folders);
  }

  /** Tells `listener` when there may be others, here or at another server, until it is disposed of. */
  onChange(listener: () => void): Disposable {
    const own = this.#watch.listen(listener);
    const others = this.#options.announcements?.listen(TOPIC, (from) => {
      if (from !== this.#self) listener();
    });
    return {
      [Symbol.dispose]() {
        own[Symbol.dispose]();
        others?.[Symbol.dispose]();
      },
    };
  }

  /** Tells other servers when there may be others here, until it is disposed of. */
  tellOthers(): Disposable {
    return this.#watch.listen(() => {
      this.#options.announcements?.tell(TOPIC, this.#self).catch(() => {}); // clients ask again, too
    });
  }

  /** Every template that can be used, people's own last. */
  async list(): Promise<readonly Template[]> {
    return (await this.all()).flatMap(({ template }) => template ?? []);
  }

  /** The same with those whose files have mistakes. */
  async all(): Promise<readonly FoundTemplate[]> {
    const found = new Map<string, FoundTemplate>();
    for (const [name, template] of BUILT_IN) found.set(name, { name, template });
    const own = (await Promise.all(this.#options.folders.map((each) => readFolder(each)))).flat();
    this.#forgetAllBut(own);
    this.#watch.look(); // a folder may be there since
    for (const file of own) {
      const name = nameOf(file);
      const first = found.get(name);
      if (first?.path) this.#tell(`Template ${file.path} is not used: ${first.path} has its name`);
      else found.set(name, { ...await this.#readOwn(file, name), path: file.path });
    }
    return [...found.values()];
  }

  /** @throws {ImageError} `invalid_parameters` that names the nearest one, or the line of a mistake. */
  async find(text: string): Promise<Template> {
    const name = text.trim().toLowerCase();
    const all = await this.all();
    const found = all.find((each) => each.name === name);
    if (found?.template) return found.template;
    if (found) {
      throw new ImageError(
        "invalid_parameters",
        `Template '${name}' cannot be used: ${found.mistake}`,
        { template: name },
      );
    }
    const names = all.flatMap((each) => each.template ? each.name : []);
    const guess = nearest(name, names);
    const hint = guess ? `did you mean '${guess}'?` : `there are ${someOf(names, MOST_NAMED)}`;
    throw new ImageError(
      "invalid_parameters",
      `There is no template '${name.slice(0, 60)}': ${hint}`,
      { template: name.slice(0, 60), templates: names.slice(0, MOST_NAMED) },
    );
  }

  /** The arguments and pictures of a request that names a template. @throws {ImageError} */
  async fill(
    name: string,
    variables: Variables,
    given: RequestArguments,
  ): Promise<FilledTemplate> {
    const template = await this.find(name);
    return { args: withTemplate(template, variables, given), images: template.images };
  }

  async #readOwn(file: TemplateFile, name: string): Promise<FoundTemplate> {
    const kept = this.#read.get(file.path);
    if (kept?.version === file.version) return kept.found;
    const found = await this.#readAnew(file, name);
    this.#read.set(file.path, { version: file.version, found });
    if (found.mistake) this.#tell(`Template ${file.path} cannot be used: ${found.mistake}`);
    return found;
  }

  async #readAnew(file: TemplateFile, name: string): Promise<FoundTemplate> {
    const shortPath = `templates/${file.name}`;
    const { reserved } = this.#options;
    if (Object.hasOwn(reserved, name)) {
      return { name, mistake: `${shortPath}: '${name}' is ${reserved[name]}: rename the file` };
    }
    if (!NAME.test(name)) {
      const mistake = `${shortPath}: its name must be letters, digits, - and _, at most 64`;
      return { name, mistake };
    }
    if (file.problem) return { name, mistake: `${shortPath}: ${file.problem}` };
    try {
      const source = await Deno.readTextFile(file.path);
      return await readSource(name, source, shortPath);
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "is gone" : "cannot be read";
      return { name, mistake: `${shortPath} ${reason}` };
    }
  }

  #forgetAllBut(files: readonly TemplateFile[]): void {
    const paths = new Set(files.map(({ path }) => path));
    for (const path of this.#read.keys()) if (!paths.has(path)) this.#read.delete(path);
  }

  #tell(sentence: string): void {
    if (this.#told.has(sentence) || this.#told.size === MOST_TOLD) return;
    this.#told.add(sentence);
    this.#options.log.warning(sentence);
  }
}

interface ReadFile {
  readonly version: string;
  readonly found: FoundTemplate;
}

/** With what reads YAML, which is loaded for the first file of a person's own. */
async function readSource(name: string, source: string, path: string): Promise<FoundTemplate> {
  const { readTemplate, TemplateMistake } = await import("./read_template.ts");
  try {
    return { name, template: readTemplate(name, source) };
  } catch (error) {
    if (!(error instanceof TemplateMistake)) throw error;
    return { name, mistake: `${path}, line ${error.line}: ${error.message}` };
  }
}

/** "Logo.md" → "logo". */
function nameOf({ name }: TemplateFile): string {
  return name.replace(/\.md$/i, "").normalize("NFC").toLowerCase();
}

const NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_-]{0,63}$/u;
const TOPIC = "templates";
const MOST_NAMED = 30;
/** Sentences that are kept, so that none is said twice. */
const MOST_TOLD = 1_000;
