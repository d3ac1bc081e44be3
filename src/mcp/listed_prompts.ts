/** The answer that lists the prompts: the templates are files, so that it is made anew each time. */

import type { Template } from "../requests/template.ts";
import { IMAGE_GENERATION_PROMPT } from "./declarations/prompts.ts";

/** Answers `prompts/list`. */
export async function listPrompts(templates: { list(): Promise<readonly Template[]> }) {
  return { prompts: [FIRST, ...(await templates.list()).map(listedTemplate)] };
}

function listedTemplate({ name, title, description, variables }: Template) {
  const listed = variables.map((variable) => ({
    name: variable.name,
    description: variable.default === undefined || variable.default === ""
      ? variable.description
      : `${variable.description} (default ${variable.default})`,
    required: variable.default === undefined,
  }));
  return { name, title, description, arguments: listed };
}

const FIRST = listedPrompt(IMAGE_GENERATION_PROMPT);

function listedPrompt({ name, title, description, input }: typeof IMAGE_GENERATION_PROMPT) {
  const listed = Object.entries(input).map(([name, argument]) => ({
    name,
    description: argument.description,
    required: "isRequired" in argument,
  }));
  return { name, title, description, arguments: listed };
}
