/** The one prompt: everything a model needs to know to ask for a picture well. */

import type { ProtocolError } from "../dependencies/mcp_server.ts";
import type { ArgumentsOf } from "./declarations/argument.ts";
import { IMAGE_GENERATION_PROMPT } from "./declarations/prompts.ts";
import type { ServerDependencies } from "./dependencies.ts";
import { invalidParams, type Params } from "./params.ts";
import { cut, readArguments } from "./read_arguments.ts";
import { providerNames, resolutionsOf, stylesOf } from "./resources.ts";

/** Answers `prompts/get`. */
export function getPrompt(name: string, args: Params, dependencies: ServerDependencies) {
  if (name !== IMAGE_GENERATION_PROMPT.name) throw unknownPrompt(name);
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

export function unknownPrompt(name: string): ProtocolError {
  return invalidParams(
    `There is no prompt '${cut(name)}', only '${IMAGE_GENERATION_PROMPT.name}'`,
  );
}

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
