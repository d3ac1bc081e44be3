/** Requests that name a template, with what it says filled in. */

import { ImageError } from "../../errors.ts";
import type { RequestArguments } from "../../requests/parse.ts";
import type { Variables } from "../../requests/template_text.ts";
import type { FilledTemplate } from "../../service/templates/templates.ts";
import type { ServerDependencies } from "../dependencies.ts";

/** The same request where it names none. @throws {ImageError} `invalid_parameters` */
export async function filled(
  { template, variables = {} }: { readonly template?: string; readonly variables?: Variables },
  given: RequestArguments,
  { templates }: Pick<ServerDependencies, "templates">,
): Promise<FilledTemplate> {
  if (template !== undefined) {
    return await templates().then((all) => all.fill(template, variables, given));
  }
  if (Object.keys(variables).length === 0) return { args: given, images: [] };
  throw new ImageError(
    "invalid_parameters",
    "'variables' go into a template: name one as 'template', or write the values into the prompt",
  );
}
