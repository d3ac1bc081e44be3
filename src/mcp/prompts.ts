/** The prompts: one with everything a model needs to know to ask for a picture well, and the templates. */

import { ImageError } from "../errors.ts";
import { promptOf, type Template } from "../requests/template.ts";
import type { Variables } from "../requests/template_text.ts";
import type { ArgumentsOf } from "./declarations/argument.ts";
import { textMap } from "./declarations/argument_kinds.ts";
import { IMAGE_GENERATION_PROMPT } from "./declarations/prompts.ts";
import { VARIABLES } from "./declarations/tool_declaration.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { invalidParams, type Params } from "./params.ts";
import { readArguments } from "./arguments/read_arguments.ts";
import { providerNames, resolutionsOf, stylesOf } from "./resources.ts";

/** Answers `prompts/get`. @throws {ProtocolError} that names every mistake. */
export async function getPrompt(name: string, args: Params, dependencies: ServerDependencies) {
  if (name !== IMAGE_GENERATION_PROMPT.name) return await getTemplate(name, args, dependencies);
  const read = readArguments(IMAGE_GENERATION_PROMPT.input, args, { ignoresUnknown: true });
  if ("mistakes" in read) {
    throw invalidParams(`Cannot get prompt ${name}: ${read.mistakes.join("; ")}`);
  }
  const text = promptText(read.args, dependencies);
  return {
    description: `Image generation prompt for: ${read.args.description}`,
    messages: [{ role: "user", content: { type: "text", text } }],
  };
}

async function getTemplate(name: string, args: Params, dependencies: ServerDependencies) {
  const template = await templateNamed(name, dependencies);
  const read = readArguments(TEMPLATE_ARGUMENTS, { variables: args });
  if ("mistakes" in read) {
    throw invalidParams(`Cannot get prompt ${template.name}: ${read.mistakes.join("; ")}`);
  }
  const { variables = {} } = read.args;
  const prompt = filledIn(template, variables);
  const call = JSON.stringify({ template: template.name, variables }, null, 2);
  const text = "Make a picture: call generate_image with these arguments, and with what else is " +
    `said here.\n\n${call}\n\nThis is what the template then asks for:\n\n` +
    prompt;
  return {
    description: template.description,
    messages: [{ role: "user", content: { type: "text", text } }],
  };
}

/** The template that a prompt is. @throws {ProtocolError} where there is none of that name. */
export async function templateNamed(
  name: string,
  { templates }: ServerDependencies,
): Promise<Template> {
  return await (await templates()).find(name).catch(throwAsInvalid);
}

function filledIn(template: Template, variables: Variables): string {
  try {
    return promptOf(template, variables);
  } catch (error) {
    throwAsInvalid(error);
  }
}

function throwAsInvalid(error: unknown): never {
  throw error instanceof ImageError ? invalidParams(error.message, { code: error.code }) : error;
}

const TEMPLATE_ARGUMENTS = { variables: textMap("", VARIABLES) };

type PromptArguments = ArgumentsOf<typeof IMAGE_GENERATION_PROMPT.input>;

function promptText(args: PromptArguments, dependencies: ServerDependencies): string {
  const names = providerNames(dependencies);
  const on = [...dependencies.providers().on];
  const table = (read: typeof stylesOf) =>
    JSON.stringify(
      Object.fromEntries(on.map(([name, provider]) => [name, read(provider)])),
      null,
      2,
    );
  return [
    "Make a picture with the tool generate_image from this brief.",
    "",
    `Description: ${args.description}`,
    `Provider: ${args.provider || `choose the best fitting of ${names.join(", ")}`}`,
    `Style: ${args.style || "none, or one that fits the description"}`,
    `Resolution: ${args.resolution || "the provider's default"}`,
    ...(dependencies.showsLocalPath()
      ? [`Pictures are saved in ${dependencies.images.place}`]
      : []),
    `File prefix: ${args.file_prefix || "a short English word for the subject"}`,
    "",
    `Available providers: ${names.join(", ")}`,
    "",
    "Styles by provider:",
    table(stylesOf),
    "",
    "Resolutions by provider:",
    table(resolutionsOf),
    "",
    "Write the prompt in full sentences: subject, setting, light, composition, mood.",
    "A style or resolution may name its provider too, as in 'provider:style' or 'provider:1024x768'.",
  ].join("\n");
}
