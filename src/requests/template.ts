/** Prompt templates: a text with gaps, what goes into them, and how the picture is asked for. */

import type { InputRole } from "../providers/provider.ts";
import type { RequestArguments } from "./parse.ts";
import { checkVariables, expandTemplate, type Variables } from "./template_text.ts";

export interface Template {
  /** How requests call it. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly TemplateVariable[];
  /** What is asked for beside the prompt, where the request does not say it. */
  readonly request: Partial<RequestArguments>;
  /** Pictures that it is drawn by, by their ids. */
  readonly images: readonly TemplateImage[];
  readonly text: string;
}

export interface TemplateVariable {
  readonly name: string;
  readonly description: string;
  /** What stands in the gap where nothing is given; without one it must be given. */
  readonly default?: string;
  /** Values to choose from; others may be given, too. */
  readonly choices?: readonly string[];
}

export interface TemplateImage {
  readonly image: string;
  readonly role: InputRole;
}

/** The prompt of a template with its gaps filled. @throws {ImageError} that names the variables. */
export function promptOf({ text, variables }: Template, given: Variables): string {
  const needed = variables.filter((each) => each.default === undefined);
  checkVariables(variables.map(nameOf), needed.map(nameOf), given);
  const defaults = variables.map((each) => [each.name, each.default]);
  return expandTemplate(text, { ...Object.fromEntries(defaults), ...given });
}

/**
 * The arguments of a request that names a template. What the request says itself wins; its prompt
 * follows the template's, a resolution or an aspect ratio replaces both, and of the model's options
 * each replaces that of its name.
 * @throws {ImageError} that names the variables.
 */
export function withTemplate(
  template: Template,
  variables: Variables,
  given: RequestArguments,
): RequestArguments {
  const { resolution, aspect_ratio, options, ...others } = template.request;
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => isSaid(value)));
  const hasShape = said.resolution !== undefined || said.aspect_ratio !== undefined;
  const prompts = [promptOf(template, variables), given.prompt.trim()];
  return {
    ...others,
    ...hasShape ? {} : { resolution, aspect_ratio },
    ...said,
    ...options && { options: { ...options, ...given.options } },
    prompt: prompts.filter((each) => each !== "").join("\n\n"),
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && !(typeof value === "string" && value.trim() === "");
}

function nameOf({ name }: TemplateVariable): string {
  return name;
}
