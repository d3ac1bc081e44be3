/** `templates`: the prompts there are to fill in, and what goes into their gaps. */

import type { App } from "../app.ts";
import type { Template } from "../requests/template.ts";
import type { CommandContext } from "./context.ts";
import { runForAnswer } from "./generate.ts";

export async function runTemplates(context: CommandContext): Promise<number> {
  const { words: [name] } = context;
  return await runForAnswer(
    context,
    async (app) => name === undefined ? await list(app, context) : await show(name, app, context),
  );
}

async function list(app: App, { flags, print, say, program }: CommandContext) {
  const all = await (await templatesOf(app)).all();
  const usable = all.flatMap(({ template, path }) => template ? [{ template, path }] : []);
  const broken = all.filter(({ mistake }) => mistake !== undefined);
  if (flags.json) {
    return {
      templates: usable.map(({ template, path }) => asJson(template, path)),
      broken: broken.map(({ name, path, mistake }) => ({ name, path, mistake })),
    };
  }
  const width = Math.max(...usable.map(({ template }) => template.name.length));
  for (const { template: { name, description }, path } of usable) {
    print(`${name.padEnd(width)}  ${description}${path ? ` (${path})` : ""}`);
  }
  for (const { path, mistake } of broken) say(`Note: ${path} cannot be used: ${mistake}`);
  say(`What goes into one: ${program()} templates NAME`);
}

async function show(name: string, app: App, { flags, print, program }: CommandContext) {
  const templates = await templatesOf(app);
  const template = await templates.find(name);
  const path = (await templates.all()).find((each) => each.name === template.name)
    ?.path;
  if (flags.json) return { template: asJson(template, path) };
  for (const line of linesOf(template, program())) print(line);
}

function linesOf(template: Template, program: string): readonly string[] {
  const { name, title, description, variables, request, images, text } = template;
  const needed = variables.filter((each) => each.default === undefined);
  const example = needed.map((each) => ` --var "${each.name}=…"`).join("");
  return [
    `${title}: ${description}`,
    "",
    ...variables.flatMap((each) => [
      `  ${each.name}: ${each.description}` +
      (each.default === undefined ? " (must be given)" : defaultOf(each.default)),
      ...each.choices ? [`    such as ${each.choices.join("; ")}`] : [],
    ]),
    ...Object.entries(request).map(([key, value]) => `  asks for ${key} ${value}`),
    ...images.map(({ image, role }) => `  with picture ${image} as ${role}`),
    "",
    text,
    "",
    `${program} generate --template ${name}${example}`,
  ];
}

function defaultOf(value: string): string {
  return value === "" ? " (may be left out)" : ` (default "${value}")`;
}

function asJson(template: Template, path: string | undefined) {
  return { ...template, file: path ?? null };
}

async function templatesOf(app: App) {
  return await app.serverDependencies({ transport: "stdio" }).templates();
}
