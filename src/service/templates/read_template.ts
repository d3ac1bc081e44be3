/** A template's file: Markdown, with a front matter in YAML that says what goes into its gaps. */

import {
  type Document,
  isMap,
  LineCounter,
  parseDocument,
  visit,
} from "../../dependencies/yaml.ts";
import * as z from "../../dependencies/zod.ts";
import { oneOf } from "../../errors.ts";
import type { Template, TemplateVariable } from "../../requests/template.ts";
import { isVariableName, variablesIn } from "../../requests/template_text.ts";

/** What is wrong with a file, and in which of its lines, counted from 1. */
export class TemplateMistake extends Error {
  override readonly name = "TemplateMistake";

  constructor(readonly line: number, message: string) {
    super(message);
  }
}

/** The template that `source` is. @throws {TemplateMistake} for the first mistake. */
export function readTemplate(name: string, source: string): Template {
  const { front, text, linesAbove } = divided(
    source.replace(/^\ufeff/, "").replaceAll("\r\n", "\n"),
  );
  if (text.trim() === "") throw new TemplateMistake(1, "There is no prompt below the front matter");
  const { read: { variables, ...others }, lineOf } = readFront(front);
  return {
    name,
    title: others.title ?? titleOf(name),
    description: others.description ?? `The prompt '${name}'`,
    variables: declared(variables, text, { lineOf, linesAbove }),
    request: others.request ?? {},
    images: others.images ?? [],
    text: text.trim(),
  };
}

/** Where the front matter begins and ends, if there is one. */
function divided(source: string) {
  const found = /^---[ \t]*\n([\s\S]*?)^(?:---|\.\.\.)[ \t]*(?:\n|$)/m.exec(source);
  if (found?.index === 0) {
    const [above, front = ""] = found;
    return { front, text: source.slice(above.length), linesAbove: above.split("\n").length - 1 };
  }
  if (/^---[ \t]*\n/.test(source)) {
    throw new TemplateMistake(1, "The front matter has no end: write a line '---' below it");
  }
  return { front: "", text: source, linesAbove: 0 };
}

type Front = z.infer<typeof FRONT>;

/** The line of a file in which a key, or the value of a place in a list, begins. */
type LineOf = (path: readonly PropertyKey[]) => number;

function readFront(front: string): { readonly read: Front; readonly lineOf: LineOf } {
  const lines = new LineCounter();
  const document = parseDocument(front, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset = 0) => lines.linePos(offset).line + 1;
  const lineOf: LineOf = (path) => lineAt(offsetOf(document, path));
  const [error] = document.errors;
  if (error) throw new TemplateMistake(lineAt(error.pos[0]), error.message);
  visit(document, {
    Alias(_, { source, range }) {
      throw new TemplateMistake(lineAt(range?.[0]), `'*${source}' cannot be used here: repeat it`);
    },
  });
  const read = FRONT.safeParse(document.toJS() ?? {});
  if (read.success) return { read: read.data, lineOf };
  const issue = read.error.issues[0]!;
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  const message = issue.code === "unrecognized_keys" ? "is no key of a template" : issue.message;
  throw new TemplateMistake(
    lineOf(path),
    path.length > 0 ? `'${path.join(".")}' ${message}` : message,
  );
}

/** Where the key or the value of a path begins. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  const last = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => (key as { value?: unknown }).value === last)
    : undefined;
  const node = pair?.key ?? document.getIn(path, true);
  return (node as { range?: readonly number[] } | undefined)?.range?.[0];
}

function declared(
  variables: Front["variables"],
  text: string,
  { lineOf, linesAbove }: { readonly lineOf: LineOf; readonly linesAbove: number },
): readonly TemplateVariable[] {
  const used = variablesIn(text);
  if (!variables) return used.map((name) => ({ name, description: name.replaceAll("_", " ") }));
  const names = Object.keys(variables);
  const unused = names.find((name) => !used.includes(name));
  if (unused !== undefined) {
    const line = lineOf(["variables", unused]);
    throw new TemplateMistake(
      line,
      `The text has no gap '{${unused}}' for the variable '${unused}'`,
    );
  }
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const line = text.slice(0, text.indexOf(`{${unknown}}`)).split("\n").length;
    throw new TemplateMistake(
      linesAbove + line,
      `'{${unknown}}' is no variable of the front matter, which has ${oneOf(names)}; ` +
        `write '{{${unknown}}}' where it is no gap`,
    );
  }
  return Object.entries(variables).map(([name, each]) =>
    typeof each === "string" ? { name, description: each } : { name, ...each }
  );
}

/** "product_photo" → "Product photo". */
function titleOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const MOST_VARIABLES = 30;
const MOST_IMAGES = 16;

const LINE = z.string().trim().min(1).max(300);
/** Values in YAML that are numbers or switches are meant as they are written. */
const VALUE = z.union([z.string(), z.number(), z.boolean()]).transform(String)
  .pipe(z.string().max(4_000));

const VARIABLE = z.union([
  LINE,
  z.strictObject({
    description: LINE,
    default: VALUE.optional(),
    choices: z.array(VALUE).min(1).max(100).optional(),
  }),
], { error: "must be a description, or an object of 'description', 'default' and 'choices'" });

/** The model's own fields, bounded as those of a request are. */
const OPTIONS = z.record(z.string().min(1).max(200), z.json()).refine(
  (options) => Object.keys(options).length <= 50 && JSON.stringify(options).length <= 20_000,
  { error: "must be at most 50 fields of the model, and 20000 characters as JSON" },
);

const FRONT = z.strictObject({
  title: LINE.optional(),
  description: LINE.optional(),
  variables: z.record(
    z.string().refine(isVariableName, { error: "must be of letters, digits and _" }),
    VARIABLE,
  ).refine((variables) => Object.keys(variables).length <= MOST_VARIABLES, {
    error: `must be at most ${MOST_VARIABLES}`,
  }).optional(),
  request: z.strictObject({
    provider: LINE,
    style: LINE,
    resolution: LINE,
    aspect_ratio: LINE,
    negative_prompt: z.string().max(4_000),
    n: z.int().min(1).max(10),
    seed: z.int().min(0).max(4_294_967_295),
    quality: LINE,
    model: LINE,
    file_prefix: LINE,
    background: LINE,
    output_format: LINE,
    output_compression: z.int().min(0).max(100),
    moderation: LINE,
    strength: z.number().min(0).max(1),
    options: OPTIONS,
  }).partial().optional(),
  images: z.array(z.union([
    z.string().transform((image) => ({ image, role: "reference" as const })),
    z.strictObject({
      image: z.string(),
      role: z.enum(["base", "reference", "style"]).default("reference"),
    }),
  ])).max(MOST_IMAGES).refine(
    (images) => images.every(({ image }) => /^img_[\w-]+$/.test(image)),
    { error: "must be ids of pictures, such as img_…" },
  ).optional(),
});
